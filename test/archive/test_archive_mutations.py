"""`verify` reports a change by hand of every column, row, index and table.

The changes are generated from the schema, so new tables and columns are included. Changes that
`verify` does not report are listed with the reason.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.archives import SINCE, api_of, keys_of, small_account

from swagger_client.archive import Archive, ArchiveError, schema
from swagger_client.archive.event_queue import EventQueue, finish_events, read_events
from swagger_client.archive.search_text import words
from swagger_client.archive.store import Store
from swagger_client.archive.store_queries import Listing, SessionWindow
from swagger_client.cli import main
from swagger_client.history._account import FILTERS
from swagger_client.webhooks import Webhook

#: What `verify` does not report, by table and column or "INSERT" or "DELETE", with the reason.
NOT_REPORTED = {
    ("received_events", "number"): "the order in which events are tried",
    ("received_events", "state"): "pending or failed: the next run tries both, and says so",
    ("received_events", "attempts"): "how soon an event is tried again",
    ("received_events", "reason"): "a hint for people; the next run finds it again",
    ("records", "record"): "a row number: of a message it is reported, of others nothing shows it",
    ("listings", "done"): "a run that is resumed lists all conversations again",
    ("listings", "run"): "rows of other runs are not read",
    ("listings", "INSERT"): "one list more is read",
    ("readings", "*"): "one window more is read; one less is found by its proof, or listed again",
}
WINDOW = "2026-03-01T00:00:00Z", "2026-03-09T00:00:00Z"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with rows in every table, and an interrupted run."""
    path = tmp_path_factory.mktemp("made") / "sms.sqlite3"
    with small_account() as zoom, Archive(path) as archive:
        archive.mirror(api_of(zoom), since=SINCE, attachments=path.with_name("files"))
        zoom.set_delivery_status(zoom.messages()[-1].message_id, "unknown")
        archive.mirror(api_of(zoom))
        number = str(zoom.sessions()[0].participants[-1].phone_number)
        archive.erase(reason="Article 17", number=number)
        archive.hold(reason="case 4", session_id=zoom.sessions()[1].session_id)
        session_id = zoom.sessions()[2].session_id
    listings = [Listing(*WINDOW, each) for each in FILTERS]
    reading = SessionWindow(session_id, *WINDOW)
    with closing(Store(path)) as store, store.transaction():
        run = store.begin_run(
            "all", spans=[WINDOW], covered_from=WINDOW[0], started_at=WINDOW[1], listings=listings
        )
        store.record_listing(
            run, listings[0], [(session_id, {"session_id": session_id})], done=False
        )
        store.record_failure(run, reading, "HTTP 500", transient=False)
        event = {"event": "phone.sms_received", "event_ts": 7, "payload": {"object": {}}}
        store.recorder.add_event(run.run, session_id, "key", event)
    with EventQueue(path).running() as queue:
        for ts in range(3):
            body = json.dumps({**event, "event_ts": ts})
            queue.submit(Webhook("secret").parse(body)).result(10)
    with closing(Store(path)) as store, store.transaction():
        archived = read_events(store.connection, ["pending"], 1)
        finish_events(store.connection, archived)
    with Archive(path) as archive:
        assert archive.verify().problems == []
    return path


@pytest.fixture
def path(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made.parent, tmp_path / "copy")
    return tmp_path / "copy" / made.name


def tables() -> list[str]:
    with closing(sqlite3.connect(":memory:")) as connection:
        schema.create(connection)
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [name for (name,) in found if name != schema.SEARCH_INDEX]


