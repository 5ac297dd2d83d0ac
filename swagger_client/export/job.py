from __future__ import annotations

from datetime import datetime, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

from swagger_client._version import __version__
from swagger_client.archive import Filters
from swagger_client.archive.periods import period
from swagger_client.export.files import name_as_text
from swagger_client.export.names import Names
from swagger_client.export.source import Source, to_iso

#: The selection text of an export without filters.
ALL_MESSAGES = "all messages"


class Statement(NamedTuple):
    """What an export says about itself: its archive, and which messages it contains.

    It omits the time of the export, so that the same archive and options give the same bytes.

    :ivar generator: the name and version of this package.
    :ivar digest: the digest of the last finished archive run; None if no run has finished.
    :ivar complete_since: the start of the time span whose messages the archive contains.
    :ivar selection: the filters in words, such as "all messages".
    :ivar names: the file name and SHA-256 hash of the address book; None if none was given.
    :ivar selected_from: the first second that the filters select, in UTC; None for no limit.
    :ivar selected_to: the last second that the filters select, in UTC; None for no limit.
    :ivar archived_to: the end of the time span whose messages the archive contains.
    :ivar failed_conversations: the number of conversations of which messages are missing.
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
    selected_from: str | None = None
    selected_to: str | None = None
    archived_to: str | None = None
    failed_conversations: int = 0

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Pairs of a label and a value for readers of the export, such as ("Time zone", "UTC")."""
        run = "none" if self.last_run is None else f"{self.last_run}, ended {self.last_run_ended}"
        return [
            ("Archive", self.archive),
            ("Digest of the last run", self.digest or "none"),
            ("Last run", run),
            ("Archived", self._archived),
            ("Selection", self.selection),
            ("Time zone", self.time_zone),
            ("Names from", self.names or "Zoom only"),
            ("Made by", self.generator),
        ]

    @property
    def _archived(self) -> str:
        """The time span that the archive covers, and how many conversations were not read."""
        if self.complete_since is None:
            return "NOT COMPLETE: no run has finished"
        period = f"{self.complete_since} to {self.archived_to}"
        if not self.failed_conversations:
            return period
        were = "1 conversation was"
        if self.failed_conversations > 1:
            were = f"{self.failed_conversations:,} conversations were"
        return f"{period}, NOT COMPLETE: {were} not read"


class Job(NamedTuple):
    """An export to write: the source of its messages, and its options."""

    source: Source
    statement: Statement
    names: Names
    zone: ZoneInfo | None = None
    plain: bool = False

    def local(self, at: datetime | None) -> datetime | None:
        """Convert a time to the export's time zone; None if there is no zone or no time."""
        return None if at is None or self.zone is None else at.astimezone(self.zone)


def describe(source: Source, filters: Filters, zone: ZoneInfo | None, names: Names) -> Statement:
    last = source.last_run
    since, until = _span(filters, zone)
    return Statement(
        generator=f"swagger_client {__version__}",
        archive=name_as_text(source.path),
        digest=None if last is None else last.digest,
        last_run=None if last is None else last.run,
        last_run_ended=None if last is None else last.finished_at,
        complete_since=source.complete_since,
        selection=selection_text(filters, zone),
        time_zone="UTC" if zone is None else f"UTC, local times in {zone.key}",
        names=names.origin,
        selected_from=None if since is None else to_iso(since),
        selected_to=None if until is None else to_iso(until),
        archived_to=source.archived_to,
        failed_conversations=source.failed_conversations,
    )


#: The names of the filters for people.
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


def selection_text(filters: Filters, zone: ZoneInfo | None) -> str:
    """Describe filters in words, such as "from 2026-01-01 00:00:00 UTC, direction In"."""
    given: dict[str, object] = {**filters}
    for name, at in zip(("since", "until"), _span(filters, zone), strict=True):
        given[name] = None if at is None else _time_text(at, zone)
    parts = [
        f"{label} {_value_text(given[name])}"
        for name, label in _LABELS.items()
        if given.get(name) is not None
    ]
    return ", ".join(parts) or ALL_MESSAGES


def _span(filters: Filters, zone: ZoneInfo | None) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last second that the filters select; None for no limit."""
    since, until = filters.get("since"), filters.get("until")
    where = zone or timezone.utc
    return (
        None if since is None else period("since", since, where)[0],
        None if until is None else period("until", until, where)[1],
    )


def _time_text(at: datetime, zone: ZoneInfo | None) -> str:
    if zone is None:
        return f"{at.replace(tzinfo=None).isoformat(' ')} UTC"
    return f"{at.astimezone(zone).isoformat(' ')} ({zone.key})"


def _value_text(value: object) -> str:
    if isinstance(value, list | tuple):
        return " or ".join(map(_value_text, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def load_zone(name: str | None) -> ZoneInfo | None:
    """Return the time zone with an IANA name, such as Europe/Berlin; for None, return None."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise ValueError(
            f"there is no time zone {name!r}: use a name like Europe/Berlin or America/New_York"
        ) from None
