"""What is erased is gone from everywhere; what vouches for the rest still does."""

from __future__ import annotations

import base64
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from support.archives import SINCE, api_of, small_account, unpack_form_1

from swagger_client.archive import Archive, ArchiveHeldError, ArchiveLockedError, UnknownValueError
from swagger_client.sandbox import Party, Sandbox

SECRET = "Xylophonist Qwertzuiop pays Zürich"
NUMBER = "+18105550143"
NAME = "Quirinus Vandersloot"
CONTENT = b"the file of the erased message"


class Place(NamedTuple):
    """An archive with a message to erase, its account, and where its files are."""

    zoom: Sandbox
    archive: Archive
    folder: Path
    session_id: str
    message_id: str

    def run(self) -> None:
        self.zoom.clock.advance(60)
        self.archive.mirror(api_of(self.zoom), since=SINCE, attachments=self.folder / "files")

    def bytes(self) -> bytes:
        """Everything on the disk: database, log, copies and files."""
        self.archive.close()
        return b"\0".join(
            path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()
        )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with small_account(messages=30) as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
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


def forms_of(text: str) -> Iterator[bytes]:
    """How a text can stand in a file: as it is, folded, escaped, in base64."""
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


def test_what_is_to_be_erased_is_there_before(place: Place) -> None:
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


def test_a_tombstone_says_what_when_by_whom_and_why(place: Place) -> None:
    report = place.archive.erase(reason="asked by letter", message_id=place.message_id)
    entry = place.archive.audit_log()[-1]

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


def test_what_is_not_known_and_what_is_erased_already_are_errors(place: Place) -> None:
    place.archive.erase(reason="Article 17", message_id=place.message_id)
    for selected in (
        {"message_id": place.message_id},
        {"message_id": "nobody's"},
        {"session_id": "nobody's"},
        {"number": "+49 30 1234567"},
    ):
        with pytest.raises(UnknownValueError):
            place.archive.propose_erasure(**selected)
    with pytest.raises(ValueError, match="name one thing"):
        place.archive.propose_erasure()
    with pytest.raises(ValueError, match="reason"):
        place.archive.erase(reason=" ", session_id=place.session_id)


# Legal holds.


def test_what_is_held_is_not_erased_until_it_is_released(place: Place) -> None:
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


@pytest.mark.parametrize(
    ("selection", "is_held"),
    [
        ({"session_id": "mine"}, True),
        ({"session_id": "another"}, False),
        ({"since": "2026-03"}, True),
        ({"since": "2026-03", "number": "+49 30 1234567"}, False),
        ({"until": "2025-12-31"}, False),
        ({"until": "2999-01-01"}, True),
    ],
)
def test_a_hold_covers_what_all_of_it_selects(
    place: Place, selection: dict[str, str], is_held: bool
) -> None:
    chosen = {
        name: place.session_id if value == "mine" else value for name, value in selection.items()
    }
    place.archive.hold(reason="R", **chosen)
    if is_held:
        with pytest.raises(ArchiveHeldError):
            place.archive.propose_erasure(message_id=place.message_id)
    else:
        place.archive.propose_erasure(message_id=place.message_id)


def test_a_hold_needs_a_selection_and_a_reason(place: Place) -> None:
    with pytest.raises(ValueError, match="what is to be held"):
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
    with pytest.raises(Exception, match="could not be removed"):
        place.archive.erase(reason="Article 17", message_id=place.message_id)
    file.rmdir()
    file.write_bytes(content)
    place.run()
    assert not file.exists()
    assert found_in(place.bytes(), SECRET) == []
    assert place.archive.verify().problems == []


def test_a_reader_that_keeps_the_log_delays_an_erasure(place: Place) -> None:
    with place.archive.snapshot() as snapshot:
        with pytest.raises(ArchiveLockedError, match="reads"):
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
def test_random_erasures_leave_a_sound_archive_without_what_they_erased(
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
