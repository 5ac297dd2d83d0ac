from __future__ import annotations

import contextlib
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime, timezone
from io import TextIOWrapper

from swagger_client._security import safe_json
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.arguments import UNUSABLE_PATH
from swagger_client.cli.console import timestamp
from swagger_client.cli.text import escape

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0)


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
def logging_to(options: Namespace, problems: list[Problem]) -> Iterator[None]:
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
