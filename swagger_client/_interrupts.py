"""Ends the programs of this package with one line when Ctrl-C comes outside of a command.

Most of the time that a command takes to begin is spent on imports, before it can handle anything.
"""

from __future__ import annotations

import os
import sys
from types import TracebackType

#: What a shell shows for a program that Ctrl-C ended.
_INTERRUPTED = 130
_PACKAGE = "swagger_client"


def is_own_program() -> bool:
    """Whether this process runs ``zoom-sms``, or a module of this package with ``-m``."""
    arguments = getattr(sys, "orig_argv", [])[1:]
    if "-m" in arguments:
        module = arguments[arguments.index("-m") + 1 :][:1]
        return bool(module) and module[0].split(".")[0] == _PACKAGE
    script = next((one for one in arguments if not one.startswith("-")), "")
    return os.path.basename(script).startswith("zoom-sms")


def end_with_one_line() -> None:
    """Let an interrupt that nothing handles end the process with a line, not a traceback."""
    sys.excepthook = _report


def _report(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    print("Interrupted", file=sys.stderr, flush=True)
    os._exit(_INTERRUPTED)
