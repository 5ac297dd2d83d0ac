"""Downloads the files of messages: whole or not at all, and only from where a file may come."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, cast

from swagger_client._flow.drivers import run, run_async
from swagger_client._flow.effects import Request
from swagger_client._flow.exchange import UNLABELLED, exchange
from swagger_client._operation import split_keywords
from swagger_client._security.disk import sync_directory
from swagger_client._security.urls import is_zoom
from swagger_client._wire.download import DownloadedFile, FileRequest, download_file
from swagger_client.api.operations import SMS_BY_MESSAGE_ID
from swagger_client.exceptions import ApiException, AttachmentException

if TYPE_CHECKING:
    from swagger_client._flow.effects import Flow, Outcome, Send
    from swagger_client._flow.exchange import Call
    from swagger_client._wire.deadline import AttemptLimits
    from swagger_client.aio._client import AsyncApiClient
    from swagger_client.api_client import ApiClient
    from swagger_client.history._runner import StoppableRunner
    from swagger_client.models import SmsAttachment, SmsMessage

Destination = str | os.PathLike[str] | BinaryIO

_EXTENSIONS = {"png": ".png", "gif": ".gif", "jpg": ".jpg", "audio": ".amr", "video": ".mp4"}
#: What a file may be called, whoever named it: nothing that a double click would run.
_HARMLESS = re.compile(
    r"\.(3g2|3gp|aac|amr|avi|bmp|caf|flac|gif|heic|heif|jpe?g|m4a|m4v|midi?|mkv|mov|mp[34]|mpe?g|og[agv]"
    r"|opus|pdf|png|tiff?|txt|vcf|wav|web[mp]|wm[av])"
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_LONGEST_NAME = 100
_CHUNK = 64 * 1024
#: The largest file that is taken unless the caller says otherwise.
MOST_BYTES = 100 * 1024 * 1024


class Download(NamedTuple):
    """A file that was downloaded whole.

    ``path`` is None when it was written to an open file; ``sha256`` is hexadecimal, ``size`` in
    bytes.
    """

    path: Path | None
    size: int
    sha256: str
    content_type: str | None


def download(
    client: ApiClient,
    attachment: SmsAttachment,
    destination: Destination,
    given: Mapping[str, object],
    *,
    runner: StoppableRunner | None = None,
    owner: str = "",
) -> Download:
    """Download the file of an attachment, see ``SMSApi.download_attachment``.

    :param given: the keyword arguments of the method.
    :param runner: runs the calls, instead of the client.
    :param owner: what the name of a file begins with that is not whole yet.
    """
    wanted = _Wanted(attachment, given)
    with _place(destination, owner) as place:
        job = _Job(client, wanted, place.file)
        if runner is None:
            arrived = run(job.flow(), client.clock, job.attempt)
        else:
            arrived = runner.run(job.flow(), job.attempt)
        return place.keep(wanted, arrived)


async def download_async(
    client: AsyncApiClient,
    attachment: SmsAttachment,
    destination: Destination,
    given: Mapping[str, object],
) -> Download:
    """As :func:`download`, on asyncio."""
    import asyncio

    wanted = _Wanted(attachment, given)
    with _place(destination) as place:
        job = _Job(client.client, wanted, place.file)

        async def attempt(send: Send) -> Outcome:
            return await client._attempt(send, job.attempt)

        arrived = await run_async(job.flow(), client.client.clock, attempt)
        return await asyncio.to_thread(place.keep, wanted, arrived)


class _Wanted:
    """The file that is asked for: where it is now, and how to ask for a new URL."""

    def __init__(self, attachment: SmsAttachment, given: Mapping[str, object]) -> None:
        arguments, self.options = split_keywords(given, {"session_id", "message_id", "max_bytes"})
        most = arguments.pop("max_bytes", MOST_BYTES)
        if not isinstance(most, int) or isinstance(most, bool) or most < 1:
            raise ValueError(f"`max_bytes` must be a number of bytes, not {most!r}")
        if len(arguments) == 1:
            raise ValueError("give both `session_id` and `message_id`, or neither")
        if not _text(attachment.download_url) and not arguments:
            raise ValueError("the attachment has no URL: give `session_id` and `message_id` too")
        self.attachment = attachment
        self.ids = arguments
        self.renewable = bool(arguments)
        self.max_bytes = most

    @property
    def url(self) -> str:
        return _text(self.attachment.download_url)

    def has_expired(self, now: float) -> bool:
        """Whether a request for the file as it stands would be in vain."""
        expires_at = _expiry(self.url)
        return not self.url or (expires_at is not None and now >= expires_at)

    def renew(self, message: SmsMessage) -> None:
        """Take the attachment, with its new URL, from its message.

        :raises AttachmentException: when the message does not have it, or it cannot be told from
            others: they would be confused.
        """
        self.renewable = False
        listed: object = message.attachments
        found = [
            one
            for one in (listed if isinstance(listed, list) else ())
            if getattr(one, "id", None) == self.attachment.id
        ]
        if len(found) > 1 or not self.attachment.id:
            # Not every attachment has an id of its own.
            found = [one for one in found if _description(one) == _description(self.attachment)]
        if len(found) > 1:
            raise AttachmentException(
                reason=f"its message has {len(found)} attachments that look like this one"
            )
        if not found or not _text(getattr(found[0], "download_url", None)):
            raise AttachmentException(reason="its message no longer has this attachment")
        self.attachment = found[0]

    def name(self, sha256: str) -> str:
        """A file name that leads nowhere else, whatever Zoom calls the file."""
        known = str(self.attachment.id or f"attachment-{sha256[:16]}")
        stem = re.sub(r"[^\w-]", "_", known, flags=re.ASCII)[:_LONGEST_NAME]
        if stem != known or _RESERVED.fullmatch(stem):
            stem = f"{stem}-{hashlib.sha256(known.encode()).hexdigest()[:12]}"
        return stem + file_suffix(self.attachment.name, self.attachment.type)


def file_suffix(name: object, kind: object) -> str:
    """Choose the suffix that a file is saved with: one that a double click does not run.

    :param name: the name that Zoom gives.
    :param kind: the type that Zoom gives, as ``PNG`` or ``JPG/JPEG``.
    :returns: the suffix with its dot; ``.bin`` for all that is not known to be harmless.
    """
    suffix = os.path.splitext(_text(name))[1].lower()
    known = _EXTENSIONS.get(_text(kind).partition("/")[0].lower(), ".bin")
    return suffix if _HARMLESS.fullmatch(suffix) else known


def _description(attachment: object) -> tuple[object, ...]:
    return tuple(getattr(attachment, name, None) for name in ("id", "name", "type", "size"))


def _text(value: object) -> str:
    """A text of Zoom's; an empty one where it sent something else."""
    return value if isinstance(value, str) else ""


