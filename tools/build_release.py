"""Build the source distribution and the wheel of a release reproducibly.

`python -m tools.build_release [FOLDER]` writes both files to FOLDER (default `dist`). setuptools
alone stores the time, the umask and the user of the build in them. Here each member has the release
date of CHANGELOG.md, one of two modes, and no owner. test-requirements.txt pins `build` and
`setuptools`; no network is used.
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
    """Return the newest release date in a changelog.

    :raises ValueError: if no heading has a date
    """
    found = re.search(r"^## \[[^\]]+\] - (\d{4}-\d{2}-\d{2})$", changelog, re.MULTILINE)
    if found is None:
        raise ValueError("CHANGELOG.md has no heading like `## [1.0.0] - 2026-11-23`")
    return datetime.strptime(found[1], "%Y-%m-%d").replace(tzinfo=timezone.utc)


def build(source: Path, folder: Path) -> list[Path]:
    """Build the project in ``source`` into ``folder``; return the paths of both files.

    :raises ValueError: if the changelog has no release date
    :raises subprocess.CalledProcessError: if the build failed
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
        return [_write_normalised(made, folder, date) for made in sorted(Path(scratch).iterdir())]


def _write_normalised(made: Path, folder: Path, date: datetime) -> Path:
    normalise = wheel if made.suffix == ".whl" else source_distribution
    target = folder / made.name
    target.write_bytes(normalise(made.read_bytes(), date))
    return target


def source_distribution(content: bytes, date: datetime) -> bytes:
    """Rewrite a ``.tar.gz`` so that it does not depend on the build: sorted, one date, no owner."""
    packed = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(content)) as old,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old, key=lambda member: member.name):
            clean = tarfile.TarInfo(member.name)
            clean.type, clean.size = member.type, member.size
            clean.mode = _mode(member.mode, folder=member.isdir())
            clean.mtime = int(date.timestamp())
            new.addfile(clean, old.extractfile(member) if member.isfile() else None)
    return gzip.compress(packed.getvalue(), mtime=0)


def wheel(content: bytes, date: datetime) -> bytes:
    """Rewrite a wheel so that it does not depend on the build: one date, two modes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        for member in old.infolist():
            clean = zipfile.ZipInfo(member.filename, date.timetuple()[:6])
            clean.compress_type = zipfile.ZIP_DEFLATED
            clean.create_system = 3
            clean.external_attr = (0o100000 | _mode(member.external_attr >> 16)) << 16
            new.writestr(clean, old.read(member))
    return packed.getvalue()


def _mode(mode: int, *, folder: bool = False) -> int:
    return 0o755 if folder or mode & 0o100 else 0o644


def main(arguments: list[str]) -> int:
    """Build the release; return the exit status."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print("usage: python -m tools.build_release [FOLDER]", file=sys.stderr)
        return 2
    for made in build(ROOT, Path(*arguments) if arguments else ROOT / "dist"):
        print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
