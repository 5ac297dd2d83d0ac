"""Select the proxy for a request from environment variables; see ``docs/PROXIES.md``."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from swagger_client._security.frames import hide_locals
from swagger_client._security.urls import PROXY_FORM, is_loopback, is_proxy_url, literal_address

_DEFAULT_PORTS = {"http": 80, "https": 443}


@hide_locals
def environment_proxy(url: str, environment: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy for requests to ``url``, or None for no proxy.

    :raises ValueError: if a variable is not the URL of an HTTP proxy. The message does not show the
        value of the variable, which may contain a password.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    if is_loopback(host) or is_excluded(host, port, _lookup(environment, "no_proxy")):
        return None
    name = f"{parts.scheme}_proxy"
    proxy = _lookup(environment, name)
    if name == "http_proxy" and "REQUEST_METHOD" in environment:
        # In a CGI program, HTTP_PROXY is the value of a header that the client sent.
        proxy = environment.get("http_proxy")
    if proxy is None:
        name, proxy = "all_proxy", _lookup(environment, "all_proxy")
    return check_proxy(name.upper(), proxy.strip()) if proxy and proxy.strip() else None


def _lookup(environment: Mapping[str, str], name: str) -> str | None:
    """Return a variable's value. Its name is tried in lower case, then in upper case."""
    value = environment.get(name)
    return environment.get(name.upper()) if value is None else value


def check_proxy(name: str, proxy: str) -> str:
    """Return a proxy's URL, with ``http://`` if it has no scheme.

    :param name: the name of the setting, for error messages.
    :raises ValueError: if it is not the URL of an HTTP proxy. The message does not show the value.
    """
    url = proxy if "://" in proxy else f"http://{proxy}"
    if is_proxy_url(url):
        return url
    scheme = re.match("(?i)(?!https?:)[a-z][a-z0-9+.-]{0,9}://", url)
    if scheme is None:
        raise ValueError(f"{name} must be {PROXY_FORM}")
    raise ValueError(f"{name} is a URL with {scheme[0]}, but a proxy must have http:// or https://")


def is_excluded(host: str, port: int, no_proxy: str | None) -> bool:
    """Return whether ``NO_PROXY`` says that requests to a host are sent without a proxy.

    Commas or spaces separate the entries: ``*``, a host or domain, with or without a leading dot,
    an IP address, or a network such as ``10.0.0.0/8``. A host or address may end in ``:port``.
    """
    host = host.rstrip(".").lower()
    entries = (no_proxy or "").replace(",", " ").lower().split()
    return any(_matches(entry, host, port) for entry in entries)


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    address = literal_address(host)
    if "/" in entry:
        try:
            network = ip_network(entry.replace("[", "").replace("]", ""), strict=False)
        except ValueError:
            return False
        return address is not None and ip_address(address) in network
    name, entry_port = _split_port(entry)
    if entry_port is not None and entry_port != port:
        return False
    entry_address = literal_address(name)
    if address is not None or entry_address is not None:
        return address == entry_address
    domain = name.removeprefix("*").lstrip(".").rstrip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _split_port(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        port = rest.removeprefix(":")
    elif entry.count(":") == 1:
        name, _, port = entry.partition(":")
    else:  # a name, or an IPv6 address without brackets
        return entry, None
    return name, int(port) if port.isdecimal() and len(port) < 6 else None


def proxy_address(proxy: str) -> str:
    """Return the host and port of a proxy, without the user and password in its URL."""
    parts = urlsplit(proxy)
    return f"{parts.hostname}:{parts.port or _DEFAULT_PORTS[parts.scheme]}"


@hide_locals
def proxy_headers(proxy: str | None) -> dict[str, str]:
    """Return the header with the user and password in a proxy's URL; empty if it has none."""
    parts = urlsplit(proxy or "")
    if parts.username is None:
        return {}
    user, password = unquote(parts.username), unquote(parts.password or "")
    pair = f"{user}:{password}".encode("utf-8", "replace")
    return {"proxy-authorization": "Basic " + base64.b64encode(pair).decode("ascii")}
