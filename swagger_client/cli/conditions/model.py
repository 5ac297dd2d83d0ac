"""Classes for the rows of the table of conditions, and for occurrences."""

from __future__ import annotations

from typing import NamedTuple

from swagger_client.cli.exit_status import ExitStatus


class Condition(NamedTuple):
    """A row of the table. ``{fields}`` in its texts are filled in when it occurs.

    :ivar str name: stands for it in JSON; never changes.
    :ivar ExitStatus status: the exit status of a command that ends with it.
    :ivar str what: the event, in a sentence.
    :ivar str cause: the usual cause; empty where ``what`` says it.
    :ivar str cure: what to do.
    """

    name: str
    status: ExitStatus
    what: str
    cause: str
    cure: str

    def __call__(self, **values: object) -> Problem:
        """Return an occurrence of this condition.

        :param values: the fields of its texts.
        """
        return Problem(self, {name: str(value) for name, value in values.items()})


class Problem(NamedTuple):
    """A condition that has occurred.

    :ivar dict values: the values that its texts mention.
    :ivar str | None profile: the profile that it is about, where a command is about several.
    """

    condition: Condition
    values: dict[str, str]
    profile: str | None = None

    @property
    def status(self) -> ExitStatus:
        """The exit status of the condition."""
        return self.condition.status

    @property
    def what(self) -> str:
        """What happened."""
        return self.condition.what.format_map(self.values)

    @property
    def cause(self) -> str:
        """The usual cause."""
        return self.condition.cause.format_map(self.values)

    @property
    def cure(self) -> str:
        """What to do."""
        return self.condition.cure.format_map(self.values)

    def as_object(self) -> dict[str, object]:
        """Return it as a JSON object."""
        about = {} if self.profile is None else {"profile": self.profile}
        return {
            **about,
            "condition": self.condition.name,
            "status": int(self.status),
            "what": self.what,
            "cause": self.cause,
            "cure": self.cure,
        }
