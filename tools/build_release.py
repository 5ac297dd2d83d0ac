"""Builds the two files of a release so that everybody's build has the same bytes.

`python -m tools.build_release [FOLDER]` writes the source distribution and the wheel to FOLDER
(`dist`). setuptools alone puts the time, the umask and the user of the build into them; here each
member has the date of the release, as CHANGELOG.md gives it, and one of two modes, and no owner.
What `build` and `setuptools` must be is in test-requirements.txt; no network is used.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).parent.parent


def release_date(changelog: str) -> datetime:
    """The date in the newest heading of a changelog that has one.

    :raises ValueError: none has
    """
    found = re.search(r"^## \[[^\]]+\] - (\d{4}-\d{2}-\d{2})$", changelog, re.MULTILINE)
    if found is None:
        raise ValueError("CHANGELOG.md has no heading like `## [1.0.0] - 2026-11-23`")
    return datetime.strptime(found[1], "%Y-%m-%d").replace(tzinfo=timezone.utc)


def build(source: Path, folder: Path) -> list[Path]:
    """Build the project in ``source``; returns the two files, written to ``folder``.

    :raises ValueError: the changelog tells no date
    :raises subprocess.CalledProcessError: the build failed
    """
    date = release_date((source / "CHANGELOG.md").read_text(encoding="utf-8"))
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            [sys.executable, "-m", "build", "--no-isolation", "--outdir", scratch, str(source)],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(int(date.timestamp()))},
        )
        return [_written(made, folder, date) for made in sorted(Path(scratch).iterdir())]


def _written(made: Path, folder: Path, date: datetime) -> Path:
    normalise = wheel if made.suffix == ".whl" else source_distribution
    target = folder / made.name
    target.write_bytes(normalise(made.read_bytes(), date))
    return target


def source_distribution(content: bytes, date: datetime) -> bytes:
    """A ``.tar.gz`` with the same files, and nothing of who made it where and when."""
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(content)) as old,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old, key=lambda member: member.name):
            kept = tarfile.TarInfo(member.name)
            kept.type, kept.size = member.type, member.size
            kept.mode = _mode(member.mode, folder=member.isdir())
            kept.mtime = int(date.timestamp())
            new.addfile(kept, old.extractfile(member) if member.isfile() else None)
    return gzip.compress(packed.getvalue(), mtime=0)


def wheel(content: bytes, date: datetime) -> bytes:
    """A wheel with the same files in the same order, and nothing of where it was made and when."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        for member in old.infolist():
            kept = zipfile.ZipInfo(member.filename, date.timetuple()[:6])
            kept.compress_type = zipfile.ZIP_DEFLATED
            kept.create_system = 3
            kept.external_attr = (0o100000 | _mode(member.external_attr >> 16)) << 16
            new.writestr(kept, old.read(member))
    return packed.getvalue()


def _mode(mode: int, *, folder: bool = False) -> int:
    return 0o755 if folder or mode & 0o100 else 0o644


def main(arguments: list[str]) -> int:
    """Build as told; return the exit status."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print("usage: python -m tools.build_release [FOLDER]", file=sys.stderr)
        return 2
    for made in build(ROOT, Path(*arguments) if arguments else ROOT / "dist"):
        print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
