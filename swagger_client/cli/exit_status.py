"""Exit statuses of the command line, and the precedence if several apply."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit status of a command; the same numbers are in its JSON output.

    DAMAGED and UNFINISHED are EX_DATAERR and EX_TEMPFAIL of sysexits.h.
    """

    COMPLETE = 0
    #: Something has to be corrected first: repeating the command has no effect.
    INVALID = 2
    #: The command is done, but something is missing from its result.
    INCOMPLETE = 3
    #: The archive is damaged.
    DAMAGED = 65
    #: Not finished: run the same command again.
    UNFINISHED = 75

    @property
    def label(self) -> str:
        """The word that begins an error message of this status."""
        return _LABELS[self]


_LABELS = {
    ExitStatus.COMPLETE: "complete",
    ExitStatus.INVALID: "error",
    ExitStatus.INCOMPLETE: "incomplete",
    ExitStatus.DAMAGED: "damaged",
    ExitStatus.UNFINISHED: "not finished",
}
#: The first of these that applies is the exit status.
_PRECEDENCE = (
    ExitStatus.DAMAGED,
    ExitStatus.UNFINISHED,
    ExitStatus.INVALID,
    ExitStatus.INCOMPLETE,
)


def worst(statuses: Iterable[ExitStatus]) -> ExitStatus:
    """Return the exit status for several that apply; COMPLETE for none."""
    given = set(statuses)
    return next((status for status in _PRECEDENCE if status in given), ExitStatus.COMPLETE)
