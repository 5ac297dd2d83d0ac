"""Which URLs a secret may be sent to."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

#: What parsers of URLs disagree on: one may see Zoom where another connects to somebody else.
_READ_IN_TWO_WAYS = re.compile(r"[^!-?A-\[\]-~]")
#: Parsers drop some of these, others keep them, and what is appended lands elsewhere.
_NOT_OF_A_URL = re.compile(r"[^!-~]|[?#\\]")
_ZOOM_DOMAINS = ("zoom.us", "zoomgov.com", "zoom.com")


def http_parts(url: str) -> SplitResult | None:
    """The parts of an absolute URL of HTTP; None for any other."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if good else None


def check_url(name: str, url: str, allow_http: bool = False) -> None:
    """Refuse a URL that a token or a client secret must not be sent to.

    :param name: what the URL is, for the message.
    :raises ValueError: when it is none, or plain ``http://`` to another machine.
    """
    if not isinstance(url, str):
        raise TypeError(f"{name} must be a str, not {type(url).__name__}")
    parts = http_parts(url)
    if parts is None or not parts.hostname:
        raise ValueError(f"{name} must be an absolute https:// URL")
    if _NOT_OF_A_URL.search(url):
        raise ValueError(f"{name} holds a blank, `?`, `#` or another character of no address")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{name} must not hold credentials, a query or a fragment")
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname):
        raise ValueError(
            f"{name} is plain http:// to {parts.hostname}: that would show secrets to everybody "
            "on the way. Use https://, or set configuration.allow_http = True"
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    return host == "localhost" or (is_address(host) and ip_address(host.strip("[]")).is_loopback)


def is_address(host: str) -> bool:
    """Whether a host is given as an IP address."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def zoom_origin(url: object) -> str | None:
    """A URL of Zoom's that names a host and nothing more, without a slash; None for all others."""
    if not isinstance(url, str) or not is_zoom(url):
        return None
    parts = urlsplit(url)
    return None if parts.path.strip("/") or parts.query or parts.fragment else url.rstrip("/")


def is_zoom(url: str) -> bool:
    """Whether an https URL belongs to Zoom."""
    if _READ_IN_TWO_WAYS.search(url):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port  # read when it is looked at, and may be none
    except ValueError:
        return False
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme == "https" and any(
        host == domain or host.endswith(f".{domain}") for domain in _ZOOM_DOMAINS
    )
