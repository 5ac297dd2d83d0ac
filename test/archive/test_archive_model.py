"""After random changes at Zoom and random commands, an archive shows what a model says."""

from __future__ import annotations

import copy
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test
from support.archive_model import (
    Key,
    Model,
    Selector,
    Shown,
    find,
    hash_archived_files,
    read_archive,
)
from support.archived_account import ArchivedAccount
from support.archives import stored_files
from support.changing_account import AGES, DIARY, NUMBERS, STATUSES, WORDS, pick, places

from swagger_client.archive import Archive, ArchiveHeldError, Filters

#: What an insider could change of a message.
FORGERIES = [
    "UPDATE messages SET text = text || '!' WHERE session_id = ? AND message_id = ?",
    "UPDATE messages SET delivery_status = 'unknown' WHERE session_id = ? AND message_id = ?",
    "UPDATE messages SET sent_at = sent_at - 60 WHERE session_id = ? AND message_id = ?",
    "UPDATE messages SET sender_digits = '1' WHERE session_id = ? AND message_id = ?",
    "UPDATE records SET content = replace(content, 'token', 'taken') "
    "WHERE session_id = ? AND item LIKE '%' || ? || '%'",
]


class ArchiveMachine(ArchivedAccount):
    """Uses an archive of a changing account, and compares the archive with a model.

    :ivar backups: the path of each backup, and the model at the time of the backup.
    """

    def __init__(self) -> None:
        super().__init__()
        self.backups: list[tuple[Path, Model]] = []

    @rule(
        choices=st.lists(
            st.tuples(places, st.sampled_from(["message", "session", "number"])),
            min_size=1,
            max_size=3,
        ),
        archives_again=st.booleans(),
    )
    def erase(self, choices: list[tuple[int, str]], archives_again: bool) -> None:
        for place, kind in choices:
            for key, message in self.pick_archived(place):
                people = message.numbers.intersection(self.people[key.session_id])
                selected_by = {
                    "session": {"session_id": key.session_id},
                    "message": {"message_id": key.message_id},
                    "number": {"number": pick(sorted(people), place)[0]},
                }[kind]
                self.erase_selected(selected_by)
                late = [*self.people].index(key.session_id)
                self.add_message(late, WORDS[0], AGES[2], "In", files=0)
        if archives_again:
            self.run_archive(reread_days=None)

    def erase_selected(self, selected_by: dict[str, str]) -> None:
        selector = Selector(**selected_by)
        selected = self.model.find(selects=selector.selects)
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
        # The snapshot lets SQLite leave the new entry in its write-ahead log.
        with Archive(self.database) as archive, archive.snapshot(), Archive(path) as copied:
            archive.record_access("show", selection={}, counts={})
            assert archive.back_up(path).verified.sound, "the backup is damaged"
            assert copied.audit_log() == archive.audit_log(), "the backup lacks audit entries"
        shutil.copytree(self.files, path.with_suffix(".files"))
        self.backups.append((path, copy.deepcopy(self.model)))

    @precondition(lambda self: self.backups)
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
        filters: list[tuple[Filters, Callable[[Key, Shown], bool]]] = [
            (Filters(number=number), lambda _, one: number in one.numbers),
            (Filters(sender=number), lambda _, one: one.sender == number),
            (Filters(status=status), lambda _, one: one.status == status),
            (Filters(direction="Out"), lambda _, one: one.direction == "Out"),
            (Filters(has_files=True), lambda _, one: bool(one.files)),
            (Filters(since=first, until=last), lambda _, one: first <= one.at <= last),
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
            with closing(sqlite3.connect(forged)) as connection, connection:
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
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )


def test_a_few_sequences_of_commands() -> None:
    run_machine(22, 14)


@pytest.mark.extended
def test_many_sequences_of_commands() -> None:
    run_machine(2200, 14)
