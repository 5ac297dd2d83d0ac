"""The blocking and the asyncio client with one interface, so that one test covers both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client._flow.effects import Clock
from swagger_client.aio import AsyncApiClient, AsyncSMSApi


class Blocking:
    """Calls the methods of ``SMSApi``."""

    name = "blocking"

    def __init__(self, configuration: Configuration, clock: Clock | None = None) -> None:
        self.client = ApiClient(configuration, clock=clock)
        self.api = SMSApi(self.client)

    def call(self, method: str = "account_sms_session", *args: object, **options: object) -> Any:
        return getattr(self.api, method)(*args, **options)

    def close(self) -> None:
        self.client.close()


class Asyncio:
    """Calls the methods of ``AsyncSMSApi`` and awaits them in a loop of its own."""

    name = "asyncio"

    def __init__(self, configuration: Configuration, clock: Clock | None = None) -> None:
        self.loop = asyncio.new_event_loop()
        self.async_client = AsyncApiClient(configuration, clock=clock)
        self.client = self.async_client.client
        self.api = AsyncSMSApi(self.async_client)

    def call(self, method: str = "account_sms_session", *args: object, **options: object) -> Any:
        return self.loop.run_until_complete(getattr(self.api, method)(*args, **options))

    def close(self) -> None:
        self.loop.run_until_complete(self.async_client.close())
        self.loop.close()


Face = Blocking | Asyncio
Faces = Callable[..., Face]


@contextmanager
def faces_of(kind: type[Blocking] | type[Asyncio]) -> Iterator[Faces]:
    """Yield a factory of clients of one kind, which are closed at the end."""
    made: list[Face] = []

    def make(host: str, *, clock: Clock | None = None, **settings: object) -> Face:
        face = kind(configured(host, **settings), clock)
        made.append(face)
        return face

    try:
        yield make
    finally:
        _close(made)


def _close(faces: Iterable[Face]) -> None:
    for face in faces:
        face.close()


def configured(host: str, **settings: object) -> Configuration:
    """Return a configuration for a server on loopback."""
    configuration = Configuration()
    configuration.host = host
    configuration.access_token = "a-token"
    for name, value in settings.items():
        assert hasattr(configuration, name), name
        setattr(configuration, name, value)
    return configuration
