"""Reads Zoom's clock from the Date header of Zoom's responses."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from swagger_client.archive._sources import fetch_headers

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient

logger = logging.getLogger("swagger_client.archive")

#: An earlier date is wrong: Zoom Phone SMS did not exist then.
_EARLIEST = datetime(2018, 1, 1, tzinfo=timezone.utc)
#: A date further ahead of this machine's clock is treated as wrong.
_MAX_AHEAD = timedelta(days=1)


def zoom_clock(client: ApiClient) -> Callable[[], datetime]:
    """Return a function that returns the time by Zoom's clock, in whole seconds.

    :raises ApiException: if Zoom cannot be reached, or the credentials may not read messages.
    """
    ahead = zoom_time(client) - _local_time(client)
    return lambda: (_local_time(client) + ahead).replace(microsecond=0)


def zoom_time(client: ApiClient) -> datetime:
    """Send a request that lists one conversation, and return the time in its Date header.

    If the header is missing, unreadable or implausible, return this machine's time instead. A
    proxy, for example, may send a date that is years off.

    :raises ApiException: if Zoom cannot be reached, or the credentials may not read messages.
    """
    headers = client._driver.run(fetch_headers(client))
    local = _local_time(client)
    date = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        parsed = parsedate_to_datetime(date)
        if parsed.tzinfo is None:  # "-0000": UTC, from an unknown zone
            parsed = parsed.replace(tzinfo=timezone.utc)
        zoom = parsed.astimezone(timezone.utc)
    except (ValueError, TypeError, OverflowError, IndexError):
        return local.replace(microsecond=0)
    if _EARLIEST <= zoom <= local + _MAX_AHEAD:
        return zoom
    logger.warning(
        "Zoom's response is dated %s, but this machine's clock says %s. The run uses this "
        "machine's clock. Check the clock, and whether a proxy changes the Date header.",
        zoom,
        local,
    )
    return local.replace(microsecond=0)


def _local_time(client: ApiClient) -> datetime:
    return datetime.fromtimestamp(client.clock.time(), timezone.utc)