def _expiry(url: str) -> float | None:
    """When the credential in a URL expires (unix time), as far as it can be read."""
    found = re.search(r"[?&]jwt=[^.&]*\.([^.&]*)\.", url)
    try:
        padded = (found[1] if found else "") + "=="
        expires_at = json.loads(base64.urlsafe_b64decode(padded)).get("exp")
        return float(expires_at) if isinstance(expires_at, int | float) else None
    except (ValueError, AttributeError, RecursionError, OverflowError):
        return None


class _Job:
    """One download, with its retries and the renewal of its URL."""

    def __init__(self, client: ApiClient, wanted: _Wanted, file: IO[bytes]) -> None:
        self._client = client
        self._wanted = wanted
        self._file = file
        self._asked: Request | None = None

    def flow(self) -> Flow[DownloadedFile]:
        """What to send."""
        wanted = self._wanted
        if wanted.renewable and wanted.has_expired(self._client.clock.time()):
            yield from self._renew()
        while True:
            try:
                return cast(DownloadedFile, (yield from exchange(self._call())))
            except AttachmentException as failure:
                if not failure.stale or not wanted.renewable:
                    raise
            yield from self._renew()

    def _call(self) -> Call:
        """The call for the file; the query of its URL stays here, for it is a credential."""
        url, options, client = self._wanted.url, self._wanted.options, self._client
        self._asked = Request(
            "GET",
            re.split("[?#]", url, maxsplit=1)[0],
            (),
            client._merge_headers({"Accept": "application/json"}),
            timeout=options.get("_request_timeout"),
            auth_settings=("OAuth",) if is_zoom(url) else (),
        )
        return client._make_call(
            "download_attachment",
            UNLABELLED,
            self._asked,
            retries=options.get("_retries"),
            deadline=options.get("_deadline"),
        )

    def _renew(self) -> Flow[None]:
        operation, client = SMS_BY_MESSAGE_ID, self._client
        call = client._prepare(operation, self._wanted.ids, self._wanted.options)
        response = yield from exchange(call)
        message = client._result(
            response, response_type=operation.response_type, data_only=True, preload=True
        )
        self._wanted.renew(cast("SmsMessage", message))

    def attempt(self, send: Send, limits: AttemptLimits | None = None) -> Outcome:
        """Make one attempt; what fails is returned, not raised."""
        limits = limits or self._client._limits(send)
        if self._asked is None or send.request.url != self._asked.url:
            return self._client._attempt(send, limits)
        headers, _ = self._client._authorize(send)
        wanted = self._wanted
        try:
            client = self._client
            file_request = FileRequest(
                wanted.url,
                headers,
                client.user_agent,
                client.configuration.host,
                wanted.max_bytes,
                wanted.attachment.size,
            )
            return download_file(file_request, self._file, client.rest_client._pools(), limits)
        except ApiException as failure:
            # The frames below hold the URL; nobody who prints locals shall see it.
            failure.__context__ = None
            return failure._read_rate_limit(self._client.clock.time()).with_traceback(None)


