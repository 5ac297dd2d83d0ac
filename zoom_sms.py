"""Starts ``zoom-sms``; Ctrl-C ends it with one line, also while it imports the package."""

from __future__ import annotations

import os
import signal
import sys

#: The exit status of a command that did not finish, which is run again.
_INTERRUPTED = 75


def main() -> int:
    """Run the command line; return its exit status."""
    try:
        from swagger_client.cli import main as run

        status = run()
    except KeyboardInterrupt:
        print("Interrupted", file=sys.stderr)
        status = _INTERRUPTED
    # A second Ctrl-C while Python ends must not change the exit status.
    signal.signal(signal.SIGINT, lambda number, frame: os._exit(status))
    return status
