"""Serves the made-up account that a command uses with the option ``--sandbox``.

A file beside the archive contains the time when the account was created. The account has messages
of the year before that time. Later commands find new messages: one for each minute of the first
hour after that time, and then one for every two hours.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from swagger_client._flow.drivers import SystemClock
from swagger_client.api import SMSApi
from swagger_client.api_client import ApiClient
from swagger_client.archive import Archive
from swagger_client.configuration import Configuration
from swagger_client.oauth import ServerToServerOAuth

if TYPE_CHECKING:
    from swagger_client.sandbox import Clock, Sandbox

_SEED = 7
_HISTORY = timedelta(days=365)
_MINUTE, _HOUR = 60, 3600
_TEXTS = (
    "Are you in the office tomorrow?",
    "The invoice is on its way.",
    "Thanks, that works for me.",
    "Can we move our call to 3 pm?",
)


class _SandboxClock(SystemClock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def time(self) -> float:
        return self._clock.time()


@contextlib.contextmanager
def sandbox_api(database: Path) -> Iterator[SMSApi]:
    """Serve the made-up account on this machine, and yield an API client for it."""
    from swagger_client.sandbox import Sandbox

    start = created_at(database)
    sandbox = Sandbox(seed=_SEED, now=start, years=1, messages=1200, sessions=24)
    _let_time_pass(sandbox, start)
    with sandbox:
        configuration = Configuration()
        configuration.host = sandbox.host
        configuration.credentials = ServerToServerOAuth(
            sandbox.account_id,
            sandbox.client_id,
            sandbox.client_secret,
            token_url=sandbox.token_url,
        )
        with ApiClient(configuration, clock=_SandboxClock(sandbox.clock)) as client:
            yield SMSApi(client)


def history_begins(database: Path) -> str:
    """Return the first day with messages, a year before the made-up account was created."""
    return f"{created_at(database) - _HISTORY:%Y-%m-%d}"


def created_at(database: Path) -> datetime:
    """Return the made-up account's creation time. The first call stores it in a file."""
    record = database.with_name(f"{database.name}.sandbox")
    with contextlib.suppress(OSError, ValueError):
        found = datetime.fromisoformat(record.read_text("ascii").strip())
        return min(found, datetime.now(timezone.utc))
    start = datetime.now(timezone.utc).replace(microsecond=0)
    record.write_text(f"{start.isoformat()}\n", "ascii")
    return start


def archive_if_missing(database: Path) -> bool:
    if database.exists():
        return False
    with sandbox_api(database) as api, Archive(database) as archive:
        archive.mirror(api, since=history_begins(database))
    return True


def _let_time_pass(sandbox: Sandbox, start: datetime) -> None:
    """Add made-up messages with times after ``start``, and set the sandbox's clock to now."""
    elapsed = int(time.time() - start.timestamp())
    minutes = range(_MINUTE, min(elapsed, _HOUR), _MINUTE)
    hours = range(_HOUR, elapsed, 2 * _HOUR)
    sessions = sandbox.sessions()
    for number, seconds in enumerate((*minutes, *hours)):
        sandbox.add_message(
            sessions[number % len(sessions)].session_id,
            text=_TEXTS[number % len(_TEXTS)],
            at=start + timedelta(seconds=seconds),
            direction="In" if number % 2 else "Out",
        )
    if elapsed > 0:
        sandbox.clock.advance(elapsed)
