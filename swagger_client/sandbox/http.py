"""HTTP requests and responses as immutable values, without sockets."""

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
    """A received request. Header names are in lower case.

    :ivar target: the path and the query, as they are sent in the request line.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path as sent, percent-encoded, without the query."""
        return self.target.partition("?")[0].partition("#")[0]

    @property
    def segments(self) -> tuple[str, ...]:
        """The decoded segments of the path. An encoded slash does not split a segment."""
        return tuple(unquote(part) for part in self.path.split("/")[1:])

    @property
    def query(self) -> list[tuple[str, str]]:
        """The decoded names and values of the query, including empty and repeated ones."""
        query = self.target.partition("#")[0].partition("?")[2]
        return parse_qsl(query, keep_blank_values=True)

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the query and the form-encoded body; the body takes precedence."""
        return dict(self.query + parse_qsl(self.body.decode("latin-1"), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class TransportFault:
    """A failure while a response is transmitted. `Sandbox.fault` documents the fields."""

    reset: bool = False
    truncate: int | None = None
    hang: bool = False
    hold: Event | None = None
    drip: float | None = None


NO_FAULT = TransportFault()


@dataclass(frozen=True, slots=True)
class Response:
    """A response. When it is sent, the server adds Date, Content-Length and compression."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    transport: TransportFault = NO_FAULT


def json_response(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    """Return a response whose body is `value` encoded as JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(status, {"Content-Type": JSON, **(headers or {})}, body)
