"""Exported tables, read by other libraries, equal the archive."""

from __future__ import annotations

import csv
import gc
import io
import json
import os
import subprocess
import time
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace

import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import SINCE, api_of, small_account

from swagger_client.archive import Archive, ArchivedMessage, Party
from swagger_client.export import COLUMNS, FORMATS, from_cell
from swagger_client.export.cells import to_cell
from swagger_client.export.columns import read_sent_at
from swagger_client.export.formats import TextFormat, load
from swagger_client.export.job import Job, describe
from swagger_client.export.names import Names
from swagger_client.export.source import ExportedMessage, Source
from swagger_client.sandbox import Sandbox

NASTY = [
    "=HYPERLINK(\"http://x\")", "+1 555", "-1", "@sum", "\tx", "\rx", "'quoted", "a;b\\c", "1e5",
    "line\nline", 'say "hi", twice', "007", "123456789012345", "日本語 😀", "", None,
    "＝1+1", "end\0", "2026-01-05", "12:30", "TRUE",
]  # fmt: skip
KINDS = {column.name: column.kind for column in COLUMNS}


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


def expected_row(message: ArchivedMessage) -> dict[str, object]:
    """Return the expected values of a message, independent of the tested code."""
    files = message.attachments
    return {
        "session_id": message.session_id,
        "session_type": message.session_type,
        "message_id": message.message_id,
        "date_time": message.date_time,
        "direction": message.direction,
        "message_type": message.message_type,
        "delivery_status": message.delivery_status,
        "sender_number": message.sender.phone_number,
        "sender_name": message.sender.display_name,
        "sender_owner_type": message.sender.owner_type,
        "sender_owner_id": message.sender.owner_id,
        "to_numbers": [one.phone_number for one in message.recipients],
        "to_names": [one.display_name for one in message.recipients],
        "to_owner_types": [one.owner_type for one in message.recipients],
        "to_owner_ids": [one.owner_id for one in message.recipients],
        "text": message.text,
        "attachment_ids": [one.attachment_id for one in files],
        "attachment_names": [one.name for one in files],
        "attachment_types": [one.type for one in files],
        "attachment_sizes": [one.size for one in files],
        "attachment_states": [one.state for one in files],
        "attachment_sha256": [one.sha256 for one in files],
        "attachment_paths": [one.path for one in files],
        "raw": message.raw,
        "sent_at": message.when,
        "local_time": None,
        "sender_contact": None,
        "to_contacts": [None for _ in message.recipients],
        "run": 1,
        "copy": 0,
        "selection": "all messages",
    }


def without_chain(row: dict[str, object]) -> dict[str, object]:
    """Return a row without the columns about its position in the hash chain."""
    chain = ("seq", "first_seq", "record_hash")
    seq, record_hash = row["seq"], row["record_hash"]
    assert isinstance(seq, int)
    assert isinstance(record_hash, str)
    assert len(record_hash) == 64
    return {name: value for name, value in row.items() if name not in chain}


def rows_of(archive: Archive) -> list[dict[str, object]]:
    return [expected_row(message) for message in archive.messages()]


def read_csv(file: Path, *, plain: bool = False) -> list[dict[str, object]]:
    with file.open(encoding="utf-8" if plain else "utf-8-sig", newline="") as opened:
        return [
            {name: from_cell(cell, KINDS[name], plain=plain) for name, cell in row.items()}
            for row in csv.DictReader(opened)
        ]


