"""Archived text on a terminal: what a stranger wrote must not control it."""

from __future__ import annotations

import re

from swagger_client._security.redaction import redact
from swagger_client.archive import ArchivedMessage, Conversation
from swagger_client.exceptions import ApiException

#: Control characters, line breaks, and those that turn the direction of the text around them.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def safe(text: str, *, but: str = "") -> str:
    """Text that a terminal shows on one line and does not obey, ``but`` for these characters."""
    return _CONTROLS.sub(
        lambda match: match[0] if match[0] in but else f"\\x{ord(match[0]):02x}", text
    )


def when(message: ArchivedMessage) -> str:
    """The time of a message, in UTC."""
    moment = message.when
    return safe(message.date_time or "no time") if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def found(message: ArchivedMessage) -> str:
    """A message among those that a search found: who, when, which conversation, what."""
    to = ", ".join(one.label for one in message.recipients)
    head = f"{when(message)}  {message.sender.label} → {to}  [{message.session_id}]"
    return f"{safe(head)}\n{_body(message)}\n"


def failure(error: ApiException) -> str:
    """What a call ended with, in a sentence."""
    said = error.message or error.reason or type(error).__name__
    known = {"HTTP": error.status, "code": error.code, "tracking id": error.tracking_id}
    details = ", ".join(f"{name} {value}" for name, value in known.items() if value is not None)
    return safe(redact(f"{said} ({details})" if details else said))


def conversation(one: Conversation) -> str:
    """A conversation as people read one."""
    people = ", ".join(f"{who.label} ({who.phone_number})" for who in one.participants)
    lines = [safe(f"{one.session_type} conversation {one.session_id}"), safe(f"Between {people}")]
    day = ""
    for message in one.messages:
        at = when(message)
        if at[:10] != day:
            day = at[:10]
            lines += ["", f"── {day} (UTC) ──"]
        lines.append(safe(f"{at[11:16]}  {message.sender.label}{_status(message)}"))
        lines.append(_body(message))
    return "\n".join(lines)


def _status(message: ArchivedMessage) -> str:
    usual = ("delivered", "received", None)
    return "" if message.delivery_status in usual else f"  [{message.delivery_status}]"


def _body(message: ArchivedMessage) -> str:
    lines = safe(message.text, but="\t\n").split("\n") if message.text else []
    for one in message.attachments:
        where = one.path or one.reason or "not fetched"
        lines.append(safe(f"[file {one.name or one.attachment_id}, {one.state}: {where}]"))
    return "\n".join(f"       {line}" for line in lines or ["(no text)"])
