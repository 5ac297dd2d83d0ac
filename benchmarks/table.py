"""Render the measurements as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import median
from typing import NamedTuple

from benchmarks.measure import Comparison


class Line(NamedTuple):
    """A measured benchmark, or the reason why it could not be measured."""

    row: str
    target: float
    result: Comparison | str


#: For each contestant its lines, or why it has none.
Results = dict[str, list[Line] | str]


def render(results: Results, machine: str, sizes: Mapping[str, int]) -> str:
    """Return two tables: this package with its targets, and the other clients."""
    lines = [f"## {machine}", "", "Payloads in bytes: " + ", ".join(
        f"{name} {size:,}" for name, size in sizes.items()), ""]  # fmt: skip
    lines += [
        "| what | at most | ratio | quartiles | reached | noise | baseline | ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += _own(results["this package"])
    peers = {name: rows for name, rows in results.items() if not name.startswith("this package")}
    if peers:
        lines += ["", *_side_by_side({"this package": results["this package"], **peers})]
    lines += ["", "noise: the quartiles of the baseline measured against itself in the same rounds"]
    return "\n".join(lines) + "\n"


def _own(lines: list[Line] | str) -> Iterable[str]:
    if isinstance(lines, str):
        yield f"| {lines} | | | | | | | |"
        return
    for row, target, result in lines:
        if isinstance(result, str):
            yield f"| {row} | {target} | {result} | | no | | | |"
            continue
        ratio, noise = result.ratio, result.noise
        reached = "yes" if ratio.median <= target else "**no**"
        yield (
            f"| {row} | {target} | {ratio.median:.3f} | {ratio.low:.3f}–{ratio.high:.3f} "
            f"| {reached} | {noise.low:.3f}–{noise.high:.3f} "
            f"| {_cost(median(result.baselines), result.unit)} "
            f"| {_cost(median(result.subjects), result.unit)} |"
        )


def _side_by_side(contestants: Results) -> Iterable[str]:
    yield "| ratio (quartiles) | " + " | ".join(contestants) + " |"
    yield "|---" * (len(contestants) + 1) + "|"
    columns = {
        name: lines if isinstance(lines, str) else {line.row: line.result for line in lines}
        for name, lines in contestants.items()
    }
    named = [list(column) for column in columns.values() if not isinstance(column, str)]
    for row in max(named, key=len):
        cells = [_cell(column, row) for column in columns.values()]
        if not all(cell == "–" for cell in cells[1:]):
            yield f"| {row} | " + " | ".join(cells) + " |"
    for name, column in columns.items():
        if isinstance(column, str):
            yield f"\n{name}: {column}"


def _cell(column: Mapping[str, Comparison | str] | str, row: str) -> str:
    result = "–" if isinstance(column, str) else column.get(row, "–")
    if isinstance(result, str):
        return result
    ratio = result.ratio
    return f"{ratio.median:.2f} ({ratio.low:.2f}–{ratio.high:.2f})"


def _cost(amount: float, unit: str) -> str:
    if unit == "B":
        return f"{amount:,.0f} B"
    return f"{amount * 1e6:,.1f} µs" if amount < 1e-3 else f"{amount * 1e3:,.2f} ms"
