"""``TypedDict`` in a form that pydantic accepts, for the types of keyword arguments."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from typing import TypedDict
else:
    # Before Python 3.12, pydantic accepts only the class of typing_extensions, which it installs.
    try:
        from typing_extensions import TypedDict
    except ImportError:
        from typing import TypedDict

__all__ = ["TypedDict", "reject_unknown_keys"]

T = TypeVar("T")


def reject_unknown_keys(keywords: type[T]) -> type[T]:
    """Decorate a TypedDict, so that pydantic rejects unknown keys instead of ignoring them."""
    keywords.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[attr-defined]
    return keywords
