"""The records that a comparison reads from Zoom, and how they differ from archived ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from swagger_client._security import safe_json
from swagger_client.models._time import utc

Record = dict[str, Any]
#: Pages in a row that may bring nothing new before a sync counts as stuck.
_MAX_STALE_PAGES = 100
#: Not compared: credentials, which differ on each request.
_IGNORED = frozenset({"download_url"})


def read_page(response: Any) -> Record:
    """Return the JSON object of a response.

    :raises ValueError: when it is something else.
    """
    page = safe_json.loads(response.data)
    if not isinstance(page, dict):
        raise ValueError("the response is not a JSON object")
    return page


def read_sync(
    call: Callable[..., Record], name: str, key: Callable[[Record], str]
) -> Iterator[Record]:
    """Yield all records of a list, from the newest back to the first.

    :param call: fetches a page.
    :param name: the field of the page that holds the records.
    :param key: returns the key of a record; records with a known key are left out.
    :raises ValueError: when a page has no list, or the sync makes no progress.
    """
    seen: set[str] = set()
    stale = 0
    page = call(sync_type="FSync")
    while True:
        records = page.get(name)
        if not isinstance(records, list):
            raise ValueError(f"the response has no list `{name}`")
        if not records:
            return
        found = {key(one): one for one in records if isinstance(one, dict)}
        new = found.keys() - seen
        yield from (found[one] for one in found if one in new)
        seen |= new
        stale = 0 if new else stale + 1
        token = page.get("sync_token")
        if stale > _MAX_STALE_PAGES or not token:
            raise ValueError(f"the sync stopped after {len(seen)} records without reaching its end")
        page = call(sync_type="BSync", sync_token=token)


def identity_of(record: Record) -> str:
    """Return the key by which a message is found on both sides."""
    message_id = record.get("message_id")
    time = time_of(record)
    stamp = record.get("date_time") if time is None else time.isoformat()
    return json.dumps([message_id or record.get("message"), stamp], default=str)


def content_of(value: object) -> str:
    """Return a record's fields as text: Zoom may give several messages one id and time."""
    return json.dumps(_without_ignored(value), sort_keys=True)


def _without_ignored(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without_ignored(v) for k, v in value.items() if k not in _IGNORED}
    return [_without_ignored(one) for one in value] if isinstance(value, list) else value


def time_of(record: Record) -> datetime | None:
    date_time = record.get("date_time")
    try:
        return utc(date_time) if isinstance(date_time, str) and date_time else None
    except ValueError:
        return None


def differing_fields(zoom: Any, archived: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of the fields of Zoom's record that the archive shows differently."""
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
