"""Reads a sandbox with either client, on the sandbox's clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.clocks import JumpingClock
from support.faces import Blocking, Faces
from swagger_client import ApiClient
from swagger_client.sandbox import Clock, Sandbox

#: The end of the histories in these tests.
NOW = 1_784_116_800.0  # 2026-07-15T12:00:00Z


class ZoomsClock(JumpingClock):
    """A clock for clients that shows the sandbox's time; sleeping takes no time."""

    def __init__(self, zoom: Sandbox) -> None:
        super().__init__()
        self._zoom = zoom

    def time(self) -> float:
        return self._zoom.clock.time()


def account(**options: Any) -> Sandbox:
    """Return a small account whose clock is frozen."""
    size = {"seed": 7, "sessions": 12, "messages": 300, "years": 0.4}
    forever = {"access_token_lifetime": 1e9}
    return Sandbox(clock=Clock(frozen=True, start=NOW), **{**size, **forever, **options})


class Reader:
    """Reads a sandbox with one of the two clients."""

    def __init__(self, faces: Faces, zoom: Sandbox, **settings: object) -> None:
        self.clock = ZoomsClock(zoom)
        settings = {"access_token": zoom.access_token, **settings}
        self.face = faces(zoom.host, clock=self.clock, **settings)
        self.client: ApiClient = self.face.client

    def iterate(self, method: str, *args: object, **options: object) -> Iterator[Any]:
        """Yield the items of an ``iter_…`` method."""
        return self.each(getattr(self.face.api, method)(*args, **options))

    def each(self, iterator: Any) -> Iterator[Any]:
        if isinstance(self.face, Blocking):
            yield from iterator
            return
        while True:
            try:
                yield self.face.loop.run_until_complete(iterator.__anext__())
            except StopAsyncIteration:
                return

    def read(self, method: str, *args: object, **options: object) -> list[Any]:
        return list(self.iterate(method, *args, **options))
