"""Archived messages are selected and ordered by the time at which they were sent."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from support.archives import SINCE, api_of, small_account

from swagger_client.archive import (
    Archive,
    ArchiveError,
    ArchiveStorageError,
    UnknownValueError,
    reader,
)
from swagger_client.archive.rows import MESSAGES, Place, message_row
from swagger_client.sandbox import Party, Sandbox


@pytest.fixture(scope="module")
def zoom() -> Iterator[Sandbox]:
    with small_account() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def archive(zoom: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with Archive(tmp_path_factory.mktemp("reading") / "sms.sqlite3") as made:
        made.mirror(api_of(zoom), since=SINCE)
        yield made


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


# In a read-only folder, SQLite cannot create the index of the log either.
def test_a_log_that_cannot_be_read_is_no_full_disk(archive: Archive, tmp_path: Path) -> None:
    with closing(sqlite3.connect(archive.path)) as held:
        held.execute("BEGIN")
        held.execute("SELECT count(*) FROM runs").fetchall()
        archive.record_access("search", selection={"query": "in the log"}, counts={})
        for suffix in ("", "-wal"):
            shutil.copy(f"{archive.path}{suffix}", tmp_path / f"copy.sqlite3{suffix}")
    (tmp_path / "copy.sqlite3-shm").symlink_to(tmp_path / "no" / "folder")
    with (
        Archive(tmp_path / "copy.sqlite3") as copy,
        pytest.raises(ArchiveStorageError, match=r"copy\.sqlite3-wal contains changes"),
    ):
        copy.runs()
    (tmp_path / "copy.sqlite3-wal").write_bytes(b"")
    with Archive(tmp_path / "copy.sqlite3") as copy:
        assert copy.runs()


@pytest.mark.parametrize(
    "filters",
    [
        {"has_files": "no"}, {"has_files": 0}, {"since_run": "1"}, {"since_run": 1.5},
        {"since_run": True}, {"number": b"1"}, {"number": 18105550143}, {"status": [None]},
        {"session_id": [1]}, {"limit": 1.5}, {"limit": "5"}, {"limit": True},
    ],
)  # fmt: skip
def test_a_filter_of_a_wrong_type_is_no_other_question(
    archive: Archive, filters: dict[str, object]
) -> None:
    with pytest.raises(TypeError, match=next(iter(filters))):
        list(archive.search("e*", **filters))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "digits", ["０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९"]
)
def test_a_number_may_be_typed_in_the_digits_of_any_script(
    archive: Archive, zoom: Sandbox, digits: str
) -> None:
    number = f"+{zoom.sessions()[1].participants[0].digits}"
    typed = number.translate({ord(str(value)): digit for value, digit in enumerate(digits)})
    assert archive.count(number=typed) == archive.count(number=number) > 0
    assert archive.match_number(typed) == archive.match_number(number)
    sender = archive.count(sender=number)
    assert archive.count(sender=typed) == sender


def test_a_number_is_found_in_every_notation_of_it_that_zoom_sent(tmp_path: Path) -> None:
    sent = ["+13395441808", "13395441808", "0013395441808", "(339) 544-1808"]
    with small_account(sessions=1, messages=1) as zoom, Archive(tmp_path / "sms.sqlite3") as made:
        session = zoom.sessions()[0].session_id
        for number in sent:
            zoom.add_message(session, text=number, direction="In", sender=Party(number, "Ann"))
        zoom.clock.advance(600)
        made.mirror(api_of(zoom), since=SINCE)
        for typed in (*sent, "001 339 544 1808", "339-544-1808"):
            assert sorted(one.text or "" for one in made.messages(sender=typed)) == sorted(sent)
            assert made.propose_erasure(number=typed).messages == len(sent)


def test_the_nearest_known_value_may_differ_in_case(archive: Archive) -> None:
    with pytest.raises(UnknownValueError, match="most similar one is delivered"):
        archive.count(status="DELIVERED")


@pytest.fixture
def dated(archive: Archive, tmp_path: Path) -> Iterator[Callable[[list[str | None]], Archive]]:
    """Set the times of a conversation's messages, in their order."""
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
                values = message_row(Place("s", "m", 0, 1, 1, 1, 1), {"date_time": time})
                row = dict(zip(MESSAGES.columns, values, strict=True))
                connection.execute(
                    "UPDATE messages SET date_time = ?, sent_at = ?, fraction = ? "
                    "WHERE message = ?",
                    (time, row["sent_at"], row["fraction"], message),
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


def test_messages_with_the_same_time_are_in_the_order_received(
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
    with pytest.raises(UnknownValueError, match="has no conversation"):
        archive.undated(session_id="another")
    with pytest.raises(ValueError, match="no digit"):
        archive.undated(number="nobody")


def test_an_invalid_selection_is_rejected(archive: Archive) -> None:
    with pytest.raises(ValueError, match="no digit"):
        archive.messages(number="nobody")
    with pytest.raises(ValueError, match="is before `since`"):
        archive.messages(since="2026-02-01", until="2026-01-01")


def test_an_unknown_message_run_or_conversation_is_an_error(archive: Archive) -> None:
    session_id = first_session(archive)
    known = next(archive.messages(session_id=session_id)).message_id
    assert len(archive.versions(session_id, known)) == 1
    unknown: list[Callable[[], object]] = [
        lambda: archive.versions(session_id, "nosuch"),
        lambda: archive.versions(session_id, known, copy=1),
        lambda: archive.versions("nosuch", known),
        lambda: archive.tombstones("nosuch"),
        lambda: archive.events("nosuch"),
        lambda: archive.changes(99),
    ]
    for ask in unknown:
        with pytest.raises(UnknownValueError, match="the archive has no"):
            ask()
    assert archive.tombstones(session_id) == []
    assert list(archive.events(session_id)) == []


def test_a_sender_may_have_a_word_as_number(tmp_path: Path) -> None:
    with small_account(messages=5) as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        zoom.add_message(text="code 1234", sender=Party("INFO", "Some bank"), at=zoom.clock.now())
        archive.mirror(api_of(zoom), since=SINCE)
        assert [one.text for one in archive.messages(sender="INFO")] == ["code 1234"]
        with pytest.raises(UnknownValueError):
            archive.messages(sender="INF")


def test_an_archive_that_is_closed_between_two_rows_is_an_error_of_the_archive(
    archive: Archive,
) -> None:
    with Archive(archive.path) as other:
        found = other.messages()
        next(found)
        other.close()
        with pytest.raises(ArchiveError, match="was closed before all of its rows were read"):
            list(found)
        assert len(list(other.messages())) == archive.count()


@pytest.mark.parametrize(("messages", "characters"), [(1, 500_000), (3, 500_000), (500, 1_500)])
def test_messages_do_not_depend_on_the_batches_in_which_they_are_read(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, messages: int, characters: int
) -> None:
    expected = list(archive.messages())
    assert len(expected) > 6
    monkeypatch.setattr(reader, "_BATCH", messages)
    monkeypatch.setattr(reader, "_BATCH_CHARACTERS", characters)
    assert list(archive.messages()) == expected


def test_a_batch_of_messages_has_a_limited_number_of_characters(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "_BATCH_CHARACTERS", 1_500)
    columns = ", ".join(["NULL"] * reader._RAW_AT)
    with closing(sqlite3.connect(archive.path)) as connection:
        rows = connection.execute(f"SELECT {columns}, content FROM records WHERE kind = 'message'")
        sizes: list[int] = []
        while batch := reader._read_batch(rows):
            sizes.append(sum(len(row[-1]) for row in batch[:-1]))
    assert len(sizes) > 3
    assert max(sizes) < 1_500
