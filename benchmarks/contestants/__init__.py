"""The compared clients: this package and generated clients of the same API.

Each module here is imported in its own environment, so it imports only packages of that
environment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Contestant(Protocol):
    """The functions of a client that the benchmarks call."""

    #: Python code that imports the client and constructs it, as its users would.
    start: str

    def decode_messages(self, raw: bytes) -> Any:
        """Decode a body of ``sms_session_details`` to models."""

    def decode_sessions(self, raw: bytes) -> Any:
        """Decode a body of ``account_sms_session`` to models."""

    def caller(self, host: str) -> Callable[[], object]:
        """Return a function that reads one message from ``host`` with the client's connections."""
        raise NotImplementedError
