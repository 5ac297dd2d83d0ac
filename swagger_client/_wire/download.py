"""One attempt at a file: over redirects, from public addresses, into an open file.

The URL of a file holds a credential, and its server may send the client anywhere. So each hop goes
over TLS, to the very address that was looked at, and neither the bearer token nor any header of the
caller leaves Zoom's hosts. Connections are used without urllib3's pools, which log the URL.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from http.client import HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import IO, TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, parse_qsl, quote, urljoin, urlsplit

from urllib3 import ProxyManager
from urllib3.exceptions import HTTPError

from swagger_client import rest
from swagger_client._security.redaction import secrets_of
from swagger_client._security.urls import is_address, is_loopback, is_zoom
from swagger_client._wire.connection import (
    LimitedHTTPConnection,
    LimitedHTTPSConnection,
    current_limits,
)
from swagger_client._wire.errors import transport_failure
from swagger_client.exceptions import ApiException, AttachmentException, exception_for

if TYPE_CHECKING:
    from ssl import SSLContext

    from urllib3.response import BaseHTTPResponse

    from swagger_client._wire.connection import Limits
    from swagger_client.api_client import ApiClient

MOST_HOPS = 5
_CHUNK = 64 * 1024
_MOST_OF_AN_ERROR = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_URL_REFUSED = frozenset({401, 403, 404, 410})
_NAT64 = ip_network("64:ff9b::/96")


class Arrived(NamedTuple):
    """A file that is whole."""

    size: int
    sha256: str
    content_type: str | None
    status: int = 200
    data: bytes = b""


def fetch_file(
    client: ApiClient,
    url: str,
    headers: Mapping[str, str],
    file: IO[bytes],
    limits: Limits,
    *,
    most: int,
    announced: object,
) -> Arrived:
    """Fetch a file into ``file``, from its start.

    :param headers: sent to Zoom's hosts; others get no more than the client's name.
    :param most: the largest file that is taken, in bytes.
    :param announced: the size that the file must have, when it is a number.
    :raises ApiException: when it does not come whole, and as announced.
    :raises OSError: when it cannot be written.
    """
    file.seek(0)
    file.truncate()
    mark = current_limits.set(limits)
    try:
        with _Journey(client, url, headers, limits) as journey:
            arrived = _save(journey, file, most)
    finally:
        current_limits.reset(mark)
    if isinstance(announced, int) and announced != arrived.size:
        raise _stale(f"{arrived.size} bytes came where {announced} were announced")
    return arrived


def _save(journey: _Journey, file: IO[bytes], most: int) -> Arrived:
    response = journey.arrive()
    length = response.length_remaining
    sha256, size = hashlib.sha256(), 0
    if length is None or length <= most:
        while chunk := journey.read(response):
            size += len(chunk)
            if size > most:
                break
            sha256.update(chunk)
            file.write(chunk)
    if size > most or (length or 0) > most:
        raise AttachmentException(reason=f"the file is larger than {most} bytes")
    return Arrived(size, sha256.hexdigest(), response.headers.get("content-type"))


class _Journey:
    """The way from a URL to the file, hop by hop."""

    def __init__(
        self, client: ApiClient, url: str, headers: Mapping[str, str], limits: Limits
    ) -> None:
        self._client = client
        self._settings = client.configuration
        self._url = url
        self._headers = headers
        self._limits = limits
        self._connection: LimitedHTTPConnection | None = None
        #: What the queries of all URLs held: credentials, as far as anybody knows.
        self._queries: list[tuple[str, object]] = []
        #: Whether it has stayed on this machine so far, as a sandbox does.
        self._at_home = is_loopback(urlsplit(self._settings.host).hostname or "")

    def __enter__(self) -> _Journey:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()

    def arrive(self) -> BaseHTTPResponse:
        """Follow redirects to the file.

        :raises ApiException: when there is none, or it lies where a download must not lead.
        """
        for _ in range(MOST_HOPS + 1):
            response = self._ask()
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or not location:
                break
            self._url = _joined(self._url, location)
        else:
            raise _refused(f"it is redirected more than {MOST_HOPS} times")
        if response.status != 200:
            raise self._failure(response)
        coding = response.headers.get("content-encoding", "identity").lower()
        if coding != "identity":
            raise _refused(f"it is coded as {coding!r}, which was not asked for")
        return response

    def read(self, response: BaseHTTPResponse, size: int = _CHUNK) -> bytes:
        """The next bytes of an answer; none at its end."""
        try:
            return response.read(size, decode_content=False)
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise self._broken(error) from None

    def _ask(self) -> BaseHTTPResponse:
        parts = self._checked(_split(self._url))
        self._queries += [("query", parts.query), *parse_qsl(parts.query)]
        if self._connection is not None:
            self._connection.close()
        connect, read = self._limits
        try:
            self._connection = connection = self._connect_to(parts, self._limits.within(connect))
            connection.connect()
            connection.timeout = read
            target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
            connection.request(
                "GET",
                quote(target, safe="/%:=&?~+!$,;'@()*[]"),
                headers=self._sent(),
                preload_content=False,
                decode_content=False,
            )
            return connection.getresponse()
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            if isinstance(error, ApiException):
                raise
            raise self._broken(error) from None

    def _sent(self) -> dict[str, str]:
        to_zoom = dict(self._headers) if is_zoom(self._url) else {}
        name = {"User-Agent": self._client.user_agent}
        return {**to_zoom, **name, "Accept": "*/*", "Accept-Encoding": "identity"}

    def _checked(self, parts: SplitResult) -> SplitResult:
        host = parts.hostname or ""
        if parts.scheme == "http" and not (is_loopback(host) and self._at_home):
            raise _refused(f"it leads to {host} without TLS")
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise _refused("its URL is not one of https")
        return parts

    def _connect_to(self, parts: SplitResult, timeout: float | None) -> LimitedHTTPConnection:
        host = parts.hostname or ""
        if parts.scheme == "http":
            plain = LimitedHTTPConnection(host, parts.port or 80, timeout=timeout)
            plain.permit = self._permit
            return plain
        manager = self._client.rest_client.pool_manager
        tls = manager.connection_pool_kw.get("ssl_context") or rest.tls_context(self._settings)
        port = parts.port or 443
        if isinstance(manager, ProxyManager) and not is_loopback(host):
            return self._through(manager, host, port, tls, timeout)
        connection = LimitedHTTPSConnection(host, port, timeout=timeout, ssl_context=tls)
        connection.permit = self._permit
        return connection

    def _through(
        self,
        manager: ProxyManager,
        host: str,
        port: int,
        tls: SSLContext,
        timeout: float | None,
    ) -> LimitedHTTPConnection:
        """A tunnel; names are looked up at its other end, so only addresses can be judged here."""
        if is_address(host):
            self._permit(host.strip("[]"))
        proxy = manager.proxy
        assert proxy is not None
        connection = LimitedHTTPSConnection(
            proxy.host or "",
            proxy.port,
            timeout=timeout,
            ssl_context=tls,
            proxy=proxy,
            proxy_config=manager.proxy_config,
        )
        connection.set_tunnel(host, port, manager.proxy_headers, proxy.scheme or "http")
        return connection

    def _permit(self, address: str) -> None:
        """Refuse an address that a download must not reach.

        :raises AttachmentException: for any that is not public, but loopback from loopback.
        """
        ip = ip_address(address.partition("%")[0])
        if isinstance(ip, IPv6Address):
            nat64 = IPv4Address(ip.packed[-4:]) if ip in _NAT64 else None
            ip = ip.ipv4_mapped or ip.sixtofour or nat64 or ip
        if ip.is_loopback and self._at_home:
            return
        # What is reserved wraps private addresses of IPv4 in some of its ranges.
        site_local = isinstance(ip, IPv6Address) and ip.is_site_local
        if ip.is_multicast or ip.is_reserved or site_local or not ip.is_global:
            raise _refused(f"it leads to {address}, which is no public address")
        self._at_home = False

    def _failure(self, response: BaseHTTPResponse) -> ApiException:
        """The exception for an answer without a file."""
        content = self.read(response, _MOST_OF_AN_ERROR)
        answer = rest.RESTResponse(response, content, (self._headers, self._queries, None))
        if response.status not in _URL_REFUSED:
            return exception_for(answer)
        failure = AttachmentException(http_resp=answer)
        failure.stale = True
        return failure

    def _broken(self, error: Exception) -> ApiException:
        secrets = secrets_of(self._headers, self._queries)
        return transport_failure(error, self._limits, secrets)


def _joined(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise _refused("its URL cannot be read") from None


def _split(url: str) -> SplitResult:
    """The parts of a URL.

    :raises AttachmentException: when programs could read it in two ways, or not at all.
    """
    try:
        parts = urlsplit(url)
        if not re.search(r"[\x00-\x1f\x7f\\]", url) and (parts.port is None or parts.port > 0):
            return parts
    except ValueError:
        pass
    raise _refused("its URL cannot be read")


def _refused(reason: str) -> AttachmentException:
    return AttachmentException(reason=f"the file is not fetched: {reason}")


def _stale(reason: str) -> AttachmentException:
    failure = AttachmentException(reason=reason)
    failure.stale = True
    return failure
