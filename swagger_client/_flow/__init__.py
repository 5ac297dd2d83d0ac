"""Pure decisions: what to send next, when, with which token, and when to stop.

A flow is a generator: it yields effects (:mod:`~swagger_client._flow.effects`), receives their
results and returns its own. Only the two drivers, one blocking and one for asyncio, send, sleep
and wait. This package imports the standard library only.
"""
