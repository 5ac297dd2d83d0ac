"""Distinguishes failures of single items from those that concern everything."""

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

#: If so many items in a row fail and none was read, it is an outage.
MAX_FAILURES_IN_A_ROW = 10
#: What reading one item can raise.
ITEM_ERRORS = (ApiException, ValueError, TypeError, RecursionError)
_GENERAL_ERRORS = (UnauthorizedException, RateLimitException, RedirectException)


class IncompleteException(ApiException):
    """Conversations were listed but could not be read; all others were read.

    :ivar dict[str, str] reasons: why, by the id of the conversation.
    :ivar tuple[str, ...] session_ids: their ids.
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
    """Conversations were listed but not found (404) when they were read; all others were read.

    :ivar dict[str, str] reasons: Zoom's errors, by the id of the conversation.
    :ivar tuple[str, ...] session_ids: their ids.
    """

    summary = "conversations that were listed but not found"


def is_general(error: Exception) -> bool:
    """Whether an error concerns all items, such as a rejected token."""
    return isinstance(error, _GENERAL_ERRORS) or bool(getattr(error, "missing_scopes", ()))


def describe_error(error: Exception) -> str:
    """Describe an error in a line, for reports."""
    if not isinstance(error, ApiException):
        return f"{type(error).__name__}: {error}"
    if error.code is not None:
        return f"{error.code}: {error.message}"
    status = "" if error.status is None else f" (HTTP {error.status})"
    return f"{type(error).__name__}: {error.message or error.reason}{status}"


def read_item(reader: Reader[T], probe: Callable[[], Flow[object]]) -> Reader[T]:
    """Run the reader of one item; raise errors of the item itself as ``ItemError``.

    :param probe: makes a call that succeeds unless the network, or all of Zoom, fails.
    :raises ItemError: when the item cannot be read.
    :raises ApiException: when nothing can be read.
    """
    try:
        return (yield from reader)
    except ITEM_ERRORS as error:
        if is_general(error):
            raise
        if isinstance(error, TransportException):
            # A lost network concerns everything; a server that fails for one item does not.
            yield RunFlow(probe())
        raise ItemError(error) from error


class ItemError(Exception):
    """An item could not be read, though others may be.

    :ivar Exception error: why.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class FailedItems:
    """Collects the items that could not be read, until they are too many to be exceptions."""

    def __init__(self) -> None:
        self.errors: dict[str, Exception] = {}
        self._unnamed: dict[int, str] = {}
        self.successes = 0
        self._in_a_row = 0

    def add_success(self) -> None:
        """Count an item that was read."""
        self.successes += 1
        self._in_a_row = 0

    def add(self, item: str, error: Exception, content: int = 0) -> None:
        """Collect an item.

        :param item: its id; items without one are numbered.
        :param content: a hash of its content, by which an item without id is recognized.
        :raises Exception: the error, when many items in a row failed and none was read.
        """
        if not item:
            number = len(self._unnamed) + 1
            item = self._unnamed.setdefault(content, f"(no id, number {number})")
        self.errors.setdefault(item, error)
        if isinstance(error, TypeError | InvalidArgumentException):
            return  # nothing was sent: it is certainly the item's own failure
        self._in_a_row += 1
        if self._in_a_row > MAX_FAILURES_IN_A_ROW and not self.successes:
            raise error

    def raise_if_any(self) -> None:
        """Raise the exception that names all items.

        :raises IncompleteException: when an item could not be read.
        """
        if not self.errors:
            return
        reasons = {item: describe_error(error) for item, error in self.errors.items()}
        cause = next(iter(self.errors.values()))
        if all(getattr(error, "status", None) == 404 for error in self.errors.values()):
            raise GoneException(404, reasons) from cause
        raise IncompleteException(None, reasons) from cause
