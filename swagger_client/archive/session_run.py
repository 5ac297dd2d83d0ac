"""Archives one conversation, for example after a webhook event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from swagger_client._flow.paging import Window
from swagger_client.archive import _sources, runs
from swagger_client.archive._clock import local_time
from swagger_client.archive.mirror import MirrorRun
from swagger_client.archive.plan import from_stamp, stamp
from swagger_client.archive.store import Store
from swagger_client.archive.store_queries import SessionWindow
from swagger_client.history import _spans

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient

#: Messages are fetched from this long before the last archive run of the whole account.
_OVERLAP = timedelta(days=1)
#: If there was no such run, the messages of this time span before now are fetched.
_FIRST_SPAN = timedelta(days=30)
#: How far this machine's clock may be behind Zoom's clock. A time span may end in the future.
_CLOCK_TOLERANCE = timedelta(days=1)


class SessionReport(NamedTuple):
    """The result of archiving one conversation.

    :ivar str session_id: the id of the conversation.
    :ivar int run: the number of the archive run with the new records; 0 if nothing was stored.
    :ivar int new_messages: messages that the archive did not contain before.
    :ivar int changed_messages: messages that Zoom returned with other content than before.
    :ivar int files_left: attachments of the conversation that are not downloaded yet.
    """

    session_id: str
    run: int
    new_messages: int
    changed_messages: int
    files_left: int


def run_session(
    store: Store,
    client: ApiClient,
    session_id: str,
    *,
    since: datetime | None = None,
    folder: Path | None = None,
    events: Sequence[tuple[str, object]] = (),
) -> SessionReport:
    """Archive the new messages of one conversation, and the given webhook events about it.

    The records are added to the interrupted archive run of the whole account, if there is one, or
    else to a new run. If the first page cannot be fetched, nothing is stored. If a later page
    cannot be fetched, the next run of the whole account fetches the remaining messages.
    """
    _finish_interrupted(store, client, folder)
    window = _window(store, client, since)
    known = store.session_counts(session_id)
    session: object = None
    if known is None:
        session = _sources.find_session(client, session_id, window) or {"session_id": session_id}
    open_run = store.open_run()
    mirror = MirrorRun(client, store, folder=folder, width=1)
    windows = [
        SessionWindow(session_id, stamp(one.start), stamp(one.end))
        for one in _spans.split_months(window)
    ]

    def begin() -> runs.Run:
        run = open_run or store.begin_run(
            "all",
            spans=[(stamp(window.start), stamp(window.end))],
            covered_from=stamp(window.start),
            started_at=stamp(local_time(client)),
            listings=[],
            kind=runs.SESSIONS,
        )
        store.plan_windows(run, session_id, session, windows)
        return run

    try:
        mirror.carry_out_session(windows, begin)
        if mirror.run is not None and events:
            with store.transaction():
                for key, event in events:
                    store.recorder.add_event(mirror.run.run, session_id, key, event)
    finally:
        if mirror.run is not None and open_run is None:
            with store.transaction():
                store.finish_run(mirror.run, stamp(local_time(client)))
    messages, records = store.session_counts(session_id) or (0, 0)
    messages_before, records_before = known or (0, 0)
    new = messages - messages_before
    return SessionReport(
        session_id,
        0 if mirror.run is None else mirror.run.run,
        new,
        records - records_before - new,
        0 if folder is None else store.count_session_files_left(session_id),
    )


def _finish_interrupted(store: Store, client: ApiClient, folder: Path | None) -> None:
    """Finish an interrupted archive run that archives single conversations, if there is one."""
    interrupted = store.open_run()
    if interrupted is not None and interrupted.kind == runs.SESSIONS:
        with store.transaction():
            store.restart_unproven(interrupted)
        MirrorRun(client, store, interrupted, folder=folder, width=1).carry_out()
        with store.transaction():
            store.finish_run(interrupted, stamp(local_time(client)))


def _window(store: Store, client: ApiClient, since: datetime | None) -> Window:
    now = local_time(client).replace(microsecond=0)
    if since is None:
        last = store.last_run("all")
        since = now - _FIRST_SPAN if last is None else from_stamp(last.started_at)
        if last is not None:
            since = min(since, from_stamp(last.span_to), now) - _OVERLAP
    return Window(since.replace(microsecond=0), now + _CLOCK_TOLERANCE)
