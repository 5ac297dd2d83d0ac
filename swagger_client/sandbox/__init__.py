"""A stand-in for Zoom on loopback: a stateful account that answers the SMS endpoints.

    from swagger_client.sandbox import Sandbox

    with Sandbox(seed=7) as zoom:
        print(zoom.host, zoom.access_token)

It is made for tests, yours too: its clock can be moved, messages added, faults ordered, and what
it holds can be compared with what was read. It imports nothing of the client.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_HOMES = {"Clock": "clock", "Fault": "faults", "RequestRecord": "faults", "Sandbox": "sandbox"}


if not TYPE_CHECKING:  # to a type checker it would stand for every name there could be

    def __getattr__(name: str) -> object:
        # The pytest plugin lives in this package and is loaded by every run of pytest, most of
        # which need no sandbox: its parts are imported when first named.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'records')}"), name)
