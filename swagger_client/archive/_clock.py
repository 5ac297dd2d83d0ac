"""Reads Zoom's clock from the Date header of Zoom's responses."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

from swagger_client.archive._sources import fetch_headers

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient

logger = logging.getLogger("swagger_client.archive")

#: An earlier date is wrong: Zoom Phone SMS did not exist then.
_EARLIEST = datetime(2018, 1, 1, tzinfo=timezone.utc)
#: A date further ahead of this machine's clock is treated as wrong.
_MAX_AHEAD = timedelta(days=1)


class ZoomClock(NamedTuple):
    """``now()`` returns Zoom's time; this machine's time if ``is_confirmed`` is False."""

    now: Callable[[], datetime]
    is_confirmed: bool


def zoom_clock(client: ApiClient, session_type: str = "user") -> ZoomClock:
    """Return a clock set to Zoom's time; if Zoom sends no valid time, this machine's clock.

    :raises ApiException: if Zoom rejects requests for this type of conversations.
    """
    time = zoom_time(client, session_type)
    ahead = timedelta(0) if time is None else time - local_time(client)
    return ZoomClock(
        lambda: (local_time(client) + ahead).replace(microsecond=0), is_confirmed=time is not None
    )


def zoom_time(client: ApiClient, session_type: str = "user") -> datetime | None:
    """Send a small request to Zoom, and return the time in the Date header of the response.

    :returns: the time; None if the header is missing, invalid, before 2018, or more than a day
        ahead of this machine's clock. A proxy may send such a header.
    """
    headers = client._driver.run(fetch_headers(client, session_type))
    local = local_time(client)
    date = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        parsed = parsedate_to_datetime(date)
        if parsed.tzinfo is None:  # "-0000": UTC, from an unknown zone
            parsed = parsed.replace(tzinfo=timezone.utc)
        zoom = parsed.astimezone(timezone.utc)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    if _EARLIEST <= zoom <= local + _MAX_AHEAD:
        return zoom
    logger.warning(
        "Zoom's response is dated %s, but this machine's clock says %s. The run uses this "
        "machine's clock. Check the clock, and whether a proxy changes the Date header.",
        zoom,
        local,
    )
    return None


def local_time(client: ApiClient) -> datetime:
    return datetime.fromtimestamp(client.clock.time(), timezone.utc)
