"""Decides which request to send, when, with which token, and when to stop, without doing any I/O.

A *flow* is a generator that makes these decisions. It yields *effects*, which are instructions such
as "send this request" or "sleep for a second". A *driver* carries out each effect and sends the
result back into the flow. There are two drivers, one that blocks a thread and one for asyncio, so
that the blocking and the asyncio client share all decisions. The effects are the classes in
:mod:`~swagger_client._flow.effects`.
"""
