"""Distinguish errors that concern one conversation or file from errors that concern all.

If one conversation cannot be read, the others are still read, and the failure is reported at the
end. An outage or a rejected access token stops the reading at once, because every other
conversation would fail too. A conversation or file is called an *item* here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from swagger_client._flow.effects import RunFlow
from swagger_client.exceptions import (
    ApiException,
    GoneException,
    IncompleteException,
    InvalidArgumentException,
    RateLimitException,
    RedirectException,
    TransportException,
    UnauthorizedException,
)

if TYPE_CHECKING:
    from swagger_client._flow.effects import Flow
    from swagger_client._flow.paging import Reader

T = TypeVar("T")

#: If more items in a row fail and no item was read before, the failures count as an outage.
MAX_FAILURES_IN_A_ROW = 10
#: The exceptions that reading one item can raise.
ITEM_ERRORS = (ApiException, ValueError, TypeError, RecursionError)
_GENERAL_ERRORS = (UnauthorizedException, RateLimitException, RedirectException)


def is_general(error: Exception) -> bool:
    """Return whether an error, such as a rejected token, affects every conversation and file."""
    return isinstance(error, _GENERAL_ERRORS) or bool(getattr(error, "missing_scopes", ()))


def describe_error(error: Exception) -> str:
    """Return a description that fits on one line, such as ``300: Invalid token``."""
    if not isinstance(error, ApiException):
        return f"{type(error).__name__}: {error}"
    if error.code is not None:
        return f"{error.code}: {error.message}"
    status = "" if error.status is None else f" (HTTP {error.status})"
    return f"{type(error).__name__}: {error.message or error.reason}{status}"


def read_item(reader: Reader[T], probe: Callable[[], Flow[object]]) -> Reader[T]:
    """Read one conversation or file, called item; distinguish its own errors from an outage.

    :param reader: requests the pages of the conversation, or downloads the file.
    :param probe: makes a small call to Zoom. It is used after a network error: if it fails too, the
        network or Zoom is down for all items.
    :raises ItemError: if the error concerns only this item.
    :raises ApiException: if the error concerns every item, such as an outage.
    """
    try:
        return (yield from reader)
    except ITEM_ERRORS as error:
        if is_general(error):
            raise
        if isinstance(error, TransportException):
            # If the probe fails too, its exception is raised: the network is down.
            yield RunFlow(probe())
        raise ItemError(error) from error


class ItemError(Exception):
    """One conversation or file could not be read, but others may be readable."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class FailedItems:
    """Collects the items that could not be read; raises if this looks like an outage.

    An outage is assumed if more than 10 items in a row fail and none was read before.
    """

    def __init__(self) -> None:
        self.errors: dict[str, Exception] = {}
        self._unnamed: dict[int, str] = {}
        self.successes = 0
        self._in_a_row = 0

    def add_success(self) -> None:
        self.successes += 1
        self._in_a_row = 0

    def add(self, item: str, error: Exception, content: int = 0) -> None:
        """Record that a conversation or file (the item) could not be read.

        :param item: the item's id. If it is empty, a name such as ``(no id, number 1)`` is used.
        :param content: a hash of the content. Items with the same hash and no id count as one.
        :raises Exception: ``error`` itself, if it looks like an outage.
        """
        if not item:
            number = len(self._unnamed) + 1
            item = self._unnamed.setdefault(content, f"(no id, number {number})")
        self.errors.setdefault(item, error)
        if isinstance(error, TypeError | InvalidArgumentException):
            return  # no request was sent, so this is no sign of an outage
        self._in_a_row += 1
        if self._in_a_row > MAX_FAILURES_IN_A_ROW and not self.successes:
            raise error

    def raise_if_any(self) -> None:
        """Raise an exception that names all failed conversations or files, if there are any.

        It is a GoneException if all of them failed with 404, otherwise an IncompleteException.
        """
        if not self.errors:
            return
        reasons = {item: describe_error(error) for item, error in self.errors.items()}
        cause = next(iter(self.errors.values()))
        if all(getattr(error, "status", None) == 404 for error in self.errors.values()):
            raise GoneException(404, reasons) from cause
        raise IncompleteException(None, reasons) from cause
