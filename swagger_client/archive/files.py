"""Downloads the attachments of messages into a folder, under names that Zoom does not choose."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from swagger_client.archive import _sources
from swagger_client.archive.canonical import JsonObject, as_list, as_object, canonical, plain_text
from swagger_client.archive.errors import ArchiveStorageError
from swagger_client.archive.file_folder import find_change
from swagger_client.archive.rows import FileKey, FileResult, files_of
from swagger_client.attachments._download import download
from swagger_client.attachments._names import file_suffix
from swagger_client.exceptions import (
    ApiException,
    RateLimitException,
    TransportException,
    UnauthorizedException,
)
from swagger_client.history._failures import ITEM_ERRORS, describe_error, is_general
from swagger_client.models import SmsAttachment

if TYPE_CHECKING:
    from swagger_client._flow.effects import Flow
    from swagger_client.api_client import ApiClient

_MAX_BYTES = 1 << 30


def make_folder(folder: Path) -> None:
    """Create the folder of files with access for its owner only, unless it exists."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error(error) from error


class FileFetcher:
    """Downloads the attachments of messages into a folder."""

    def __init__(self, client: ApiClient, folder: Path, archive_id: str, database: Path) -> None:
        self._client = client
        self._folder = folder
        self._database = database
        self._prefix = f"{archive_id}-"
        #: Files that failed for a reason that concerns only the file, such as wrong content.
        self.own_failures: set[FileKey] = set()
        #: The driver that sends the requests. An archive run replaces it.
        self.driver = client._driver

    def remove_partial_files(self) -> None:
        """Delete incomplete files that a killed run has left in the folder."""
        make_folder(self._folder)
        try:
            for left in self._folder.glob(f".{self._prefix}*.part"):
                left.unlink()
        except OSError as error:
            raise storage_error(error) from error

    def fetch(
        self, keys: Sequence[FileKey], recent: Mapping[str, Sequence[object]]
    ) -> Flow[list[FileResult]]:
        """Download files of one conversation, in the thread that runs the returned flow.

        :param keys: identify the files.
        :param recent: messages that were just received, by id, whose download URLs are still valid.
            Other messages are requested again, for new URLs.
        :returns: a result for each file. After a transient failure, its state is ``pending``.
        """
        yield from ()
        messages = {message_id: list(found) for message_id, found in recent.items()}
        return [self._fetch(key, messages) for key in keys]

    def _fetch(self, key: FileKey, messages: dict[str, list[object]]) -> FileResult:
        problem = ""
        for _ in range(2):
            try:
                if _find_attachment(key, messages.get(key.message_id, ())) is None:
                    fetched = self.driver.run(
                        _sources.fetch_message(self._client, key.session_id, key.message_id)
                    )
                    messages.setdefault(key.message_id, []).append(fetched)
            except ITEM_ERRORS as error:
                if is_general(error) or isinstance(error, TransportException):
                    raise
                return self._failed(key, error, is_own=getattr(error, "code", None) is not None)
            try:
                return self._download(key, messages)
            except OSError as error:
                raise storage_error(error) from error
            except (RateLimitException, UnauthorizedException):
                raise
            except TransportException as error:
                # Fetching the message again shows whether the network failed, which ends the
                # archive run, or only this file.
                problem = plain_text(describe_error(error))
                del messages[key.message_id]
            except ITEM_ERRORS as error:
                # A status may come from a proxy that rejects every download.
                return self._failed(key, error, is_own=getattr(error, "status", None) is None)
        return FileResult(key, "pending", problem)

    def _download(self, key: FileKey, messages: Mapping[str, Sequence[object]]) -> FileResult:
        described = _find_attachment(key, messages[key.message_id])
        if described is None:
            self.own_failures.add(key)
            return FileResult(key, "failed", "Zoom no longer lists it")
        path = self._path(key, described)
        arrived = download(
            self._client,
            SmsAttachment.from_dict(described),
            self._folder / path,
            {
                "session_id": key.session_id,
                "message_id": key.message_id,
                "max_bytes": _MAX_BYTES,
            },
            driver=self.driver,
            prefix=self._prefix,
            model=self._database,
        )
        return FileResult(key, "done", None, arrived.size, arrived.sha256, path)

    def _path(self, key: FileKey, described: JsonObject) -> str:
        """Return the path for a downloaded file, relative to the folder of files.

        The path contains no text from Zoom except a known suffix, such as ".jpg". If another file
        of this attachment, with another size, was downloaded before, its path is not used again.

        :param described: the JSON object of the attachment.
        """
        suffix, size = (
            file_suffix(described.get("name"), described.get("type")),
            described.get("size"),
        )
        path = _name([*key]) + suffix
        change = find_change(self._folder, path, size) if isinstance(size, int) else None
        return path if change in (None, "missing") else _name([*key, size]) + suffix

    def _failed(self, key: FileKey, error: Exception, *, is_own: bool) -> FileResult:
        transient = isinstance(error, ApiException) and error.transient
        if is_own and not transient:
            self.own_failures.add(key)
        reason = plain_text(describe_error(error))
        return FileResult(key, "pending" if transient else "failed", reason)


def _find_attachment(key: FileKey, messages: Sequence[object]) -> JsonObject | None:
    """Return the JSON object of an attachment in these messages; None if it is missing."""
    for message in messages:
        objects = as_list(as_object(message).get("attachments"))
        for (known, _), described in zip(files_of(*key[:3], message), objects, strict=True):
            if known == key:
                return as_object(described)
    return None


def _name(parts: list[object]) -> str:
    return hashlib.sha256(canonical(parts).encode()).hexdigest()[:40]


def storage_error(error: OSError) -> ArchiveStorageError:
    """Return the error for a folder of files that cannot be used."""
    return ArchiveStorageError(
        f"The folder of files cannot be written ({error.strerror or error}). Data stored so far is "
        "safe. Check the disk and the folder's permissions, then run again."
    )
