from __future__ import annotations

import socket

from swagger_client.cli.conditions.events import ADDRESS_UNUSABLE
from swagger_client.cli.problems import ProblemError


def listen(host: str, port: int, *, option: str) -> socket.socket:
    """Listen at an address; if it cannot be opened, name the option that sets another one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise address_problem(f"{host}:{port}", error, option) from None


def address_problem(address: str, error: OSError, option: str) -> ProblemError:
    # The error of `create_server` repeats the address.
    reason = str(error.strerror or error).split(" (while ", maxsplit=1)[0]
    return ProblemError(ADDRESS_UNUSABLE(address=address, reason=reason, option=option))
