"""Zoom's clock, read from the Date header of its responses."""

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

#: A date before this is not Zoom's: the product is younger.
_EARLIEST = datetime(2018, 1, 1, tzinfo=timezone.utc)
#: A date further ahead of this machine's clock is not believed.
_MAX_AHEAD = timedelta(days=1)


def zoom_clock(client: ApiClient) -> Callable[[], datetime]:
    """Return a clock that runs by Zoom's time, in whole seconds.

    :raises ApiException: when conversations may not be listed.
    """
    ahead = zoom_time(client) - _local_time(client)
    return lambda: (_local_time(client) + ahead).replace(microsecond=0)


def zoom_time(client: ApiClient) -> datetime:
    """Fetch the time by Zoom's clock; the call also shows whether messages may be read.

    This machine's time where the header is missing, unreadable or cannot be right: one from a
    proxy may be years off. Of a plausible date the run covers less, never more.

    :raises ApiException: when they may not be read.
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
        "Zoom's response says that it is %s, and this machine's clock says %s: this machine's is "
        "used. Check it, and what proxies send as Date.",
        zoom,
        local,
    )
    return local.replace(microsecond=0)


def _local_time(client: ApiClient) -> datetime:
    return datetime.fromtimestamp(client.clock.time(), timezone.utc)
