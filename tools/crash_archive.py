"""Kill archive runs, or make their disk fail, at every write, sync, rename and unlink.

    python -m tools.crash_archive every            # each boundary once: killed, ENOSPC, EIO
    python -m tools.crash_archive every --part 2/10        # the second tenth of the faults
    python -m tools.crash_archive random 300       # killed at random times

After each fault the run is resumed, and its result is compared with the result of an undisturbed
run. The tool needs Linux and strace, which makes a chosen system call fail. Without strace, a limit
on file sizes makes a chosen write fail or kills the run there.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from support.archives import NOW, SINCE, Content, content, small_account

from swagger_client.archive import Archive
from swagger_client.sandbox import Sandbox

#: The system calls that change what is on disk.
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "mkdir")
ROOT = Path(__file__).parent.parent

_CHILD = """\
import resource, signal, sys
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import Archive, ArchiveStorageError
_, files, database, since, width, limit, how = ["", *sys.argv[1:]]
if int(limit):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    # Python ignores this signal, and a write beyond the limit fails; else it kills.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL if how == "kill" else signal.SIG_IGN)
configuration = Configuration.from_env()
configuration.retries = 0
with ApiClient(configuration) as client:
    try:
        Archive(database).mirror(SMSApi(client), since=since, attachments=files, width=int(width))
    except ArchiveStorageError:
        sys.exit(75)
"""


#: A mistake to find out: the cursor is committed before its rows.
CURSOR_BEFORE_ROWS = """\
from swagger_client.archive.store import Store
record = Store.record_messages
def early(self, run, window, messages, **options):
    record(self, run, window, [], **options)
    self.connection.execute("COMMIT")
    self.connection.execute("BEGIN IMMEDIATE")
    return record(self, run, window, messages, **options)
