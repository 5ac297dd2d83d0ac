"""Random runs of an archive of a changing account, for tests of archives."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from support.archive_model import (
    Key,
    Model,
    Span,
    hash_archived_files,
    hash_files_at_zoom,
    omit_status,
    read_archive,
    read_zoom,
)
from support.archives import api_of
from support.changing_account import SINCE, ChangingAccount, message_changes, pick, places
from swagger_client.archive import Archive, Progress, RunReport, compare


class RunStopped(Exception):
    """Ends a run in the middle."""


class ArchivedAccount(ChangingAccount):
    """An account, its archive, and a model of what the archive must show."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.database, self.files = self.folder / "sms.sqlite3", self.folder / "files"
        self.model = Model(SINCE)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)
        super().teardown()

    @initialize(
        stop=st.sampled_from([None, 16, 24]),
        failing=st.sampled_from([None, 0, 1]),
        changes=message_changes,
    )
    def begin(self, stop: int | None, failing: int | None, changes: list[tuple[int, str]]) -> None:
        self.fill()
        self.run_archive(stop=stop, failing=failing)
        newest_of_each_conversation = [(place, "edit") for place in (-1, -2, -3)]
        self.change_messages([*changes, *newest_of_each_conversation])
        self.compare_with_zoom(sample=None)
        self.run_archive()

    @rule(reread_days=st.sampled_from([7, None]))
    def archive_account(self, reread_days: int | None) -> None:
        self.run_archive(reread_days=reread_days)

    @rule(stop=st.integers(1, 16))
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
            report = self.mirror(archive, reread_days, stop)
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

    def mirror(
        self, archive: Archive, reread_days: int | None, stop: int | None
    ) -> RunReport | None:
        pages = 0

        def count(progress: Progress) -> None:
            nonlocal pages
            pages += 1
            if pages == stop:
                raise RunStopped

        with contextlib.suppress(RunStopped):
            return archive.mirror(
                api_of(self.zoom),
                since=SINCE,
                reread_days=reread_days,
                attachments=self.files,
                # By default, a conversation is tried in five runs.
                failed="retry" if len(self.model.unread) > 3 else None,
                # Concurrent requests would make it random what an interrupted run has stored.
                width=4 if stop is None else 1,
                progress=count,
            )
        return None

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
