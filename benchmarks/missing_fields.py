"""Measure decoding when a field is missing, null or unknown in every record.

``python -m benchmarks.missing_fields [--rounds 24]`` prints a Markdown table. Each line is a page
of a hundred records in which one field of one kind of object was removed, set to null, or added.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import make_payloads
from benchmarks.contestants import ours
from benchmarks.measure import compare, timer

#: The greatest ratio to ``json.loads``: of the unchanged pages, and of any changed page.
USUAL, CHANGED = 2.2, 2.6

FieldPath = tuple[str, ...]


class Case(NamedTuple):
    """A page with one change in every record."""

    page: str
    change: str
    field: str
    content: bytes


def cases(page: str, content: bytes) -> Iterator[Case]:
    """Yield the unchanged page, then one page for each field and change."""
    yield Case(page, "none", "", content)
    for path in sorted(_fields_of(json.loads(content))):
        for change in ("absent", "null"):
            yield _changed(page, content, path, change)
    for path in sorted(_objects_of(json.loads(content))):
        yield _changed(page, content, (*path, "brand_new"), "unknown")


def _fields_of(value: object, path: FieldPath = ()) -> set[FieldPath]:
    """Return the paths of all fields. Items of a list have the same paths."""
    if isinstance(value, list):
        return {found for item in value for found in _fields_of(item, path)}
    if not isinstance(value, dict):
        return set()
    here = {(*path, key) for key in value}
    return here.union(*(_fields_of(held, (*path, key)) for key, held in value.items()))


def _objects_of(content: object) -> set[FieldPath]:
    return {path[:-1] for path in _fields_of(content)}


def _changed(page: str, content: bytes, path: FieldPath, change: str) -> Case:
    value = copy.deepcopy(json.loads(content))
    for record in _records_at(value, path[:-1]):
        if change == "absent":
            record.pop(path[-1], None)
        elif change == "null" and path[-1] in record:
            record[path[-1]] = None
        elif change == "unknown":
            record[path[-1]] = 1
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Case(page, change, ".".join(path), text.encode())


def _records_at(value: object, path: FieldPath) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _records_at(item, path)
    elif isinstance(value, dict):
        if not path:
            yield value
        elif path[0] in value:
            yield from _records_at(value[path[0]], path[1:])


def measure(case: Case, rounds: int) -> tuple[float, float]:
    """Return the ratio to ``json.loads``, and the ratio of ``json.loads`` to itself."""
    decode: Callable[[bytes], object] = (
        ours.decode_messages if "messages" in case.page else ours.decode_sessions
    )
    found = compare(
        timer(lambda: json.loads(case.content)), timer(lambda: decode(case.content)), rounds=rounds
    )
    return found.ratio.median, found.noise.median


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.missing_fields")
    parser.add_argument("--rounds", type=int, default=24, help="samples of each page")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_payloads.write(Path(folder))
        files = [file for file in sorted(Path(folder).iterdir()) if "_" in file.name]
        pages = [case for file in files for case in cases(file.name, file.read_bytes())]
    print("| page | change | field | at most | ratio | reached |\n|---|---|---|---|---|---|")
    ratios: dict[str, list[float]] = {}
    for case in pages:
        ratio, noise = measure(case, given.rounds)
        most = USUAL if case.change == "none" else CHANGED
        reached = "yes" if ratio <= most else "**no**"
        print(f"| {case.page} | {case.change} | {case.field} | {most} | {ratio:.2f} | {reached} |",
              flush=True)  # fmt: skip
        ratios.setdefault(case.change, []).append(ratio)
        ratios.setdefault("noise", []).append(noise)
    for change, found in ratios.items():
        print(f"\n{change}: {len(found)}, median {statistics.median(found):.2f},"
              f" greatest {max(found):.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