Store.record_messages = early
"""


class Fault(NamedTuple):
    """A fault at the ``place``-th system call with the name ``call``.

    For the call "limit", ``place`` is the largest size of a file in bytes.
    """

    call: str
    place: int
    how: str

    @property
    def strace(self) -> list[str]:
        """Return the command that injects a fault. A full disk stays full."""
        fault = "signal=KILL" if self.how == "kill" else f"error={self.how}"
        more = "+" if self.how == "ENOSPC" else ""
        inject = f"inject={self.call}:{fault}:when={self.place}{more}"
        return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={self.call}", "-e", inject]


class Verdict(NamedTuple):
    """The end of a disturbed run, and the errors in the result of the resumed run."""

    fault: object
    struck: bool
    problems: list[str]


class Bench:
    """An account, and the code that runs the archive of it, with or without a fault."""

    def __init__(self, zoom: Sandbox, expected: Content | None, usual: Counter[str]) -> None:
        self.zoom = zoom
        #: A mistake that the disturbed run makes, as a piece of its program.
        self.mistake = ""
        self._expected = expected
        self._usual = usual

    def command(
        self, folder: Path, *, width: int = 1, limit: int = 0, how: str = "", mistake: str = ""
    ) -> list[str]:
        """Return the command of one run."""
        names = [str(folder / "files"), str(folder / "sms.sqlite3")]
        options = [SINCE, str(width), str(limit), how]
        return [sys.executable, "-B", "-c", mistake + _CHILD, *names, *options]

    def environment(self) -> dict[str, str]:
        """Return the environment variables that name the account."""
        settings = {"ZOOM_API_HOST": self.zoom.host, "ZOOM_ACCESS_TOKEN": self.zoom.access_token}
        return {**os.environ, **settings, "PYTHONPATH": str(ROOT)}

    def run(self, command: list[str]) -> int:
        """Run to the end and return the exit status."""
        ended = subprocess.run(
            command, env=self.environment(), capture_output=True, timeout=120, check=False
        )
        killed = {sign for by in (signal.SIGKILL, signal.SIGXFSZ) for sign in (-by, 128 + by)}
        if ended.returncode not in {0, 75, *killed}:
            raise AssertionError(ended.stderr.decode())
        return ended.returncode

    def undisturbed(self, folder: Path) -> tuple[Content, Counter[str]]:
        """Return the result of an undisturbed run, and how often it reads each conversation."""
        folder.mkdir()
        self.zoom.clear_requests()
        assert self.run(self.command(folder)) == 0
        made = content(folder / "sms.sqlite3", folder / "files")
        return made, self.pages()

    def pages(self) -> Counter[str]:
        """Return the number of requested pages for each conversation."""
        return Counter(
            request.path
            for request in self.zoom.requests
            if request.operation == "sms_session_details"
        )

    def boundaries(self, folder: Path) -> dict[str, int]:
        """Count each system call of a run, in the thread that makes the most of them."""
        folder.mkdir()
        trace = folder / "trace"
        calls = ",".join(CALLS)
        self.run(["strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={calls}",
                  *self.command(folder)])  # fmt: skip
        counted = Counter(re.findall(r"^(\d+) +(\w+)\(", trace.read_text(), re.MULTILINE))
        most: dict[str, int] = dict.fromkeys(CALLS, 0)
        for (_, call), count in counted.items():
            most[call] = max(most[call], count)
        return most

    def disturb(self, folder: Path, fault: Fault) -> Verdict:
        """Run with a fault, run again without it, and compare the result."""
        folder.mkdir()
        self.zoom.clear_requests()
        if fault.call == "limit":
            status = self.run(self.command(folder, limit=fault.place, how=fault.how))
            return self.resumed(folder, fault, struck=status != 0)
        status = self.run([*fault.strace, *self.command(folder, mistake=self.mistake)])
        return self.resumed(folder, fault, struck=status != 0)

    def kill(self, folder: Path, seconds: float) -> Verdict:
        """Kill a run after some time, run again, and compare the result."""
        folder.mkdir()
        self.zoom.clear_requests()
        with subprocess.Popen(
            self.command(folder, width=8),
            env=self.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as child:
            try:
                struck = child.wait(seconds) != 0
            except subprocess.TimeoutExpired:
                child.kill()
                struck = True
        return self.resumed(folder, f"{seconds:.3f} s", struck=struck)

    def resumed(self, folder: Path, fault: object, *, struck: bool) -> Verdict:
        """Run again without a fault, and compare the result."""
        problems: list[str] = []
        try:
            if self.run(self.command(folder)) != 0:
                problems.append("the run could not be resumed")
            made = content(folder / "sms.sqlite3", folder / "files")
            problems += [f"{name} differs" for name in made if made[name] != self._told[name]]
            with Archive(folder / "sms.sqlite3") as archive:
                problems += archive.verify().problems
                ended_before = len(archive.runs()) > 1
            for path, count in self.pages().items():
                # The window that was interrupted, of two pages at most, is read again; the recent
                # days too if the run had ended.
                if count > self._usual[path] + 2 and not ended_before:
                    problems.append(f"{path} was read {count} times, not {self._usual[path]}")
        except Exception as error:  # whatever it is, it is the finding
            problems.append(repr(error))
        if not problems:
            shutil.rmtree(folder)
        return Verdict(fault, struck, problems)

    @property
    def _told(self) -> Content:
        assert self._expected is not None
        return self._expected


def account() -> Sandbox:
    """Return an account with a few conversations and files.

    One conversation has two pages in a window.
    """
    zoom = small_account(users=2, sessions=3, messages=24, years=0.12)
    session_id = zoom.sessions()[0].session_id
    for number in range(110):
        files = [zoom.attachment(name=f"{number}.jpg")] if number % 40 == 7 else []
        at = NOW - timedelta(minutes=90 * number)
        zoom.add_message(session_id, text=f"n {number}", at=at, attachments=files)
    return zoom


def benches(count: int, folder: Path) -> Iterator[list[Bench]]:
    """Return several equal accounts, so that several runs can be disturbed concurrently."""
    zooms = [account().start() for _ in range(count)]
    try:
        expected, usual = Bench(zooms[0], None, Counter()).undisturbed(folder / "undisturbed")
        yield [Bench(zoom, expected, usual) for zoom in zooms]
    finally:
        for zoom in zooms:
            zoom.stop()


def every_fault(boundaries: dict[str, int]) -> list[Fault]:
    """Yield every kind of fault at every boundary."""
    return [
        Fault(call, place, how)
        for call, count in boundaries.items()
        for place in range(1, count + 1)
        for how in ("kill", "ENOSPC", "EIO")
        if not (how == "ENOSPC" and call == "unlink")
    ]


def add_part(parser: argparse.ArgumentParser) -> None:
    """Add the option that selects a part of the faults."""
    parser.add_argument("--part", default="1/1", help="only a part of the faults: 2/10 for a tenth")


def part_of(faults: list[Fault], part: str) -> list[Fault]:
    """Return a part of the faults: for 2/10 the second, twelfth and so on."""
    number, _, parts = part.partition("/")
    return faults[int(number) - 1 :: int(parts)]


def report(verdicts: list[Verdict], seconds: float) -> int:
    """Print the verdicts; return 0 if all operations could be repeated."""
    wrong = [verdict for verdict in verdicts if verdict.problems]
    for verdict in wrong:
        print(verdict.fault, verdict.problems)
    struck = sum(verdict.struck for verdict in verdicts)
    print(
        f"{len(verdicts)} were disturbed, {struck} of them did not end by themselves; "
        f"{len(wrong)} did not lead to an equal archive when repeated ({seconds:.0f} s)"
    )
    return 1 if wrong else 0


def main(arguments: list[str] | None = None) -> int:
    """Disturb runs as the arguments say; return 0 if all of them could be resumed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("every", "random"))
    parser.add_argument("count", nargs="?", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, default=1)
    add_part(parser)
    options = parser.parse_args(arguments)
    root = Path(tempfile.mkdtemp(prefix="crash-archive-"))
    started = time.monotonic()
    verdicts: list[Verdict] = []
    for made in benches(options.jobs, root):
        free: SimpleQueue[Bench] = SimpleQueue()
        for bench in made:
            free.put(bench)

        def one(place: int, fault: Fault | float, free: SimpleQueue[Bench] = free) -> Verdict:
            bench, folder = free.get(), root / f"{place:05d}"
            try:
                if isinstance(fault, Fault):
                    return bench.disturb(folder, fault)
                return bench.kill(folder, fault)
            finally:
                free.put(bench)

        faults: list[Fault] | list[float]
        if options.what == "every":
            counted = made[0].boundaries(root / "traced")
            print(
                "boundaries:", ", ".join(f"{n} {call}" for call, n in counted.items()), flush=True
            )
            faults = part_of(every_fault(counted), options.part)
        else:
            before = time.monotonic()
            made[0].undisturbed(root / "timed")
            usual = time.monotonic() - before
            chance = random.Random(options.seed)
            faults = [chance.uniform(0.15, usual * 1.3) for _ in range(options.count)]
        with ThreadPoolExecutor(options.jobs) as threads:
            verdicts = list(threads.map(one, range(len(faults)), faults))
    return report(verdicts, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
