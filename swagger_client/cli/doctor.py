"""Looks at everything that a run needs, and says what to fix."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from swagger_client.api import SMSApi
from swagger_client.archive import Archive, ArchiveError, NotAnArchiveError, wire
from swagger_client.cli.account import account
from swagger_client.cli.text import failure
from swagger_client.exceptions import ApiException, TransportException
from swagger_client.models import SmsSession

_MOST_SECONDS_APART = 60
_LEAST_SPACE = 1 << 30


class Finding(NamedTuple):
    """What a check found; ``fix`` says what to do, and is empty when all is well."""

    check: str
    said: str
    fix: str = ""
    #: Whether it may be well at another time without anybody's doing.
    passing: bool = False


def findings(options: Namespace) -> Iterator[Finding]:
    """Check everything, one after another."""
    yield from _sqlite()
    yield from _database(Path(options.database))
    try:
        with account(options) as api:
            yield Finding("credentials", "found")
            yield from _zoom(api)
    except ValueError as error:
        yield Finding("credentials", "not usable", str(error))


def _sqlite() -> Iterator[Finding]:
    version = sqlite3.sqlite_version
    try:
        with contextlib.closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("CREATE VIRTUAL TABLE t USING fts5 (a)")
    except sqlite3.Error:
        yield Finding("SQLite", version, "This Python's SQLite lacks FTS5: use another Python.")
    else:
        yield Finding("SQLite", version)


def _database(path: Path) -> Iterator[Finding]:
    try:
        with Archive(path) as archive:
            runs = archive.runs()
    except NotAnArchiveError as error:
        if path.exists():
            yield Finding("database", "not an archive", str(error))
        else:
            yield Finding("database", f"{path} is not there yet: the first run makes it")
    except ArchiveError as error:
        yield Finding("database", "not usable", str(error))
    else:
        finished = [run for run in runs if run.finished_at is not None]
        said = f"{len(finished)} runs, complete until {finished[-1].span_to}" if finished else "new"
        if len(finished) < len(runs):
            said += "; a run was interrupted, and the next one goes on with it"
        yield Finding("database", said)
    folder = path.resolve().parent
    if not folder.is_dir():
        yield Finding("disk", f"{folder} is not there", "Make the folder, or name another file.")
        return
    free = shutil.disk_usage(folder).free
    short = "Make room: a run that fills the disk stops." if free < _LEAST_SPACE else ""
    yield Finding("disk", f"{free / (1 << 30):.1f} GiB free", short)


def _zoom(api: SMSApi) -> Iterator[Finding]:
    sessions: list[SmsSession] = []

    def lists() -> str:
        sessions.extend(api.account_sms_session(page_size=1, session_type="all").sms_sessions or ())
        return "the account's conversations can be listed"

    yield (first := _tried("Zoom", lists))
    if first.fix:
        return
    yield _clock(api)
    if not sessions or not sessions[0].session_id:
        yield Finding("messages", "no conversation in the last 30 days to try it with")
        return
    session_id = sessions[0].session_id

    def reads() -> str:
        for message in api.sms_session_details(session_id, page_size=1).sms_histories or ():
            api.sms_by_message_id(session_id, message.message_id or "")
        return "messages can be read"

    yield _tried("messages", reads)


def _clock(api: SMSApi) -> Finding:
    clock = api.api_client.clock
    before = clock.time()
    started = time.monotonic()
    theirs = wire.zooms_time(api.api_client).timestamp()
    apart = round(theirs - before - (time.monotonic() - started) / 2)
    if abs(apart) <= _MOST_SECONDS_APART:
        return Finding("clock", f"{abs(apart)} s from Zoom's")
    behind = "behind" if apart > 0 else "ahead of"
    return Finding(
        "clock",
        f"{abs(apart)} s {behind} Zoom's",
        "Set this machine's clock (NTP): tokens and links are taken for expired or good wrongly.",
    )


def _tried(check: str, what: Callable[[], str]) -> Finding:
    try:
        return Finding(check, what())
    except ApiException as error:
        return Finding(
            check,
            failure(error),
            error.next_step,
            passing=isinstance(error, TransportException) or error.transient,
        )
