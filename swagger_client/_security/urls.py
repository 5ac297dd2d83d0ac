"""Check URLs before secrets are sent to them, for example that they use https."""

from __future__ import annotations

import re
import socket
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

#: Characters that URL parsers interpret differently, so that two parsers may see different hosts.
_AMBIGUOUS = r"[^!-?A-\[\]-~]"
#: Characters that a base URL must not have, because URL parsers ignore them, or because no path can
#: be added after them.
_NOT_IN_BASE_URL = r"[^!-~]|[?#\\]"
#: An IPv4 address as one to four numbers: decimal, octal or hexadecimal.
_NUMBER = "(?:0[xX][0-9A-Fa-f]{0,16}|[0-9]{1,16})"
_NUMERIC_HOST = rf"{_NUMBER}(?:\.{_NUMBER}){{0,3}}"
_ZOOM_DOMAINS = ("zoom.us", "zoomgov.com", "zoom.com")
#: How the setting of a proxy must be written, for error messages.
PROXY_FORM = (
    "a URL such as http://proxy.example:8080 or http://user:password@proxy.example:8080, with / in "
    "a password as %2F and @ as %40"
)


def http_parts(url: str) -> SplitResult | None:
    """Split an absolute ``http`` or ``https`` URL; return None if the text is not one."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if valid else None


def is_server_url(url: str, schemes: Collection[str]) -> bool:
    """Return whether a text is the URL of a server, with a valid port.

    An unescaped ``/``, ``?`` or ``#`` in a password ends the host too early. Then a part of the
    password would be the port, or appear in the name of the server. Such a URL is not accepted.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in schemes and parts.port != 0
    except ValueError:
        return False
    return valid and not (parts.netloc and "@" in parts.path + parts.query + parts.fragment)


def is_proxy_url(url: str) -> bool:
    """Return whether a text is the URL of an HTTP proxy; :data:`PROXY_FORM` describes one."""
    return http_parts(url) is not None and is_server_url(url, ("http", "https"))


class PlainHttpError(ValueError):
    """A setting is an ``http://`` URL of another machine, so requests would not be encrypted.

    :ivar str name: the name of the setting.
    :ivar str host: the host of the URL.
    """

    def __init__(self, name: str, host: str, otherwise: str) -> None:
        super().__init__(
            f"{name} is an http:// URL of {host}, which would send secrets unencrypted. "
            f"Use https://{otherwise}"
        )
        self.name = name
        self.host = host


def check_url(name: str, url: str, *, allow_http: bool = False, otherwise: str = "") -> None:
    """Check that secrets can be sent to a URL: it must use https, or be on this machine.

    :param name: the name of the setting, for error messages.
    :param allow_http: whether to accept an ``http://`` URL of another machine, too.
    :param otherwise: what the user can do instead of using https, for the error message.
    :raises PlainHttpError: if the URL is an ``http://`` URL of another machine.
    :raises ValueError: if the URL is not a valid base URL.
    """
    if not isinstance(url, str):
        raise TypeError(f"{name} must be a str, not {type(url).__name__}")
    parts = http_parts(url)
    if parts is None or not parts.hostname:
        raise ValueError(f"{name} must be an absolute https:// URL")
    if re.search(_NOT_IN_BASE_URL, url):
        raise ValueError(f"{name} contains a space, `?`, `#` or another character not allowed here")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{name} must not contain credentials, a query or a fragment")
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname):
        raise PlainHttpError(name, parts.hostname, otherwise)


def without_user(url: str) -> str:
    """Remove the user and password from a URL, which may be invalid."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url.rpartition("@")[2]
    return f"{scheme}://{rest.rpartition('@')[2]}"


def is_loopback(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = literal_address(host)
    return address is not None and ip_address(address).is_loopback


def literal_address(host: str) -> str | None:
    """Return the IP address if a host is written as one, or None if it is a host name.

    ``127.1``, ``0x7f000001`` and ``2130706433`` are addresses too, because resolvers accept them.
    """
    name = host.strip("[]").rstrip(".").partition("%")[0]
    try:
        return str(ip_address(name))
    except ValueError:
        pass
    if not re.fullmatch(_NUMERIC_HOST, name):
        return None
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None


def is_address(host: str) -> bool:
    """Return whether a host is an IP address such as ``127.0.0.1`` or ``[::1]``."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def zoom_origin(url: object) -> str | None:
    """Return scheme and host of an https URL of Zoom; None if its path is not empty or ``/v2``."""
    if not isinstance(url, str) or not is_zoom(url):
        return None
    parts = urlsplit(url)
    if parts.path.strip("/") not in ("", "v2") or parts.query or parts.fragment:
        return None
    return f"{parts.scheme}://{parts.netloc}"


def is_zoom(url: str) -> bool:
    parts = None if re.search(_AMBIGUOUS, url) else http_parts(url)
    if parts is None or parts.scheme != "https":
        return False
    host = (parts.hostname or "").rstrip(".")
    return any(host == domain or host.endswith(f".{domain}") for domain in _ZOOM_DOMAINS)
