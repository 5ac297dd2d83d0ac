"""Carries out archive runs, which archive a whole account.

An archive run fetches from Zoom what the archive does not contain yet, and stores it. If a run is
interrupted, the next call of ``Archive.mirror`` finishes that run, before it starts a new one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from swagger_client.archive import runs
from swagger_client.archive._clock import ZoomClock, local_time, zoom_clock
from swagger_client.archive.account_check import confirm_account, find_account_id
from swagger_client.archive.account_claims import check_control_rows
from swagger_client.archive.coverage import read_coverage
from swagger_client.archive.file_folder import LOST_FILES
from swagger_client.archive.mirror import MirrorRun, Progress
from swagger_client.archive.outages import Outage
from swagger_client.archive.plan import Span, covered_until, from_stamp, listings_of, plan, stamp
from swagger_client.archive.reader import Change, changes
from swagger_client.archive.runs import Run, parse_spans
from swagger_client.archive.store import FailureAction, Store
from swagger_client.archive.store_queries import Listing
from swagger_client.archive.work_check import check_work

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient

#: If an archive run ended further in the future than this, its clock was wrong.
_CLOCK_TOLERANCE = timedelta(days=1)


class RunReport(NamedTuple):
    """The result of :meth:`Archive.mirror`: what the run archived, and what the archive lacks.

    If an interrupted call started the run, the counts include what that call archived.

    :ivar int run: the number of the run.
    :ivar bool resumed: whether the run was started by an earlier call that was interrupted.
    :ivar str session_type: the type of the archived conversations; "all" for every type.
    :ivar str span_from: the start of the time span whose messages the run fetched, in UTC.
    :ivar str span_to: the end of that time span, in UTC. The next run fetches later messages.
    :ivar str covered_from: the start of the time span that all runs together have fetched.
    :ivar int new_sessions: the number of conversations that the archive did not contain before.
    :ivar int new_messages: the number of messages that the archive did not contain before.
    :ivar int changed_messages: how many messages Zoom returned with other content than before.
    :ivar int files_done: the number of files that the run has downloaded.
    :ivar int files_failed: the number of files whose download failed in the run.
    :ivar int requests: how many pages this call requested.
    :ivar dict changes: how often each change happened, with keys such as
        "delivery_status: sent → delivered".
    :ivar list refused: (id, reason) for each conversation whose messages could not be fetched.
    :ivar int left: how many failed conversations and files the next run tries again.
    :ivar str digest: a hash over the content of the whole archive. Store a copy elsewhere.
    :ivar int files_given_up: how many files failed in five runs and are not tried again.
    :ivar int collisions: how many messages were stored although another message has the same id.
    :ivar dict missing: how many conversations, files and time spans the archive lacks up to the end
        of the run, and how many webhook events have messages that Zoom does not return. The keys
        are "conversations", "files", "spans" and "events". Accepted losses are not counted.
    :ivar list outages: the outages during the run (see :class:`Outage`). The next run tries the
        affected conversations and files again.
    :ivar int erased_messages: how many erased messages Zoom returned again. They were not stored.
    :ivar bool account_confirmed: False if the account could not be checked, because the credentials
        have no account id and Zoom listed no conversation.
    :ivar bool clock_confirmed: False if Zoom's response had no plausible date. The end of the run
        was then set by this machine's clock.
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
        """Whether nothing is missing up to the end of the archive run, except accepted losses."""
        return not any(self.missing.values())


class RunOptions(NamedTuple):
    """The options of a run, from the arguments of :meth:`Archive.mirror`."""

    since: datetime | None
    session_type: str
    reread: timedelta | None
    folder: Path | None
    width: int
    progress: Callable[[Progress], object] | None
    failed: FailureAction | None = None


def run_account(store: Store, client: ApiClient, options: RunOptions) -> RunReport:
    """Check the archive, finish an interrupted archive run, if any, and carry out a new one.

    If the interrupted run has fetched everything that `options` requests, no new run is started.
    """
    check_control_rows(store.connection, store.path)
    check_work(store.connection, store.path)
    is_confirmed = confirm_account(store, client)
    return _run(store, client, options)._replace(account_confirmed=is_confirmed)


