"""Generators that raise again after they have failed.

After a Python generator has raised an exception, the next ``next()`` raises StopIteration, as if
all items had been yielded. A program that catches the exception and continues would miss items.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")
_Raised = BaseException | type[BaseException]


def _failed_before(failure: str) -> RuntimeError:
    return RuntimeError(
        f"This iteration has failed before ({failure}), so items are missing. Begin a new iteration"
    )


class GuardedGenerator(Generator[T, None, None]):
    """Yields the items of a generator. Once it failed, each ``next()`` raises a RuntimeError."""

    def __init__(self, items: Generator[T, None, None]) -> None:
        self._items = items
        self._failure: str | None = None

    def send(self, value: None, /) -> T:
        if self._failure is not None:
            raise _failed_before(self._failure)
        try:
            return self._items.send(value)
        except StopIteration:
            raise
        except BaseException as error:
            self._record(error)
            raise

    def __next__(self) -> T:
        return self.send(None)

    def throw(self, typ: _Raised, val: object = None, tb: TracebackType | None = None, /) -> T:
        try:
            return self._items.throw(typ if isinstance(typ, BaseException) else typ())
        except (StopIteration, GeneratorExit):
            raise
        except BaseException as error:
            self._record(error)
            raise

    def close(self) -> None:
        self._items.close()

    def _record(self, error: BaseException) -> None:
        # A generator that is not finished is running in another thread.
        if getattr(self._items, "gi_frame", None) is None:
            self._failure = type(error).__name__


class GuardedAsyncGenerator(AsyncGenerator[T, None]):
    """The asyncio form of :class:`GuardedGenerator`. A cancellation counts as a failure."""

    def __init__(self, items: AsyncGenerator[T, None]) -> None:
        self._items = items
        self._failure: str | None = None

    async def asend(self, value: None, /) -> T:
        if self._failure is not None:
            raise _failed_before(self._failure)
        try:
            return await self._items.asend(value)
        except StopAsyncIteration:
            raise
        except BaseException as error:
            self._record(error)
            raise

    async def athrow(
        self, typ: _Raised, val: object = None, tb: TracebackType | None = None, /
    ) -> T:
        try:
            return await self._items.athrow(typ if isinstance(typ, BaseException) else typ())
        except (StopAsyncIteration, GeneratorExit):
            raise
        except BaseException as error:
            self._record(error)
            raise

    async def aclose(self) -> None:
        await self._items.aclose()

    def _record(self, error: BaseException) -> None:
        if getattr(self._items, "ag_frame", None) is None:
            self._failure = type(error).__name__
