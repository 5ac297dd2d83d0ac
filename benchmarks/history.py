"""Read whole accounts, check that each message comes once, and measure the time.

Run it with ``python -m benchmarks.history``. The sandbox runs in another process, so that only the
client's memory is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta, timezone
from multiprocessing.connection import Connection
from typing import NamedTuple

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.aio import AsyncApiClient, AsyncSMSApi
from swagger_client.sandbox import RequestRecord, Sandbox

FACES = ("blocking", "asyncio")
#: A little before the first message of an account so many years old.
_DAYS_MORE = 2
#: So many messages arrive while one with trouble is read.
_ARRIVALS = 500


class Account(NamedTuple):
    """An account that is served: its address, its start and its content.

    ``arrived`` returns the ids of the messages that arrived since it was first served.
    """

    host: str
    token: str
    since: str
    ids: list[str]
    arrived: Callable[[], list[str]]


class Figures(NamedTuple):
    """The time and memory of a reading, and whether each message came once."""

    exactly_once: bool
    messages: int
    seconds: float
    peak_kib: int | None


@contextmanager
def served(
    *, years: float, sessions: int, messages: int, trouble: bool = False, seed: int = 7
) -> Iterator[Account]:
    """Serve an account in another process."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    size = {"years": years, "sessions": sessions, "messages": messages, "seed": seed}
    process = context.Process(target=_serve, args=(there, size, trouble), daemon=True)
    process.start()

    def arrived() -> list[str]:
        here.send("arrived")
        ids: list[str] = here.recv()
        return ids

    try:
        host, token, since, ids = here.recv()
        yield Account(host, token, since, ids, arrived)
    finally:
        here.send("stop")
        process.join()


def _serve(connection: Connection, size: dict[str, float], trouble: bool) -> None:
    users = {"users": 40, "queues": 6, "receptionists": 3}
    arrived: list[str] = []
    with Sandbox(request_log=10, access_token_lifetime=1e9, **users, **size) as zoom:  # type: ignore[arg-type]
        if trouble:
            _equal_times_where_months_meet(zoom)
            _keep_arriving(zoom, arrived)
            zoom.fault(expire_page_tokens=True, every=5, times=None)
            zoom.fault(status=500, probability=0.05, times=None)
            zoom.fault(reset=True, probability=0.02, times=None)
        oldest = zoom.clock.time() - (size["years"] * 365.25 + _DAYS_MORE) * 86_400
        since = time.strftime("%Y-%m-%d", time.gmtime(oldest))
        ids = [message.message_id for message in zoom.messages()]
        connection.send((zoom.host, zoom.access_token, since, ids))
        while connection.recv() == "arrived":
            connection.send(list(arrived))


def _equal_times_where_months_meet(zoom: Sandbox) -> None:
    """Add six messages to the first second of each month, each in another conversation."""
    sessions = zoom.sessions()
    ends = (zoom.messages()[end].date_time.removesuffix("Z") for end in (0, -1))
    first, last = map(datetime.fromisoformat, ends)
    months = range(first.year * 12 + first.month, last.year * 12 + last.month)
    for turn, month in enumerate(months):
        at = datetime(month // 12, month % 12 + 1, 1, tzinfo=timezone.utc)
        for _ in range(6):
            zoom.add_message(sessions[turn % len(sessions)].session_id, at=at)


def _keep_arriving(zoom: Sandbox, arrived: list[str]) -> None:
    """Add a message at every tenth request, in old and in new conversations."""
    rng, lock = random.Random(3), threading.Lock()

    @zoom.on_request
    def message_comes(request: RequestRecord) -> None:
        with lock:
            if request.index % 10 == 9 and len(arrived) < _ARRIVALS:
                session = rng.choice(zoom.sessions()).session_id if rng.random() < 0.8 else None
                arrived.append(zoom.add_message(session).message_id)


def read(account: Account, face: str, *, traced: bool, rate_plan: str | None = None) -> Figures:
    """Read every message of an account.

    :param face: "blocking" or "asyncio".
    :param traced: whether to measure memory too, which makes reading slower.
    """
    configuration = Configuration()
    configuration.host, configuration.access_token = account.host, account.token
    configuration.rate_plan = rate_plan
    places = {message_id: place for place, message_id in enumerate(account.ids)}
    times = bytearray(len(places) + _ARRIVALS)
    if traced:
        tracemalloc.start()
    started = time.perf_counter()
    try:
        if face == "blocking":
            _read_blocking(configuration, account.since, places, times)
        else:
            asyncio.run(_read_asyncio(configuration, account.since, places, times))
        seconds = time.perf_counter() - started
        peak = tracemalloc.get_traced_memory()[1] // 1024 if traced else None
    finally:
        tracemalloc.stop()
    wanted = {*account.ids, *account.arrived()}
    once = wanted == places.keys() and times[: len(wanted)] == b"\x01" * len(wanted)
    return Figures(once, sum(times), seconds, peak)


def _tomorrow() -> date:
    """Return tomorrow's date, so that messages that arrive now lie within the span."""
    return datetime.now(timezone.utc).date() + timedelta(days=1)


def _read_blocking(
    configuration: Configuration, since: str, places: dict[str, int], times: bytearray
) -> None:
    with ApiClient(configuration) as client:
        for _, message in SMSApi(client).iter_account_messages(_from=since, to=_tomorrow()):
            times[places.setdefault(str(message.message_id), len(places))] += 1


async def _read_asyncio(
    configuration: Configuration, since: str, places: dict[str, int], times: bytearray
) -> None:
    async with AsyncApiClient(configuration) as client:
        async for _, message in AsyncSMSApi(client).iter_account_messages(
            _from=since, to=_tomorrow()
        ):
            times[places.setdefault(str(message.message_id), len(places))] += 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--years", nargs="+", type=float, default=[1.0, 5.0])
    parser.add_argument("--sessions", type=int, default=300)
    parser.add_argument("--messages-a-year", type=int, default=12_000)
    parser.add_argument(
        "--trouble",
        action="store_true",
        help="arrivals, equal times, failures and dying page tokens",
    )
    parser.add_argument("--no-memory", action="store_true", help="measure time alone")
    asked = parser.parse_args()
    for years in asked.years:
        messages = round(years * asked.messages_a_year)
        size = {"years": years, "sessions": asked.sessions, "messages": messages}
        for face in FACES:
            with served(**size, trouble=asked.trouble) as account:
                found = read(account, face, traced=not asked.no_memory)
            print(f"{years:g} years, {face}: {found}", flush=True)


if __name__ == "__main__":
    main()
