"""Compute sync responses, and encode sync tokens.

A sync token stands for a range: the time from the oldest to the newest record returned so far. A
BSync request reads records older than the range, an ISync request reads newer records.

A token is `<id>_<start ms>_<end ms>` in base64, like Zoom's. `SyncTokens` stores the ids of the
records that were returned for the first and the last millisecond of the range, so that no record
with the same timestamp is left out or returned twice. If the sandbox is restarted, these ids are
lost. The token is still valid, but the records of these two milliseconds are returned again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from .api_errors import ApiError

__all__ = ["Entry", "Range", "SyncTokens", "backward", "forward", "full"]

_SHAPE = re.compile(r"([A-Za-z0-9-]{10})_(-?[0-9]{1,16})_(-?[0-9]{1,16})")
_REMEMBERED = 20_000

Entry = tuple[int, str]
"""A record's time in Unix milliseconds and its id."""


@dataclass(frozen=True, slots=True)
class Range:
    """The time between the oldest and the newest record returned so far.

    :ivar start: the time of the oldest record, in Unix milliseconds.
    :ivar end: the time of the newest record, in Unix milliseconds.
    :ivar seen_start: the ids of the returned records whose time is `start`.
    :ivar seen_end: the ids of the returned records whose time is `end`.
    """

    start: int
    end: int
    seen_start: frozenset[str] = frozenset()
    seen_end: frozenset[str] = frozenset()


def full(newest_first: Iterable[Entry], count: int, now_ms: int) -> tuple[list[Entry], Range]:
    """Return the newest records, at most `count`, and the time range from oldest to newest.

    If there are no records, the range starts and ends at `now_ms`.
    """
    taken = list(islice(newest_first, count))
    if not taken:
        return [], Range(now_ms, now_ms)
    return taken, _grown(Range(taken[-1][0], taken[0][0]), taken)


def backward(
    newest_first: Callable[[int], Iterable[Entry]], known: Range, count: int
) -> tuple[list[Entry], Range]:
    """Return the next older records, newest first, and the time range extended by them.

    :param newest_first: a function that takes a time and returns the records up to and including
        this time, newest first.
    :param known: the range of the records returned so far.
    :param count: the largest number of records to return.
    """
    unseen = (
        entry
        for entry in newest_first(known.start)
        if entry[0] < known.start or entry[1] not in known.seen_start
    )
    taken = list(islice(unseen, count))
    return taken, _grown(known, taken)


def forward(
    oldest_first: Callable[[int], Iterable[Entry]], known: Range, count: int
) -> tuple[list[Entry], Range]:
    """Return the newer records, newest first, and the time range extended by them.

    :param oldest_first: a function that takes a time and returns the records from this time on,
        oldest first.
    :param known: the range of the records returned so far.
    :param count: the largest number of records to return.
    :raises ApiError: if more than `count` records are newer.
    """
    unseen = (
        entry
        for entry in oldest_first(known.end)
        if entry[0] > known.end or entry[1] not in known.seen_end
    )
    taken = list(islice(unseen, count + 1))
    if len(taken) > count:
        raise ApiError(400, 7035, f"More than {count} records are new; start over with FSync.")
    taken.reverse()
    return taken, _grown(known, taken)


def _grown(known: Range, taken: list[Entry]) -> Range:
    start = min([known.start, *(at for at, _ in taken)])
    end = max([known.end, *(at for at, _ in taken)])
    at_start = {mark for at, mark in taken if at == start}
    at_end = {mark for at, mark in taken if at == end}
    return Range(
        start,
        end,
        frozenset(at_start | (known.seen_start if start == known.start else set())),
        frozenset(at_end | (known.seen_end if end == known.end else set())),
    )


class SyncTokens:
    """Encodes a :class:`Range` as a sync token, and decodes sync tokens.

    :param secret: the key that signs the tokens; a token with a wrong signature is rejected.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._epoch = 0
        self._ranges: OrderedDict[tuple[str, str], Range] = OrderedDict()

    def issue(self, scope: str, covered: Range) -> str:
        """Return a sync token for `covered`, the range of the list `scope` returned so far."""
        marks = f"{sorted(covered.seen_start)}/{sorted(covered.seen_end)}"
        tie = self._digest(marks, 4)
        text = f"{tie}{self._seal(scope, tie, covered.start, covered.end)}"
        token = base64.b64encode(f"{text}_{covered.start}_{covered.end}".encode()).decode()
        self._ranges[scope, token] = covered
        if len(self._ranges) > _REMEMBERED:
            self._ranges.popitem(last=False)
        return token

    def read(self, scope: str, token: str | None, status: int) -> Range:
        """Return the range in a sync token; raise an ApiError with `status` if it is invalid."""
        error = ApiError(status, 300, "The sync token is invalid or expired; start with FSync.")
        try:
            text = base64.b64decode(token or "", validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            raise error from None
        shape = _SHAPE.fullmatch(text)
        if shape is None:
            raise error
        mark, start, end = shape[1], int(shape[2]), int(shape[3])
        if mark[4:] != self._seal(scope, mark[:4], start, end):
            raise error
        return self._ranges.get((scope, token or ""), Range(start, end))

    def expire_all(self) -> None:
        self._epoch += 1
        self._ranges.clear()

    def _seal(self, scope: str, tie: str, start: int, end: int) -> str:
        return self._digest(f"{self._epoch}/{scope}/{tie}/{start}/{end}", 6)

    def _digest(self, text: str, length: int) -> str:
        mac = hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.b64encode(mac, b"-0").decode()[:length]
