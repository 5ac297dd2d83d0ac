"""Kill a migration or an erasure, or make its disk fail, at every write; then repeat it.

    python -m tools.crash_changes migrate      # each boundary once: killed, ENOSPC, EIO
    python -m tools.crash_changes erase
    python -m tools.crash_changes migrate --part 2/10      # the second tenth of the faults

After each fault the operation is repeated, and its result is compared with the result of an
undisturbed operation. The tool needs Linux and strace.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support.archives import SINCE, Content, api_of, content, small_account, unpack_form_1

from swagger_client.archive import Archive
from tools.crash_archive import CALLS, ROOT, Fault, Verdict, add_part, every_fault, part_of, report

#: The text that an erasure erases.
SECRET = "Unmistakable text of an erased message"

_CHILD = """\
import sys
from swagger_client.archive import Archive, ArchiveError, UnknownValueError
operation, database, *arguments = sys.argv[1:]
archive = Archive(database)
try:
    if operation == "migrate":
        archive.migrate()
    else:
        archive.erase(reason="crash test", message_id=arguments[0])
except UnknownValueError:
    pass  # it was erased by the time
except ArchiveError as error:
    print(error)
    sys.exit(75)
"""


class Change:
    """An operation that changes an archive, and the archive.

    :param name: "migrate" or "erase".
    :param folder: the folder for the archives.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._before = folder / "before"
        self._before.mkdir(parents=True)
        self._arguments: list[str] = []
        if name == "migrate":
            unpack_form_1("interrupted", self._before)
        else:
            self._arguments = [make_archive(self._before)]
        self._original = self._database(self._before).read_bytes()
        undisturbed = folder / "undisturbed"
        self._copy(undisturbed)
        assert self._run(undisturbed) == 0
        self._expected = self._content(undisturbed)

    def _database(self, folder: Path) -> Path:
        return folder / "sms.sqlite3"

    def _copy(self, folder: Path) -> None:
        shutil.copytree(self._before, folder)
        if self.name == "erase":  # the archive records the path of its folder of files
            with Archive(self._database(folder)) as archive:
                archive.take_over_folder(folder / "files")

    def _command(self, folder: Path) -> list[str]:
        database = str(self._database(folder))
        return [sys.executable, "-B", "-c", _CHILD, self.name, database, *self._arguments]

    def _run(self, folder: Path, *tracing: str) -> int:
        done = subprocess.run(
            [*tracing, *self._command(folder)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            timeout=120,
            check=False,
        )
        if done.returncode not in (0, 75, -9, 137):
            raise AssertionError(done.stderr.decode() + done.stdout.decode())
        return done.returncode

    def _content(self, folder: Path) -> Content:
        found = content(self._database(folder), folder / "files")
        # Runs have times of their own.
        return {name: rows for name, rows in found.items() if name != "runs"}

    def boundaries(self, folder: Path) -> dict[str, int]:
        """Count each system call of the operation."""
        self._copy(folder)
        trace = folder / "trace"
        self._run(folder, "strace", "-f", "-qq", "-o", str(trace), "-e", f"trace={','.join(CALLS)}")
        counted = Counter(re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE))
        return {call: counted[call] for call in CALLS}

    def disturb(self, folder: Path, fault: Fault) -> Verdict:
        """Run the operation with a fault, repeat it, and compare the result."""
        self._copy(folder)
        status = self._run(folder, *fault.strace)
        problems: list[str] = []
        try:
            if self._run(folder) != 0:
                problems.append("it could not be repeated")
            made = self._content(folder)
            problems += [f"{name} differs" for name in made if made[name] != self._expected[name]]
            with Archive(self._database(folder)) as archive:
                problems += archive.verify(attachments=folder / "files").problems
            problems += self._left_over(folder)
        except Exception as error:  # whatever it is, it is the finding
            problems.append(repr(error))
        if not problems:
            shutil.rmtree(folder)
        return Verdict(fault, status != 0, problems)

    def _left_over(self, folder: Path) -> list[str]:
        """Return the files that should not exist, or that are missing."""
        if self.name == "migrate":
            copy = folder / "sms.sqlite3.form1"
            with Archive(copy):
                pass
            return [] if len(copy.read_bytes()) == len(self._original) else ["the copy differs"]
        return [
            f"{path.name} has the erased text"
            for path in folder.rglob("*")
            if path.is_file() and SECRET.encode() in path.read_bytes()
        ]


def make_archive(folder: Path) -> str:
    """Create an archive with a message to erase; return the id of the message."""
    with small_account(messages=20, sessions=3) as zoom:
        session_id = zoom.sessions()[0].session_id
        files = [zoom.attachment(SECRET.encode())]
        message = zoom.add_message(session_id, text=SECRET, at=zoom.clock.now(), attachments=files)
        zoom.clock.advance(60)
        with Archive(folder / "sms.sqlite3") as archive:
            archive.mirror(api_of(zoom), since=SINCE, attachments=folder / "files")
            zoom.set_delivery_status(message.message_id, "unknown")
            archive.mirror(api_of(zoom))
    return message.message_id


def main(arguments: list[str] | None = None) -> int:
    """Disturb the operation as the arguments say; return 0 if all could be repeated."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("migrate", "erase"))
    parser.add_argument("--jobs", type=int, default=1)
    add_part(parser)
    options = parser.parse_args(arguments)
    root = Path(tempfile.mkdtemp(prefix="crash-changes-"))
    started = time.monotonic()
    change = Change(options.what, root)
    counted = change.boundaries(root / "traced")
    print("boundaries:", ", ".join(f"{n} {call}" for call, n in counted.items()), flush=True)
    faults = part_of(every_fault(counted), options.part)
    with ThreadPoolExecutor(options.jobs) as threads:
        verdicts = list(
            threads.map(
                lambda pair: change.disturb(root / f"{pair[0]:05d}", pair[1]), enumerate(faults)
            )
        )
    return report(verdicts, time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
