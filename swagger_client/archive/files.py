"""Fetches the files of messages into a folder, each under a name of the archive's making."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from swagger_client.archive import shapes, wire
from swagger_client.archive.errors import ArchiveStorageError
from swagger_client.archive.shapes import AttachmentKey, JsonObject, Outcome
from swagger_client.attachments import download
from swagger_client.exceptions import (
    ApiException,
    RateLimitException,
    TransportException,
    UnauthorizedException,
)
from swagger_client.models import SmsAttachment

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient
    from swagger_client.history.concurrent import StoppableCalls

_MAX_BYTES = 1 << 30
#: What can be wrong with one message or file.
_UNUSABLE = (ApiException, ValueError, TypeError, RecursionError)
_EXTENSIONS = {"PNG": "png", "GIF": "gif", "JPG": "jpg", "AUDIO": "amr", "VIDEO": "mp4"}


def make_folder(folder: Path) -> None:
    """Make the folder of files, if there is none, for its owner alone.

    :raises ArchiveStorageError: when it cannot be made.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(error) from error


class FileFetcher:
    """Fetches files.

    :param client: the client to call with.
    :param calls: its calls, which can be ended.
    :param folder: where the files go.
    :param owner: the archive, which may share the folder with others.
    """

    def __init__(self, client: ApiClient, calls: StoppableCalls, folder: Path, owner: str) -> None:
        self._client = client
        self._calls = calls
        self._folder = folder
        self._owner = f"{owner}-"

    def tidy(self) -> None:
        """Remove what a run of this archive that was killed left half written.

        :raises ArchiveStorageError: when the folder cannot be used.
        """
        make_folder(self._folder)
        try:
            for left in self._folder.glob(f".{self._owner}*.part"):
                left.unlink()
        except OSError as error:
            raise _unusable(error) from error

    def fetch(self, keys: Sequence[AttachmentKey], fresh: Mapping[str, object]) -> list[Outcome]:
        """Fetch files of one conversation, one after another.

        What something passing keeps from coming stays ``pending``.

        :param fresh: messages that came just now, by id: their download URLs are good.
        :raises ApiException: when the network, the limit or the token ended.
        :raises ArchiveStorageError: when the disk is full or fails.
        """
        messages = dict(fresh)
        return [self._fetch(key, messages) for key in keys]

    def _fetch(self, key: AttachmentKey, messages: dict[str, object]) -> Outcome:
        problem = ""
        for _ in range(2):
            try:
                if key.message_id not in messages:
                    message = wire.message_by_id(self._calls, key.session_id, key.message_id)
                    messages[key.message_id] = message
            except _UNUSABLE as error:
                if not wire.of_this_alone(error):
                    raise
                return _not_had(key, error)
            try:
                return self._download(key, messages)
            except (RateLimitException, UnauthorizedException):
                raise
            except TransportException as error:
                # Asking Zoom again tells a lost network, which ends the run, from a lost file.
                problem = wire.reason(error)
                del messages[key.message_id]
            except _UNUSABLE as error:
                return _not_had(key, error)
            except OSError as error:
                raise _unusable(error) from error
        return Outcome(key, "pending", problem)

    def _download(self, key: AttachmentKey, messages: Mapping[str, object]) -> Outcome:
        described = _described(key, messages[key.message_id])
        if described is None:
            return Outcome(key, "failed", "Zoom does not list it any more")
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
            calls=self._calls,
            owner=self._owner,
        )
        return Outcome(key, "done", None, arrived.size, arrived.sha256, path)


def _described(key: AttachmentKey, message: object) -> JsonObject | None:
    """The JSON object of a file, with its download URL."""
    found = shapes.attachments_of(key.session_id, key.message_id, message)
    objects = shapes.as_list(shapes.as_object(message).get("attachments"))
    for (known, _), described in zip(found, objects, strict=True):
        if known == key:
            return shapes.as_object(described)
    return None


def _path(key: AttachmentKey, described: JsonObject) -> str:
    """Where a file goes: nothing that a server says decides it."""
    name = hashlib.sha256("\n".join(key).encode()).hexdigest()[:40]
    kind = str(described.get("type")).upper().partition("/")[0]
    return f"{name}.{_EXTENSIONS.get(kind, 'bin')}"


def _not_had(key: AttachmentKey, error: Exception) -> Outcome:
    passing = isinstance(error, ApiException) and error.transient
    return Outcome(key, "pending" if passing else "failed", wire.reason(error))


def _unusable(error: OSError) -> ArchiveStorageError:
    return ArchiveStorageError(
        f"The folder of files cannot be written ({error}). What was committed is safe: check the "
        "disk and the permissions, then run again."
    )
