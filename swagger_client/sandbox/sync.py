"""Sync tokens and the ranges they cover.

A token is `<id>_<start ms>_<end ms>` in base64, like Zoom's. BSync reads back from the start, ISync
forward from the end. Both edges are inclusive, and the records already returned at an edge are
remembered: of several records of one millisecond none is lost and none is repeated. A token of an
earlier run of the same account is accepted too, but repeats the records at its edges.
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

from . import api_errors

__all__ = ["Entry", "Range", "SyncTokens", "backward", "forward", "full"]

_SHAPE = re.compile(r"([A-Za-z0-9-]{10})_(-?[0-9]{1,16})_(-?[0-9]{1,16})")
_REMEMBERED = 20_000

Entry = tuple[int, str]
"""A record's time in unix milliseconds, and its identity among those of the same time."""


@dataclass(frozen=True, slots=True)
class Range:
    """A covered span in unix milliseconds, and the records returned at its two edges."""

    start: int
    end: int
    seen_start: frozenset[str] = frozenset()
    seen_end: frozenset[str] = frozenset()


def full(newest_first: Iterable[Entry], count: int, now_ms: int) -> tuple[list[Entry], Range]:
    """Return the newest records and the range they cover; an empty range is at `now_ms`."""
    taken = list(islice(newest_first, count))
    if not taken:
        return [], Range(now_ms, now_ms)
    return taken, _grown(Range(taken[-1][0], taken[0][0]), taken)


def backward(
    newest_first: Callable[[int], Iterable[Entry]], known: Range, count: int
) -> tuple[list[Entry], Range]:
    """Return the next older records, newest first, and the grown range.

    :param newest_first: returns the records up to and including a time.
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
    """Return what is new, newest first, and the grown range.

    :param oldest_first: returns the records from a time on.
    :raises ApiError: if more than `count` records are new.
    """
    unseen = (
        entry
        for entry in oldest_first(known.end)
        if entry[0] > known.end or entry[1] not in known.seen_end
    )
    taken = list(islice(unseen, count + 1))
    if len(taken) > count:
        raise api_errors.too_many_new(count)
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
    """Encode ranges as tokens and decode them.

    :param secret: key that signs the tokens, so that invented ones are rejected.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._epoch = 0
        self._ranges: OrderedDict[tuple[str, str], Range] = OrderedDict()

    def issue(self, scope: str, covered: Range) -> str:
        """Return the token of a range.

        :param scope: the list that the range belongs to; the token is valid for this list only.
        """
        marks = f"{sorted(covered.seen_start)}/{sorted(covered.seen_end)}"
        tie = self._digest(marks, 4)
        text = f"{tie}{self._seal(scope, tie, covered.start, covered.end)}"
        token = base64.b64encode(f"{text}_{covered.start}_{covered.end}".encode()).decode()
        self._ranges[scope, token] = covered
        if len(self._ranges) > _REMEMBERED:
            self._ranges.popitem(last=False)
        return token

    def read(self, scope: str, token: str | None, status: int) -> Range:
        """Return the range of a token.

        :param status: the HTTP status of the error.
        :raises ApiError: if the token is missing, malformed, expired or of another list.
        """
        try:
            text = base64.b64decode(token or "", validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            raise api_errors.bad_sync_token(status) from None
        shape = _SHAPE.fullmatch(text)
        if shape is None:
            raise api_errors.bad_sync_token(status)
        mark, start, end = shape[1], int(shape[2]), int(shape[3])
        if mark[4:] != self._seal(scope, mark[:4], start, end):
            raise api_errors.bad_sync_token(status)
        return self._ranges.get((scope, token or ""), Range(start, end))

    def expire_all(self) -> None:
        """Make every token issued so far invalid."""
        self._epoch += 1
        self._ranges.clear()

    def _seal(self, scope: str, tie: str, start: int, end: int) -> str:
        return self._digest(f"{self._epoch}/{scope}/{tie}/{start}/{end}", 6)

    def _digest(self, text: str, length: int) -> str:
        mac = hmac.new(self._secret, text.encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.b64encode(mac, b"-0").decode()[:length]
