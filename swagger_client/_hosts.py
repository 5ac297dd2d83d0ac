"""Which URLs a secret may be sent to."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

_ZOOM_DOMAINS = ("zoom.us", "zoomgov.com", "zoom.com")


def check_url(name: str, url: str, allow_http: bool = False) -> None:
    """Refuse a URL that a token or a client secret must not be sent to.

    :param name: what the URL is, for the message.
    :raises ValueError: when it is none, or plain ``http://`` to another machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{name} must be an absolute https:// URL")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{name} must not hold credentials, a query or a fragment")
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname):
        raise ValueError(
            f"{name} is plain http:// to {parts.hostname}: that would show secrets to everybody "
            "on the way. Use https://, or set configuration.allow_http = True"
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_zoom(url: str) -> bool:
    """Whether an https URL belongs to Zoom."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    return parts.scheme == "https" and any(
        host == domain or host.endswith(f".{domain}") for domain in _ZOOM_DOMAINS
    )
