"""Runs over the whole account.

A run reads from Zoom what the archive does not contain yet, and stores it. The period of time that
a run reads is its span. An interrupted run is resumed by the next one.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from swagger_client.archive import runs
from swagger_client.archive._clock import ZoomClock, zoom_clock
from swagger_client.archive.account_check import account_of, confirm_account
from swagger_client.archive.account_claims import check_control_rows
from swagger_client.archive.coverage import read_coverage
from swagger_client.archive.errors import FolderMissingError
from swagger_client.archive.failed_items import FailureAction
from swagger_client.archive.file_folder import find_missing_folder
from swagger_client.archive.files import make_folder
from swagger_client.archive.mirror import MirrorRun, Progress
from swagger_client.archive.outages import Outage
from swagger_client.archive.plan import (
    Plan,
    Span,
    covered_until,
    from_stamp,
    listings_of,
    plan,
    stamp,
)
from swagger_client.archive.reader import Change
from swagger_client.archive.runs import Run, parse_spans
from swagger_client.archive.store import Store
from swagger_client.archive.store_queries import Listing
from swagger_client.archive.work_check import check_work

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient

#: If a run ended further in the future than this, its clock was wrong.
_CLOCK_TOLERANCE = timedelta(days=1)


class RunReport(NamedTuple):
    """The result of a run.

    The counts include the part of the run before an interruption.

    :ivar int run: the number of the run.
    :ivar bool resumed: whether the run was started by an earlier call, which was interrupted.
    :ivar str span_from: the start of the period that the run read, in UTC.
    :ivar str span_to: the end of that period; the next run reads later messages.
    :ivar str covered_from: the start of the period that all runs together have read.
    :ivar int new_messages: messages that the archive did not contain before.
    :ivar int changed_messages: messages that Zoom returned with other content than before.
    :ivar dict changes: how often each change happened, with keys such as
        "delivery_status: sent → delivered".
    :ivar list refused: the conversations that could not be read, as pairs of id and reason.
    :ivar int left: how many failed conversations and files the next run tries again.
    :ivar dict missing: how many "conversations", "files" and "spans" the archive lacks up to the
        end of the run. Losses that a person accepted are not counted.
    :ivar list outages: the outages of this run (see :class:`Outage`). The next run tries their
        conversations or files again.
    :ivar bool account_confirmed: False if the account could not be checked, because the credentials
        have no account id and Zoom listed no conversation.
    :ivar bool clock_confirmed: False if Zoom's response had no plausible date, so that the run
        ended at the time of this machine's clock.
    :ivar str digest: a hash over the content of the whole archive; store a copy elsewhere.
    :ivar int files_given_up: files that failed in five runs and are not tried again.
    :ivar int erased_messages: erased messages that Zoom returned again; the run did not store them.
    :ivar int collisions: messages of this run that have the id of another message.
    """

    run: int
    resumed: bool
    session_type: str
    span_from: str
    span_to: str
    covered_from: str
    new_sessions: int
    new_messages: int
    changed_messages: int
    files_done: int
    files_failed: int
    requests: int
    changes: dict[str, int]
    refused: list[tuple[str, str]]
    left: int
    digest: str
    files_given_up: int
    collisions: int
    missing: dict[str, int]
    outages: list[Outage]
    erased_messages: int = 0
    account_confirmed: bool = True
    clock_confirmed: bool = True

    @property
    def complete(self) -> bool:
        """Whether the archive lacks nothing up to the end of the run, except accepted losses."""
        return not any(self.missing.values())


class Request(NamedTuple):
    """The options of a run.

    :ivar datetime | None since: the start of the period to archive.
    :ivar timedelta | None reread: the time before the end of the last run that is read again; None
        to read everything again.
    :ivar FailureAction | None failed: whether to retry or accept the failures of earlier runs.
    """

    since: datetime | None
    session_type: str
    reread: timedelta | None
    folder: Path | None
    width: int
    progress: Callable[[Progress], object] | None
    failed: FailureAction | None = None


def run_account(store: Store, client: ApiClient, request: Request) -> RunReport:
    """Check the archive, finish an interrupted run, then start a new run.

    There is no new run if the interrupted run has read everything that `request` asks for.

    :returns: the report of the last of these runs.
    :raises ArchiveDamagedError: if the archive was altered.
    :raises OtherAccountError: if the credentials belong to another account than the archive.
    :raises ValueError: if this is the first run and ``since`` is missing.
    """
    check_control_rows(store.connection, store.path)
    check_work(store.connection, store.path)
    is_confirmed = confirm_account(store, client)
    return _run(store, client, request)._replace(account_confirmed=is_confirmed)


def _run(store: Store, client: ApiClient, request: Request) -> RunReport:
    interrupted = store.open_run()
    if interrupted is not None:
        with store.transaction():
            store.restart_unproven(interrupted)
            store.restart_lists(interrupted, _listings_of(interrupted))
        report = _carry_out(store, client, request, interrupted, resumed=True)
        if request.failed is None and _has_read_all(interrupted, request):
            return report
    last = store.last_run(request.session_type)
    if last is None and request.since is None:
        raise ValueError("`since` is required for the first run: name the date to archive from")
    clock = _zooms_clock(store, client)
    covered = None if last is None else _covered_span(store, last, clock)
    planned = plan(covered, request.since, clock.now(), request.reread)
    run = _begin_run(store, planned, request, _now(client))
    return _carry_out(store, client, request, run, resumed=False, clock=clock)


def _carry_out(
    store: Store,
    client: ApiClient,
    request: Request,
    run: Run,
    *,
    resumed: bool,
    clock: ZoomClock | None = None,
) -> RunReport:
    clock = _zooms_clock(store, client) if clock is None else clock
    if request.folder is not None:
        with store.transaction():
            store.mark_missing_files(run, request.folder)
    mirror = MirrorRun(
        client,
        store,
        run,
        folder=request.folder,
        width=request.width,
        progress=request.progress,
        now=clock.now,
    )
    mirror.carry_out()
    with store.transaction():
        finished = store.finish_run(run, _now(client))
    with_files = request.folder is not None
    return _build_report(
        store, finished, mirror, clock=clock, resumed=resumed, with_files=with_files
    )


def _build_report(
    store: Store,
    run: Run,
    mirror: MirrorRun,
    *,
    clock: ZoomClock,
    resumed: bool,
    with_files: bool,
) -> RunReport:
    return RunReport(
        run=run.run,
        resumed=resumed,
        session_type=run.session_type,
        span_from=run.span_from,
        span_to=run.span_to,
        covered_from=run.covered_from,
        **store.counts(run),
        requests=mirror.progress.requests,
        changes=_count_changes(store.changes(run)),
        refused=store.failed_sessions(),
        left=store.count_gaps_left() + (store.count_files_left() if with_files else 0),
        digest=run.digest or "",
        files_given_up=store.count_files_given_up(),
        missing=_count_missing(store, with_files=with_files),
        outages=mirror.outages,
        account_confirmed=True,
        clock_confirmed=clock.is_confirmed,
    )


def _count_missing(store: Store, *, with_files: bool) -> dict[str, int]:
    folder = store.setting("attachments")
    coverage = read_coverage(store.connection, None if folder is None else Path(folder))
    files = coverage.missing_files if with_files else []
    return {
        "conversations": len({one.session_id for one in coverage.gaps if one.state != "accepted"}),
        "files": sum(one.state != "accepted" for one in files),
        "spans": len(coverage.holes),
    }


@contextlib.contextmanager
def remove_new_folder_on_error(folder: Path | None, database: Path) -> Iterator[None]:
    """Delete the folder if the block created it, then failed without creating a database."""
    is_new = folder is not None and not folder.exists()
    try:
        yield
    except BaseException:
        if folder is not None and is_new and not database.exists():
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def choose_folder(store: Store, attachments: str | Path | None) -> Path | None:
    """Return the folder for attachments: the given one, or the one of earlier runs.

    :returns: None if no folder was given, now or earlier. Attachments are not archived then.
    :raises ValueError: if `attachments` is a file, or the archive's files are in another folder.
    :raises FolderMissingError: if the folder of earlier runs is missing.
    """
    known = store.setting("attachments")
    folder = None if attachments is None else Path(attachments).resolve()
    if known is not None and (folder is None or str(folder) == known):
        missing = find_missing_folder(store.connection, Path(known))
        if missing is not None:  # a new folder would hide lost files
            raise FolderMissingError(f"{missing.text} Mount it, or name its new path.")
        return Path(known)
    if folder is not None:
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"`attachments` must be a folder, but {folder} is a file")
        if store.any_file_path() is not None and find_missing_folder(store.connection, folder):
            raise ValueError(
                f"the files of this archive are in {known}. Move them to {folder} first, or leave "
                "out `attachments`"
            )
        make_folder(folder)
        with store.transaction():
            store.set("attachments", str(folder))
    return folder


def _read_spans(store: Store, session_type: str, clock: ZoomClock) -> Iterator[Span]:
    """Yield the periods that finished runs have read of conversations of this type."""
    for run in store.finished_runs(session_type):
        # A wrong clock may have set the end too late. The next run would then leave a gap.
        latest = from_stamp(run.started_at)
        if clock.is_confirmed and from_stamp(run.span_to) > clock.now() + _CLOCK_TOLERANCE:
            continue  # the run ended in the future, so it is unknown what it has read
        for first, last in parse_spans(run) or [(run.covered_from, run.span_to)]:
            yield from_stamp(first), min(from_stamp(last), latest)


def _covered_span(store: Store, last: Run, clock: ZoomClock) -> Span:
    """Return the period that the runs up to the last one have read without a gap."""
    first = from_stamp(last.covered_from)
    return first, covered_until(first, _read_spans(store, last.session_type, clock))


def _listings_of(run: Run) -> list[Listing]:
    """Return the lists that a run reads, computed from the row of the run.

    The stored rows of the lists are not used, because they may have been altered.
    """
    if run.kind != runs.ACCOUNT:
        return []
    spans = parse_spans(run) or [(run.span_from, run.span_to)]
    return listings_of([(from_stamp(first), from_stamp(last)) for first, last in spans])


def _begin_run(store: Store, planned: Plan, request: Request, started_at: str) -> Run:
    with store.transaction():
        return store.begin_run(
            request.session_type,
            spans=[(stamp(first), stamp(last)) for first, last in planned.spans],
            covered_from=stamp(planned.covered_from),
            started_at=started_at,
            listings=planned.listings,
            failed=request.failed,
        )


def _has_read_all(run: Run, request: Request) -> bool:
    """Return whether a run has read everything that `request` asks for."""
    covered_from = from_stamp(run.covered_from)
    since = covered_from if request.since is None else request.since
    begin = since
    if request.reread is not None:
        begin = max(begin, from_stamp(run.span_to) - request.reread)
    return (
        run.kind == runs.ACCOUNT
        and run.session_type in (request.session_type, "all")
        and covered_from <= since
        and _read_from(run) <= begin
    )


def _read_from(run: Run) -> datetime:
    """Return the time after which a run has read every message."""
    spans = [(from_stamp(a), from_stamp(b)) for a, b in parse_spans(run) or ()]
    if not spans:
        return from_stamp(run.span_from)
    return Plan(tuple(spans), from_stamp(run.covered_from)).reread_from


def _zooms_clock(store: Store, client: ApiClient) -> ZoomClock:
    """Return Zoom's clock, and store the account id if the archive has none.

    Zoom has accepted the credentials by then, so their account is the archive's account.
    """
    clock = zoom_clock(client)
    account = account_of(client)
    if account is not None and store.setting("account") is None:
        with store.transaction():
            store.set("account", account)
    return clock


def _count_changes(changes: Iterator[Change]) -> dict[str, int]:
    """Count how often each change of a field happened."""
    counted: Counter[str] = Counter()
    for change in changes:
        for name, (before, after) in change.fields.items():
            short = isinstance(before, str | int | None) and isinstance(after, str | int | None)
            counted[f"{name}: {before} → {after}" if short and name != "message" else name] += 1
    return dict(counted.most_common())


def _now(client: ApiClient) -> str:
    return stamp(datetime.fromtimestamp(client.clock.time(), timezone.utc))
