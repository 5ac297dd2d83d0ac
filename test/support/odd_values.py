"""Compares what was made of a JSON value with the value."""

from __future__ import annotations

from typing import Any


def holds(found: Any, sent: Any) -> bool:
    """Whether a value is what was sent; an object may have further fields, which are None."""
    if type(found) is not type(sent):
        return False
    if isinstance(sent, dict):
        further = (found[key] for key in found.keys() - sent.keys())
        return all(holds(found.get(key), held) for key, held in sent.items()) and not any(further)
    if isinstance(sent, list):
        return len(found) == len(sent) and all(map(holds, found, sent))
    return bool(found == sent)
