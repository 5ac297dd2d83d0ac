from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reply:
    """The HTTP response to send to Zoom."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


ACCEPTED = Reply(204)


def text(status: int, message: str, **headers: str) -> Reply:
    content_type = {"Content-Type": "text/plain; charset=utf-8"}
    return Reply(status, {**content_type, **headers}, message.encode() + b"\n")


def too_large(limit: int) -> Reply:
    return text(413, f"At most {limit} bytes are accepted.")


def only_post() -> Reply:
    return text(405, "Only POST is accepted.", Allow="POST")
