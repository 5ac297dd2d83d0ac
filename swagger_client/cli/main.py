from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from io import TextIOWrapper
from types import FrameType

from swagger_client._security import safe_json
from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.archive import INTERRUPTED, OUTPUT_FAILED
from swagger_client.cli.conditions.arguments import UNUSABLE_PATH
from swagger_client.cli.console import Console, timestamp
from swagger_client.cli.exit_status import ExitStatus, worst
from swagger_client.cli.parser import is_json, parse, prints_one_result
from swagger_client.cli.problems import ProblemError, problem_of
from swagger_client.cli.streams import guarded_streams
from swagger_client.cli.text import escape

#: Signals that are handled like Ctrl-C, so that the command can clean up.
_ENDING = ("SIGTERM", "SIGHUP")
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)


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
    with _logging_to(options, problems):
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


class _Formatter(logging.Formatter):
    """Formats each log record as one escaped line, with the time in UTC."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return f"{datetime.fromtimestamp(record.created, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"

    def format(self, record: logging.LogRecord) -> str:
        return escape(super().format(record), keep="\n\t")


class _LogFile(logging.FileHandler):
    """Appends log lines to a file; a pipe without a reader raises OSError instead of blocking."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, _FLAGS, 0o666)
        if hasattr(os, "O_NONBLOCK"):
            os.set_blocking(descriptor, True)
        return open(descriptor, "a", encoding=self.encoding, errors=self.errors)


class _WarningHandler(logging.Handler):
    def __init__(self, *, as_json: bool) -> None:
        super().__init__(logging.WARNING)
        self._as_json = as_json

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:  # -v prints the traceback
            text += f": {record.exc_info[1]}"
        if self._as_json:
            print(safe_json.dumps({"warning": text}), file=sys.stderr)
        else:
            print(f"{timestamp()}warning: {escape(text)}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _logging_to(options: Namespace, problems: list[Problem]) -> Iterator[None]:
    """Log in the ``with`` block as the options say; if the log file is unusable, add a problem."""
    logger = logging.getLogger("swagger_client")
    handlers: list[logging.Handler] = []
    if options.verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    if options.log_file:
        try:
            handlers.append(_LogFile(options.log_file, encoding="utf-8"))
        except OSError as error:
            problems.append(UNUSABLE_PATH(path=options.log_file, reason=error.strerror))
    former = logger.level
    if handlers:
        detailed = options.verbose > 1 or (options.log_file and not options.verbose)
        logger.setLevel(logging.DEBUG if detailed else logging.INFO)
    else:
        handlers.append(_WarningHandler(as_json=options.json))
    for handler in handlers:
        handler.setFormatter(_Formatter(_FORMAT))
        logger.addHandler(handler)
    try:
        yield
    finally:
        logger.setLevel(former)
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()
