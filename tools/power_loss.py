"""Simulate power losses during a run: every acknowledged record must survive.

    python -m tools.power_loss 20000            # images of the disk after a power loss
    python -m tools.power_loss 200 --unsafe     # without syncs: the tool must find losses

The system calls of a run are recorded once. An image is a possible content of the disk after a
power loss at some call. It has everything that was synced. Each later write is contained
completely, in part, or not at all, independent of the writes before it. The tool needs Linux and
strace.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from support.archives import SINCE, small_account

from swagger_client.archive import Archive, ArchiveError
from tools.crash_archive import ROOT

_SECTOR = 512
_CHILD = """\
import os, sqlite3, sys
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import Archive, database
path, since, unsafe = sys.argv[1:]
if unsafe == "True":
    connect = database.connect_for_writing
    def without_syncs(path):
        connection = connect(path)
        connection.execute("PRAGMA synchronous = OFF")
        return connection
    database.connect_for_writing = without_syncs
reading = None
def acknowledge(_):
    global reading
    if reading is None:
        reading = sqlite3.connect(path, isolation_level=None)
    (last,) = reading.execute("SELECT coalesce(max(record), 0) FROM records").fetchone()
    os.write(2, f"ACKNOWLEDGED {last}".encode())
with ApiClient(Configuration.from_env()) as client:
    Archive(path).mirror(SMSApi(client), since=since, width=1, progress=acknowledge)
