from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit status of a command. JSON output has the same numbers.

    DAMAGED and UNFINISHED are EX_DATAERR and EX_TEMPFAIL of sysexits.h.
    """

    COMPLETE = 0
    #: The command failed, and would fail again until the user corrects something.
    INVALID = 2
    #: The command finished, but its result is incomplete.
    INCOMPLETE = 3
    #: The archive is damaged.
    DAMAGED = 65
    #: The command did not finish. The user can run the same command again.
    UNFINISHED = 75

    @property
    def label(self) -> str:
        """The first word of an error message with this status."""
        return _LABELS[self]


_LABELS = {
    ExitStatus.COMPLETE: "complete",
    ExitStatus.INVALID: "error",
    ExitStatus.INCOMPLETE: "incomplete",
    ExitStatus.DAMAGED: "damaged",
    ExitStatus.UNFINISHED: "not finished",
}
#: The meaning of each exit status, for the help.
MEANINGS = {
    ExitStatus.COMPLETE: "complete",
    ExitStatus.INVALID: "failed: correct the cause before you run the command again",
    ExitStatus.INCOMPLETE: "finished, but incomplete: the message says what is missing",
    ExitStatus.DAMAGED: "the archive is damaged",
    ExitStatus.UNFINISHED: "not finished: run the same command again",
}
#: The exit statuses, the most severe first.
_PRECEDENCE = (
    ExitStatus.DAMAGED,
    ExitStatus.UNFINISHED,
    ExitStatus.INVALID,
    ExitStatus.INCOMPLETE,
)


def worst(statuses: Iterable[ExitStatus]) -> ExitStatus:
    """Return the most severe of several exit statuses; COMPLETE if there are none."""
    given = set(statuses)
    return next((status for status in _PRECEDENCE if status in given), ExitStatus.COMPLETE)
