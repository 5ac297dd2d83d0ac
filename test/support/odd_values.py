"""Put odd values into JSON, and compare the decoded result."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any


def holds(found: Any, sent: Any) -> bool:
    """Return whether a value equals the sent one; additional fields must be None."""
    if type(found) is not type(sent):
        return False
    if isinstance(sent, dict):
        further = (found[key] for key in found.keys() - sent.keys())
        return all(holds(found.get(key), held) for key, held in sent.items()) and not any(further)
    if isinstance(sent, list):
        return len(found) == len(sent) and all(map(holds, found, sent))
    return bool(found == sent)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value within a value."""
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for key, held in children if isinstance(value, dict | list) else ():
        yield (*path, key)
        if isinstance(held, dict | list):
            yield from places(held, (*path, key))


def mutated(template: dict[str, Any], path: tuple[Any, ...], odd: str) -> str:
    """Return a template as JSON, with another JSON value in one place."""
    record = copy.deepcopy(template)
    target: Any = record
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = "@"
    return json.dumps(record).replace('"@"', odd)
