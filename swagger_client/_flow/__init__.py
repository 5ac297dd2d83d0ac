"""Decisions without I/O: which request to send, when, with which token, and when to stop.

A *flow* is a generator that makes these decisions. It yields *effects*, which are instructions such
as "send this request" or "sleep for a second". A *driver* carries out each effect and sends the
result back into the flow. There are two drivers: one blocks a thread, one uses asyncio.
:mod:`~swagger_client._flow.effects` defines all effects.
"""
