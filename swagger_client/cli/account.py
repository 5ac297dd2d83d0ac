"""Which account a command works on: the environment's, a file's, or an invented one."""

from __future__ import annotations

import contextlib
import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from swagger_client._flow.drivers import SystemClock
from swagger_client.api import SMSApi
from swagger_client.api_client import ApiClient
from swagger_client.configuration import Configuration
from swagger_client.oauth import ServerToServerOAuth

if TYPE_CHECKING:
    from swagger_client.sandbox import Clock

#: The invented account is the same at every start: what one command archived, the next one finds.
_SEED = 7
_NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
#: Since when it has messages, and until when.
SANDBOX_SINCE, SANDBOX_UNTIL = "2025-02-01", f"{_NOW:%Y-%m-%d}"

_HELP = (
    "Set ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET (of a server-to-server OAuth app), "
    "or ZOOM_ACCESS_TOKEN, or put such lines into a file and name it with --credentials-file. "
    "Without an account, --sandbox tries everything."
)


class _SandboxClock(SystemClock):
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def time(self) -> float:
        """Unix time in the sandbox."""
        return self._clock.time()


@contextlib.contextmanager
def account(options: Namespace) -> Iterator[SMSApi]:
    """The API of the account that the options mean.

    :raises ValueError: when there are no credentials, or their file is open to others.
    """
    if options.sandbox:
        with sandbox() as api:
            yield api
        return
    configuration = Configuration.from_env(_environment(options.credentials_file))
    if configuration.credentials is None and not configuration.access_token:
        raise ValueError(f"There are no credentials. {_HELP}")
    configuration.rate_plan = options.plan
    with ApiClient(configuration) as client:
        yield SMSApi(client)


@contextlib.contextmanager
def sandbox() -> Iterator[SMSApi]:
    """The API of an invented account, which is the same at every start."""
    from swagger_client.sandbox import Sandbox

    with Sandbox(seed=_SEED, now=_NOW, years=1, messages=1200, sessions=24) as zoom:
        configuration = Configuration()
        configuration.host = zoom.host
        configuration.credentials = ServerToServerOAuth(
            zoom.account_id, zoom.client_id, zoom.client_secret, token_url=zoom.token_url
        )
        with ApiClient(configuration, clock=_SandboxClock(zoom.clock)) as client:
            yield SMSApi(client)


def _environment(path: str | None) -> Mapping[str, str]:
    if path is None:
        return os.environ
    file = Path(path)
    try:
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise ValueError(
                f"{path} can be read by others, and it holds secrets: chmod 600 {path}"
            )
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}") from None
    values = dict(os.environ)
    for number, line in enumerate(lines, 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not name or name.startswith("#"):
            continue
        if not equals or not name.startswith("ZOOM_"):
            # The line is not shown: it may hold a secret.
            raise ValueError(f"line {number} of {path} is not like ZOOM_ACCOUNT_ID=…")
        values[name.strip()] = value.strip().strip("\"'")
    return values
