"""A stand-in for Zoom on loopback: a stateful account that answers the SMS endpoints.

    from swagger_client.sandbox import Sandbox

    with Sandbox(seed=7) as zoom:
        print(zoom.host, zoom.access_token)

It is made for tests, yours too: its clock can be moved, messages added, faults ordered, and what
it holds can be compared with what was read. It imports nothing of the client.
"""

from .clock import Clock
from .faults import Fault, RequestRecord
from .records import Attachment, Extension, Message, Owner, Party, Session
from .sandbox import Sandbox

__all__ = [
    "Attachment",
    "Clock",
    "Extension",
    "Fault",
    "Message",
    "Owner",
    "Party",
    "RequestRecord",
    "Sandbox",
    "Session",
]
