"""Resolve host names with a timeout."""

from __future__ import annotations

import socket
import threading
from typing import Any

from urllib3.util.connection import allowed_gai_family

from swagger_client._security.urls import is_address

Address = tuple[str, int]


def resolve(host: str, port: int | None, seconds: float | None) -> list[Address]:
    """Return the addresses of a host, in the resolver's order, without duplicates.

    :param seconds: the longest wait. The system's resolver has no timeout of its own.
    :raises TimeoutError: if no name server responds in time.
    :raises OSError: if the name is unknown.
    :raises UnicodeError: if the host is not a valid name.
    """
    found: list[Any] = []
    errors: list[Exception] = []

    def look_up() -> None:
        try:
            family = allowed_gai_family()
            found.extend(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            errors.append(error)

    if seconds is None or is_address(host):
        look_up()
    else:
        _run_in_thread(look_up, seconds)
    if errors:
        raise errors[0]
    return list(dict.fromkeys((str(entry[4][0]), int(entry[4][1])) for entry in found))


def _run_in_thread(look_up: Any, seconds: float) -> None:
    thread = threading.Thread(target=look_up, name="swagger_client_dns", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread can be started, for example while Python exits
        look_up()
        return
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError("no name server responded in time")
