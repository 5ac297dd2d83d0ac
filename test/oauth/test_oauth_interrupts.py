"""An interrupted call loses no refresh token, and its traceback shows no secret."""

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
from support.tokens import Tokens, end_during_token_request
from support.waiting import wait_until
from support.wire import Say, Wire, error_reply

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
            # Once the client waits for a response, and again, because the first interrupt waits for
            # a response with a refresh token.
            signal.setitimer(signal.ITIMER_REAL, 0.1, 0.5)

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


def read_list(api: SMSApi) -> object:
    return api.account_sms_session()


def iterate(api: SMSApi) -> object:
    return list(api.iter_account_messages(_from="2025-01-01", to="2025-03-01", concurrency=4))


@pytest.fixture
def interrupts() -> Iterator[list[int]]:
    """Count the SIGALRM that arrive; each raises a KeyboardInterrupt."""
    arrived: list[int] = []

    def interrupt(number: int, frame: object) -> None:
        arrived.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    yield arrived
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("call", [read_list, iterate])
@pytest.mark.parametrize("shared", [False, True], ids=["memory", "file"])
def test_an_interrupt_waits_until_the_refresh_token_is_stored(
    wire: Wire,
    tmp_path: Path,
    interrupts: list[int],
    call: Callable[[SMSApi], object],
    shared: bool,
) -> None:
    tokens, stored = Tokens(wire), list[str]()
    credentials = tokens.app(tmp_path / "tokens.json" if shared else None)
    credentials.on_refresh_token = stored.append

    def interrupt() -> None:
        wait_until(lambda: tokens.issued == 1)
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        wait_until(lambda: bool(interrupts))
        tokens.gate.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with ApiClient(configured(wire.host, credentials=credentials)) as client:
        with pytest.raises(KeyboardInterrupt):
            call(SMSApi(client))
        assert stored == ["refresh-1"]
        thread.join()
        SMSApi(client).account_sms_session()
    assert tokens.issued == 1
    assert [one.path for one in wire.requests].count("/oauth/token") == 1


def test_after_an_interrupt_a_failed_token_request_is_not_repeated(
    wire: Wire, interrupts: list[int]
) -> None:
    gate = threading.Event()
    wire.script = [Say(error_reply(503, None, "busy"), gate=gate)]

    def interrupt() -> None:
        wait_until(lambda: bool(wire.requests))
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        wait_until(lambda: bool(interrupts))
        gate.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    api = SMSApi(ApiClient(configured(wire.host, credentials=Tokens(wire).app())))
    with pytest.raises(KeyboardInterrupt):
        api.account_sms_session()
    thread.join()
    assert len(wire.requests) == 1


def test_on_refresh_token_runs_in_the_thread_of_the_call(wire: Wire) -> None:
    tokens, lock, stored = Tokens(wire), threading.RLock(), list[str]()
    tokens.gate.set()

    def store(token: str) -> None:
        if lock.acquire(blocking=False):  # fails in other threads than the one that has the lock
            stored.append(token)

    credentials = tokens.app()
    credentials.on_refresh_token = store
    with lock:
        read_list(SMSApi(ApiClient(configured(wire.host, credentials=credentials))))
    assert stored == ["refresh-1"]


def test_a_process_waits_for_the_token_request_of_an_async_req(wire: Wire, tmp_path: Path) -> None:
    tokens = Tokens(wire)
    program = f"""if True:
    import atexit, os, pathlib, threading
    from swagger_client import ApiClient, Configuration, SMSApi
    from swagger_client.oauth import AuthorizationCodeOAuth

    ending = threading.Event()
    atexit.register(ending.set)  # is called when Python has waited for all threads but daemons

    def store(token):
        if not ending.wait(0.2):
            pathlib.Path("stored").write_text(token)

    configuration = Configuration()
    configuration.host = {wire.host!r}
    configuration.credentials = AuthorizationCodeOAuth(
        "app", "secret", refresh_token="refresh-0", token_url={wire.origin + "/oauth/token"!r},
        on_refresh_token=store)
    call = SMSApi(ApiClient(configuration)).account_sms_session(async_req=True)
    os.read(0, 1)
    print("ended", flush=True)
    """
    end_during_token_request(program, tokens, tmp_path)
    assert (tmp_path / "stored").read_text() == "refresh-1"