def objects() -> list[tuple[str, str]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        schema.create(connection)
        found = connection.execute("SELECT type, name FROM sqlite_master")
        return [(kind, name) for kind, name in found if not name.startswith("sqlite_")]


def is_reported(path: Path) -> bool:
    try:
        with Archive(path) as archive:
            return archive.verify(attachments=path.with_name("files")).problems != []
    except ArchiveError:
        return True


def searched(path: Path) -> dict[str, list[str]]:
    """Return the results of a search for every word of every message.

    A search that raises an error has no results.
    """
    with Archive(path) as archive:
        known = {word for one in archive.messages() for word in words(str(one.text or ""))}
        try:
            return {
                word: [one.message_id for one in archive.search(word)] for word in sorted(known)
            }
        except ArchiveError:
            return {}


def is_excepted(table: str, change: str) -> bool:
    return (table, "*") in NOT_REPORTED or (table, change) in NOT_REPORTED


def other(value: object) -> list[object]:
    """Return other values for a column: of the same type, of another type, and NULL."""
    if isinstance(value, int):
        return [value + 1, value - 1, None]
    if isinstance(value, str):
        return [value + "x", "", None] if value else ["x", None]
    if isinstance(value, bytes):
        return [bytes([value[0] ^ 1]) + value[1:], None] if value else [b"x", None]
    return ["x", 1]


def changes(
    connection: sqlite3.Connection, table: str, *, every: bool
) -> Iterator[tuple[str, str, list[object]]]:
    """Yield changes of a row in the middle of a table, or of the first and last too."""
    keys = keys_of(connection, table)
    found = connection.execute(f"SELECT * FROM {table} ORDER BY {', '.join(keys)}")
    columns = [one[0] for one in found.description]
    rows = found.fetchall()
    assert rows, f"{table} has no row: there is nothing to change"
    middle = len(rows) // 2
    places = sorted({0, middle, len(rows) - 1}) if every else [middle]
    for place in range(len(rows)) if table == "settings" else places:
        row = rows[place]
        values = dict(zip(columns, row, strict=True))
        where = " AND ".join(f"{name} IS ?" for name in keys)
        chosen: list[object] = [values[name] for name in keys]
        # Runs delete old events that they have finished, so their absence says nothing.
        if (table, values.get("state")) != ("received_events", "done"):
            yield "DELETE", f"DELETE FROM {table} WHERE {where}", chosen
        for added in other(values[keys[-1]])[:1]:
            given = [*(values | {keys[-1]: added}).values()]
            yield "INSERT", f"INSERT INTO {table} VALUES ({', '.join('?' * len(given))})", given
        for column in columns:
            for value in other(values[column]):
                yield column, f"UPDATE {table} SET {column} = ? WHERE {where}", [value, *chosen]


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.extended)])
@pytest.mark.parametrize("table", tables())
def test_every_change_of_a_row_is_reported(path: Path, table: str, every: bool) -> None:
    sound = path.read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        planned = list(changes(connection, table, every=every))
    found = searched(path)
    missed, tried = [], 0
    for change, statement, values in planned:
        if is_excepted(table, change):
            continue
        path.write_bytes(sound)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")
            try:
                with connection:
                    changed = connection.execute(statement, values).rowcount
            except sqlite3.IntegrityError:  # the schema forbids it
                continue
        assert changed == 1
        tried += 1
        if is_reported(path):
            continue
        # The index has parts for ranking, and entries that it can do without.
        if not (table.startswith(schema.SEARCH_INDEX) and searched(path) == found):
            missed.append((statement, values))
    assert not missed, "\n".join(map(str, missed))
    assert tried or (table, "*") in NOT_REPORTED


@pytest.mark.parametrize(("kind", "name"), objects())
def test_every_change_of_the_schema_is_reported(path: Path, kind: str, name: str) -> None:
    sound = path.read_bytes()
    statements = [f"DROP {kind} {name}"]
    if name.startswith(f"{schema.SEARCH_INDEX}_"):  # SQLite protects them
        statements = [
            f"PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = '{name}'"
        ]
    elif kind == "table" and name != schema.SEARCH_INDEX:
        trigger = f"CREATE TRIGGER planted AFTER INSERT ON {name} BEGIN SELECT 1; END"
        replaced = (
            f"ALTER TABLE {name} RENAME TO hidden; CREATE VIEW {name} AS SELECT * FROM hidden"
        )
        column = f"ALTER TABLE {name} ADD COLUMN planted TEXT"
        statements += [trigger, replaced, column, f"CREATE INDEX planted ON {name} (1)"]
    for statement in statements:
        path.write_bytes(sound)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("PRAGMA legacy_alter_table = ON")
            connection.executescript(statement)
        assert is_reported(path), statement


def test_the_command_ends_with_status_65(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM erased_numbers")
    assert main(["verify", "--database", str(path)]) == 65
    assert "may store erased numbers again" in "".join(capsys.readouterr())


def test_a_digest_that_was_stored_elsewhere_is_required(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is cut off an interrupted run is only found by its digest."""
    with Archive(path) as archive:
        report = archive.verify()
        finished = [run.digest for run in archive.runs() if run.digest]
        assert report.interrupted is not None
        known = [*finished, report.interrupted.digest, str(report.account_digest)]
        for digest in known:
            assert archive.verify(digest=digest).problems == []
        with pytest.raises(ValueError, match="64 hexadecimal digits"):
            archive.verify(digest="abc")
    with closing(sqlite3.connect(path)) as connection, connection:
        session_id, seq = connection.execute(
            "SELECT session_id, seq FROM records ORDER BY record DESC LIMIT 1"
        ).fetchone()
        connection.execute("DELETE FROM events WHERE session_id = ? AND seq = ?", (session_id, seq))
        connection.execute(
            "DELETE FROM records WHERE session_id = ? AND seq = ?", (session_id, seq)
        )
        connection.execute(
            "UPDATE sessions SET records = records - 1, head = (SELECT hash FROM records r "
            "WHERE r.session_id = sessions.session_id ORDER BY seq DESC LIMIT 1) "
            "WHERE session_id = ?",
            (session_id,),
        )

    arguments = ["verify", "--database", str(path)]
    assert main(arguments) != 65
    assert main([*arguments, "--digest", report.interrupted.digest]) == 65
    assert "shortened" in "".join(capsys.readouterr())
    for digest in finished:
        assert main([*arguments, "--digest", digest]) != 65
