from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, cast

from swagger_client._flow.effects import Request
from swagger_client._flow.exchange import UNLABELLED, exchange
from swagger_client._operation import split_keywords
from swagger_client._security.frames import hide_locals
from swagger_client._security.urls import is_zoom
from swagger_client._wire.download import DownloadedFile, FileRequest, download_file
from swagger_client.api._operations import SMS_BY_MESSAGE_ID
from swagger_client.attachments._destination import Download, open_partial
from swagger_client.attachments._names import file_name, text
from swagger_client.exceptions import ApiException, AttachmentException, InvalidArgumentException

if TYPE_CHECKING:
    import os
    from pathlib import Path
    from typing import BinaryIO

    from swagger_client._flow.drivers import Driver
    from swagger_client._flow.effects import Flow, Outcome, Send
    from swagger_client._flow.exchange import Call
    from swagger_client._wire.deadline import AttemptLimits
    from swagger_client.aio._client import AsyncApiClient
    from swagger_client.api_client import ApiClient
    from swagger_client.models import SmsAttachment, SmsMessage

#: The default of ``max_bytes``: the largest accepted file.
_DEFAULT_MAX_BYTES = 100 * 1024 * 1024


def download(
    client: ApiClient,
    attachment: SmsAttachment,
    destination: str | os.PathLike[str] | BinaryIO,
    keywords: Mapping[str, object],
    *,
    driver: Driver[AttemptLimits] | None = None,
    prefix: str = "",
    model: Path | None = None,
) -> Download:
    """Download the file of an attachment; see ``SMSApi.download_attachment``.

    :param driver: runs the requests, so that a caller can stop them. None for the client's driver.
    :param prefix: the text after the dot with which the name of the temporary file begins.
    :param model: a file whose owner and permissions the file gets; None for the usual ones.
    """
    wanted = _Attachment(attachment, keywords)
    with open_partial(destination, prefix, model=model) as partial:
        job = _Job(client, wanted, partial.file)
        arrived = (driver or client._driver).run(job.flow(), job.attempt)
        return partial.store(arrived, wanted.name)


async def download_async(
    client: AsyncApiClient,
    attachment: SmsAttachment,
    destination: str | os.PathLike[str] | BinaryIO,
    keywords: Mapping[str, object],
) -> Download:
    """Do the same as :func:`download` on asyncio."""
    import asyncio

    wanted = _Attachment(attachment, keywords)
    with open_partial(destination) as partial:
        job = _Job(client.client, wanted, partial.file)
        arrived = await client._driver.run(job.flow(), job.attempt)
        return await asyncio.to_thread(partial.store, arrived, wanted.name)


class _Attachment:
    """The attachment to download, its URL, and the ids with which a new URL can be requested."""

    @hide_locals
    def __init__(self, attachment: SmsAttachment, keywords: Mapping[str, object]) -> None:
        arguments, self.options = split_keywords(
            keywords, {"session_id", "message_id", "max_bytes"}
        )
        max_bytes = arguments.pop("max_bytes", _DEFAULT_MAX_BYTES)
        if not isinstance(max_bytes, int) or isinstance(max_bytes, bool) or max_bytes < 1:
            raise InvalidArgumentException(
                reason=f"`max_bytes` must be a number of bytes, 1 or more, not {max_bytes!r}"
            )
        if len(arguments) == 1:
            raise InvalidArgumentException(
                reason="pass both `session_id` and `message_id`, or neither"
            )
        if not text(attachment.download_url) and not arguments:
            raise InvalidArgumentException(
                reason="the attachment has no URL. Pass `session_id` and `message_id`, "
                "so that the URL can be requested"
            )
        self.attachment = attachment
        self.ids = arguments
        self.renewable = bool(arguments)
        self.max_bytes = max_bytes

    @property
    def url(self) -> str:
        return text(self.attachment.download_url)

    @property
    def may_be_html(self) -> bool:
        """Whether the attachment's name or type says that the file is an HTML page."""
        name, kind = text(self.attachment.name).lower(), text(self.attachment.type).lower()
        return name.endswith((".htm", ".html", ".xhtml")) or "htm" in kind

    def has_expired(self, now: float) -> bool:
        """Return whether there is no URL, or the expiry date in the URL has passed."""
        expires_at = _expiry(self.url)
        return not self.url or (expires_at is not None and now >= expires_at)

    def renew(self, message: SmsMessage) -> None:
        """Replace the attachment by the same one in ``message``, to get its new download URL."""
        self.renewable = False
        listed: object = message.attachments
        found = [
            one
            for one in (listed if isinstance(listed, list) else ())
            if getattr(one, "id", None) == self.attachment.id
        ]
        if len(found) > 1 or not self.attachment.id:
            # Zoom may send several attachments with the same id, or attachments without an id.
            found = [one for one in found if _description(one) == _description(self.attachment)]
        if len(found) > 1:
            raise AttachmentException(
                reason=f"the message has {len(found)} attachments with the same id, name and size"
            )
        if not found or not text(getattr(found[0], "download_url", None)):
            raise AttachmentException(reason="the message no longer has this attachment")
        self.attachment = found[0]

    def name(self, sha256: str) -> str:
        attachment = self.attachment
        return file_name(attachment.id, attachment.name, attachment.type, sha256)


