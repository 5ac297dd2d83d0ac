"""HTTP requests and responses as values, without sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from urllib.parse import parse_qsl, unquote

__all__ = ["Request", "Response", "TransportFault", "json_response"]

JSON = "application/json;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Request:
    """A received request: header names in lower case, `target` as on the request line."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded, without the query."""
        return self.target.partition("?")[0].partition("#")[0]

    @property
    def segments(self) -> tuple[str, ...]:
        """The decoded segments of the path; an encoded slash stays inside its segment."""
        return tuple(unquote(part) for part in self.path.split("/")[1:])

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded query in order, blank values and repetitions included."""
        query = self.target.partition("#")[0].partition("?")[2]
        return parse_qsl(query, keep_blank_values=True)

    @property
    def form(self) -> dict[str, str]:
        """The parameters of a token request: those of the query, then those of the body."""
        return dict(self.query + parse_qsl(self.body.decode("latin-1"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class TransportFault:
    """The way in which the transmission of a response fails.

    `reset` drops the connection before any byte; `truncate` sends that many bytes of the body and
    then drops it; `hang` sends nothing until the sandbox stops; `hold` waits for an event; `drip`
    sends byte by byte, with this many seconds of real time between them.
    """

    reset: bool = False
    truncate: int | None = None
    hang: bool = False
    hold: Event | None = None
    drip: float | None = None


NO_FAULT = TransportFault()


@dataclass(frozen=True, slots=True)
class Response:
    """A response; Content-Length, Date and gzip are added when it is sent."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    transport: TransportFault = NO_FAULT


def json_response(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response whose body is `value` as JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(status, {"Content-Type": JSON, **(headers or {})}, body)
