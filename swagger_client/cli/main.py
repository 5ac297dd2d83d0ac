from __future__ import annotations

import contextlib
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from types import FrameType

from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.archive import INTERRUPTED, OUTPUT_FAILED
from swagger_client.cli.console import Console
from swagger_client.cli.exit_status import ExitStatus, worst
from swagger_client.cli.logs import logging_to
from swagger_client.cli.parser import is_json, parse, prints_one_result
from swagger_client.cli.problems import ProblemError, problem_of
from swagger_client.cli.streams import guarded_streams

#: Signals that are handled like Ctrl-C, so that the command can clean up.
_ENDING = ("SIGTERM", "SIGHUP")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one ``zoom-sms`` command, by default with `sys.argv[1:]`; return its exit status."""
    with guarded_streams() as output, _ending_signals():
        status = _run(arguments)
        output.flush()
        if output.failure is None:
            return status
        problem = OUTPUT_FAILED(reason=output.failure.strerror or output.failure)
        console = Console(as_json=False, quiet=True)
        console.finish([problem], single=False)
        return worst(
            [ExitStatus(status) if status in set(ExitStatus) else problem.status, problem.status]
        )


def _run(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    try:
        name, command, options = parse(given)
    except SystemExit as ended:  # argparse printed the help
        return int(ended.code or ExitStatus.COMPLETE)
    except ProblemError as error:
        console = Console(as_json=is_json(given), quiet=True)
        console.finish([error.problem], single=prints_one_result(given))
        return error.problem.status
    console = Console(as_json=options.json, quiet=options.quiet)
    problems: list[Problem] = []
    with logging_to(options, problems):
        if not problems:
            _collect_problems(name, command, options, console, problems)
    console.finish(problems, single=not command.prints_rows)
    return worst(problem.status for problem in problems)


def _collect_problems(
    name: str, command: Command, options: Namespace, console: Console, problems: list[Problem]
) -> None:
    try:
        problems.extend(command.run(options, console))
    except KeyboardInterrupt:
        problems.append(INTERRUPTED(effect=command.on_interrupt))
    except Exception as error:
        problem = problem_of(error, name)
        if problem is None:
            raise
        problems.append(problem)


@contextlib.contextmanager
def _ending_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt in the ``with`` block when SIGTERM or SIGHUP arrives."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
    # nohup ignores SIGHUP: a signal that is ignored at the start stays ignored.
    former = {number: signal.getsignal(number) for number in numbers}
    changed = [number for number in numbers if former[number] is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, former[number])


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
