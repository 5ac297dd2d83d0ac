"""A store of handled events gives one claim at a time, across threads and processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import Archive
from swagger_client.sandbox import Sandbox
from swagger_client.webhooks import EventStore, MemoryEventStore, SQLiteEventStore

Make = Callable[[], EventStore]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EventStore:
    if request.param == "memory":
        return MemoryEventStore()
    return SQLiteEventStore(tmp_path / "events.db")


def test_an_event_is_claimed_once_and_then_done(store: EventStore) -> None:
    assert store.claim("a") == "new"
    assert store.claim("a") == "busy"
    assert store.claim("b") == "new"
    store.complete("a")
    assert store.claim("a") == "done"
    assert store.claim("b") == "busy"


def test_a_released_event_can_be_claimed_again(store: EventStore) -> None:
    store.claim("a")
    store.release("a")
    assert store.claim("a") == "new"


def test_releasing_a_handled_event_keeps_its_record(store: EventStore) -> None:
    store.claim("a")
    store.complete("a")
    store.release("a")
    assert store.claim("a") == "done"


def test_of_many_threads_one_gets_the_claim(store: EventStore) -> None:
    got: list[str] = []
    barrier = threading.Barrier(8)

    def work() -> None:
        barrier.wait()
        got.append(store.claim("a"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(got) == ["busy"] * 7 + ["new"]


def test_threads_that_create_the_file_at_once_do_not_fail(tmp_path: Path) -> None:
    for number in range(60):
        test_of_many_threads_one_gets_the_claim(SQLiteEventStore(tmp_path / f"{number}.db"))


def test_memory_forgets_the_oldest_handled_events() -> None:
    store = MemoryEventStore(capacity=2)
    for key in "abc":
        store.claim(key)
        store.complete(key)
    assert [store.claim(key) for key in "cba"] == ["done", "done", "new"]
    with pytest.raises(ValueError, match="capacity"):
        MemoryEventStore(capacity=0)


def claim_and_die(path: Path) -> None:
    SQLiteEventStore(path).claim("a")
    os._exit(9)


def test_a_claim_of_a_killed_process_expires(tmp_path: Path) -> None:
    path, clock = tmp_path / "events.db", Clock()
    process = multiprocessing.get_context("spawn").Process(target=claim_and_die, args=(path,))
    process.start()
    process.join(30)
    assert process.exitcode == 9
    store = SQLiteEventStore(path)
    assert store.claim("a") == "busy"
    later = SQLiteEventStore(path, lease=timedelta(0))
    assert later.claim("a") == "new"
    clock.now = 1.0
    mine = SQLiteEventStore(path, lease=timedelta(minutes=1), clock=clock)
    assert mine.claim("b") == "new"
    clock.now += 59
    assert mine.claim("b") == "busy"
    clock.now += 1
    assert mine.claim("b") == "new"


def test_handled_events_are_remembered_for_a_while_and_shared(tmp_path: Path) -> None:
    path, clock = tmp_path / "events.db", Clock()
    first = SQLiteEventStore(path, keep=timedelta(days=1), clock=clock)
    first.claim("a")
    first.complete("a")
    clock.now += 86_400
    second = SQLiteEventStore(path, keep=timedelta(days=1), clock=clock)
    assert second.claim("a") == "done"
    clock.now += 1
    assert second.claim("a") == "new"


def test_the_file_is_for_its_owner_only_and_made_on_first_use(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    store = SQLiteEventStore(path)
    assert not path.exists()
    store.claim("a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_database_of_another_program_is_never_changed(tmp_path: Path) -> None:
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE orders (id INTEGER)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(ValueError, match="is a database of another program"):
        SQLiteEventStore(path).claim("key")
    assert path.read_bytes() == before


def test_a_second_store_leaves_the_locks_of_its_process_alone(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    SQLiteEventStore(path).claim("a")
    with contextlib.closing(sqlite3.connect(path)) as reader:
        reader.execute("SELECT * FROM webhook_events").fetchall()
        SQLiteEventStore(path).claim("b")
        # The last process that closes the file deletes the log that the others still use.
        other = "import sqlite3, sys\n"
        other += "one = sqlite3.connect(sys.argv[1])\n"
        other += "one.execute('SELECT * FROM webhook_events').fetchall()\none.close()"
        subprocess.run([sys.executable, "-c", other, str(path)], check=True)
        assert (tmp_path / "events.db-wal").exists()


def test_the_reason_of_a_failed_statement_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    store = SQLiteEventStore(path)
    store.claim("a")
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON webhook_events"
            " BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END"
        )
    with pytest.raises(sqlite3.Error, match="the disk is full"):
        store.claim("b")


def test_an_archive_is_never_changed(tmp_path: Path) -> None:
    path = tmp_path / "sms.sqlite3"
    with Sandbox(sessions=1, messages=2) as zoom, Archive(path) as archive:
        configuration = Configuration()
        configuration.host, configuration.access_token = zoom.host, zoom.access_token
        archive.mirror(SMSApi(ApiClient(configuration)), since="2025-01-01")
        with pytest.raises(ValueError, match="is a database of another program, such as an arch"):
            SQLiteEventStore(path).claim("key")
        assert archive.verify().sound
