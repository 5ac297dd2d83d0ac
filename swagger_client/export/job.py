"""The options of an export, and the statement that it contains about itself."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

from swagger_client._version import __version__
from swagger_client.archive import Filters
from swagger_client.export.names import Names
from swagger_client.export.source import Source

#: The statement of an export that leaves nothing out.
ALL_MESSAGES = "all messages"


class Statement(NamedTuple):
    """The statement in every export: its source, its selection and whether it is complete.

    It has no time of its own: the same archive and options give the same bytes.
    """

    generator: str
    archive: str
    digest: str | None
    last_run: int | None
    last_run_ended: str | None
    complete_since: str | None
    selection: str
    time_zone: str
    names: str | None

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The statement for people: labels and values."""
        run = "none" if self.last_run is None else f"{self.last_run}, ended {self.last_run_ended}"
        return [
            ("Archive", self.archive),
            ("Digest of the last run", self.digest or "none"),
            ("Last run", run),
            ("Complete since", self.complete_since or "unknown"),
            ("Selection", self.selection),
            ("Time zone", self.time_zone),
            ("Names from", self.names or "Zoom only"),
            ("Made by", self.generator),
        ]


class Job(NamedTuple):
    """One export.

    :ivar zone: the time zone of the local times; None for none.
    :ivar plain: write CSV for programs, without the changes that spreadsheets need.
    """

    source: Source
    statement: Statement
    names: Names
    zone: ZoneInfo | None = None
    plain: bool = False

    def local(self, at: datetime | None) -> datetime | None:
        """Convert a time to the export's time zone; None without a zone or a time."""
        return None if at is None or self.zone is None else at.astimezone(self.zone)


def describe(source: Source, selection: str, zone: ZoneInfo | None, names: Names) -> Statement:
    """Make the statement of an export."""
    last = source.last_run
    return Statement(
        generator=f"swagger_client {__version__}",
        archive=source.path.name,
        digest=None if last is None else last.digest,
        last_run=None if last is None else last.run,
        last_run_ended=None if last is None else last.finished_at,
        complete_since=None if last is None else last.covered_from,
        selection=selection,
        time_zone="UTC" if zone is None else f"UTC, local times in {zone.key}",
        names=names.origin,
    )


#: What people call the filters.
_LABELS = {
    "since": "from",
    "until": "to",
    "number": "number",
    "session_id": "conversation",
    "user_id": "user",
    "sender": "sender",
    "direction": "direction",
    "status": "delivery status",
    "has_files": "with files",
    "since_run": "new or changed since run",
}


def selection_text(filters: Filters) -> str:
    """Describe the selection of messages."""
    given: dict[str, object] = {**filters}
    parts = [
        f"{label} {_value_text(given[name])}"
        for name, label in _LABELS.items()
        if given.get(name) is not None
    ]
    return ", ".join(parts) or ALL_MESSAGES


def _value_text(value: object) -> str:
    if isinstance(value, list | tuple):
        return " or ".join(map(_value_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return aware.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)


def load_zone(name: str | None) -> ZoneInfo | None:
    """Load a time zone by its IANA name.

    :raises ValueError: when there is no such zone.
    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError(
            f"there is no time zone {name!r}: use a name like Europe/Berlin or America/New_York"
        ) from None
