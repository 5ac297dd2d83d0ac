from __future__ import annotations

from datetime import datetime, timezone


def utc(text: str | None) -> datetime | None:
    """Parse an ISO 8601 timestamp, such as ``2022-03-23T02:58:01Z``; UTC if it has no zone."""
    if text is None:
        return None
    try:
        # Zoom may send any type. Without this check, a dict would take the slices below as keys.
        if not isinstance(text, str):
            raise TypeError
        try:
            parsed = datetime.fromisoformat(f"{text[:-1]}+00:00" if text[-1:] == "Z" else text)
        except ValueError:  # forms that the standard library does not parse
            from dateutil.parser import isoparse

            parsed = isoparse(text)
        if parsed.tzinfo is None:
            return parsed.replace(tzinfo=timezone.utc)
        return parsed.astimezone(timezone.utc)
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"{text!r} is not an ISO 8601 timestamp") from None


def utc_if_valid(text: str | None) -> datetime | None:
    """Parse a timestamp like :func:`utc`; return None if it is missing, empty or invalid."""
    try:
        return utc(text or None)
    except ValueError:
        return None
