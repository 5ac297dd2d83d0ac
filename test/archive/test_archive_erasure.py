"""Erased messages are removed everywhere, and the other messages still verify."""

from __future__ import annotations

import base64
import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from support.archives import SINCE, api_of, small_account, unpack_form_1
from support.mounts import NEEDS, can_mount

from swagger_client.archive import (
    Archive,
    ArchiveHeldError,
    ArchiveLockedError,
    RunReport,
    UnknownValueError,
    account_log,
    compare,
    past_erasures,
)
from swagger_client.sandbox import Message, Party, Sandbox

SECRET = "Xylophonist Qwertzuiop pays Zürich"
NUMBER = "+18105550143"
NAME = "Quirinus Vandersloot"
CONTENT = b"the file of the erased message"


class Place(NamedTuple):
    """An archive with a message to erase, its account, and the paths of its files."""

    zoom: Sandbox
    archive: Archive
    folder: Path
    session_id: str
    message_id: str

    def run(self) -> None:
        self.zoom.clock.advance(60)
        self.archive.mirror(api_of(self.zoom), since=SINCE, attachments=self.folder / "files")

    def bytes(self) -> bytes:
        """Return all bytes on the disk: of the database, its log, copies and files."""
        self.archive.close()
        return b"\0".join(
            path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()
        )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with small_account(messages=30) as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        use_clock_of(zoom, monkeypatch)
        stranger = Party(NUMBER, NAME)
        session_id = zoom.add_session(others=[stranger])
        message = zoom.add_message(
            session_id,
            text=SECRET,
            sender=stranger,
            attachments=[zoom.attachment(CONTENT, name="erased.png")],
            at=zoom.clock.now(),
        )
        zoom.add_message(session_id, text="stays", direction="Out", at=zoom.clock.now())
        zoom.add_message(zoom.sessions()[-1].session_id, text="stays", at=zoom.clock.now())
        made = Place(zoom, archive, tmp_path, session_id, message.message_id)
        made.run()
        zoom.set_delivery_status(message.message_id, "failed_to_deliver")
        made.run()
        yield made


