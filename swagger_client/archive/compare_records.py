"""Fetches records from Zoom's sync endpoints, and compares messages field by field.

A record is the JSON of a message or conversation, from Zoom or from the archive.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from swagger_client._security import safe_json
from swagger_client.archive.credentials import without_credentials
from swagger_client.models._time import utc

Record = dict[str, Any]
#: A comparison gives up reading a list after this many pages in a row without a new record.
_MAX_STALE_PAGES = 100
#: These fields are not compared, because they hold credentials, which differ in each response.
_IGNORED = frozenset({"download_url"})


def parse_page(response: Any) -> Record:
    page = safe_json.loads(response.data, unique_keys=True)
    if not isinstance(page, dict):
        raise ValueError("Zoom's response is not a JSON object")
    return page


def read_sync_list(
    call: Callable[..., Record], name: str, key: Callable[[Any], str]
) -> Iterator[Any]:
    """Yield the records in field ``name`` of all pages, newest page first, each ``key`` once."""
    seen: set[str] = set()
    stale = 0
    page = call(sync_type="FSync")
    while True:
        records = _records_of(page, name)
        if not records:
            return
        found = {key(one): one for one in records}
        new = found.keys() - seen
        yield from (found[one] for one in found if one in new)
        seen |= new
        stale = 0 if new else stale + 1
        token = page.get("sync_token")
        if stale > _MAX_STALE_PAGES or not token or not isinstance(token, str):
            raise ValueError(
                f"Zoom's list is incomplete: after {len(seen)} records, Zoom sent no sync token, "
                "or many pages without a new record"
            )
        page = call(sync_type="BSync", sync_token=token)


def read_paginated_list(call: Callable[[str | None], Record], name: str) -> Iterator[Any]:
    """Yield the records in the field ``name`` of all pages; ``call(token)`` requests a page."""
    token: str | None = None
    tokens: set[str] = set()
    seen: set[str] = set()
    stale = 0
    while True:
        page = call(token)
        records = _records_of(page, name)
        yield from records
        new = {content_key_of(one) for one in records} - seen
        seen |= new
        stale = 0 if new else stale + 1
        following = page.get("next_page_token")
        if following is None:
            following = page.get("sync_token")
        if following is None or following == "":
            return
        if not isinstance(following, str):
            raise ValueError("Zoom sent a page token that is not text: the list is incomplete")
        if following in tokens or stale > _MAX_STALE_PAGES:
            raise ValueError(
                "Zoom sent a page token twice, or many pages without a new record: the list is "
                "incomplete"
            )
        tokens.add(following)
        token = following


def _records_of(page: Record, name: str) -> list[Any]:
    records = page.get(name)
    if not isinstance(records, list):
        raise ValueError(f"Zoom's response has no list `{name}`")
    return [without_credentials(one) for one in records]


def get_field(record: object, name: str) -> Any:
    return record.get(name) if isinstance(record, dict) else None


def message_key_of(record: object) -> str:
    """Return a key to look up a message: its id, or its text if it has no id, and its time."""
    if not isinstance(record, dict):
        return content_key_of(record)
    message_id = record.get("message_id")
    time = parse_time(record)
    stamp = record.get("date_time") if time is None else time.isoformat()
    return json.dumps([message_id or record.get("message"), stamp], default=str)


def content_key_of(value: object) -> str:
    """Return all compared fields as text. Several messages may have the same id and time."""
    return json.dumps(_without_ignored(value), sort_keys=True)


def _without_ignored(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without_ignored(v) for k, v in value.items() if k not in _IGNORED}
    return [_without_ignored(one) for one in value] if isinstance(value, list) else value


def parse_time(record: object) -> datetime | None:
    date_time = get_field(record, "date_time")
    try:
        return utc(date_time) if isinstance(date_time, str) and date_time else None
    except ValueError:
        return None


def differing_fields(zoom: Any, archived: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of the fields that differ, such as "sender.display_name"."""
    if isinstance(zoom, dict) and isinstance(archived, dict):
        for name, value in zoom.items():
            if name not in _IGNORED and value is not None:
                yield from differing_fields(
                    value, archived.get(name), f"{path}.{name}" if path else name
                )
    elif isinstance(zoom, list) and isinstance(archived, list):
        if len(zoom) != len(archived):
            yield path
            return
        for one, other in zip(zoom, archived, strict=True):
            yield from differing_fields(one, other, path)
    elif zoom != archived:
        yield path
