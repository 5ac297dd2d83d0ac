"""Tells apart equal items that have no id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple


class Occurrences:
    """Makes the keys of items; equal items without an id get different keys.

    If the same id comes again, it is the same item. If an equal item without an id comes again, it
    is another item, and its key ends in a number.

    :param key: returns the key of an item.
    :param has_id: whether the key contains an id.
    """

    def __init__(self, key: Callable[[Any], str], has_id: Callable[[Any], bool]) -> None:
        self._key = key
        self._has_id = has_id
        self._count: Counter[str] = Counter()

    def restart(self) -> None:
        """Count from the first item again: the same items will be listed again."""
        self._count.clear()

    def key(self, item: Any) -> str:
        """Return the key of the next item."""
        key = self._key(item)
        if self._has_id(item):
            return key
        self._count[key] += 1
        nth = self._count[key]
        return key if nth == 1 else f"{key}, {nth}"

    def is_first(self, item: Any) -> bool:
        """Whether no equal item came before the latest one."""
        return self._count[self._key(item)] <= 1


class SplitPage(NamedTuple):
    """The items of a page, split into new and repeated items.

    :ivar progress: whether a new item differs from all earlier items. A new item without an id may
        be equal to an earlier one.
    """

    new: list[Any]
    repeated: list[Any]
    progress: bool
