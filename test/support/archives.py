"""Helpers for tests of archives: small accounts, and the content of an archive as a value."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client._flow.drivers import SystemClock
from swagger_client.archive import Archive
from swagger_client.archive.folder_owner import OWNER_FILE
from swagger_client.archive.rows import DERIVED
from swagger_client.sandbox import Clock, Message, Sandbox

NOW = datetime(2026, 3, 10, 9, tzinfo=timezone.utc)
SINCE = "2025-10-01"
DAY = 86_400

Content = dict[str, list[tuple[object, ...]]]


class FrozenClock(SystemClock):
    """A clock for clients on a sandbox's time. Sleeping advances the sandbox's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def time(self) -> float:
        return self._clock.time()

    def monotonic(self) -> float:
        return self._clock.time()

    def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)


def small_account(*, now: datetime = NOW, **differences: object) -> Sandbox:
    """Return an account of 6 conversations and about 60 messages in 4 months, with files."""
    size: dict[str, object] = {"seed": 5, "users": 4, "queues": 1, "receptionists": 1}
    size |= {"sessions": 6, "messages": 60, "years": 0.35}
    return Sandbox(clock=Clock(frozen=True, start=now), **(size | differences))  # type: ignore[arg-type]


def api_of(zoom: Sandbox, *, retries: int = 0) -> SMSApi:
    """Return a client of a sandbox. Its sleeps take no real time."""
    configuration = Configuration()
    configuration.host = zoom.host
    configuration.access_token = zoom.access_token
    configuration.retries = retries
    return SMSApi(ApiClient(configuration, clock=FrozenClock(zoom.clock)))


def stored_files(folder: Path) -> list[Path]:
    """Return the files that an archive has stored in a folder, without its mark."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def content(database: Path, folder: Path | None = None) -> Content:
    """Return the content of an archive, except the rows about runs.

    Salts and the hashes over them are random and are left out; ``verify`` checks them.
    """
    found: Content = {}
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        # Row numbers depend on which conversation was read first.
        tables: dict[str, tuple[Sequence[str], str]] = {
            table.name: (
                [column for column in table.columns if column != "record"],
                f"{table.name} JOIN messages USING (message)" if table.by_message else table.name,
            )
            for table in DERIVED
        }
        tables["records"] = ("session_id", "seq", "kind", "item", "run", "content"), "records"
        for name, (columns, source) in tables.items():
            listed = ", ".join(
                column if place < 3 else f"{name}.{column}" for place, column in enumerate(columns)
            )
            rows = connection.execute(f"SELECT {listed} FROM {source}")
            found[name] = sorted(rows.fetchall(), key=repr)
    if folder is not None:
        found["files"] = sorted(
            (str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest())
            for path in folder.rglob("*")
            if path.is_file() and path.name != OWNER_FILE
        )
    return found


def keys_of(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns of a table's primary key."""
    described = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return [name for _, name, *_, place in sorted(described, key=lambda row: row[-1]) if place]


def unpack_form_1(name: str, folder: Path) -> Path:
    """Copy an archive of format 1 ("form1" or "interrupted"), and its files, to a folder."""
    kept = Path(__file__).parents[1] / "archive" / "form1"
    path = folder / "sms.sqlite3"
    path.write_bytes(gzip.decompress((kept / f"{name}.db.gz").read_bytes()))
    shutil.copytree(kept / "files", folder / "files", dirs_exist_ok=True)
    return path


def archived_messages(archive: Archive) -> list[tuple[object, ...]]:
    """Return the messages of an archive, to compare with :func:`sent_messages`."""
    return sorted(
        (m.message_id, m.session_id, m.date_time, m.text, m.delivery_status, m.direction,
         m.message_type, m.sender.phone_number, len(m.recipients), len(m.attachments))
        for m in archive.messages()
    )  # fmt: skip


def sent_messages(messages: list[Message]) -> list[tuple[object, ...]]:
    """Return messages of a sandbox, to compare with :func:`archived_messages`."""
    return sorted(
        (m.message_id, m.session_id, m.date_time, m.text, m.delivery_status, m.direction,
         m.message_type, None if "phone_number" in m.sender.missing else m.sender.phone_number,
         len(m.to_members), len(m.attachments))
        for m in messages
    )  # fmt: skip
