"""Print the output of a command as text or as JSON.

Results go to standard output. Problems, notes and progress go to standard error, each line with a
timestamp unless standard error is a terminal. With ``--json``, problems and notes are JSON objects.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone

from swagger_client._security import safe_json
from swagger_client.cli.conditions import Problem
from swagger_client.cli.exit_status import worst
from swagger_client.cli.text import escape, quote, wrap


class Console:
    """Prints the output of a command; with ``quiet``, no notes and no progress."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self._result: dict[str, object] | None = None

    @property
    def width(self) -> int | None:
        """The number of columns of the terminal; None if standard output is not a terminal."""
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else None

    def print(self, line: str, *, following: str = "  ") -> None:
        """Wrap and print a line, unless ``--json`` is set; ``following`` begins its later lines."""
        # Flush, because commands such as browse print a URL and continue to run.
        if not self.as_json:
            print(wrap(line, self.width, following=following), flush=True)

    def announce(self, line: str) -> None:
        """Print a line that the user needs while the command runs; with ``--json`` to stderr."""
        if self.as_json:
            self.instruct(line)
        else:
            self.print(line)

    def print_block(self, text: str) -> None:
        """Print text without wrapping; with ``--json`` print nothing."""
        if not self.as_json:
            print(text)

    def row(self, value: Mapping[str, object], line: str) -> None:
        """Print one row of a list: ``value`` with ``--json``, otherwise ``line``."""
        print(safe_json.dumps(value) if self.as_json else line)

    def result(self, value: Mapping[str, object]) -> None:
        """Set the JSON object that :meth:`finish` prints with ``--json``."""
        self._result = dict(value)

    def note(self, text: str) -> None:
        """Print a note on standard error; notes do not change the exit status."""
        if not self.quiet:
            self.instruct(text)

    def instruct(self, text: str) -> None:
        """Print on standard error what the user has to do; ``--quiet`` does not suppress it."""
        self._say({"note": text}, [f"note: {escape(text)}"])

    def finish(self, problems: Iterable[Problem], *, single: bool) -> None:
        """Print the problems. With ``--json`` and ``single``, print one object with the result."""
        problems = list(problems)
        status = worst(problem.status for problem in problems)
        objects = [problem.as_object() for problem in problems]
        if self.as_json and single:
            summary = {"complete": not problems, "status": int(status), "problems": objects}
            print(safe_json.dumps({**(self._result or {}), **summary}))
            return
        for problem in problems:
            self._say({"problem": problem.as_object()}, render_problem(problem))

    def _say(self, value: Mapping[str, object], lines: list[str]) -> None:
        if self.as_json:
            print(safe_json.dumps(value), file=sys.stderr)
            return
        width = shutil.get_terminal_size().columns if sys.stderr.isatty() else None
        first, *others = lines
        shown = [f"{timestamp()}{first}", *(f"  {line}" for line in others)]
        print("\n".join(wrap(line, width, following="  ") for line in shown), file=sys.stderr)


def render_problem(problem: Problem) -> list[str]:
    """Return a problem as two lines: what happened and why, then what to do."""
    what = problem.what if problem.what.endswith((".", "!", "?")) else f"{problem.what}."
    said = " ".join(filter(None, (what, problem.cause)))
    about = "" if problem.profile is None else f"profile {quote(problem.profile)}: "
    lines = [f"{problem.status.label}: {about}{escape(said)}"]
    if problem.cure:
        lines.append(escape(problem.cure))
    return lines


def timestamp() -> str:
    """Return the timestamp to begin a line on standard error; an empty text on a terminal."""
    return "" if sys.stderr.isatty() else f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ} "
