"""The base of typed keyword arguments, which pydantic validates on all Pythons."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from typing import TypedDict
else:
    # pydantic accepts no other there, and brings it.
    try:
        from typing_extensions import TypedDict
    except ImportError:
        from typing import TypedDict

__all__ = ["TypedDict", "reject_unknown_keys"]

T = TypeVar("T")


def reject_unknown_keys(keywords: type[T]) -> type[T]:
    """Make pydantic reject a mistyped keyword argument, which it drops otherwise."""
    keywords.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined]
    return keywords
