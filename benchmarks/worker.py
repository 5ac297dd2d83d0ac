"""Measure the benchmarks of one client inside its environment; print them as JSON."""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.rows import Bench, own_rows, rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("contestant")
    parser.add_argument("payloads", type=Path)
    parser.add_argument("host")
    parser.add_argument("rounds", type=int)
    parser.add_argument("only", nargs="*", help="texts that a row's name must hold")
    asked = parser.parse_args()
    contestant: Any = import_module(f"benchmarks.contestants.{asked.contestant}")
    bench = Bench(contestant, asked.payloads, asked.host, asked.rounds)
    wanted = [*rows(), *(own_rows() if asked.contestant == "ours" else ())]
    for row in wanted:
        if not all(text in row.name for text in asked.only):
            continue
        try:
            result: object = row.measure(bench)._asdict()
        except Exception as error:  # a peer may reject a page or lack what a row needs
            result = f"{type(error).__name__}: {str(error).splitlines()[0][:60]}"
        print(json.dumps({"row": row.name, "target": row.target, "result": result}), flush=True)


if __name__ == "__main__":
    main()
