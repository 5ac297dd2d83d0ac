"""Distinguish errors that concern one conversation or file from errors that concern all.

A conversation or file is called an *item* here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from swagger_client._flow.effects import RunFlow
from swagger_client.exceptions import (
    ApiException,
    InvalidArgumentException,
    NotFoundException,
    RateLimitException,
    RedirectException,
    TransportException,
    UnauthorizedException,
)

if TYPE_CHECKING:
    from swagger_client._flow.effects import Flow
    from swagger_client._flow.paging import Reader

T = TypeVar("T")

#: More failures in a row, without any item that was read, count as an outage.
MAX_FAILURES_IN_A_ROW = 10
#: The exceptions that reading one item can raise.
ITEM_ERRORS = (ApiException, ValueError, TypeError, RecursionError)
_GENERAL_ERRORS = (UnauthorizedException, RateLimitException, RedirectException)


class IncompleteException(ApiException):
    """Some listed conversations could not be read; all others were read.

    :ivar dict[str, str] reasons: the reason for each conversation, by its id.
    :ivar tuple[str, ...] session_ids: the ids of these conversations.
    """

    advice = (
        "Store the messages that were yielded, and read these conversations one by one. Those that "
        "are still not found have been deleted at Zoom."
    )
    summary = "conversations that could not be read"

    def __init__(self, status: int | None = None, reasons: dict[str, str] | None = None) -> None:
        self.reasons = reasons or {}
        self.session_ids = tuple(self.reasons)
        shown = "; ".join(f"{name} ({why})" for name, why in list(self.reasons.items())[:10])
        more = "; …" if len(self.reasons) > 10 else ""
        super().__init__(status, f"{self.summary} ({len(self.reasons)}): {shown}{more}")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.status, self.reasons)


class GoneException(IncompleteException, NotFoundException):
    """Some listed conversations were not found (404) when they were read; all others were read.

    :ivar dict[str, str] reasons: Zoom's error for each conversation, by its id.
    :ivar tuple[str, ...] session_ids: the ids of these conversations.
    """

    summary = "conversations that were listed but not found"


def is_general(error: Exception) -> bool:
    """Return whether an error concerns all items, such as a rejected token."""
    return isinstance(error, _GENERAL_ERRORS) or bool(getattr(error, "missing_scopes", ()))


def describe_error(error: Exception) -> str:
    """Return a description of an error on one line."""
    if not isinstance(error, ApiException):
        return f"{type(error).__name__}: {error}"
    if error.code is not None:
        return f"{error.code}: {error.message}"
    status = "" if error.status is None else f" (HTTP {error.status})"
    return f"{type(error).__name__}: {error.message or error.reason}{status}"


def read_item(reader: Reader[T], probe: Callable[[], Flow[object]]) -> Reader[T]:
    """Run the reader of one item. Raise ``ItemError`` for errors that concern only this item.

    :param reader: reads the item.
    :param probe: makes a call that succeeds unless the network or Zoom as a whole fails.
    :raises ItemError: if this item cannot be read.
    :raises ApiException: if no item can be read.
    """
    try:
        return (yield from reader)
    except ITEM_ERRORS as error:
        if is_general(error):
            raise
        if isinstance(error, TransportException):
            # If the probe fails too, the network is down, which concerns all items.
            yield RunFlow(probe())
        raise ItemError(error) from error


class ItemError(Exception):
    """One item could not be read, but others may be readable.

    :ivar Exception error: the reason.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class FailedItems:
    """Collects the items that could not be read. Too many failures in a row raise an error."""

    def __init__(self) -> None:
        self.errors: dict[str, Exception] = {}
        self._unnamed: dict[int, str] = {}
        self.successes = 0
        self._in_a_row = 0

    def add_success(self) -> None:
        """Count an item that was read, which ends a row of failures."""
        self.successes += 1
        self._in_a_row = 0

    def add(self, item: str, error: Exception, content: int = 0) -> None:
        """Add an item that could not be read.

        :param item: the id of the item; an item without an id gets a number.
        :param error: the reason.
        :param content: a hash of the item's content, which identifies an item without an id.
        :raises Exception: ``error``, if more than 10 items in a row failed and none was read.
        """
        if not item:
            number = len(self._unnamed) + 1
            item = self._unnamed.setdefault(content, f"(no id, number {number})")
        self.errors.setdefault(item, error)
        if isinstance(error, TypeError | InvalidArgumentException):
            return  # no request was sent, so the error concerns this item only
        self._in_a_row += 1
        if self._in_a_row > MAX_FAILURES_IN_A_ROW and not self.successes:
            raise error

    def raise_if_any(self) -> None:
        """Raise an exception that names all failed items.

        :raises IncompleteException: if an item could not be read.
        """
        if not self.errors:
            return
        reasons = {item: describe_error(error) for item, error in self.errors.items()}
        cause = next(iter(self.errors.values()))
        if all(getattr(error, "status", None) == 404 for error in self.errors.values()):
            raise GoneException(404, reasons) from cause
        raise IncompleteException(None, reasons) from cause
