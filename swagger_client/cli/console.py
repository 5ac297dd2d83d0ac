"""Prints the output of a command: text for people, or JSON.

Results go to standard output. Problems, notes and progress go to standard error; each line has a
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
    """Prints the output of a command.

    :param as_json: print JSON.
    :param quiet: print nothing but results and problems.
    """

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self._result: dict[str, object] | None = None

    @property
    def width(self) -> int | None:
        """The columns of the terminal that shows standard output; None for another output."""
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else None

    def print(self, line: str, *, following: str = "") -> None:
        """Print a line of the result for people; nothing with ``--json``.

        :param following: begins further lines where the terminal is too narrow for one.
        """
        # At once, also into a pipe: a command such as browse prints its address and goes on.
        if not self.as_json:
            print(wrap(line, self.width, following=following), flush=True)

    def print_block(self, text: str) -> None:
        """Print lines that are wrapped already; nothing with ``--json``."""
        if not self.as_json:
            print(text)

    def row(self, value: Mapping[str, object], line: str) -> None:
        """Print one of many results.

        :param value: the result as a JSON object, a line of the output.
        :param line: the result for people, escaped.
        """
        print(safe_json.dumps(value) if self.as_json else line)

    def result(self, value: Mapping[str, object]) -> None:
        """Set the command's result, which ``--json`` prints at the end.

        The fields ``complete``, ``status`` and ``problems`` are added then.
        """
        self._result = dict(value)

    def note(self, text: str) -> None:
        """Print information that does not change the exit status."""
        if not self.quiet:
            self._say({"note": text}, [f"note: {escape(text)}"])

    def finish(self, problems: Iterable[Problem], *, single: bool) -> None:
        """Print the problems, and the result with ``--json``.

        :param single: whether the command has one result, to be printed even if it failed.
        """
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
    """Return a problem as lines: what happened and why, and what to do."""
    what = problem.what if problem.what.endswith((".", "!", "?")) else f"{problem.what}."
    said = " ".join(filter(None, (what, problem.cause)))
    about = "" if problem.profile is None else f"profile {quote(problem.profile)}: "
    lines = [f"{problem.status.label}: {about}{escape(said)}"]
    if problem.cure:
        lines.append(escape(problem.cure))
    return lines


def timestamp() -> str:
    """Return the time at the start of a line of standard error; empty on a terminal."""
    return "" if sys.stderr.isatty() else f"{datetime.now(timezone.utc):%Y-%m-%dT%H:%M:%SZ} "
