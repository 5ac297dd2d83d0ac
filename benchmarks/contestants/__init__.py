"""Who takes part: this package and generated clients of the same API, behind one small face.

A module here is imported in its contestant's own environment, so each imports only what it needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Contestant(Protocol):
    """What the rows need of a client."""

    #: Python code that imports the client and constructs it, as its users would.
    start: str

    def decode_messages(self, raw: bytes) -> Any:
        """Return a body of ``sms_session_details`` as models."""

    def decode_sessions(self, raw: bytes) -> Any:
        """Return a body of ``account_sms_session`` as models."""

    def caller(self, host: str) -> Callable[[], object]:
        """A function that reads one message from ``host`` over the client's own connections."""
        raise NotImplementedError
