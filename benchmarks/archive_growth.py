"""Whether a message of a large archive costs more to read and export than one of a small archive.

    python -m benchmarks.archive_growth                        # 20,000 and 200,000 messages
    python -m benchmarks.archive_growth --messages 20000 1000000

Each archive is made in two forms. In the first, all conversations are active at the same time, and
one run archives them: each message lies far from the next one. In the second, conversations of two
weeks begin one after another, and a run archives each day, as an archive grows in a company.

The ratios compare CPU time with a limit: read the JSON of the same messages in the same order,
`json.loads`, `json.dumps`, write it.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import sys
import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.archive_reading import OLDEST_FIRST, add_run, compare, limit, make, messages_of
from swagger_client.archive import Archive
from swagger_client.archive.store import Store

_EACH = 33
_START = datetime(2024, 1, 1, tzinfo=timezone.utc)
#: About as many messages per night as in a company with a million of them in two years.
_PER_NIGHT = 1_400
_Messages = list[dict[str, object]]


def nights_of(messages: int) -> Iterator[tuple[datetime, dict[int, _Messages]]]:
    """Yield the days of an account, with the messages of each day by conversation."""
    chance = random.Random(1)
    conversations, nights = messages // _EACH, max(1, messages // _PER_NIGHT)
    waiting: dict[int, _Messages] = {}
    begun = 0
    day = _START
    while begun < conversations or waiting:
        elapsed = (day - _START).days + 1
        for session in range(begun, min(conversations, elapsed * conversations // nights)):
            waiting[session] = list(messages_of(session, _EACH, chance, day))
            begun = session + 1
        today = f"{day:%Y-%m-%d}"
        found: dict[int, _Messages] = {}
        for session, remaining in waiting.items():
            count = sum(str(one["date_time"]).startswith(today) for one in remaining)
            found[session], waiting[session] = remaining[:count], remaining[count:]
        waiting = {session: remaining for session, remaining in waiting.items() if remaining}
        yield day, {session: some for session, some in found.items() if some}
        day += timedelta(days=1)


def make_nightly(path: Path, messages: int) -> None:
    """Create an archive to which a run was added every night."""
    with closing(Store(path)) as store:
        for day, found in nights_of(messages):
            since, until = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in (day, day + timedelta(days=1)))
            add_run(store, since, until, found.items())


class Window(NamedTuple):
    """A span of time that contains `size` messages of an archive."""

    since: datetime
    until: datetime
    size: int

    def limit(self, path: Path, output: Path) -> int:
        """Do only the steps that every reader needs, for the messages of the window."""
        first, last = (int(at.timestamp()) for at in (self.since, self.until))
        where = f"m.sent_at BETWEEN {first} AND {last}"
        return limit(path, output, OLDEST_FIRST.replace(" ORDER BY", f" WHERE {where} ORDER BY"))

    def read(self, archive: Archive) -> int:
        return sum(1 for _ in archive.messages(since=self.since, until=self.until))

    def export(self, archive: Archive, output: Path) -> int:
        extension = output.suffix.lstrip(".")
        return archive.export(output, extension, since=self.since, until=self.until)


def windows_of(path: Path, size: int, count: int) -> Iterator[Window]:
    """Yield time windows of the archive, spread evenly, each with about `size` messages."""
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT sent_at FROM messages ORDER BY sent_at").fetchall()
    times = [datetime.fromtimestamp(time, timezone.utc) for (time,) in found]
    size = min(size, len(times) // 2)
    for number in range(1, count + 1):
        first = (len(times) - size - 1) * number // (count + 1)
        since, until = times[first], times[first + size]
        yield Window(since, until, bisect_right(times, until) - bisect_left(times, since))


def measure(path: Path, folder: Path, windows: Iterable[Window]) -> dict[str, float]:
    """Return the ratio of each way to read: the median over the windows."""
    ratios: dict[str, list[float]] = {}
    with Archive(path) as archive:
        for window in windows:
            work: dict[str, Callable[[], int]] = {
                "read": partial(window.read, archive),
                "JSON lines": partial(window.export, archive, folder / "x.jsonl"),
                "CSV": partial(window.export, archive, folder / "x.csv"),
            }
            base = partial(window.limit, path, folder / "limit")
            for name, one in work.items():
                if not one() == base() == window.size:
                    raise RuntimeError(f"{name} does not yield all messages of {window}")
                spent, unit = compare(one, base, 1)
                ratios.setdefault(name, []).append(spent / unit)
    return {name: statistics.median(each) for name, each in ratios.items()}


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--window", type=int, default=10_000, help="messages to read at once")
    parser.add_argument("--windows", type=int, default=9, help="how many windows are read")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="archive-growth-"))
    for messages in options.messages:
        at_once, nightly = folder / f"{messages}.sqlite3", folder / f"{messages}-nightly.sqlite3"
        make(at_once, messages, messages // _EACH)
        make_nightly(nightly, messages)
        for path in (at_once, nightly):
            found = measure(path, folder, windows_of(path, options.window, options.windows))
            ratios = ", ".join(f"{name} {ratio:.2f}" for name, ratio in found.items())
            print(f"{path.stem:20} {ratios}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