def use_clock_of(zoom: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the audit log use the sandbox's clock."""
    timestamp = account_log.timestamp
    monkeypatch.setattr(account_log, "timestamp", lambda at=None: timestamp(at or zoom.clock.now()))


def forms_of(text: str) -> Iterator[bytes]:
    """Return the forms of a text in a file: plain, folded, escaped, in base64."""
    for form in {text, text.casefold(), text.upper(), text.lower()}:
        for encoded in (form.encode(), form.encode("utf-16-le"), json.dumps(form)[1:-1].encode()):
            yield encoded
            for cut in range(3):
                yield base64.b64encode(encoded[cut:])[4:-4]


def found_in(content: bytes, *texts: str) -> list[bytes]:
    lowered = content.lower()
    return [
        form
        for text in texts
        for form in forms_of(text)
        if form in content or form.lower() in lowered
    ]


def test_the_text_to_erase_is_in_the_archive_before(place: Place) -> None:
    place.archive.record_access("search", selection={"query": "xylophonist"}, counts={})
    content = place.bytes()
    assert found_in(content, SECRET, "xylophonist")
    assert CONTENT in content


@pytest.mark.parametrize("kind", ["message", "session", "number"])
def test_the_erased_is_nowhere_and_the_archive_verifies(place: Place, kind: str) -> None:
    before = place.archive.runs()
    place.archive.record_access("search", selection={"query": "xylophonist"}, counts={"found": 1})
    place.archive.record_access("export", selection={"number": NUMBER}, counts={"messages": 1})
    place.archive.record_access("search", selection={"query": "stays"}, counts={"found": 1})
    selected = {
        "message": {"message_id": place.message_id},
        "session": {"session_id": place.session_id},
        "number": {"number": "810 555 0143"},
    }[kind]
    proposed = place.archive.propose_erasure(**selected)
    report = place.archive.erase(reason="Article 17", **selected)

    assert report._replace(erasure=None) == proposed
    assert report.files >= 1
    words = ["xylophonist", "qwertzuiop"]
    words += [NUMBER[1:], NAME] if kind == "number" else []
    backup = place.archive.back_up(place.folder / "copy.sqlite3")
    assert backup.verified.sound
    assert found_in(place.bytes(), SECRET, *words) == []
    assert CONTENT not in place.bytes()
    verified = place.archive.verify()
    assert verified.problems == []
    assert verified.erased == report.records
    assert verified.unlinked == 0
    # What earlier runs vouched for, they still do.
    assert place.archive.runs()[: len(before)] == before
    assert list(place.archive.search("xylophonist")) == []
    left = {"message": 2, "session": 1, "number": 1}[kind]
    assert len(list(place.archive.search("stays"))) == left


@pytest.mark.parametrize("kind", ["message", "session", "number"])
def test_later_runs_do_not_store_the_erased_again(place: Place, kind: str) -> None:
    selected = {
        "message": {"message_id": place.message_id},
        "session": {"session_id": place.session_id},
        "number": {"number": NUMBER},
    }[kind]
    place.archive.erase(reason="Article 17", **selected)
    place.run()
    place.zoom.set_delivery_status(place.message_id, "delivered")
    place.archive.mirror(api_of(place.zoom), reread_days=None)

    words = ["xylophonist"] + ([NUMBER[1:], NAME] if kind == "number" else [])
    assert found_in(place.bytes(), SECRET, *words) == []
    assert place.archive.verify().problems == []
    if kind == "session":
        assert list(place.archive.messages(session_id=place.session_id)) == []


def test_a_message_that_comes_after_an_erasure_is_archived(place: Place) -> None:
    place.archive.erase(reason="Article 17", number=NUMBER)
    place.zoom.clock.advance(60)
    place.zoom.add_message(place.session_id, text="a new one", at=place.zoom.clock.now())
    place.run()
    assert len(list(place.archive.search("a new one"))) == 1


def test_messages_after_all_erasures_are_not_hashed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash of a number is slow on purpose: a run must not compute one for each new number."""
    use_clock_of(place.zoom, monkeypatch)
    place.archive.erase(reason="Article 17", number=NUMBER)
    hashed: list[str] = []
    slow_hash = past_erasures.slow_hash

    def count(salt: bytes, number: str) -> bytes:
        hashed.append(number)
        return slow_hash(salt, number)

    monkeypatch.setattr(past_erasures, "slow_hash", count)
    place.zoom.clock.advance(60)
    session_id = place.zoom.add_session(others=[Party("+18105550999", "Somebody new")])
    place.zoom.add_message(session_id, text="a new one", at=place.zoom.clock.now())
    place.run()
    assert len(list(place.archive.search("a new one"))) == 1
    assert not [number for number in hashed if number.endswith("8105550999")]


def erase_and_archive_earlier(
    zoom: Sandbox, archive: Archive, kind: str, chance: random.Random
) -> tuple[set[str], RunReport]:
    """Erase messages in an archive of the last weeks, then archive all months.

    :returns: the messages that should be stored, and the report of the last run.
    """
    api = api_of(zoom)
    archive.mirror(api, since="2026-02-01")
    target = chance.choice([one for one in archive.messages() if one.sender.phone_number])
    number = str(target.sender.phone_number)
    selected = {
        "message": {"message_id": target.message_id, "session_id": target.session_id},
        "session": {"session_id": target.session_id},
        "number": {"number": number},
    }[kind]
    erased_at = zoom.clock.now()
    archive.erase(reason="Article 17", **selected)
    zoom.clock.advance(60)
    later = zoom.add_message(target.session_id, text="a later one", at=zoom.clock.now())
    zoom.clock.advance(60)
    report = archive.mirror(api, since=SINCE, reread_days=None)

    def is_covered(message: Message) -> bool:
        if message.at_ms > erased_at.timestamp() * 1000:
            return False
        if kind == "session":
            return message.session_id == target.session_id
        if kind == "message":
            return message.message_id == target.message_id
        parties = (message.sender, *message.to_members)
        return number in [one.phone_number for one in parties]

    assert not is_covered(later)
    first = datetime.fromisoformat(f"{SINCE}T00:00:00+00:00").timestamp() * 1000
    listed = [one for one in zoom.messages() if one.at_ms >= first]
    return {one.message_id for one in listed if not is_covered(one)}, report


@pytest.mark.parametrize("kind", ["message", "session", "number"])
@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(n, marks=pytest.mark.extended) for n in range(4, 40))]
)
def test_earlier_months_bring_nothing_of_an_erasure_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, seed: int
) -> None:
    with (
        small_account(seed=seed, messages=80) as zoom,
        Archive(tmp_path / "sms.sqlite3") as archive,
    ):
        use_clock_of(zoom, monkeypatch)
        expected, report = erase_and_archive_earlier(zoom, archive, kind, random.Random(seed))
        assert {one.message_id for one in archive.messages()} == expected
        assert archive.verify().problems == []
        stones = {one.item for one in archive.tombstones() if one.kind == "message"}
        assert stones.isdisjoint(expected)
        compared = compare(archive, api_of(zoom), sample=None)
        assert compared.differences == []
        assert {one.detail for one in compared.notes} <= {"it was erased"}
        assert {str(one.message_id) for one in compared.notes} <= stones
        # The next run finds them again, says so, and adds nothing.
        assert report.new_messages + report.erased_messages > 0
        zoom.clock.advance(60)
        again = archive.mirror(api_of(zoom), reread_days=None)
        assert (again.new_messages, again.changed_messages) == (0, 0)
        assert again.erased_messages == len(stones & {one.message_id for one in zoom.messages()})


def test_erased_person_of_earlier_months_is_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither messages nor lists of conversations bring the name or number back."""
    with small_account(messages=30) as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        use_clock_of(zoom, monkeypatch)
        stranger = Party(NUMBER, NAME)
        old, recent = (zoom.add_session(others=[stranger]) for _ in range(2))
        for session_id, at in ((old, "2025-11-05"), (recent, "2026-01-05"), (recent, "2026-03-05")):
            time = datetime.fromisoformat(f"{at}T10:00:00+00:00")
            zoom.add_message(session_id, text=SECRET, sender=stranger, at=time)
            zoom.add_message(session_id, text="reply", direction="Out", at=time)
        archive.mirror(api_of(zoom), since="2026-02-01")
        archive.erase(reason="Article 17", number="810-555-0143")
        zoom.clock.advance(60)
        report = archive.mirror(api_of(zoom), since=SINCE, reread_days=None)
        assert report.erased_messages == 6
        assert archive.mirror(api_of(zoom), reread_days=None).erased_messages == 6
        archive.close()
        content = b"\0".join(path.read_bytes() for path in tmp_path.iterdir())
        assert found_in(content, SECRET, NUMBER[1:], NAME) == []
        assert archive.verify().problems == []
        assert archive.coverage().complete
        # An event that Zoom sends late does not, either.
        store_event(archive, zoom, old)
        archive.close()
        content = b"\0".join(path.read_bytes() for path in tmp_path.iterdir())
        assert found_in(content, SECRET, NUMBER[1:], NAME) == []


def store_event(archive: Archive, zoom: Sandbox, session_id: str) -> None:
    """Store an event about a message of the erased number that is not in the archive."""
    message = {
        "session_id": session_id,
        "message_id": "unheard-of",
        "date_time": "2025-11-05T10:00:00Z",
        "message": SECRET,
        "sender": {"phone_number": NUMBER, "display_name": NAME},
    }
    event = {"event": "phone.sms_received", "event_ts": 1, "payload": {"object": message}}
    with archive._store() as store, store.transaction():
        run = archive.runs()[-1]
        assert not store.recorder.add_event(run.run, session_id, "key", event)


def test_a_tombstone_says_what_when_by_whom_and_why(place: Place) -> None:
    report = place.archive.erase(reason="asked by letter", message_id=place.message_id)
    entry, finished = place.archive.audit_log()[-2:]

    assert (finished.kind, finished.fields) == ("erasure finished", {"erasure": report.erasure})
    assert (entry.seq, entry.kind) == (report.erasure, "erasure")
    assert entry.fields["kind"] == "message"
    assert entry.fields["reason"] == "asked by letter"
    assert entry.fields["by"]
    assert entry.fields["host"]
    stones = place.archive.tombstones(place.session_id)
    assert [(one.kind, one.item) for one in stones if one.kind == "message"] == [
        ("message", place.message_id)
    ] * 2
    assert len(stones) == report.records
    assert place.archive.conversation(place.session_id).erased == report.records
    assert [one.raw for one in place.archive.versions(place.session_id, place.message_id)] == [
        None,
        None,
    ]


def test_nothing_is_changed_by_a_proposal(place: Place) -> None:
    before = place.archive.verify()
    place.archive.propose_erasure(session_id=place.session_id)
    assert place.archive.verify() == before
    assert len(list(place.archive.search("xylophonist"))) == 1


def test_erasing_unknown_or_erased_messages_is_an_error(place: Place) -> None:
    place.archive.erase(reason="Article 17", message_id=place.message_id)
    for selected in (
        {"message_id": place.message_id},
        {"message_id": "nobody's"},
        {"session_id": "nobody's"},
        {"number": "+49 30 1234567"},
    ):
        with pytest.raises(UnknownValueError):
            place.archive.propose_erasure(**selected)
    with pytest.raises(ValueError, match="name exactly one thing"):
        place.archive.propose_erasure()
    with pytest.raises(ValueError, match="reason"):
        place.archive.erase(reason=" ", session_id=place.session_id)


# Legal holds.


def test_held_messages_are_not_erased_before_the_release(place: Place) -> None:
    held = place.archive.hold(reason="Smith v. Jones", number="810-555-0143")
    for selected in (
        {"message_id": place.message_id},
        {"session_id": place.session_id},
        {"number": NUMBER},
    ):
        with pytest.raises(ArchiveHeldError, match=r"Smith v\. Jones"):
            place.archive.erase(reason="Article 17", **selected)
    assert len(list(place.archive.search("xylophonist"))) == 1

    released = place.archive.release_hold(held.hold, reason="settled")
    assert released.released_at is not None
    assert [one.released_at is None for one in place.archive.holds()] == [False]
    place.archive.erase(reason="Article 17", message_id=place.message_id)
    assert place.archive.verify().problems == []


def test_a_number_in_full_width_is_held_and_erased(place: Place) -> None:
    typed = "".join(chr(ord(one) + 0xFEE0) for one in NUMBER)
    held = place.archive.hold(reason="Smith v. Jones", number=typed)
    with pytest.raises(ArchiveHeldError):
        place.archive.erase(reason="Article 17", number=NUMBER)
    place.archive.release_hold(held.hold, reason="settled")
    place.archive.record_access("search", selection={"number": typed}, counts={})
    place.archive.erase(reason="Article 17", number=NUMBER)
    assert typed not in str(place.archive.audit_log())
    assert place.archive.verify().problems == []


@pytest.mark.parametrize(
    "selection",
    [
        {"sender": [NAME]},
        {"query": "Vandersloot"},
        {"query": f"{NAME.lower()} contract"},
        {"query": "xylo* qwertzuiop"},
    ],
)
def test_audit_entries_with_a_name_or_a_beginning_of_a_word_are_erased(
    place: Place, selection: dict[str, str]
) -> None:
    place.archive.record_access("search", selection=selection, counts={})
    place.archive.record_access("search", selection={"query": "stays xyz*"}, counts={})
    place.archive.erase(reason="Article 17", number=NUMBER)
    logged = str(place.archive.audit_log()).lower()
    assert "stays xyz*" in logged
    assert not any(word in logged for word in ("vandersloot", "xylo"))
    assert place.archive.verify().problems == []


@pytest.mark.parametrize(
    "selection", [{"since": "2026-03"}, {"until": "2020"}, {"since": "2026-03", "number": NUMBER}]
)
def test_a_hold_of_a_period_covers_messages_without_a_valid_time(
    place: Place, selection: dict[str, str]
) -> None:
    extra = {"date_time": "31.05.2026 12:00"}
    message = place.zoom.add_message(place.session_id, text="no time", extra=extra)
    place.run()
    place.archive.hold(reason="R", **selection)
    with pytest.raises(ArchiveHeldError):
        place.archive.erase(reason="Article 17", message_id=message.message_id)
    place.archive.release_hold(place.archive.holds()[0].hold, reason="settled")
    place.archive.hold(reason="R", since="2026-03", session_id=place.zoom.sessions()[-1].session_id)
    place.archive.erase(reason="Article 17", message_id=message.message_id)


@pytest.mark.parametrize(
    ("selection", "is_held"),
    [
        ({"session_id": "mine"}, True),
        ({"session_id": "another"}, False),
        ({"since": "2026-03"}, True),
        ({"since": "2026-03", "number": "a stranger"}, False),
        ({"until": "2025-12-31"}, False),
        ({"until": "2999-01-01"}, True),
    ],
)
def test_a_hold_covers_what_all_of_it_selects(
    place: Place, selection: dict[str, str], is_held: bool
) -> None:
    session = next(one for one in place.zoom.sessions() if one.session_id != place.session_id)
    stranger = next(
        str(one.number)
        for one in place.archive.people()
        if one.number
        and not any(place.archive.messages(session_id=place.session_id, number=one.number))
    )
    ids = {"mine": place.session_id, "another": session.session_id, "a stranger": stranger}
    chosen = {name: ids.get(value, value) for name, value in selection.items()}
    place.archive.hold(reason="R", **chosen)
    if is_held:
        with pytest.raises(ArchiveHeldError):
            place.archive.propose_erasure(message_id=place.message_id)
    else:
        place.archive.propose_erasure(message_id=place.message_id)


def test_a_hold_whose_period_ends_before_it_begins_is_rejected(place: Place) -> None:
    with pytest.raises(ValueError, match="before"):
        place.archive.hold(reason="a case", since="2026-02-01", until="2026-01-01")
    assert not place.archive.holds()


def test_a_hold_needs_a_selection_and_a_reason(place: Place) -> None:
    with pytest.raises(ValueError, match="name what to hold"):
        place.archive.hold(reason="R")
    with pytest.raises(ValueError, match="reason"):
        place.archive.hold(reason="", number=NUMBER)
    with pytest.raises(ValueError, match="no hold 77"):
        place.archive.release_hold(77, reason="R")


# Interruptions.


def test_an_erasure_that_cannot_remove_a_file_is_finished_by_the_next_run(place: Place) -> None:
    file = next(path for path in (place.folder / "files").iterdir() if CONTENT in path.read_bytes())
    content = file.read_bytes()
    file.unlink()
    file.mkdir()  # what cannot be unlinked
    with pytest.raises(Exception, match="could not be deleted"):
        place.archive.erase(reason="Article 17", message_id=place.message_id)
    file.rmdir()
    file.write_bytes(content)
    place.run()
    assert not file.exists()
    assert found_in(place.bytes(), SECRET) == []
    assert place.archive.verify().problems == []


def test_a_reader_that_keeps_the_log_delays_an_erasure(place: Place) -> None:
    with place.archive.snapshot() as snapshot:
        with pytest.raises(ArchiveLockedError, match="is reading"):
            place.archive.erase(reason="Article 17", message_id=place.message_id)
        assert len(list(snapshot.search("xylophonist"))) == 1
    place.run()
    assert found_in(place.bytes(), SECRET) == []


def test_the_copy_of_an_older_form_is_removed_with_an_erasure(place: Place) -> None:
    copy = place.folder / "sms.sqlite3.form1"
    copy.write_bytes(SECRET.encode())
    report = place.archive.erase(reason="Article 17", message_id=place.message_id)
    assert report.copies == (str(copy),)
    assert not copy.exists()


@pytest.mark.parametrize("count", [25, pytest.param(500, marks=pytest.mark.extended)])
def test_random_erasures_leave_a_sound_archive_without_the_erased_texts(
    place: Place, count: int
) -> None:
    chance = random.Random(7)
    sessions = [session.session_id for session in place.zoom.sessions()]
    for number in range(count + 20):
        place.zoom.clock.advance(30)
        place.zoom.add_message(chance.choice(sessions), text=f"Unmistakable{number}word")
    place.run()
    words = {
        str(message.text): message.message_id
        for message in place.archive.messages()
        if "Unmistakable" in str(message.text)
    }
    erased = chance.sample(sorted(words), count)
    for text in erased:
        place.archive.erase(reason="Article 17", message_id=words[text])
    place.archive.mirror(api_of(place.zoom), reread_days=None)

    content = place.bytes().lower()
    assert [text for text in erased if text.lower().encode() in content] == []
    assert all(text.lower().encode() in content for text in words if text not in erased)
    assert place.archive.verify().problems == []


def test_an_erasure_of_form_1_says_that_links_cannot_be_computed(tmp_path: Path) -> None:
    with Archive(unpack_form_1("form1", tmp_path)) as archive:
        archive.migrate()
        archive.take_over_folder(tmp_path / "files")
        target = next(archive.search("invoice"))
        report = archive.erase(reason="R", session_id=target.session_id)
        assert report.unlinked > 3
        verified = archive.verify(attachments=tmp_path / "files")
        assert verified.problems == []
        assert verified.unlinked == report.unlinked
    with closing(sqlite3.connect(archive.path)) as connection:
        assert connection.execute(
            "SELECT count(*) FROM records WHERE commitment IS NULL AND content IS NULL"
        ).fetchone() == (report.unlinked,)


@pytest.mark.skipif(not can_mount(), reason=NEEDS)
def test_an_erasure_without_space_for_temporary_files_says_so_and_is_finished_later(
    archive: Archive, zoom: Sandbox
) -> None:
    for _ in range(40):
        zoom.add_message(text="x" * 100_000)
    erased = zoom.add_message(text="zanzibar").message_id
    archive.mirror(api_of(zoom), since=SINCE)
    script = 'mount -t tmpfs -o size=100k tmpfs /mnt && exec "$@"'
    program = (
        "import sys; from swagger_client.archive import Archive\n"
        "with Archive(sys.argv[1]) as archive:\n"
        "    archive.erase(message_id=sys.argv[2], reason='Article 17')"
    )
    command = [sys.executable, "-c", program, str(archive.path), erased]
    ended = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", *command],
        env={**os.environ, "SQLITE_TMPDIR": "/mnt"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "ArchiveStorageError: The content is erased, but" in ended.stderr
    assert "SQLITE_TMPDIR" in ended.stderr

    archive.mirror(api_of(zoom))
    kinds = [one.kind for one in archive.audit_log()]
    assert kinds.count("erasure finished") == 1
    assert list(archive.search("zanzibar")) == []
    assert archive.verify().problems == []