"""
_CALL = re.compile(r'^\d+ +(\w+)\((\d+)<([^>]*)>(?:, "((?:\\x[0-9a-f]{2})*)")?(.*)$')
_UNLINK = re.compile(r'^\d+ +unlink\("((?:\\x[0-9a-f]{2})*)"\) += 0')
_CALLS = "pwrite64,write,ftruncate,fsync,fdatasync,unlink"


class Call(NamedTuple):
    """A system call that changes a file, or a point at which records are acknowledged.

    :ivar str file: the end of the file's name: empty for the database, "-wal" for its log.
    """

    name: str
    file: str
    data: bytes
    place: int


def record(folder: Path, *, unsafe: bool) -> tuple[list[Call], list[tuple[object, ...]]]:
    """Record the system calls of a run; return them and the records of the archive."""
    database = folder / "sms.sqlite3"
    trace = folder / "trace"
    with small_account(messages=40) as zoom:
        subprocess.run(
            ["strace", "-f", "-qq", "-y", "-xx", "-s", "70000", "-o", str(trace),
             "-e", f"trace={_CALLS}", sys.executable, "-B", "-c", _CHILD,
             str(database), SINCE, str(unsafe)],
            env={**os.environ, "ZOOM_API_HOST": zoom.host, "ZOOM_ACCESS_TOKEN": zoom.access_token,
                 "PYTHONPATH": str(ROOT)},
            check=True, capture_output=True, timeout=300,
        )  # fmt: skip
    calls = [
        call
        for line in trace.read_text("ascii", "replace").splitlines()
        if (call := _parse(line, database)) is not None
    ]
    return calls, _records(database)


def _parse(line: str, target: Path) -> Call | None:
    database, folder = target.name, target.parent
    removed = _UNLINK.match(line)
    if removed is not None:
        name = Path(_plain(removed[1])).name
        if name.startswith(database) and not name.endswith((".lock", "-shm")):
            return Call("unlink", name.removeprefix(database), b"", 0)
        return None
    found = _CALL.match(line)
    if found is None or " = -1 " in line:
        return None
    name, descriptor, path, data, rest = found.groups()
    content = bytes.fromhex((data or "").replace("\\x", ""))
    if name == "write" and descriptor == "2" and content.startswith(b"ACKNOWLEDGED "):
        return Call("acknowledge", "", b"", int(content.split()[1]))
    path = _plain(path)
    if name in ("fsync", "fdatasync") and Path(path) == folder:
        return Call("sync folder", "", b"", 0)
    if not Path(path).name.startswith(database) or path.endswith((".lock", "-shm")):
        return None
    numbers = re.findall(r"\d+", rest.split(")")[0])
    place = int(numbers[-1]) if name in ("pwrite64", "ftruncate") else 0
    return Call(name, Path(path).name.removeprefix(database), content, place)


def _plain(path: str) -> str:
    """Return the path that strace prints as hexadecimal with -xx."""
    if "\\x" not in path:
        return path
    return bytes.fromhex(path.replace("\\x", "")).decode()


def _records(database: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT record, hash FROM records ORDER BY record").fetchall()


class Disk:
    """The content of the files, as written and as synced."""

    def __init__(self) -> None:
        self.durable: dict[str, bytes] = {}
        self.pending: dict[str, list[Call]] = {}
        self.acknowledged = 0

    def take(self, call: Call) -> None:
        """Apply a system call."""
        if call.name == "acknowledge":
            self.acknowledged = call.place
        elif call.name == "sync folder":
            for file in [file for file in self.pending if self._is_removed(file)]:
                self.durable.pop(file, None)
                del self.pending[file]
        elif call.name in ("fsync", "fdatasync"):
            content = bytearray(self.durable.get(call.file, b""))
            for one in self.pending.pop(call.file, []):
                _apply(content, one, range((len(one.data) + _SECTOR - 1) // _SECTOR))
            self.durable[call.file] = bytes(content)
        else:
            if call.name != "unlink" and self._is_removed(call.file):
                # A new file of this name: the old one is gone by now.
                self.durable.pop(call.file, None)
                self.pending.pop(call.file, None)
            self.pending.setdefault(call.file, []).append(call)

    def _is_removed(self, file: str) -> bool:
        return any(one.name == "unlink" for one in self.pending.get(file, []))

    def image(self, chance: random.Random) -> dict[str, bytes]:
        """Return a possible content of the files after a power loss."""
        found = {}
        for file in self.durable.keys() | self.pending.keys():
            content = bytearray(self.durable.get(file, b""))
            share = chance.random()
            for one in self.pending.get(file, []):
                if chance.random() < share:
                    sectors = range((len(one.data) + _SECTOR - 1) // _SECTOR)
                    torn = chance.random() < 0.3
                    _apply(content, one, [s for s in sectors if not torn or chance.random() < 0.5])
            removed = [one for one in self.pending.get(file, []) if one.name == "unlink"]
            if not removed or chance.random() < 0.5:
                found[file] = bytes(content)
        return found


def _apply(content: bytearray, call: Call, sectors: range | list[int]) -> None:
    if call.name == "unlink":
        return
    if call.name == "ftruncate":
        del content[call.place :]
        content.extend(bytes(call.place - len(content)))
        return
    for sector in sectors:
        start, end = sector * _SECTOR, min((sector + 1) * _SECTOR, len(call.data))
        place = call.place + start
        if len(content) < place + end - start:
            content.extend(bytes(place + end - start - len(content)))
        content[place : place + end - start] = call.data[start:end]


def check(folder: Path, acknowledged: int, records: list[tuple[object, ...]]) -> str | None:
    """Return the errors in an image."""
    database = folder / "sms.sqlite3"
    if acknowledged == 0 and not database.stat().st_size:
        return None
    try:
        # As the next run does: what a transaction left is rolled back, or taken over.
        with closing(sqlite3.connect(database)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with Archive(database) as archive:
            problems = archive.verify().problems
        found = _records(database)
    except (ArchiveError, sqlite3.Error) as error:
        # Before the first records are acknowledged, the tables may not be there yet.
        too_early = acknowledged == 0 and "is an empty file" in str(error)
        return None if too_early else f"corrupt: {error}"
    if problems:
        return f"corrupt: {problems[0]}"
    if found[:acknowledged] != records[:acknowledged]:
        return f"lost: {len(found)} of {acknowledged} acknowledged records are there"
    return None


def cut(
    calls: list[Call], records: list[tuple[object, ...]], count: int, seed: int, root: Path
) -> list[str]:
    """Create images; return the errors in them."""
    chance = random.Random(seed)
    places = sorted(chance.randrange(len(calls)) for _ in range(count))
    disk, problems, done = Disk(), [], 0
    for place in places:
        while done <= place:
            disk.take(calls[done])
            done += 1
        folder = root / "image"
        folder.mkdir()
        for file, content in disk.image(chance).items():
            (folder / f"sms.sqlite3{file}").write_bytes(content)
        if not (folder / "sms.sqlite3").exists():
            (folder / "sms.sqlite3").touch()
        problem = check(folder, disk.acknowledged, records)
        if problem:
            problems.append(f"at call {place}: {problem}")
        shutil.rmtree(folder)
    return problems


def main(arguments: list[str] | None = None) -> int:
    """Simulate the given number of power losses; return 0 if no error was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", nargs="?", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unsafe", action="store_true", help="run without syncs")
    options = parser.parse_args(arguments)
    root = Path(tempfile.mkdtemp(prefix="power-loss-"))
    calls, records = record(root, unsafe=options.unsafe)
    print(f"{len(calls)} calls, {len(records)} records", flush=True)
    problems = cut(calls, records, options.count, options.seed, root)
    for problem in problems[:20]:
        print(problem)
    print(f"{options.count} images, {len(problems)} of them wrong")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
