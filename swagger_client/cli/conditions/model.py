from __future__ import annotations

from typing import NamedTuple

from swagger_client.cli.exit_status import ExitStatus


class Condition(NamedTuple):
    """A kind of error or warning that a command can report.

    The texts may contain placeholders such as ``{path}``, for which a :class:`Problem` has values.

    :ivar str name: the name in JSON output, such as "no-archive"; it never changes.
    :ivar ExitStatus status: the exit status of a command that reports this condition.
    :ivar str what: a sentence that says what happened.
    :ivar str cure: a sentence that says what to do.
    :ivar str cause: the usual cause; empty if ``what`` states it.
    """

    name: str
    status: ExitStatus
    what: str
    cure: str
    cause: str = ""

    def __call__(self, **values: object) -> Problem:
        """Create a problem with these values for the placeholders in the texts."""
        return Problem(self, {name: str(value) for name, value in values.items()})


class Problem(NamedTuple):
    """A condition that occurred; ``profile`` is set if the command uses several profiles."""

    condition: Condition
    values: dict[str, str]
    profile: str | None = None

    @property
    def status(self) -> ExitStatus:
        return self.condition.status

    @property
    def what(self) -> str:
        return self.condition.what.format_map(self.values)

    @property
    def cause(self) -> str:
        return self.condition.cause.format_map(self.values)

    @property
    def cure(self) -> str:
        return self.condition.cure.format_map(self.values)

    def as_object(self) -> dict[str, object]:
        about = {} if self.profile is None else {"profile": self.profile}
        return {
            **about,
            "condition": self.condition.name,
            "status": int(self.status),
            "what": self.what,
            "cause": self.cause,
            "cure": self.cure,
        }
