"""Distinguishes failures of single conversations or files from an outage.

A conversation or file whose failures were counted five times is not tried again. But if a proxy
blocks all requests for a day, no conversation or file must be given up, however many runs fail on
that day. Therefore a failure is counted only if the archive run could fetch other conversations or
files, and the failures of a conversation or file are counted at most once in 20 hours.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from swagger_client.archive import _sources
from swagger_client.archive.canonical import plain_text
from swagger_client.archive.plan import from_stamp, stamp
from swagger_client.exceptions import ApiException, ServiceException
from swagger_client.history._failures import MAX_FAILURES_IN_A_ROW, describe_error, is_general

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient
    from swagger_client.archive.rows import FileKey, FileResult
    from swagger_client.archive.runs import Run
    from swagger_client.archive.store import Store
    from swagger_client.archive.store_queries import SessionWindow

#: A failure is counted again only after this time, so that five runs in five hours count once.
_COUNTED_AGAIN_AFTER = timedelta(hours=20)
#: One list request can cover a time span of this length, in every month.
_LONGEST_WINDOW = timedelta(days=28)
#: How many other conversations are tried before the failures count as an outage.
_PROBES = 3


class FailedFile(NamedTuple):
    """A failed download. `is_own`: only this file failed, which is no sign of an outage."""

    result: FileResult
    is_own: bool


class Outage(NamedTuple):
    """A failure of many conversations or files in an archive run, caused by Zoom or the network.

    :ivar str kind: "conversations" or "files".
    :ivar int failed: how many conversations or files failed.
    :ivar int total: how many conversations or files the archive contains.
    :ivar str reason: why the last of them failed.
    """

    kind: str
    failed: int
    total: int
    reason: str


class OutageException(ApiException):
    """Many conversations in a row could not be fetched. Run again later to resume.

    ``status``, ``code`` and ``message`` are those of the last conversation's error.

    :ivar Outage outage: how many conversations could not be fetched, and why.
    """

    advice = "Run again later. If it lasts, check the proxy and Zoom's status page."

    def __init__(self, outage: Outage, cause: Exception | None = None) -> None:
        super().__init__(
            getattr(cause, "status", None),
            f"{outage.failed} conversations in a row could not be read: {outage.reason}",
        )
        self.outage = outage
        self.code, self.message = getattr(cause, "code", None), getattr(cause, "message", None)
        self.transient = True

    def __reduce__(self) -> tuple[type[OutageException], tuple[Outage]]:
        return type(self), (self.outage,)


class RunFailures:
    """Collects the failures of an archive run, and stores them at the end of the run.

    After five counted failures of a time window or file, later runs do not try it again. A failure
    that an outage caused is not counted.
    """

    def __init__(self, client: ApiClient, store: Store) -> None:
        self.outages: list[Outage] = []
        self._client = client
        self._store = store
        self._failed_windows: list[tuple[SessionWindow, Exception]] = []
        self._files: list[FailedFile] = []
        self._sessions_read = self._files_fetched = self._files_in_a_row = 0
        #: The conversations that failed since the last conversation was read successfully.
        self._failed_in_a_row: set[str] = set()
        #: Whether another conversation could be read after the failures.
        self._others_are_readable = False

    @property
    def files_are_down(self) -> bool:
        """Whether so many files in a row failed that the archive run tries no more files."""
        return self._files_in_a_row > MAX_FAILURES_IN_A_ROW and not self._files_fetched

    def count_fetched_window(self) -> None:
        self._sessions_read += 1
        self._failed_in_a_row.clear()

    def add_failed_window(self, run: Run, window: SessionWindow, error: Exception) -> None:
        """Collect a failure. After many in a row, raise OutageException if test requests fail."""
        if self._store.is_accepted(window):
            with self._store.transaction():
                self._store.mark_windows_failed([window])
            return
        self._failed_windows.append((window, error))
        self._failed_in_a_row.add(window.session_id)
        if len(self._failed_in_a_row) > MAX_FAILURES_IN_A_ROW and self._is_outage():
            self.record(run, outage=True)
            raise OutageException(self.outages[-1], error) from error

    def add_files(self, results: list[FileResult], own: set[FileKey]) -> None:
        """Count downloads and collect failed ones; for files in `own`, no outage is the cause."""
        for result in results:
            if result.state == "done":
                self._files_fetched += 1
                self._files_in_a_row = 0
            elif result.state == "failed":
                self._files_in_a_row += 1
                self._files.append(FailedFile(result, result.key in own))
            else:  # a transient failure
                self._files.append(FailedFile(result, is_own=False))

    def record(self, run: Run, *, outage: bool | None = None) -> None:
        """Record the failures in the archive. If `outage` is None, test for an outage first."""
        many = len(self._failed_windows) >= max(1, self._sessions_read)
        if outage is None:
            outage = bool(self._failed_windows) and many and self._is_outage()
        self._add_outages(conversations=outage)
        windows, self._failed_windows = self._failed_windows, []
        files, self._files = self._files, []
        counted_since = stamp(from_stamp(run.started_at) - _COUNTED_AGAIN_AFTER)
        with self._store.transaction():
            for window, error in _merge_windows(windows):
                self._store.record_failure(
                    run,
                    window,
                    plain_text(describe_error(error)),
                    transient=outage or is_transient(error),
                    counted_since=counted_since,
                )
            self._store.mark_windows_failed([window for window, _ in windows])
            for failed in files:
                if failed.result.state == "failed" and (failed.is_own or self._files_fetched):
                    self._store.record_file_failure(run, failed.result, counted_since)
                else:
                    self._store.record_uncounted_file_failure(run, failed.result)

    def _add_outages(self, *, conversations: bool) -> None:
        if conversations:
            failed = {window.session_id for window, _ in self._failed_windows}
            reason = plain_text(describe_error(self._failed_windows[-1][1]))
            total = self._store.count_sessions()
            self.outages.append(Outage("conversations", len(failed), total, reason))
        # A file is no sign of an outage if it already failed in a run that fetched other files.
        files = [
            failed
            for failed in self._files
            if not failed.is_own and self._store.file_state(failed.result.key)[0] == "pending"
        ]
        if self.files_are_down or (files and not self._files_fetched):
            reason = str((files or self._files)[-1].result.reason)
            total = self._store.count_files()
            self.outages.append(Outage("files", len(self._files), total, reason))

    def _is_outage(self) -> bool:
        """Try to fetch messages of other conversations; return whether all these requests fail."""
        if self._others_are_readable:
            return False
        failing = {window.session_id for window, _ in self._failed_windows}
        known = self._store.find_readable_session(failing)
        if known is None and self._sessions_read:
            return False
        others = [known] if known is not None else self._other_sessions(failing)
        self._others_are_readable = any(map(self._is_readable, others))
        return not self._others_are_readable

    def _other_sessions(self, failing: set[str]) -> list[str]:
        """Choose a few conversations that the archive run has not tried, to test for an outage."""
        others = [one for one in self._store.sessions_with_pending_windows() if one not in failing]
        return others[:: max(1, len(others) // _PROBES)][:_PROBES]

    def _is_readable(self, session_id: str) -> bool:
        try:
            self._client._driver.run(_sources.fetch_newest_page(self._client, session_id))
        except ApiException as error:
            if is_general(error):
                raise
            return False
        return True


def _merge_windows(
    failed: list[tuple[SessionWindow, Exception]],
) -> list[tuple[SessionWindow, Exception]]:
    """Merge failed time windows of a conversation that overlap or adjoin, within one month.

    Each archive run fetches the last days of the run before it again. So a failed window of that
    run, which is tried again, may overlap with a new window.
    """
    merged: list[tuple[SessionWindow, Exception]] = []
    for window, error in sorted(failed, key=lambda one: one[0][:2]):
        before = merged[-1][0] if merged else None
        if (
            before is not None
            and before.session_id == window.session_id
            and window.window_from <= before.window_to
            and from_stamp(end := max(before.window_to, window.window_to))
            <= from_stamp(before.window_from) + _LONGEST_WINDOW
        ):
            merged[-1] = before._replace(window_to=end), error
        else:
            merged.append((window, error))
    return merged


def is_transient(error: Exception) -> bool:
    """Return whether the same request may succeed later."""
    return isinstance(error, ServiceException) or bool(getattr(error, "transient", False))
