"""Make one attempt to download a file: follow redirects and write the file.

The URL of a file contains a credential, and the server may redirect to any host. Therefore each
request uses TLS and connects only to public IP addresses, and the access token and the client's
default headers are sent only to Zoom's hosts. urllib3's connection pools are not used, because they
would write the URL to the log.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from http.client import HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import IO, TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, urljoin, urlsplit

from urllib3.exceptions import HTTPError

from swagger_client._security.redaction import secrets_of
from swagger_client._security.urls import is_loopback, is_zoom
from swagger_client._wire.body import name_of, read_error_body
from swagger_client._wire.deadline import current_limits
from swagger_client._wire.errors import exception_for, transport_exception
from swagger_client._wire.rest_response import RESTResponse
from swagger_client.exceptions import ApiException, AttachmentException

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

    from swagger_client._wire.connection import LimitedHTTPConnection
    from swagger_client._wire.deadline import AttemptLimits
    from swagger_client._wire.pools import ConnectionPools

MAX_REDIRECTS = 5
_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: HTTP statuses whose cause can be an expired URL, so that a new URL from Zoom may work.
_URL_EXPIRED = frozenset({401, 403, 404, 410})
#: Characters that URL parsers interpret differently.
_AMBIGUOUS = re.compile(r"[\x00-\x1f\x7f\\]")
#: A host name or an IP address. Other forms, such as ``%31%32%37.0.0.1``, are rejected, because
#: proxies and resolvers may decode them.
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
#: The beginning of an HTML page.
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,1000}+<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE
)
_NAT64 = ip_network("64:ff9b::/96")
#: Addresses that IANA reserves for protocols.
_SPECIAL = ip_network("192.0.0.0/24")


class DownloadedFile(NamedTuple):
    """A complete download. Drivers treat it as a response, so it has ``status`` and ``data``."""

    size: int
    sha256: str
    content_type: str | None
    status: int = 200
    data: bytes = b""
    is_html: bool = False


class FileRequest(NamedTuple):
    """The URL of a file to download, and the limits of the download.

    :ivar headers: the headers that are sent only to Zoom's hosts.
    :ivar user_agent: the User-Agent header that is sent to every host.
    :ivar api_host: the API's base URL. If it is on this machine, files may be on this machine too.
    :ivar expected_size: the size that Zoom announced, or None. Another size is rejected.
    :ivar may_be_html: whether the file can be an HTML page. If False, an HTML page is regarded as a
        login or error page, unless it has the expected size.
    """

    url: str
    headers: Mapping[str, str]
    user_agent: str
    api_host: str
    max_bytes: int
    expected_size: object = None
    may_be_html: bool = False


def download_file(
    request: FileRequest, file: IO[bytes], pools: ConnectionPools, limits: AttemptLimits
) -> DownloadedFile:
    """Download a file, and replace the content of ``file`` by it.

    :raises ApiException: if the download fails, or the downloaded file has the wrong size.
    :raises OSError: if ``file`` cannot be written.
    """
    file.seek(0)
    file.truncate()
    token = current_limits.set(limits)
    try:
        with closing(RedirectFollower(request, pools, limits)) as follower:
            saved = _save(follower.open(), follower.read, file, request.max_bytes)
    finally:
        current_limits.reset(token)
    expected = request.expected_size
    if expected == saved.size:
        return saved
    if saved.is_html and not request.may_be_html:
        raise _stale("an HTML page arrived instead of the file", status=saved.status)
    if isinstance(expected, int):
        raise _stale(f"the file has {saved.size} bytes, but Zoom announced {expected}")
    return saved


def _save(
    response: BaseHTTPResponse,
    read: Callable[[BaseHTTPResponse], bytes],
    file: IO[bytes],
    max_bytes: int,
) -> DownloadedFile:
    length = response.length_remaining
    sha256, size, is_html = hashlib.sha256(), 0, False
    if length is None or length <= max_bytes:
        while chunk := read(response):
            if not size:
                is_html = _HTML.match(chunk) is not None
            size += len(chunk)
            if size > max_bytes:
                break
            sha256.update(chunk)
            file.write(chunk)
    if size > max_bytes or (length or 0) > max_bytes:
        raise AttachmentException(reason=f"the file is larger than {max_bytes} bytes")
    kind = response.headers.get("content-type")
    return DownloadedFile(size, sha256.hexdigest(), kind, is_html=is_html)


class RedirectFollower:
    """Requests a URL, follows redirects until the file arrives, and checks each URL."""

    def __init__(self, request: FileRequest, pools: ConnectionPools, limits: AttemptLimits) -> None:
        self._request = request
        self._pools = pools
        self._url = request.url
        self._limits = limits
        self._connection: LimitedHTTPConnection | None = None
        #: The queries of all URLs. They contain credentials, which exceptions must not show.
        self._queries: list[tuple[str, object]] = []
        #: Whether all hosts until now were this machine, as with a sandbox.
        self._only_loopback = is_loopback(urlsplit(request.api_host).hostname or "")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def open(self) -> BaseHTTPResponse:
        """Follow the redirects; return the response with the file, whose body is not read yet."""
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send()
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location:
                break
            self._url = _joined(self._url, location)
        else:
            raise _rejected(f"its URL redirects more than {MAX_REDIRECTS} times")
        if response.status != 200:
            raise self._exception_for(response)
        if "content-range" in response.headers:
            raise _stale(
                "the server sent only a part of the file, although the whole file was requested",
                status=200,
            )
        coding = response.headers.get("content-encoding", "identity").lower()
        if coding != "identity":
            raise _rejected(f"its content is encoded as {name_of(coding)}, which was not requested")
        return response

    def read(self, response: BaseHTTPResponse) -> bytes:
        """Read the next bytes of a response's body; return no bytes at its end."""
        try:
            return response.read(_CHUNK, decode_content=False)
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise self._transport_exception(error) from None

    def _send(self) -> BaseHTTPResponse:
        parts = self._checked(_split(self._url))
        self._queries += [("query", parts.query), *parse_qsl(parts.query)]
        self.close()
        connect, read = self._limits
        try:
            timeout = self._limits.remaining(connect)
            connection = self._pools.new_connection(parts, timeout, self._check_address)
            self._connection = connection
            connection.connect()
            connection.timeout = read
            target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.request(
                "GET",
                quote(target, safe="/%:=&?~+!$,;'@()*[]"),
                headers=self._headers(),
                preload_content=False,
                decode_content=False,
            )
            return connection.getresponse()
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            if isinstance(error, ApiException):
                raise
            raise self._transport_exception(error) from None

    def _headers(self) -> dict[str, str]:
        headers = dict(self._request.headers) if is_zoom(self._url) else {}
        own = {"User-Agent": self._request.user_agent, "Accept": "*/*"}
        return {**headers, **own, "Accept-Encoding": "identity"}

    def _checked(self, parts: SplitResult) -> SplitResult:
        host = parts.hostname or ""
        if parts.scheme == "http" and not (is_loopback(host) and self._only_loopback):
            raise _rejected(f"its URL leads to {host} with http:// instead of https://")
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise _rejected("its URL is not an https URL")
        if not _HOST.fullmatch(host):
            raise _rejected("the host of its URL is neither a name nor an address")
        return parts

    def _check_address(self, address: str) -> None:
        """Raise an AttachmentException if an IP address is not public.

        An address of this machine is accepted only if the API and all hosts to which this download
        has connected are on this machine, too.
        """
        ip = ip_address(address.partition("%")[0])
        if isinstance(ip, IPv6Address):
            nat64 = IPv4Address(ip.packed[-4:]) if ip in _NAT64 else None
            ip = ip.ipv4_mapped or ip.sixtofour or nat64 or ip
        if ip.is_loopback and self._only_loopback:
            return
        # Some reserved IPv6 ranges contain private IPv4 addresses.
        site_local = isinstance(ip, IPv6Address) and ip.is_site_local
        special = ip in _SPECIAL  # older versions of Python regard some of them as public
        if ip.is_multicast or ip.is_reserved or site_local or special or not ip.is_global:
            raise _rejected(f"its URL leads to {address}, which is not a public address")
        self._only_loopback = False

    def _exception_for(self, response: BaseHTTPResponse) -> ApiException:
        content, _ = read_error_body(response)
        found = RESTResponse(response, content, (self._request.headers, self._queries, None))
        if response.status not in _URL_EXPIRED:
            return exception_for(found)
        failure = AttachmentException(http_resp=found)
        failure.stale = True
        return failure

    def _transport_exception(self, error: Exception) -> ApiException:
        secrets = secrets_of(self._request.headers, self._queries)
        return transport_exception(error, self._limits, secrets)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise _rejected("its URL is not valid") from None


def _split(url: str) -> SplitResult:
    """Split a URL into its parts; reject it if URL parsers could disagree on it."""
    try:
        parts = urlsplit(url)
        if not _AMBIGUOUS.search(url) and (parts.port is None or parts.port > 0):
            return parts
    except ValueError:
        pass
    raise _rejected("its URL is not valid")


def _rejected(reason: str) -> AttachmentException:
    return AttachmentException(reason=f"the file was not downloaded: {reason}")


def _stale(reason: str, *, status: int | None = None) -> AttachmentException:
    failure = AttachmentException(status, reason=reason)
    failure.stale = True
    return failure