@pytest.mark.parametrize("plain", [False, True])
def test_csv_read_by_the_csv_module_equals_the_archive(
    archive: Archive, tmp_path: Path, plain: bool
) -> None:
    file = tmp_path / "sms.csv"
    assert archive.export(file, "csv", plain=plain) == len(rows_of(archive)) > len(NASTY)

    # In CSV empty text is no value, and NUL is written as its picture.
    expected = [
        {
            name: value.replace("\0", "\u2400") or None if isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in rows_of(archive)
    ]
    assert [without_chain(row) for row in read_csv(file, plain=plain)] == expected


def test_csv_has_a_byte_order_mark_and_guarded_cells_for_spreadsheets(
    archive: Archive, tmp_path: Path
) -> None:
    file = tmp_path / "sms.csv"
    archive.export(file, "csv")

    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        cells = [cell for row in csv.reader(opened) for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+-@\t\r" and cell]
    guarded = ['\'=HYPERLINK("http://x")', "'007", "'123456789012345", "'2026-01-05", "'12:30"]
    assert [cell for cell in guarded if cell not in cells] == []


def test_plain_csv_has_the_values_unchanged(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "sms.csv"
    archive.export(file, "csv", plain=True)

    assert not file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8", newline="") as opened:
        texts = [row["text"] for row in csv.DictReader(opened)]
    assert {"2026-01-05", "12:30", "TRUE", "007", "'quoted"} <= set(texts)


def test_other_formats_reject_plain(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`plain` is only for CSV"):
        archive.export(tmp_path / "sms.jsonl", "jsonl", plain=True)


@given(st.lists(st.none() | st.text(st.characters(exclude_characters="\0"), max_size=8)))
def test_a_list_survives_its_cell(items: list[str | None]) -> None:
    assert from_cell(to_cell(items), "texts") == items


@given(st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=20))
def test_a_text_survives_its_cell_and_is_no_formula(text: str) -> None:
    cell = to_cell(text)

    assert from_cell(cell, "text") == text
    assert cell[0] not in "=+-@\t\r\n"


@pytest.mark.parametrize(
    "text",
    [
        "5/6", "12:30", "12:30:15", "1.10", "1.0", "1.5", "10%", "MAR1", "1-Mar", "March 5",
        "5 May 2026", "3-4", "1,5", "1,500", "2026-01-05", "2026-01-05 12:30",
        "05.01.2026", "5. Januar", "1 mai",
        "$5", "5 €", "£1,000", "EUR 5", ".5", "0.5", "1 1/2", "½ 1/2", "TRUE", "false", "Wahr",
        "VRAI", "(5)", "1E5", "1E5 ", " 1e-5", "12345678901.50", "123456789012", "007",
        "5 PM", "5p", "10h",
        "１２／５", "12 ", "mar 1", "Mon 5", "#1", "1 000",
        "=\u0338x", " =1+1", "\ufeff=1+1", "\u200b5/6", "\u2060@x",
    ],
)  # fmt: skip
def test_values_that_a_spreadsheet_would_convert_get_a_guard(text: str) -> None:
    assert to_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        "See you at 12:30", "Unit 5", "5 apples", "march", "May", "true story", "In", "delivered",
        "7", "0", "18108001001", "IQ-2x", "a", "Mon", "call 911", "2026-01-05T12:30:00Z please",
        "10% off", "no. 5 is alive", "e", "file.png", "",
    ],
)  # fmt: skip
def test_plain_text_gets_no_guard(text: str) -> None:
    assert to_cell(text) == text


@pytest.mark.parametrize(
    "word", ["a", "h", "nd", "mo", "kr", "may", "Sept", "Montag", "JANUARY", "eur"]
)
@pytest.mark.parametrize(
    "shape", ["{} 5", "5{}", "12{}7", "5 {}", "{}5", "{}-1-2", " {}1", "1 {0} {0}"]
)
def test_numbers_with_words_get_a_guard(word: str, shape: str) -> None:
    assert to_cell(shape.format(word)) == f"'{shape.format(word)}"


@pytest.mark.parametrize("word", ["x", "b", "ma", "ju", "mub", "Meyo", "Customer", "ndx", "e_"])
@pytest.mark.parametrize("shape", ["{}", "{}; 5", "5{}b", "{}x 5", "12{}_"])
def test_other_words_get_no_guard(word: str, shape: str) -> None:
    assert to_cell(shape.format(word)) == shape.format(word)


@pytest.mark.clock
@pytest.mark.parametrize("part", ["jan.", "mar1", "1e", "so.", "5 pm ", "١"])
def test_a_hostile_text_takes_no_time(part: str) -> None:
    begin = time.monotonic()
    for length in range(1, 64):
        to_cell((part * 64)[:length] + "§")
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize(
    ("date_time", "expected"),
    [
        ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
        ("2024-02-29T23:59:59.120Z", "2024-02-29T23:59:59.120000Z"),
        ("2024-02-29T23:59:59+02:00", "2024-02-29T21:59:59Z"),
        ("2024-02-29 23:59:59Z", "2024-02-29T23:59:59Z"),
        ("2024-W01-1T10:00:00Z", "2024-01-01T10:00:00Z"),
        ("2024-02-28T24:00:00Z", "2024-02-29T00:00:00Z"),
        ("2023-02-29T23:59:59Z", None),
        ("2024-02-29T23:59:60Z", None),
        ("0000-02-29T23:59:59Z", None),
        ("", None),
        (None, None),
    ],
)
def test_sent_at_is_the_time_in_utc(date_time: str | None, expected: str | None) -> None:
    assert read_sent_at(date_time) == expected


def test_json_lines_equal_the_archive(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "sms.jsonl"
    archive.export(file)

    read = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert list(read[0]) == [column.name for column in COLUMNS]
    for row, expected in zip(read, rows_of(archive), strict=True):
        sent_at = expected["sent_at"]
        assert isinstance(sent_at, datetime)
        expected |= {
            "raw": json.loads(str(expected["raw"])),
            "sent_at": sent_at.isoformat().replace("+00:00", "Z"),
        }
        assert without_chain(row) == expected


def test_parquet_read_by_pyarrow_equals_the_archive(archive: Archive, tmp_path: Path) -> None:
    file = tmp_path / "sms.parquet"
    number = archive.people()[0].digits
    archive.export(file, "parquet", number=number)
    some = pyarrow.parquet.read_metadata(file).metadata[b"swagger_client.export"]
    assert json.loads(some)["selection"] == f"number {number}"

    archive.export(file, "parquet")
    table = pyarrow.parquet.read_table(file)
    assert [without_chain(row) for row in table.to_pylist()] == rows_of(archive)
    assert table.column_names == [column.name for column in COLUMNS]
    assert str(table.schema.field("sent_at").type) == "timestamp[us, tz=UTC]"


def test_rows_name_the_run_that_stored_the_version(example: Archive, tmp_path: Path) -> None:
    file = tmp_path / "sms.jsonl"
    example.export(file)
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    second = {row["message_id"] for row in rows if row["run"] == 2}
    assert second == {"IQ-story-05", "IQ-story-11", "IQ-story-12"}

    assert example.export(file, since_run=1) == 3
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert {row["message_id"] for row in rows} == second
    assert {row["selection"] for row in rows} == {"new or changed since run 1"}


def test_local_times_and_names_are_only_added(archive: Archive, tmp_path: Path) -> None:
    message = next(archive.messages())
    number = message.sender.phone_number or ""
    book = tmp_path / "contacts.csv"
    book.write_text(f"number,name\n+{number},Ada Example\n", "utf-8")
    plain, named = tmp_path / "plain.jsonl", tmp_path / "named.jsonl"
    archive.export(plain)
    archive.export(named, timezone="America/New_York", names=book)
    before = [json.loads(line) for line in plain.read_text("utf-8").splitlines()]
    after = [json.loads(line) for line in named.read_text("utf-8").splitlines()]

    added = ("local_time", "sender_contact", "to_contacts")
    for old, new in zip(before, after, strict=True):
        assert {k: v for k, v in old.items() if k not in added} == {
            k: v for k, v in new.items() if k not in added
        }
        utc = datetime.fromisoformat(old["sent_at"])
        local = datetime.fromisoformat(new["local_time"])
        assert local == utc
        assert local.utcoffset() != timezone.utc.utcoffset(None)
        expected = "Ada Example" if old["sender_number"] == number else None
        assert new["sender_contact"] == expected


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal", ".lock"])
@pytest.mark.parametrize("format", FORMATS)
def test_an_export_never_replaces_the_archive_it_reads(
    archive: Archive, tmp_path: Path, suffix: str, format: str
) -> None:
    target = archive.path.with_name(archive.path.name + suffix)
    there = target.exists()
    (tmp_path / "folder").symlink_to(archive.path.parent)
    ways: list[Path | str] = [target, str(target), tmp_path / "folder" / target.name]
    if there:
        (tmp_path / "hard").hardlink_to(target)
        (tmp_path / "soft").symlink_to(target)
        ways += [tmp_path / "hard", tmp_path / "soft"]
    before = archive.path.read_bytes()

    for way in ways:
        with pytest.raises(ValueError, match="file of the archive"):
            archive.export(way, format)

    assert archive.path.read_bytes() == before
    if suffix not in ("-wal", "-shm"):  # which SQLite makes and removes as it likes
        assert target.exists() == there
    assert archive.verify().sound


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_an_export_to_a_pipe_goes_through_it(archive: Archive, tmp_path: Path, format: str) -> None:
    pipe, file = tmp_path / "pipe", tmp_path / "file"
    os.mkfifo(pipe)
    archive.export(file, format)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert archive.export(pipe, format) == len(rows_of(archive))
        read, _ = reader.communicate(timeout=20)

    assert read == file.read_bytes()
    assert pipe.is_fifo()
    with pytest.raises(ValueError, match="is a pipe or device"):
        archive.export(pipe, "parquet")


def test_an_export_to_a_link_writes_the_target_of_the_link(
    archive: Archive, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    file, link = tmp_path / "elsewhere" / "sms.jsonl", tmp_path / "link"
    link.symlink_to(file)
    for _ in range(2):  # the file does not exist yet; it does
        written = archive.export(link)
        assert link.is_symlink()
        assert len(file.read_text("utf-8").splitlines()) == written


def test_a_file_that_cannot_be_created_is_named(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nowhere/x\.csv'$"):
        archive.export(tmp_path / "nowhere" / "x.csv", "csv")
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        archive.export(tmp_path, "csv")


def test_an_export_can_write_to_a_stream(archive: Archive) -> None:
    stream = io.StringIO()
    written = archive.export(stream)

    assert len(stream.getvalue().splitlines()) == written


def test_binary_formats_need_a_file(archive: Archive) -> None:
    with pytest.raises(ValueError, match="name a file"):
        archive.export(io.StringIO(), "parquet")


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_two_exports_of_one_archive_have_the_same_bytes(
    archive: Archive, tmp_path: Path, format: str
) -> None:
    for name in ("one", "two"):
        archive.export(tmp_path / name, format, timezone="Asia/Tokyo")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("format", ["jsonl", "csv"])
def test_memory_does_not_grow_with_the_number_of_conversations(
    archive: Archive, format: str
) -> None:
    sample = next(archive.messages())
    used: list[int] = []

    def messages() -> Iterator[ExportedMessage]:
        for number in range(3_000):
            if number in (1_500, 2_999):
                gc.collect()
                used.append(tracemalloc.get_traced_memory()[0])
            party = Party(f"+1{number}", f"Customer {number}", "user", f"u{number}")
            yield ExportedMessage(
                sample._replace(session_id=f"s{number}", sender=party, recipients=(party, party))
            )

    with Source(archive, {}) as source:
        statement = describe(source, {}, None, Names())
    job = Job(SimpleNamespace(messages=messages), statement, Names())  # type: ignore[arg-type]
    chosen = load(format)
    assert isinstance(chosen, TextFormat)
    tracemalloc.start()
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            chosen.write(job, nowhere)
    finally:
        tracemalloc.stop()

    assert used[1] - used[0] < 200_000


def test_options_that_match_nothing_are_errors(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no format 'xlsx': use one of csv"):
        archive.export(tmp_path / "x", "xlsx")
    with pytest.raises(ValueError, match=r"no run 7\. The last run is 1"):
        archive.export(tmp_path / "x", since_run=7)
    with pytest.raises(ValueError, match="there is no time zone 'Mars/Base'"):
        archive.export(tmp_path / "x", timezone="Mars/Base")
    assert list(tmp_path.iterdir()) == []
