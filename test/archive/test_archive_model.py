"""After random changes at Zoom and random commands, an archive shows what a model says."""

from __future__ import annotations

import contextlib
import copy
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support.archive_model import (
    Key,
    Model,
    Selector,
    Shown,
    Span,
    find,
    hash_archived_files,
    hash_files_at_zoom,
    mirror_until,
    omit_status,
    read_archive,
    read_zoom,
)
from support.archives import api_of, stored_files
from support.changing_account import (
    AGES,
    DIARY,
    NUMBERS,
    SINCE,
    STATUSES,
    WORDS,
    ChangingAccount,
    pick,
    places,
)

from swagger_client.archive import (
    Archive,
    ArchiveHeldError,
    Filters,
    compare,
)

#: What an insider could change of a message.
FORGERIES = [
    "UPDATE messages SET text = text || '!' WHERE session_id = ? AND message_id = ?",
    "UPDATE messages SET delivery_status = 'unknown' WHERE session_id = ? AND message_id = ?",
    "UPDATE messages SET sent_at = sent_at - 60 WHERE session_id = ? AND message_id = ?",
    "UPDATE messages SET sender_digits = '1' WHERE session_id = ? AND message_id = ?",
    "UPDATE records SET content = replace(content, 'token', 'taken') "
    "WHERE session_id = ? AND item LIKE '%' || ? || '%'",
]


