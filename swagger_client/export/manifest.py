from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from swagger_client.export.files import on_disk
from swagger_client.export.job import Statement

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"


def write_manifest(
    folder: Path, statement: Statement, *, format: str, messages: int, missing_files: int
) -> None:
    """Write ``manifest.json``, and ``SHA256SUMS`` for ``sha256sum --check``.

    Call this function last, because both files list all other files of the export's folder.
    """
    head = {
        "format": format,
        "messages": messages,
        "missing_files": missing_files,
        **statement._asdict(),
    }
    listing = folder / MANIFEST
    with (
        listing.open("x", encoding="utf-8", newline="\n") as manifest,
        (folder / SUMS).open("x", encoding="utf-8", newline="\n") as sums,
    ):
        opening = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
        manifest.write(f'{opening},\n "files": [')
        separator = "\n  "
        for path in _files(folder):
            size, sha256 = _hash(folder / on_disk(path))
            entry = {"path": path, "size": size, "sha256": sha256}
            manifest.write(separator + json.dumps(entry, ensure_ascii=False))
            sums.write(f"{sha256}  {path}\n")
            separator = ",\n  "
        manifest.write("\n ]\n}\n")
        manifest.flush()
        sums.write(f"{_hash(listing)[1]}  {MANIFEST}\n")


def _files(folder: Path) -> Iterator[str]:
    """Yield the paths of all files below a folder, sorted, with ``/`` as separator."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(os.fsencode(name).decode() for name in names):
            path = (Path(parent).relative_to(folder) / name).as_posix()
            if path not in (MANIFEST, SUMS):
                yield path


def _hash(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