@contextmanager
def _place(destination: Destination, owner: str = "") -> Iterator[_Place]:
    """Where the bytes go until they are all there; nothing of them is left if that fails.

    :raises OSError: when nothing can be written there.
    :raises ValueError: for what reads like a directory that is not there.
    :raises TypeError: for what is no place.
    """
    if isinstance(destination, str | os.PathLike):
        path = Path(destination)
        if os.path.basename(destination) in ("", ".") and not path.is_dir():
            raise ValueError(f"`destination`: there is no such directory as {destination!r}")
        directory = path if path.is_dir() else path.parent
        part = directory / f".{owner}{secrets.token_hex(8)}.part"
        try:
            with part.open("xb") as file:
                yield _InDirectory(file, part, None if path.is_dir() else path)
        finally:
            part.unlink(missing_ok=True)
    elif isinstance(destination, io.TextIOBase) or not hasattr(destination, "write"):
        raise TypeError("`destination` must be a path, a directory or a file open for bytes")
    else:
        with tempfile.TemporaryFile() as file:
            yield _InFile(file, destination)


class _Place:
    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def keep(self, wanted: _Wanted, arrived: DownloadedFile) -> Download:
        """Move the file to its place, now that it is whole."""
        raise NotImplementedError


class _InDirectory(_Place):
    def __init__(self, file: IO[bytes], part: Path, path: Path | None) -> None:
        super().__init__(file)
        self._part = part
        self._path = path

    def keep(self, wanted: _Wanted, arrived: DownloadedFile) -> Download:
        path = self._path or self._part.with_name(wanted.name(arrived.sha256))
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()  # Windows moves no open file.
        self._part.replace(path)
        sync_directory(path.parent)
        return Download(path, arrived.size, arrived.sha256, arrived.content_type)


class _InFile(_Place):
    def __init__(self, file: IO[bytes], destination: BinaryIO) -> None:
        super().__init__(file)
        self._destination = destination

    def keep(self, wanted: _Wanted, arrived: DownloadedFile) -> Download:
        self.file.seek(0)
        while chunk := self.file.read(_CHUNK):
            while chunk:
                chunk = chunk[self._write(chunk) :]
        return Download(None, arrived.size, arrived.sha256, arrived.content_type)

    def _write(self, chunk: bytes) -> int:
        """Write some of it; how much was taken."""
        count = cast("int | None", self._destination.write(chunk))
        if count is None and not isinstance(self._destination, io.RawIOBase):
            return len(chunk)  # It does not say, so it took all.
        if not count:
            raise OSError("the file took no more of what was written to it")
        return count
