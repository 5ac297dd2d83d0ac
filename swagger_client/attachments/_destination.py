"""Write a download to a temporary file first, and to its destination when it is complete.

So an interrupted download never leaves an incomplete file at the destination.
"""

from __future__ import annotations

import errno
import io
import os
import secrets
import tempfile
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, cast

from swagger_client._security.disk import is_storage_failure, sync_directory, sync_file
from swagger_client._security.regular_file import (
    check_replaceable,
    copy_access,
    replace_regular_file,
)
from swagger_client.exceptions import ApiException, InvalidArgumentException, StorageException

if TYPE_CHECKING:
    from swagger_client._wire.download import DownloadedFile

_CHUNK = 64 * 1024


class Download(NamedTuple):
    """The result of a complete download.

    :ivar Path | None path: the path of the file; None if the destination was an open file.
    :ivar int size: the size of the file in bytes.
    :ivar str sha256: the SHA-256 hash of the file in hexadecimal.
    :ivar str | None content_type: the header Content-Type that the server sent.
    """

    path: Path | None
    size: int
    sha256: str
    content_type: str | None


class PartialFile:
    """A temporary file, open for writing, for a download that is not complete yet."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    @abstractmethod
    def store(self, arrived: DownloadedFile, name: Callable[[str], str]) -> Download:
        """Move the complete file to its destination, or copy it into the open file.

        :param name: computes the file name from the SHA-256 hash, for a directory.
        """


@contextmanager
def open_partial(
    destination: str | os.PathLike[str] | BinaryIO, prefix: str = "", *, model: Path | None = None
) -> Iterator[PartialFile]:
    """Open a temporary file for a download; delete it at the end of the ``with`` block.

    :param destination: where ``store`` puts the complete file: a path, directory or open file.
    :param prefix: the text after the dot with which the name of the temporary file begins.
    :param model: a file whose owner and permissions the file gets; None for the usual ones.
    :raises StorageException: if the disk is full or fails.
    """
    try:
        with _open_partial(destination, prefix, model) as partial:
            yield partial
    except OSError as error:
        if isinstance(error, ApiException) or not is_storage_failure(error):
            raise
        place = "the destination"
        if isinstance(destination, str | os.PathLike):
            place = os.fspath(destination)
        failure = StorageException(reason=f"{place} cannot be written: {error.strerror or error}")
        failure.errno, failure.strerror, failure.filename = error.errno, error.strerror, place
        raise failure from error


@contextmanager
def _open_partial(
    destination: str | os.PathLike[str] | BinaryIO, prefix: str, model: Path | None
) -> Iterator[PartialFile]:
    if isinstance(destination, str | os.PathLike):
        path = Path(destination)
        if os.path.basename(destination) in ("", ".") and not path.is_dir():
            raise InvalidArgumentException(
                reason=f"`destination` is {destination!r}, but this directory does not exist"
            )
        _check_regular(path)
        directory = path if path.is_dir() else path.parent
        part = directory / f".{prefix}{secrets.token_hex(8)}.part"
        try:
            with open(part, "xb", opener=_open_private if model else None) as file:
                if model is not None:
                    copy_access(file.fileno(), model)
                yield _InDirectory(file, part, None if path.is_dir() else path)
        finally:
            part.unlink(missing_ok=True)
    elif isinstance(destination, io.TextIOBase) or not hasattr(destination, "write"):
        raise TypeError("`destination` must be a path, a directory or a file open for bytes")
    else:
        with tempfile.TemporaryFile() as file:
            yield _InOpenFile(file, destination)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _check_regular(path: Path) -> None:
    try:
        check_replaceable(path)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        raise InvalidArgumentException(
            reason=f"`destination` is {path}, a pipe or a device. Open it and pass the open file"
        ) from None


class _InDirectory(PartialFile):
    def __init__(self, file: IO[bytes], part: Path, path: Path | None) -> None:
        super().__init__(file)
        self._part = part
        self._path = path

    def store(self, arrived: DownloadedFile, name: Callable[[str], str]) -> Download:
        path = self._path or self._part.with_name(name(arrived.sha256))
        self.file.flush()
        sync_file(self.file.fileno())
        self.file.close()  # Windows cannot rename an open file.
        replace_regular_file(self._part, path)
        sync_directory(path.parent)
        return Download(path, arrived.size, arrived.sha256, arrived.content_type)


class _InOpenFile(PartialFile):
    def __init__(self, file: IO[bytes], destination: BinaryIO) -> None:
        super().__init__(file)
        self._destination = destination

    def store(self, arrived: DownloadedFile, name: Callable[[str], str]) -> Download:
        self.file.seek(0)
        while chunk := self.file.read(_CHUNK):
            while chunk:
                chunk = chunk[self._write(chunk) :]
        return Download(None, arrived.size, arrived.sha256, arrived.content_type)

    def _write(self, chunk: bytes) -> int:
        """Write as much of ``chunk`` as the file accepts; return the number of bytes written."""
        count = cast("int | None", self._destination.write(chunk))
        if count is None and not isinstance(self._destination, io.RawIOBase):
            return len(chunk)  # a file object whose write() returns None has written everything
        if not count:
            raise OSError("the destination accepted no data. Pass a file that is open for writing")
        return count
