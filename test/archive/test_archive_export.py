"""What is exported is what is archived, read back by readers that know nothing of us."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import SINCE, api_of, small_account

from swagger_client.archive import COLUMNS, Archive, from_cell
from swagger_client.archive.export import FORMATS, Cell, Format, to_cell
from swagger_client.archive.shapes import unix_time
from swagger_client.sandbox import Sandbox

NASTY = [
    "=HYPERLINK(\"http://x\")", "+1 555", "-1", "@sum", "\tx", "\rx", "'quoted", "a;b\\c", "1e5",
    "line\nline", 'say "hi", twice', "007", "123456789012345", "日本語 😀", "", None,
    "＝1+1", "end\0",
]  # fmt: skip


@pytest.fixture(scope="module")
def zoom() -> Iterator[Sandbox]:
    with small_account() as sandbox:
        for text in NASTY:
            sandbox.add_message(sandbox.sessions()[0].session_id, text=text)
        yield sandbox


@pytest.fixture(scope="module")
def archive(zoom: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive(tmp_path_factory.mktemp("export") / "sms.sqlite3") as made:
        made.mirror(api_of(zoom), since=SINCE)
        yield made


def rows_of(archive: Archive) -> list[dict[str, Cell]]:
    return [{c.name: c.read(message) for c in COLUMNS} for message in archive.messages()]


def test_csv_read_by_the_csv_module_equals_the_archive(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "sms.csv"
    assert archive.export(file, "csv") == len(rows_of(archive)) > len(NASTY)

    with file.open(encoding="utf-8-sig", newline="") as opened:
        read = list(csv.DictReader(opened))

    kinds = {column.name: column.kind for column in COLUMNS}
    back = [{name: from_cell(cell, kinds[name]) for name, cell in row.items()} for row in read]
    # In CSV empty text is nothing, and NUL is written as its picture.
    told = [
        {
            name: value.replace("\0", "\u2400") or None if isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in rows_of(archive)
    ]
    assert back == told


def test_csv_opens_right_in_a_spreadsheet(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "sms.csv"
    archive.export(file, "csv")

    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        cells = [cell for row in csv.reader(opened) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]
    assert '\'=HYPERLINK("http://x")' in cells
    assert "'007" in cells
    assert "'123456789012345" in cells


@given(st.lists(st.none() | st.text(st.characters(exclude_characters="\0"), max_size=8)))
def test_a_list_survives_its_cell(items: list[str | None]) -> None:
    assert from_cell(to_cell(items), "texts") == items


@given(st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=20))
def test_a_text_survives_its_cell_and_is_no_formula(text: str) -> None:
    cell = to_cell(text)

    assert from_cell(cell, "text") == text
    assert cell[0] not in "=+-@\t\r\n"


def test_json_lines_equal_the_archive(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "sms.jsonl"
    archive.export(file)

    read = [json.loads(line) for line in file.read_text().splitlines()]
    told = [{**row, "raw": json.loads(str(row["raw"]))} for row in rows_of(archive)]
    assert read == told
    assert list(read[0]) == [column.name for column in COLUMNS]


def test_parquet_read_by_pyarrow_equals_the_archive(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "sms.parquet"
    archive.export(file, "parquet")

    table = pyarrow.parquet.read_table(file)
    assert table.to_pylist() == rows_of(archive)
    assert table.column_names == [column.name for column in COLUMNS]


def test_an_export_that_fails_leaves_the_old_file_and_nothing_else(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sms.csv"
    file.write_text("old")

    def fail(value: Cell) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("swagger_client.archive.export.to_cell", fail)
    with pytest.raises(OSError, match="No space"):
        archive.export(file, "csv")

    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal", ".lock"])
@pytest.mark.parametrize("format", FORMATS)
def test_an_export_never_replaces_the_archive_it_reads(
    archive: Archive, tmp_path: Path, suffix: str, format: Format
) -> None:
    target = archive.path.with_name(archive.path.name + suffix)
    there = target.exists()
    (tmp_path / "folder").symlink_to(archive.path.parent)
    ways = [target, str(target), tmp_path / "folder" / target.name]
    if there:
        (tmp_path / "hard").hardlink_to(target)
        (tmp_path / "soft").symlink_to(target)
        ways += [tmp_path / "hard", tmp_path / "soft"]
    before = archive.path.read_bytes()

    for way in ways:
        with pytest.raises(ValueError, match="the archive itself"):
            archive.export(way, format)

    assert archive.path.read_bytes() == before
    if suffix not in ("-wal", "-shm"):  # which SQLite makes and removes as it likes
        assert target.exists() == there
    assert archive.verify().sound


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_an_export_to_a_pipe_goes_through_it(
    archive: Archive, tmp_path: Path, format: Format
) -> None:
    pipe, file = tmp_path / "pipe", tmp_path / "file"
    os.mkfifo(pipe)
    archive.export(file, format)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert archive.export(pipe, format) == len(rows_of(archive))
        read, _ = reader.communicate(timeout=20)

    assert read == file.read_bytes()
    assert pipe.is_fifo()
    with pytest.raises(ValueError, match="regular file"):
        archive.export(pipe, "parquet")


def test_an_export_to_a_link_writes_the_file_that_it_leads_to(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    file, link = tmp_path / "elsewhere" / "sms.jsonl", tmp_path / "link"
    link.symlink_to(file)
    for _ in range(2):  # the file is not there yet; it is
        written = archive.export(link)
        assert link.is_symlink()
        assert len(file.read_text().splitlines()) == written


def test_a_file_that_cannot_be_made_is_named(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere/x\.csv'$"):
        archive.export(tmp_path / "nowhere" / "x.csv", "csv")
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        archive.export(tmp_path, "csv")


def test_an_export_goes_to_a_stream_too(archive: Archive) -> None:
    stream = io.StringIO()
    written = archive.export(stream)

    assert len(stream.getvalue().splitlines()) == written


def test_parquet_needs_a_file(archive: Archive) -> None:
    with pytest.raises(ValueError, match="name one"):
        archive.export(io.StringIO(), "parquet")


def test_messages_are_selected_by_session_span_number_and_user(
    archive: Archive, zoom: Sandbox
) -> None:
    session = zoom.sessions()[1]
    by_session = {m.message_id for m in archive.messages(session_id=session.session_id)}
    assert by_session == {m.message_id for m in zoom.messages(session.session_id)}

    one = zoom.messages()[20]
    span = {m.message_id for m in archive.messages(since=one.date_time, until=one.date_time)}
    assert span == {m.message_id for m in zoom.messages() if m.date_time == one.date_time}

    day = one.date_time[:10]
    of_day = {m.message_id for m in archive.messages(since=day, until=day)}
    assert of_day == {m.message_id for m in zoom.messages() if m.date_time[:10] == day}

    owner = session.participants[0]
    written = f"+{owner.digits[:1]} ({owner.digits[1:4]}) {owner.digits[4:]}"
    takes_part = {
        m.message_id
        for s in zoom.sessions()
        if any(owner.digits == who.digits for who in s.participants)
        for m in zoom.messages(s.session_id)
    }
    assert {m.message_id for m in archive.messages(number=written)} == takes_part
    assert owner.owner is not None
    assert {m.message_id for m in archive.messages(user_id=owner.owner.id)} == takes_part


@pytest.fixture
def dated(archive: Archive, tmp_path: Path) -> Iterator[Callable[[list[str | None]], Archive]]:
    """Gives the messages of a conversation times, in the order in which they came."""
    copy = tmp_path / "copy.sqlite3"
    shutil.copy(archive.path, copy)

    def date(times: list[str | None]) -> Archive:
        with closing(sqlite3.connect(copy)) as connection, connection:
            found = connection.execute(
                "SELECT message FROM messages WHERE session_id = ? ORDER BY seq LIMIT ?",
                (first_session(archive), len(times)),
            ).fetchall()
            assert len(found) == len(times)
            for time, (message,) in zip(times, found, strict=True):
                connection.execute(
                    "UPDATE messages SET date_time = ?, sent_at = ? WHERE message = ?",
                    (time, unix_time(time), message),
                )
        return opened

    with Archive(copy) as opened:
        yield date


def first_session(archive: Archive) -> str:
    return next(iter(archive.messages())).session_id


@pytest.mark.parametrize("zone", ["Z", "+00:00", ""])
def test_messages_of_a_second_are_in_the_order_of_its_fractions(
    dated: Callable[[list[str | None]], Archive], zone: str
) -> None:
    fractions = ["", ".9", ".100", ".05", ".1000001", ".7"]
    archive = dated([f"2030-01-01T00:00:01{fraction}{zone}" for fraction in fractions])
    last = [message.date_time or "" for message in archive.messages()][-len(fractions) :]

    expected = sorted(fractions, key=lambda fraction: float(fraction or 0))
    assert [time[19:].removesuffix(zone) for time in last] == expected


def test_messages_of_one_moment_are_in_the_order_in_which_they_came(
    dated: Callable[[list[str | None]], Archive], archive: Archive
) -> None:
    came = [m.message_id for m in archive.messages(session_id=first_session(archive))]
    changed = dated(["2030-01-01T00:00:01Z"] * len(came))

    shown = [m.message_id for m in changed.conversation(first_session(archive)).messages]
    assert shown == [m.message_id for m in changed.messages()][-len(came) :] == came
    words = {m.text.split()[0] for m in changed.messages() if m.text and m.text[:1].isalpha()}
    for word in words:
        found = [m.message_id for m in changed.search(word, session_id=first_session(archive))]
        assert found == sorted(found, key=came.index, reverse=True)


def test_messages_without_a_time_are_in_no_span_and_can_be_counted(
    dated: Callable[[list[str | None]], Archive], tmp_path: Path
) -> None:
    archive = dated(["soon", None])
    session_id = first_session(archive)
    every, spanned = list(archive.messages()), list(archive.messages(since="0001-01-01"))

    assert len(every) - len(spanned) == archive.undated() == 2
    assert archive.undated(session_id=session_id) == 2
    assert archive.undated(session_id="another") == 0
    with pytest.raises(ValueError, match="no digit"):
        archive.undated(number="nobody")


def test_a_selection_that_can_only_be_a_mistake_is_refused(archive: Archive) -> None:
    with pytest.raises(ValueError, match="no digit"):
        archive.messages(number="nobody")
    with pytest.raises(ValueError, match="ends before"):
        archive.messages(since="2026-02-01", until="2026-01-01")
    with pytest.raises(ValueError, match="one of jsonl, csv, parquet"):
        archive.export("x", "xlsx")  # type: ignore[arg-type]
