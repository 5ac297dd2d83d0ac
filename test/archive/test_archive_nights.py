"""Nightly runs with random failures: the archive is complete, or names what is missing.

The clock is virtual. Each night there may be an outage, a block page, a lost network, a daily
limit, a wrong clock or Date header, a missing folder, or a kill at a random step. Meanwhile
messages arrive, change, and are listed late.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from support.archives import (
    DAY,
    SINCE,
    FrozenClock,
    archived_messages,
    sent_messages,
    small_account,
)

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import Archive, ArchiveStorageError, Progress
from swagger_client.exceptions import ApiException
from swagger_client.sandbox import Sandbox

#: Nights without trouble at the end, in which everything must be caught up with.
QUIET_NIGHTS = 3


class Killed(BaseException):
    """Raised where the process is killed."""


class SkewedClock(FrozenClock):
    """The clock of a machine that is wrong by some seconds."""

    def __init__(self, zoom: Sandbox, ahead: float) -> None:
        super().__init__(zoom.clock)
        self._ahead = ahead

    def time(self) -> float:
        return super().time() + self._ahead


class Nights:
    """An account, its archive, and the events of each day and night."""

    def __init__(self, zoom: Sandbox, folder: Path, seed: int) -> None:
        self.zoom = zoom
        self.rng = random.Random(seed)
        self.database = folder / "sms.sqlite3"
        self.files = folder / "files"
        self.killed = self.failed = self.incomplete = 0
        self.troubles: dict[str, int] = {}

    def day(self) -> None:
        """Advance the clock by a day, with new messages, some listed late, some with files."""
        rng, zoom = self.rng, self.zoom
        for _ in range(rng.randrange(4)):
            zoom.clock.advance(rng.uniform(0, DAY / 5))
            session = None if rng.random() < 0.1 else rng.choice(zoom.sessions()).session_id
            late = timedelta(hours=rng.uniform(0, 20)) if rng.random() < 0.2 else timedelta()
            at = datetime.fromtimestamp(zoom.clock.time(), timezone.utc) - late
            files = [zoom.attachment(rng.randbytes(30))] if rng.random() < 0.3 else []
            zoom.add_message(session, at=at, attachments=files)
        zoom.clock.advance(DAY / 4)

    def night(self, trouble: Callable[[Nights, ExitStack], dict[str, Any]] | None) -> None:
        """Run once, perhaps with a failure."""
        with ExitStack() as stack, Archive(self.database) as archive:
            options = {} if trouble is None else trouble(self, stack)
            if trouble is not None:
                self.troubles[trouble.__name__] = self.troubles.get(trouble.__name__, 0) + 1
            api = self.api(options.pop("ahead", 0.0))
            files = None if self.files.exists() or archive_knows(archive) else self.files
            try:
                report = archive.mirror(api, since=SINCE, attachments=files, **options)
            except Killed:
                self.killed += 1
            except (ApiException, ArchiveStorageError, ValueError):
                self.failed += 1
            else:
                self.incomplete += not report.complete
                assert report.complete == archive.coverage().complete

    def api(self, ahead: float) -> SMSApi:
        configuration = Configuration()
        configuration.host = self.zoom.host
        configuration.access_token = self.zoom.access_token
        configuration.retries = 0
        return SMSApi(ApiClient(configuration, clock=SkewedClock(self.zoom, ahead)))

    def check(self) -> None:
        """Check that the archive is sound, and complete or aware of what is missing."""
        with Archive(self.database) as archive:
            assert archive.verify().problems == []
            coverage = archive.coverage()
            missing = set(sent_messages(self.zoom.messages())) - set(archived_messages(archive))
            named = {one.session_id for one in coverage.gaps}
            unnamed = [one for one in missing if one[1] not in named]
            assert unnamed == [], f"missing without a word: {unnamed}"
            if coverage.complete:
                assert missing == set()
                states = {a.state for m in archive.messages() for a in m.attachments}
                assert states <= {"done"}


def archive_knows(archive: Archive) -> bool:
    with suppress(Exception):
        return archive.attachments is not None
    return False


def fault(nights: Nights, stack: ExitStack, **options: Any) -> dict[str, Any]:
    made = nights.zoom.fault(after=nights.rng.randrange(12), times=None, **options)
    stack.callback(made.cancel)
    return {}


def outage(nights: Nights, stack: ExitStack) -> dict[str, Any]:
    return fault(nights, stack, status=503)


def lost_network(nights: Nights, stack: ExitStack) -> dict[str, Any]:
    return fault(nights, stack, reset=True)


def block_page(nights: Nights, stack: ExitStack) -> dict[str, Any]:
    operation = nights.rng.choice(["sms_session_details", "download", "sms_by_message_id", None])
    status = nights.rng.choice([403, 404, 200])
    return fault(nights, stack, operation=operation, status=status, body="<html>blocked</html>")


def dead_conversation(nights: Nights, stack: ExitStack) -> dict[str, Any]:
    session_id = nights.rng.choice(nights.zoom.sessions()).session_id
    return fault(nights, stack, path=f"*/sessions/{session_id}", status=404)


def daily_limit(nights: Nights, stack: ExitStack) -> dict[str, Any]:
    body = {"code": 429, "message": "You have reached the maximum daily rate limit."}
    return fault(nights, stack, status=429, body=body)


def wrong_date(nights: Nights, stack: ExitStack) -> dict[str, Any]:
    year = nights.rng.choice([1970, 2025, 2026, 2027, 9999])
    date = f"Mon, 02 Feb {year} 00:00:00 GMT"
    made = nights.zoom.fault(headers={"Date": date}, operation="account_sms_session")
    stack.callback(made.cancel)
    return {}


def wrong_clock(nights: Nights, _: ExitStack) -> dict[str, Any]:
    return {"ahead": nights.rng.choice([-40, -2, 0.01, 3, 400]) * DAY}


def expiring_tokens(nights: Nights, stack: ExitStack) -> dict[str, Any]:
    made = nights.zoom.fault(expire_page_tokens=True, every=3, times=None)
    stack.callback(made.cancel)
    return {}


def moved_folder(nights: Nights, stack: ExitStack) -> dict[str, Any]:
    if nights.files.exists():
        moved = nights.files.with_name("unmounted")
        nights.files.rename(moved)
        if nights.rng.random() < 0.5:
            nights.files.mkdir()  # as an empty mount point

        def restore() -> None:
            if nights.files.exists():
                assert not any(nights.files.iterdir())
                nights.files.rmdir()
            moved.rename(nights.files)

        stack.callback(restore)
    return {}


def kill(nights: Nights, _: ExitStack) -> dict[str, Any]:
    steps = iter(range(nights.rng.randrange(1, 30)))

    def progress(_: Progress) -> None:
        if next(steps, None) is None:
            raise Killed

    return {"progress": progress}


TROUBLES = [
    outage, lost_network, block_page, dead_conversation, daily_limit, wrong_date, wrong_clock,
    expiring_tokens, moved_folder, kill,
]  # fmt: skip


@contextmanager
def account(seed: int) -> Iterator[Sandbox]:
    with small_account(seed=seed, sessions=14, messages=80) as zoom:
        yield zoom
        assert zoom.crashes == []


def simulate(folder: Path, seed: int, nights: int) -> Nights:
    with account(seed) as zoom:
        simulation = Nights(zoom, folder, seed)
        for _ in range(nights):
            simulation.day()
            calm = simulation.rng.random() < 0.3
            simulation.night(None if calm else simulation.rng.choice(TROUBLES))
        for _ in range(QUIET_NIGHTS):
            zoom.clear_faults()
            simulation.day()
            simulation.night(None)
        simulation.check()
        with Archive(simulation.database) as archive:
            assert archive.coverage().complete
    return simulation


@pytest.mark.parametrize("seed", [1, 2])
def test_nights_of_trouble_end_in_a_complete_archive(tmp_path: Path, seed: int) -> None:
    simulation = simulate(tmp_path, seed, 12)
    assert simulation.killed + simulation.failed + simulation.incomplete > 0


@pytest.mark.extended
@pytest.mark.parametrize("seed", range(10, 20))
def test_two_hundred_nights_of_trouble_end_in_a_complete_archive(tmp_path: Path, seed: int) -> None:
    simulation = simulate(tmp_path, seed, 20)
    assert len(simulation.troubles) > 3
