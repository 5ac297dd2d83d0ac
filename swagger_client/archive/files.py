"""Fetches the files of messages into a folder, under names that the archive chooses."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from swagger_client.archive import _sources
from swagger_client.archive.canonical import (
    JsonObject,
    as_list,
    as_object,
    canonical,
    plain_text,
)
from swagger_client.archive.errors import ArchiveStorageError
from swagger_client.archive.rows import FileKey, FileResult, files_of
from swagger_client.attachments._download import download
from swagger_client.attachments._names import file_suffix
from swagger_client.exceptions import (
    ApiException,
    RateLimitException,
    TransportException,
    UnauthorizedException,
)
from swagger_client.history._failures import describe_error, is_general
from swagger_client.models import SmsAttachment

if TYPE_CHECKING:
    from swagger_client._flow.effects import Flow
    from swagger_client.api_client import ApiClient

_MAX_BYTES = 1 << 30
#: What can be wrong with one message or file.
_FILE_ERRORS = (ApiException, ValueError, TypeError, RecursionError)


def make_folder(folder: Path) -> None:
    """Make the folder of files for its owner alone, unless it exists.

    :raises ArchiveStorageError: when it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _storage_error(error) from error


class FileFetcher:
    """Fetches files.

    :param client: the client to call with.
    :param folder: where the files go.
    :param archive_id: identifies the archive, which may share the folder with others.
    """

    def __init__(self, client: ApiClient, folder: Path, archive_id: str) -> None:
        self._client = client
        self._folder = folder
        self._prefix = f"{archive_id}-"
        #: Files whose failure is certainly their own: Zoom says so, or the content is wrong.
        self.own_failures: set[FileKey] = set()
        #: Runs the calls; the run replaces it by its own.
        self.driver = client._driver

    def remove_partial_files(self) -> None:
        """Remove files that a killed run of this archive left half written.

        :raises ArchiveStorageError: when the folder cannot be used.
        """
        make_folder(self._folder)
        try:
            for left in self._folder.glob(f".{self._prefix}*.part"):
                left.unlink()
        except OSError as error:
            raise _storage_error(error) from error

    def fetch(
        self, keys: Sequence[FileKey], recent: Mapping[str, Sequence[object]]
    ) -> Flow[list[FileResult]]:
        """Fetch files of one conversation, one after another, in the thread that runs the flow.

        A file that cannot be fetched for transient reasons stays ``pending``.

        :param recent: messages that have just come, by id: their download URLs are valid. Zoom may
            give several one id.
        :raises ApiException: when the network fails, a limit is reached or the token ends.
        :raises ArchiveStorageError: when the disk is full or fails.
        """
        yield from ()
        messages = {message_id: list(found) for message_id, found in recent.items()}
        return [self._fetch(key, messages) for key in keys]

    def _fetch(self, key: FileKey, messages: dict[str, list[object]]) -> FileResult:
        problem = ""
        for _ in range(2):
            try:
                if _described(key, messages.get(key.message_id, ())) is None:
                    fetched = self.driver.run(
                        _sources.fetch_message(self._client, key.session_id, key.message_id)
                    )
                    messages.setdefault(key.message_id, []).append(fetched)
            except _FILE_ERRORS as error:
                if is_general(error) or isinstance(error, TransportException):
                    raise
                return self._failed(key, error, is_own=getattr(error, "code", None) is not None)
            try:
                return self._download(key, messages)
            except (RateLimitException, UnauthorizedException):
                raise
            except TransportException as error:
                # Fetching the message again shows whether the network is lost, which ends the run,
                # or only this file cannot be fetched.
                problem = plain_text(describe_error(error))
                del messages[key.message_id]
            except _FILE_ERRORS as error:
                # What rejects a download may be a proxy that rejects them all.
                return self._failed(key, error, is_own=getattr(error, "status", None) is None)
            except OSError as error:
                raise _storage_error(error) from error
        return FileResult(key, "pending", problem)

    def _download(self, key: FileKey, messages: Mapping[str, Sequence[object]]) -> FileResult:
        described = _described(key, messages[key.message_id])
        if described is None:
            self.own_failures.add(key)
            return FileResult(key, "failed", "Zoom no longer lists it")
        path = _path(key, described)
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
        )
        return FileResult(key, "done", None, arrived.size, arrived.sha256, path)

    def _failed(self, key: FileKey, error: Exception, *, is_own: bool) -> FileResult:
        transient = isinstance(error, ApiException) and error.transient
        if is_own and not transient:
            self.own_failures.add(key)
        reason = plain_text(describe_error(error))
        return FileResult(key, "pending" if transient else "failed", reason)


def _described(key: FileKey, messages: Sequence[object]) -> JsonObject | None:
    """Return the JSON object of a file, with its download URL, of messages with its message's id.

    Of several such messages it may be of any: a file's id is its own.
    """
    for message in messages:
        objects = as_list(as_object(message).get("attachments"))
        for (known, _), described in zip(files_of(*key[:3], message), objects, strict=True):
            if known == key:
                return as_object(described)
    return None


def _path(key: FileKey, described: JsonObject) -> str:
    """Return the path of a file; no text from the server is part of it."""
    name = hashlib.sha256(canonical(list(key)).encode()).hexdigest()[:40]
    return name + file_suffix(described.get("name"), described.get("type"))


def _storage_error(error: OSError) -> ArchiveStorageError:
    return ArchiveStorageError(
        f"The folder of files cannot be written ({error}). Everything committed is safe. Check the "
        "disk and its permissions, then run again."
    )
