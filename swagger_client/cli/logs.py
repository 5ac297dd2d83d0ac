"""The log of a command: the library's log lines on standard error, in a file, or both."""

from __future__ import annotations

import contextlib
import logging
import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime, timezone

from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.arguments import UNUSABLE_PATH
from swagger_client.cli.text import escape

_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class _Formatter(logging.Formatter):
    """Formats a record on one line, with the time in UTC."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return f"{datetime.fromtimestamp(record.created, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"

    def format(self, record: logging.LogRecord) -> str:
        return escape(super().format(record), keep="\n\t")


@contextlib.contextmanager
def logging_to(options: Namespace, problems: list[Problem]) -> Iterator[None]:
    """Configure logging from ``--verbose`` and ``--log-file`` for the block.

    :param problems: gets one when the log file cannot be opened.
    """
    logger = logging.getLogger("swagger_client")
    handlers: list[logging.Handler] = []
    if options.verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    if options.log_file:
        try:
            handlers.append(logging.FileHandler(options.log_file, encoding="utf-8"))
        except OSError as error:
            problems.append(UNUSABLE_PATH(path=options.log_file, reason=error.strerror))
    if not handlers:
        yield
        return
    former = logger.level
    detailed = options.verbose > 1 or (options.log_file and not options.verbose)
    logger.setLevel(logging.DEBUG if detailed else logging.INFO)
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