def _description(attachment: object) -> tuple[object, ...]:
    return tuple(getattr(attachment, name, None) for name in ("id", "name", "type", "size"))


def _expiry(url: str) -> float | None:
    """Return when a URL expires, in Unix seconds, from the JSON Web Token in the URL."""
    found = re.search(r"[?&]jwt=[\w=-]*\.([\w=-]*)\.", url)
    try:
        padded = (found[1] if found else "") + "=="
        expires_at = json.loads(base64.urlsafe_b64decode(padded)).get("exp")
        return float(expires_at) if isinstance(expires_at, int | float) else None
    except (ValueError, AttributeError, RecursionError, OverflowError):
        return None


class _Job:
    def __init__(self, client: ApiClient, wanted: _Attachment, file: IO[bytes]) -> None:
        self._client = client
        self._wanted = wanted
        self._file = file
        self._request: Request | None = None

    def flow(self) -> Flow[DownloadedFile]:
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
        """Return the call that downloads the file.

        The call contains the URL without its query, because log lines show the URL of a call, and
        the query of this one is a credential. :meth:`attempt` uses the whole URL.
        """
        url, options, client = self._wanted.url, self._wanted.options, self._client
        self._request = Request(
            "GET",
            re.split("[?#]", url, maxsplit=1)[0],
            (),
            client._merge_headers({"Accept": "application/json"}),
            timeout=options.get("_request_timeout"),
            auth_settings=("OAuth",) if is_zoom(url) else (),
            follows_token_host=False,
        )
        return client._make_call("download_attachment", UNLABELLED, self._request, options)

    def _renew(self) -> Flow[None]:
        operation, client = SMS_BY_MESSAGE_ID, self._client
        call = client._prepare(operation, self._wanted.ids, self._wanted.options)
        response = yield from exchange(call)
        message = client._result(call, response, operation.response_type, data_only=True)
        self._wanted.renew(cast("SmsMessage", message))

    def attempt(self, send: Send, limits: AttemptLimits) -> Outcome:
        """Try once to download the file; return it, or return (not raise) the exception."""
        if self._request is None or send.request.url != self._request.url:
            return self._client._attempt(send, limits)
        client, wanted = self._client, self._wanted
        headers, _ = client._authorize(send)
        file_request = FileRequest(
            wanted.url,
            headers,
            client.user_agent,
            client.configuration.host,
            wanted.max_bytes,
            wanted.attachment.size,
            wanted.may_be_html,
        )
        try:
            return download_file(file_request, self._file, client.rest_client._pools(), limits)
        except ApiException as failure:
            # The local variables of the traceback's frames contain the signed URL.
            failure.__context__ = None
            return failure._read_rate_limit(self._client.clock.time()).with_traceback(None)