class ArchiveMachine(ChangingAccount):
    """An archive of an account, and a model of what it must show.

    :ivar backups: the path of each backup, and the model at the time of the backup.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.database, self.files = self.folder / "sms.sqlite3", self.folder / "files"
        self.model = Model(SINCE)
        self.backups: list[tuple[Path, Model]] = []

    def teardown(self) -> None:
        shutil.rmtree(self.folder)
        super().teardown()

    # Commands that read from Zoom.

    @initialize(
        stop=st.sampled_from([None, None, 10, 16]), failing=st.sampled_from([None, None, 0, 1])
    )
    def begin(self, stop: int | None, failing: int | None) -> None:
        self.fill()
        self.run_archive(reread_days=None, stop=stop, failing=failing)

    @rule(reread_days=st.sampled_from([7, None]))
    def archive_account(self, reread_days: int | None) -> None:
        self.run_archive(reread_days=reread_days)

    @rule(stop=st.integers(1, 12))
    def interrupt_run(self, stop: int) -> None:
        self.run_archive(stop=stop)

    @rule(place=places, reread_days=st.sampled_from([7, None]))
    def archive_while_conversation_fails(self, place: int, reread_days: int | None) -> None:
        self.run_archive(reread_days=reread_days, failing=place)

    def run_archive(
        self, *, reread_days: int | None = 7, stop: int | None = None, failing: int | None = None
    ) -> None:
        """Archive the account.

        :param stop: after how many pages the run is interrupted.
        :param failing: the place of the conversation that Zoom does not return.
        """
        failed = None if failing is None else pick(self.people, failing)[0]
        zoom = read_zoom(self.zoom)
        with self.failing(failed) as fault, Archive(self.database) as archive:
            report = mirror_until(
                stop,
                archive,
                api_of(self.zoom),
                since=SINCE,
                reread_days=reread_days,
                attachments=self.files,
                # By default, a conversation is tried in five runs.
                failed="retry" if len(self.model.unread) > 3 else None,
            )
            found, files = read_archive(archive), hash_archived_files(archive)
            number = archive.runs()[-1].run
        run = Span(number, self.model.start_of_reread(reread_days), self.now, self.changes)
        if report is None:
            self.model.stop_run(run)
            self.model.update(found, zoom, ())
            return
        unreadable = failed if fault.hits else None
        read = self.model.finish_run(run, report, unreadable)
        assert [one for one, _ in report.refused] == [unreadable] * bool(fault.hits), (
            f"the run could not read {unreadable}, but says {report.refused}"
        )
        assert report.complete <= (unreadable is None), f"the run lacks {report.missing}"
        expected = self.model.find_expected(zoom, read, self.changed)
        self.model.update(found, zoom, expected)
        sent = hash_files_at_zoom(self.zoom)
        for file in (file for key in expected for file in zoom[key].files):
            assert files[file] == sent[file], f"the run did not archive a file: {file}"
        self.model.since_run[report.run] = set()

    @rule(place=places)
    def archive_conversation(self, place: int) -> None:
        if self.model.last_end is None:
            return
        for message in self.pick_message(place):
            zoom = read_zoom(self.zoom)
            with Archive(self.database) as archive:
                archive.sync_session(api_of(self.zoom), message.session_id)
                found = read_archive(archive)
            first = self.model.start_of_reread(1)
            read = Span(0, first, self.now, self.changes, message.session_id)
            self.model.update(found, zoom, self.model.find_expected(zoom, [read], self.changed))

    @rule(sample=st.sampled_from([None, 50]))
    def compare_with_zoom(self, sample: int | None) -> None:
        if self.model.interrupted is not None:
            return
        zoom, shown = read_zoom(self.zoom), self.model.messages
        with Archive(self.database) as archive:
            report = compare(archive, api_of(self.zoom), sample=sample)
        assert not report.unread, f"the comparison could not read {report.unread}"
        found = {Key(one.session_id, one.message_id) for one in report.differences + report.notes}
        # The responses that are compared contain no delivery status.
        expected = {
            key
            for key, message in (zoom | shown).items()
            if SINCE <= message.at < report.until
            and omit_status(zoom.get(key)) != omit_status(shown.get(key))
        }
        assert found == expected, f"the comparison is wrong about {found ^ expected}"

    # Commands that change the archive.

    @rule(place=places, kind=st.sampled_from(["session", "message", "number"]))
    def erase(self, place: int, kind: str) -> None:
        for key, message in self.pick_archived(place):
            number = next(one for one in self.people[key.session_id] if one in message.numbers)
            selected_by = {
                "session": {"session_id": key.session_id},
                "message": {"message_id": key.message_id},
                "number": {"number": number},
            }[kind]
            selector = Selector(**selected_by)
            selected = {k for k, one in self.model.messages.items() if selector.selects(k, one)}
            is_held = any(map(self.model.is_held, selected))
            with Archive(self.database) as archive:
                try:
                    report = archive.erase(reason="Article 17", **selected_by)
                except ArchiveHeldError:
                    assert is_held or self.names_held_conversation(selector), (
                        f"{selector} is held, but only {self.model.holds} are in force"
                    )
                    return
            assert not is_held, f"{selector} was erased, but {self.model.holds} are in force"
            assert report.messages == len(selected), f"{selector}: {selected}, but {report}"
            self.model.erase(selector, self.now)
            self.check_that_nothing_is_left_of(selected)

    def names_held_conversation(self, selector: Selector) -> bool:
        """Return whether a hold protects a conversation with an erased number."""
        return any(
            hold.session_id is not None and selector.number in self.people[hold.session_id]
            for hold in self.model.holds.values()
        )

    def check_that_nothing_is_left_of(self, erased: set[Key]) -> None:
        paths = [*self.folder.glob("sms.sqlite3*"), *stored_files(self.files)]
        content = b"".join(path.read_bytes() for path in paths)
        for key in erased:
            for token in self.tokens[key]:
                assert token not in content, f"{token!r} of the erased {key} is still stored"

    @rule(place=places, kind=st.sampled_from(["session", "number", "user", "period"]))
    def hold(self, place: int, kind: str) -> None:
        for key, message in self.pick_archived(place):
            selected_by = {
                "session": {"session_id": key.session_id},
                "number": {"number": self.people[key.session_id][-1]},
                "user": {"user_id": min(message.owners)},
                "period": {"since": message.at, "until": message.at},
            }[kind]
            with Archive(self.database) as archive:
                hold = archive.hold(reason="lawsuit", **selected_by)
                with pytest.raises(ArchiveHeldError):
                    archive.propose_erasure(message_id=key.message_id)
            self.model.holds[hold.hold] = Selector(**selected_by)

    @rule(place=places)
    def release_hold(self, place: int) -> None:
        for hold in pick(self.model.holds, place):
            with Archive(self.database) as archive:
                archive.release_hold(hold, reason="the lawsuit ended")
            del self.model.holds[hold]

    @precondition(lambda self: len(self.backups) < 2)
    @rule()
    def back_up(self) -> None:
        path = self.folder / f"copy{len(self.backups)}.sqlite3"
        with Archive(self.database) as archive:
            assert archive.back_up(path).verified.sound, "the backup is damaged"
        shutil.copytree(self.files, path.with_suffix(".files"))
        self.backups.append((path, copy.deepcopy(self.model)))

    @rule(place=places)
    def restore(self, place: int) -> None:
        for path, model in pick(self.backups, place):
            for one in self.folder.glob("sms.sqlite3*"):
                one.unlink()
            shutil.rmtree(self.files)
            shutil.copy(path, self.database)
            shutil.copytree(path.with_suffix(".files"), self.files)
            self.model = copy.deepcopy(model)
            with Archive(self.database) as archive:
                if any(hash_archived_files(archive).values()):
                    archive.take_over_folder(self.files)

    # Reading.

    @invariant()
    def shows_what_the_model_says(self) -> None:
        if not self.database.exists():
            return
        with Archive(self.database) as archive:
            assert read_archive(archive) == self.model.messages, "a command changed other messages"
            for word in WORDS:
                found, expected = find(archive, word), self.model.find(word)
                assert found == expected, f"search for {word}: wrong about {found ^ expected}"
            for run, changed in self.model.since_run.items():
                found = find(archive, since_run=run)
                expected = changed & self.model.messages.keys()
                assert found == expected, f"since_run={run} is wrong about {found ^ expected}"
            in_force = {one.hold for one in archive.holds() if one.released_at is None}
            assert in_force == self.model.holds.keys(), f"in force: {in_force}"

    @rule(place=places, number=st.sampled_from(NUMBERS), status=st.sampled_from(STATUSES))
    def read_with_filters(self, place: int, number: str, status: str) -> None:
        first, last = self.time_before(max(AGES)), self.time_before(AGES[place % len(AGES)])
        filters: list[tuple[Filters, Callable[[Shown], bool]]] = [
            (Filters(number=number), lambda one: number in one.numbers),
            (Filters(sender=number), lambda one: one.sender == number),
            (Filters(status=status), lambda one: one.status == status),
            (Filters(direction="Out"), lambda one: one.direction == "Out"),
            (Filters(has_files=True), lambda one: bool(one.files)),
            (Filters(since=first, until=last), lambda one: first <= one.at <= last),
        ]
        with Archive(self.database) as archive:
            for chosen, selects in filters:
                for word in (None, WORDS[0]):
                    found, expected = find(archive, word, **chosen), self.model.find(word, selects)
                    assert found == expected, f"{chosen} {word}: wrong about {found ^ expected}"

    @rule(place=places, forgery=st.sampled_from(FORGERIES))
    def verify(self, place: int, forgery: str) -> None:
        with Archive(self.database) as archive:
            report = archive.verify(digest=self.model.digests or None)
        assert report.sound, f"verify reports {report.problems}, but the archive is sound"
        is_interrupted = self.model.interrupted is not None
        assert (report.interrupted is not None) == is_interrupted, f"{report.interrupted}"
        for key, _ in self.pick_archived(place):
            forged = Path(shutil.copy(self.database, self.folder / "forged.sqlite3"))
            with contextlib.closing(sqlite3.connect(forged)) as connection, connection:
                connection.execute(forgery, key)
            with Archive(forged) as archive:
                assert not archive.verify().sound, f"verify accepts {forgery!r} of {key}"

    def pick_archived(self, place: int) -> list[tuple[Key, Shown]]:
        shown = sorted(self.model.messages.items(), key=lambda one: one[0])
        return pick([one for one in shown if one[0].session_id != DIARY], place)


def run_machine(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        ArchiveMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_few_sequences_of_commands() -> None:
    run_machine(20, 14)


@pytest.mark.extended
def test_many_sequences_of_commands() -> None:
    run_machine(2000, 14)
