"""Run readers and flows that send no requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from swagger_client._flow.drivers import Driver, SystemClock
from swagger_client._flow.paging import Reader


def pages_of(reader: Reader[Any]) -> Iterator[Any]:
    """Run a reader and yield its pages; fail if it sends a request."""

    def no_request(*_: object) -> Any:
        raise AssertionError("a request was sent")

    return Driver(SystemClock(), no_request, no_request).iterate(reader)
