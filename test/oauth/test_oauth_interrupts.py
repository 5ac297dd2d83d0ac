"""A traceback with local variables of an interrupted request shows no secret."""

from __future__ import annotations

import base64
import io
import signal
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.traceback import Traceback
from support.faces import configured

import swagger_client
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.oauth import AuthorizationCodeOAuth, ServerToServerOAuth

PACKAGE = str(Path(swagger_client.__file__).parent)
SECRET, REFRESH, CODE = "canary-client-secret-01", "canary-refresh-token-01", "canary-code-01"
BEARER = "canary-bearer-" + "x" * 600

pytestmark = [
    pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers of POSIX"),
]


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that accepts requests, interrupts the client and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepted: list[socket.socket] = []

        def serve() -> None:
            connection, _ = server.accept()
            accepted.append(connection)
            connection.recv(65536)
            signal.setitimer(signal.ITIMER_REAL, 0.1)  # once the client waits for a response

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        for connection in accepted:
            connection.close()


def with_secret(origin: str) -> Configuration:
    url = f"{origin}/oauth/token"
    credentials = ServerToServerOAuth("account", "id", SECRET, token_url=url)
    return configured(f"{origin}/v2", credentials=credentials)


def with_refresh_token(origin: str) -> Configuration:
    url = f"{origin}/oauth/token"
    credentials = AuthorizationCodeOAuth("id", SECRET, refresh_token=REFRESH, token_url=url)
    return configured(f"{origin}/v2", credentials=credentials)


def with_code(origin: str) -> Configuration:
    credentials = AuthorizationCodeOAuth("id", token_url=f"{origin}/oauth/token")
    credentials.start_authorization()
    credentials.exchange_code(CODE)
    return configured(f"{origin}/v2", credentials=credentials)


def with_token(origin: str) -> Configuration:
    return configured(f"{origin}/v2", access_token=BEARER)


def shown_by_rich(error: BaseException) -> str:
    out = io.StringIO()
    rich = Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
    Console(file=out, width=400).print(rich)
    return out.getvalue()


def shown_by_the_standard_library(error: BaseException) -> str:
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.mark.parametrize("show", [shown_by_rich, shown_by_the_standard_library])
@pytest.mark.parametrize("configure", [with_secret, with_refresh_token, with_code, with_token])
def test_an_interrupt_shows_no_secret(
    silent: str,
    configure: Callable[[str], Configuration],
    show: Callable[[BaseException], str],
) -> None:
    api = SMSApi(ApiClient(configure(silent)))
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            api.account_sms_session(_retries=0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    text = show(caught.value)
    assert PACKAGE in text
    assert "canary" not in text
    assert base64.b64encode(f"id:{SECRET}".encode()).decode() not in text