def _run(store: Store, client: ApiClient, options: RunOptions) -> RunReport:
    interrupted = store.open_run()
    if interrupted is not None:
        with store.transaction():
            store.restart_unproven(interrupted)
            store.plan_lists(interrupted, _listings_of(interrupted))
        clock = _get_zoom_clock(store, client, interrupted.session_type)
        report = _carry_out(store, client, options, interrupted, clock, resumed=True)
        if options.failed is None and _has_fetched_all(interrupted, options):
            return report
    last = store.last_run(options.session_type)
    if last is None and options.since is None:
        raise ValueError("`since` is required for the first run: name the date to archive from")
    # Before the run is stored: a stored run that Zoom rejects could never be finished.
    clock = _get_zoom_clock(store, client, options.session_type)
    covered = None if last is None else _covered_span(store, last, options.session_type, clock)
    planned = plan(covered, options.since, clock.now(), options.reread)
    with store.transaction():
        run = store.begin_run(
            options.session_type,
            spans=[(stamp(first), stamp(last)) for first, last in planned.spans],
            covered_from=stamp(planned.covered_from),
            started_at=stamp(local_time(client)),
            listings=listings_of(planned.spans),
            failed=options.failed,
        )
    return _carry_out(store, client, options, run, clock, resumed=False)


def _carry_out(
    store: Store,
    client: ApiClient,
    options: RunOptions,
    run: Run,
    clock: ZoomClock,
    *,
    resumed: bool,
) -> RunReport:
    if options.folder is not None:
        with store.transaction():
            store.mark_missing_files(run, options.folder)
            store.set_setting(LOST_FILES, None)
    mirror = MirrorRun(
        client,
        store,
        run,
        folder=options.folder,
        width=options.width,
        progress=options.progress,
        now=clock.now,
    )
    store.recorder.erased_again.clear()
    mirror.carry_out()
    with store.transaction():
        finished = store.finish_run(run, stamp(local_time(client)))
    with_files = options.folder is not None
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
    counts = store.counts(run)
    counts["erased_messages"] += len(store.recorder.erased_again)
    return RunReport(
        run=run.run,
        resumed=resumed,
        session_type=run.session_type,
        span_from=run.span_from,
        span_to=run.span_to,
        covered_from=run.covered_from,
        **counts,
        requests=mirror.progress.requests,
        changes=_count_changes(changes(store.connection, run.run)),
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


def _find_fetched_spans(store: Store, session_type: str, clock: ZoomClock) -> Iterator[Span]:
    """Yield the time spans whose messages finished archive runs have fetched."""
    for run in store.finished_runs(session_type):
        # If the clock was wrong, the stated end may be too late, and the next archive run would
        # miss messages. A run certainly has not fetched messages that were sent after its start.
        latest = from_stamp(run.started_at)
        if clock.is_confirmed and from_stamp(run.span_to) > clock.now() + _CLOCK_TOLERANCE:
            continue  # the stated end is in the future, so it is unknown what the run has fetched
        for first, last in parse_spans(run) or [(run.covered_from, run.span_to)]:
            yield from_stamp(first), min(from_stamp(last), latest)


def _covered_span(store: Store, last: Run, session_type: str, clock: ZoomClock) -> Span:
    """Return the longest time span from `last.covered_from` on that archive runs fetched fully."""
    first = from_stamp(last.covered_from)
    return first, covered_until(first, _find_fetched_spans(store, session_type, clock))


def _listings_of(run: Run) -> list[Listing]:
    """Compute which lists a run requests. The table ``listings`` could have been altered."""
    if run.kind != runs.ACCOUNT:
        return []
    spans = parse_spans(run) or [(run.span_from, run.span_to)]
    return listings_of([(from_stamp(first), from_stamp(last)) for first, last in spans])


def _has_fetched_all(run: Run, options: RunOptions) -> bool:
    covered_from = from_stamp(run.covered_from)
    since = covered_from if options.since is None else options.since
    begin = since
    if options.reread is not None:
        begin = max(begin, from_stamp(run.span_to) - options.reread)
    return (
        run.kind == runs.ACCOUNT
        and run.session_type in (options.session_type, "all")
        and covered_from <= since
        and _fetches_all_from(run) <= begin
    )


def _fetches_all_from(run: Run) -> datetime:
    """Return from which time on an archive run fetches all messages up to its end."""
    spans = parse_spans(run) or [(run.span_from, run.span_to)]
    (first, end), (last, _) = spans[0], spans[-1]
    return from_stamp(first if end >= last else last)


def _get_zoom_clock(store: Store, client: ApiClient, session_type: str) -> ZoomClock:
    """Return Zoom's clock; also request and store the account's id if the archive has none."""
    # First, so that the account's id is stored only if Zoom accepts the token.
    clock = zoom_clock(client, session_type)
    account = find_account_id(client)
    if account is not None and store.setting("account") is None:
        with store.transaction():
            store.set_setting("account", account)
    return clock


def _count_changes(found: Iterator[Change]) -> dict[str, int]:
    """Count equal changes. A key is, for example, "delivery_status: sent → delivered"."""
    counted: Counter[str] = Counter()
    for change in found:
        for name, (before, after) in change.fields.items():
            short = isinstance(before, str | int | None) and isinstance(after, str | int | None)
            counted[f"{name}: {before} → {after}" if short and name != "message" else name] += 1
    return dict(counted.most_common())
