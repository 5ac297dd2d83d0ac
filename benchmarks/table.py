"""Renders what was measured as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

#: For each contestant its rows, or why it has none.
Results = dict[str, "list[dict[str, Any]] | str"]

#: What reading a page may cost at most where the ``speed`` extra is installed.
_WITH_SPEED = 1.0


def render(results: Results, machine: str, sizes: Mapping[str, int]) -> str:
    """Two tables: this package against its targets, and the peers' figures."""
    lines = [f"## {machine}", "", "Payloads in bytes: " + ", ".join(
        f"{name} {size:,}" for name, size in sizes.items()), ""]  # fmt: skip
    lines += [
        "| what | at most | ratio | quartiles | reached | noise | baseline | ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += _own(results["this package"])
    speed = results["this package[speed]"]
    if not isinstance(speed, str):
        speed = [
            {**row, "row": f"{row['row']}, with speed", "target": _WITH_SPEED} for row in speed
        ]
    lines += _own(speed)
    peers = {name: rows for name, rows in results.items() if not name.startswith("this package")}
    if peers:
        lines += ["", *_side_by_side({"this package": results["this package"], **peers})]
    lines += ["", "noise: the quartiles of the baseline measured against itself in the same rounds"]
    return "\n".join(lines) + "\n"


def _own(rows: list[dict[str, Any]] | str) -> Iterable[str]:
    if isinstance(rows, str):
        yield f"| {rows} | | | | | | | |"
        return
    for row in rows:
        result, target = row["result"], row["target"]
        if isinstance(result, str):
            yield f"| {row['row']} | {target} | {result} | | no | | | |"
            continue
        ratio, low, high = result["ratio"]
        noise = result["noise"]
        reached = "yes" if ratio <= target else "**no**"
        yield (
            f"| {row['row']} | {target} | {ratio:.3f} | {low:.3f}–{high:.3f} | {reached} "
            f"| {noise[1]:.3f}–{noise[2]:.3f} "
            f"| {_cost(result['baseline'], result['unit'])} "
            f"| {_cost(result['subject'], result['unit'])} |"
        )


def _side_by_side(contestants: Results) -> Iterable[str]:
    yield "| ratio (quartiles) | " + " | ".join(contestants) + " |"
    yield "|---" * (len(contestants) + 1) + "|"
    columns = {
        name: rows if isinstance(rows, str) else {row["row"]: row["result"] for row in rows}
        for name, rows in contestants.items()
    }
    named = [list(column) for column in columns.values() if not isinstance(column, str)]
    for row in max(named, key=len):
        cells = [_cell(column, row) for column in columns.values()]
        if not all(cell == "–" for cell in cells[1:]):
            yield f"| {row} | " + " | ".join(cells) + " |"
    for name, column in columns.items():
        if isinstance(column, str):
            yield f"\n{name}: {column}"


def _cell(column: Mapping[str, Any] | str, row: str) -> str:
    result = "–" if isinstance(column, str) else column.get(row, "–")
    if isinstance(result, str):
        return result
    ratio, low, high = result["ratio"]
    return f"{ratio:.2f} ({low:.2f}–{high:.2f})"


def _cost(amount: float, unit: str) -> str:
    if unit == "B":
        return f"{amount:,.0f} B"
    return f"{amount * 1e6:,.1f} µs" if amount < 1e-3 else f"{amount * 1e3:,.2f} ms"
