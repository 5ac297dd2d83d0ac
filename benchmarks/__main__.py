"""Prints the table: ``python -m benchmarks --help`` says how."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import environments, make_payloads
from benchmarks.environments import Environment, Unavailable
from benchmarks.measure import Comparison
from benchmarks.server import canned_server
from benchmarks.table import Line, Results, render


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--python", nargs="+", default=[sys.executable], metavar="X.Y",
        help="interpreters to measure on, by version or path; this one by default",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, default=40, help="samples of each thing")
    parser.add_argument(
        "--processes", type=int, default=4, help="to take them in: each has its luck with memory"
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="rows whose name holds TEXT")
    parser.add_argument("--no-peers", action="store_true", help="without generated clients")
    parser.add_argument(
        "--description", type=Path, default=environments.DESCRIPTION,
        help="the description that peers are generated from",
    )  # fmt: skip
    parser.add_argument(
        "--folder", type=Path, default=environments.ROOT / "build" / "benchmarks",
        help="where environments are kept between runs",
    )  # fmt: skip
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        payloads = Path(made)
        make_payloads.write(payloads)
        sizes = {file.name: file.stat().st_size for file in sorted(payloads.iterdir())}
        for python in map(_command, asked.python):
            with canned_server(payloads) as host:
                rounds = max(2, round(asked.rounds / asked.processes))
                arguments = [str(payloads), host, str(rounds), asked.only]
                results = _measure(python, asked, arguments)
            print(render(results, f"{_version(python)}, {platform.machine()}", sizes), flush=True)


def _command(python: str) -> str:
    return python if os.sep in python else f"python{python}"


def _version(python: str) -> str:
    try:
        asked = subprocess.run([python, "--version"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        raise SystemExit(f"{python} does not run here; name an interpreter by its path") from None
    return asked.stdout.strip()


def _measure(python: str, asked: argparse.Namespace, arguments: Sequence[str]) -> Results:
    """The rows of all contestants; for a peer that cannot take part, why."""
    folder: Path = asked.folder / _version(python).replace(" ", "-").lower()
    results: Results = {}
    taking_part: list[Environment] = environments.own(python, folder)
    if not asked.no_peers:
        for make in (environments.openapi_generator, environments.openapi_python_client):
            try:
                taking_part.append(make(python, folder, asked.description.resolve()))
            except Unavailable as reason:
                results[make.__name__.replace("_", "-")] = str(reason)
    for environment in taking_part:
        print(f"measuring {environment.name} …", file=sys.stderr, flush=True)
        found: dict[str, Line] = {}
        for _ in range(asked.processes):
            with environments.run_worker(environment, arguments) as worker:
                assert worker.stdout is not None
                for text in worker.stdout:
                    line = _line(json.loads(text))
                    found[line.row] = _joined(found.get(line.row), line)
            if worker.returncode:
                results[environment.name] = (
                    f"the measurement ended with exit code {worker.returncode}"
                )
                break
        else:
            results[environment.name] = list(found.values())
    return results


def _line(said: dict[str, Any]) -> Line:
    result = said["result"]
    return Line(
        said["row"],
        said["target"],
        result if isinstance(result, str) else Comparison(**result),
    )


def _joined(earlier: Line | None, line: Line) -> Line:
    if earlier is None or isinstance(line.result, str):
        return line
    if isinstance(earlier.result, str):
        return earlier
    return line._replace(result=earlier.result.and_(line.result))


if __name__ == "__main__":
    main()
