from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from swagger_client._security.disk import is_storage_failure
from swagger_client.archive import Archive, ArchiveStorageError, Filters
from swagger_client.archive.selection import in_zone
from swagger_client.export.formats import FileFormat, FolderFormat, Format, TextFormat, load
from swagger_client.export.job import Job, describe, load_zone
from swagger_client.export.names import Names, read_names
from swagger_client.export.output import (
    check_folder,
    check_not_archive,
    check_not_archived_file,
    complete_file,
    complete_folder,
)
from swagger_client.export.source import Source

#: How many bytes of a text file are written at once. Python's default is 8 KiB, a few messages.
_BUFFER = 1 << 16


def export(
    archive: Archive,
    output: str | os.PathLike[str] | IO[str],
    name: str,
    filters: Filters,
    *,
    timezone: str | None = None,
    names: str | os.PathLike[str] | None = None,
    plain: bool = False,
) -> int:
    """Write an export; the parameters are those of ``Archive.export``."""
    format = load(name)
    if plain and not (isinstance(format, TextFormat) and format.takes_plain):
        raise ValueError(f"`plain` is only for CSV: leave it out for {name}")
    zone = load_zone(timezone)
    contacts = Names() if names is None else read_names(names)
    target = Path(output) if isinstance(output, str | os.PathLike) else output
    if isinstance(target, Path):
        _check_target(archive, target, format, name)
    elif not isinstance(format, TextFormat):
        raise ValueError(f"{name} cannot be written to a stream: name a file or folder")
    if not isinstance(format, TextFormat):
        format.check()
    with Source(archive, in_zone(filters, zone)) as source:
        statement = describe(source, filters, zone, contacts)
        return _write(format, Job(source, statement, contacts, zone, plain), target)


def _check_target(archive: Archive, target: Path, format: Format, name: str) -> None:
    check_not_archive(archive.path, target)
    check_not_archived_file(archive.attachments, target)
    if isinstance(format, FolderFormat):
        check_folder(target)
    elif isinstance(format, FileFormat) and _is_stream(target):
        raise ValueError(f"{name} needs a file, but {target} is a pipe or device: name a file")


def _write(format: Format, job: Job, target: Path | IO[str]) -> int:
    if not isinstance(target, Path):
        assert isinstance(format, TextFormat)
        return format.write(job, target)
    try:
        return _write_path(format, job, target)
    except OSError as error:
        if not is_storage_failure(error):
            raise
        error.filename = str(target)  # not the name of its temporary file
        raise ArchiveStorageError(
            f"The export {target} cannot be written ({error.strerror}). No part of it was kept. "
            "Free some space or choose another folder, then export again."
        ) from error


def _write_path(format: Format, job: Job, target: Path) -> int:
    if isinstance(format, FolderFormat):
        with complete_folder(target) as folder:
            return format.write(job, folder)
    if isinstance(format, FileFormat):
        with complete_file(target) as path:
            return format.write(job, path)
    if _is_stream(target):
        return _write_text(format, job, target)
    with complete_file(target) as path:
        return _write_text(format, job, path)


def _write_text(format: TextFormat, job: Job, path: Path) -> int:
    with path.open("w", buffering=_BUFFER, encoding="utf-8", newline="") as file:
        file.write(format.byte_order_mark(plain=job.plain))
        return format.write(job, file)


def _is_stream(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()
