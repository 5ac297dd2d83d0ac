from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple


class Occurrences:
    """Computes a key for each item of a list. Different items get different keys.

    Two items with the same id and content are the same item. Two equal items without an id are
    different items, so the key of the second one ends in a number.
    """

    def __init__(self, key: Callable[[Any], str], has_id: Callable[[Any], bool]) -> None:
        self._key = key
        self._has_id = has_id
        self._count: Counter[str] = Counter()

    def restart(self) -> None:
        """Prepare for another request of the same list, from its first item."""
        self._count.clear()

    def key(self, item: Any) -> str:
        """Return an item's key. Call this once for each item, in the order of the list."""
        key = self._key(item)
        if self._has_id(item):
            return key
        self._count[key] += 1
        nth = self._count[key]
        return key if nth == 1 else f"{key}, {nth}"

    def is_first(self, item: Any) -> bool:
        """Return False if an item has no id and equals an earlier item. Call :meth:`key` first."""
        return self._count[self._key(item)] <= 1


class SplitPage(NamedTuple):
    """The conversations or messages (items) of a page, split into new and repeated ones.

    If an item has no id, it is in ``new``, even if it equals an earlier item. It may be a different
    item with the same content.

    :ivar is_fresh: whether ``new`` has an item that has an id, or differs from all earlier items.
    """

    new: list[Any]
    repeated: list[Any]
    is_fresh: bool
