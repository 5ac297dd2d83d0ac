"""An exception at any line leaves no secret in the variables of a frame."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import io
import itertools
import json
import linecache
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import certifi
import pytest
from support.clocks import JumpingClock
from support.leaks import (
    BEARER,
    CODE,
    COOKIE,
    JWT,
    PROXY,
    REFRESH,
    SECRET,
    STATIC,
    VERIFIER,
    WEBHOOK,
    found_in,
    locals_of,
)
from support.wire import Received, Say, Wire, reply
from urllib3 import ProxyManager

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client._security.credentials_file import read_file, run_command
from swagger_client._security.frames import clear_locals
from swagger_client._wire.proxy import environment_proxy, proxy_headers
from swagger_client._wire.trust import find_trust
from swagger_client.aio import AsyncApiClient, AsyncSMSApi
from swagger_client.api.login import login_with_device_code
from swagger_client.integrations.redis import RedisPacer
from swagger_client.models import SmsAttachment
from swagger_client.oauth import (
    AuthorizationCodeOAuth,
    AuthorizationRequest,
    FileTokenCache,
    ServerToServerOAuth,
    StaticToken,
    default_token_cache,
)
from swagger_client.webhooks import Webhook

#: What an exception may interrupt, and the packages in whose code it does.
PACKAGES = ("swagger_client", "urllib3", "http", "json", "socket", "tempfile", "hmac")
FILE = b"a file of some bytes"


def configured(wire: Wire, **settings: object) -> Configuration:
    configuration = Configuration()
    configuration.host, configuration.retries = wire.host, 1
    for name, value in settings.items():
        setattr(configuration, name, value)
    return configuration


def client_of(wire: Wire, **settings: object) -> ApiClient:
    return ApiClient(configured(wire, **settings), clock=JumpingClock())


def call(wire: Wire, folder: Path) -> None:
    client = client_of(wire, access_token=STATIC)
    client.cookie = f"session={COOKIE}"
    client.set_default_header("X-Api-Key", SECRET)
    with client:
        SMSApi(client).account_sms_session()


def call_on_asyncio(wire: Wire, folder: Path) -> None:
    async def main() -> None:
        configuration = configured(wire, credentials=StaticToken(STATIC))
        async with AsyncApiClient(configuration, cookie=f"session={COOKIE}") as client:
            await AsyncSMSApi(client).account_sms_session()

    asyncio.run(main())


def iterate(wire: Wire, folder: Path) -> None:
    credentials = ServerToServerOAuth("a", "c", SECRET, token_url=f"{wire.origin}/oauth/token")
    with client_of(wire, credentials=credentials) as client:
        list(SMSApi(client).iter_account_sms_session(_from="2026-01-01", to="2026-01-02"))


def fetch_a_token(wire: Wire, folder: Path) -> None:
    cache = FileTokenCache(folder / "tokens.json")
    url = f"{wire.origin}/oauth/token"
    for _ in range(2):
        credentials = ServerToServerOAuth("account", "app", SECRET, token_url=url, cache=cache)
        with client_of(wire, credentials=credentials) as client:
            SMSApi(client).account_sms_session()


def renew(wire: Wire, folder: Path) -> None:
    credentials = AuthorizationCodeOAuth(
        "app", SECRET, refresh_token=REFRESH, token_url=f"{wire.origin}/oauth/token",
        on_refresh_token=lambda _: None, cache=FileTokenCache(folder / "tokens.json"),
    )  # fmt: skip
    with client_of(wire, credentials=credentials) as client:
        SMSApi(client).account_sms_session()


def exchange_a_code(wire: Wire, folder: Path) -> None:
    url = f"{wire.origin}/oauth/token"
    credentials = AuthorizationCodeOAuth("app", None, redirect_uri="https://a/b", token_url=url)
    request = AuthorizationRequest.from_json(
        f'{{"url": "https://z/", "state": "s", "code_verifier": "{VERIFIER}", "redirect_uri": "r"}}'
    )
    credentials.exchange_code(CODE, request=request, state="s")
    with client_of(wire, credentials=credentials) as client:
        SMSApi(client).account_sms_session()


def log_in_with_a_device(wire: Wire, folder: Path) -> None:
    app = AuthorizationCodeOAuth("app", SECRET, token_url=f"{wire.origin}/oauth/token")
    with client_of(wire) as client:
        login_with_device_code(client, app, lambda _: None)


def download(wire: Wire, folder: Path) -> None:
    attachment = SmsAttachment.from_dict(
        {"id": "a", "download_url": f"{wire.origin}/redirect?jwt={JWT}"}
    )
    with client_of(wire, access_token=STATIC) as client:
        SMSApi(client).download_attachment(attachment, io.BytesIO())


def call_through_a_proxy(wire: Wire, folder: Path) -> None:
    proxy = f"http://user:{PROXY.replace('@', '%40')}@127.0.0.1:{wire.port}"
    with client_of(wire, access_token=STATIC, proxy=proxy) as client:
        client.configuration.without_secrets()
        SMSApi(client).account_sms_session()


def read_the_environment(wire: Wire, folder: Path) -> None:
    names = ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET")
    environ = {**dict.fromkeys(names, SECRET), "ZOOM_ACCESS_TOKEN": STATIC, "OTHER": BEARER}
    environ["ZOOM_TOKEN_CACHE"] = str(folder / "tokens.json")
    Configuration.from_env(environ)


def read_files(wire: Wire, folder: Path) -> None:
    file = folder / "credentials"
    file.touch(0o600)
    file.write_text(f"ZOOM_ACCOUNT_ID=a\nZOOM_CLIENT_ID=b\nZOOM_CLIENT_SECRET={SECRET}\n")
    read_file(file)
    run_command(["cat", str(file)])


def find_proxy_and_trust(wire: Wire, folder: Path) -> None:
    environ = {"HTTPS_PROXY": f"http://u:{PROXY}@h:1", "OTHER": SECRET}
    proxy_headers(environment_proxy("https://api.zoom.us/v2", environ))
    default_token_cache({**environ, "ZOOM_TOKEN_CACHE": str(folder / "x")})
    find_trust(environment={**environ, "SSL_CERT_FILE": certifi.where()})


def receive_a_webhook(wire: Wire, folder: Path) -> None:
    webhook = Webhook([WEBHOOK, WEBHOOK + "-old"])
    body = b'{"event": "phone.sms_sent", "payload": {}, "event_ts": 1}'
    webhook.unwrap(body, webhook.sign(body))
    webhook.parse(b'{"event": "endpoint.url_validation", "payload": {"plainToken": "x"}}')


WORK: list[Callable[[Wire, Path], None]] = [
    call, call_on_asyncio, iterate, fetch_a_token, renew, exchange_a_code, log_in_with_a_device,
    download, call_through_a_proxy, find_proxy_and_trust, read_the_environment, read_files,
    receive_a_webhook,
]  # fmt: skip


def serve(request: Received) -> Say:
    path = request.path.rpartition("/")[2]
    if path == "token":
        fields = {"access_token": BEARER, "refresh_token": REFRESH + "2", "expires_in": 3600}
        return Say(reply(fields))
    if path == "devicecode":
        fields = {"device_code": CODE, "user_code": "U", "verification_uri": "https://z/"}
        return Say(reply(fields))
    if path == "redirect":
        return Say(reply(b"", 302, {"Location": f"/file?jwt={JWT}"}))
    if path == "file":
        return Say(reply(FILE))
    return Say(reply({"sms_sessions": [], "next_page_token": ""}))


class Interrupter:
    """Raises an exception at the n-th executed line of the packages."""

    def __init__(self, at: int, error: type[BaseException]) -> None:
        self.at, self.error, self.lines = at, error, 0

    def run(self, work: Callable[[], object]) -> None:
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            contextvars.copy_context().run(work)
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, _: object) -> Any:
        module = str(frame.f_globals.get("__name__", ""))
        if module.partition(".")[0] not in PACKAGES or module == "swagger_client._security.frames":
            return None
        return self._line(frame, event, None)

    def _line(self, frame: FrameType, event: str, _: object) -> Any:
        # Python also reports the line of a `with` statement before it calls `__exit__`. No signal
        # is handled there, and an exception would keep a lock locked forever.
        source = linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip()
        if event in ("line", "return") and not source.startswith(("with ", "async with ")):
            self.lines += 1
            if self.lines == self.at:
                raise self.error("interrupted")
        return self._line


def lines_of(work: Callable[[Wire, Path], None], wire: Wire, folder: Path) -> int:
    counter = Interrupter(-1, KeyboardInterrupt)
    counter.run(lambda: work(wire, folder))
    return counter.lines


def interrupted(
    work: Callable[[Wire, Path], None], wire: Wire, folder: Path, at: int, kind: type[BaseException]
) -> BaseException | None:
    """Interrupt a function at a line; return the exception, unless it was handled."""
    try:
        Interrupter(at, kind).run(lambda: work(wire, folder))
    except BaseException as error:
        return error
    return None


def check(work: Callable[[Wire, Path], None], wire: Wire, tmp_path: Path, part: float) -> None:
    """Interrupt a function at a sample of its lines, with each kind of exception."""
    wire.default = serve
    work(wire, tmp_path)  # what is imported or compiled once
    lines = lines_of(work, wire, tmp_path)
    assert lines > 50
    chosen = random.Random(work.__name__).sample(range(1, lines + 1), max(int(lines * part), 40))
    kinds = itertools.cycle([KeyboardInterrupt, MemoryError, RuntimeError, OSError])
    raised = 0
    for at in sorted(chosen):
        kind = next(kinds)
        folder = tmp_path / str(at)
        folder.mkdir()
        error = interrupted(work, wire, folder, at, kind)
        if error is None:
            continue
        raised += 1
        for shown in locals_of(error):
            assert not found_in(shown), f"{kind.__name__} at line {at}: {shown[:500]}"
    assert raised


@pytest.fixture
def quiet() -> Iterator[None]:
    """Ignore exceptions in finalizers, of which pytest would make warnings."""
    hook = sys.unraisablehook
    sys.unraisablehook = lambda _: None
    gc.disable()  # CPython 3.11 sometimes crashes when it collects among interrupted frames
    yield
    gc.enable()
    gc.collect()  # what was interrupted closed nothing
    sys.unraisablehook = hook


# Without clear_locals() in the drivers, or any of the decorators, found at many lines.
@pytest.mark.parametrize("work", WORK, ids=lambda work: str(work.__name__))
def test_no_frame_shows_a_secret(
    work: Callable[[Wire, Path], None], wire: Wire, tmp_path: Path, quiet: None
) -> None:
    check(work, wire, tmp_path, part=0.02)


@pytest.mark.parametrize(
    "call",
    [
        lambda: ServerToServerOAuth("", "app", SECRET),
        lambda: ServerToServerOAuth("account", "app", SECRET, token_url="http://h/"),
        lambda: AuthorizationCodeOAuth("app", SECRET, refresh_token=REFRESH, token_url="no URL"),
        lambda: AuthorizationCodeOAuth("app").exchange_code(CODE, state="other"),
        lambda: AuthorizationRequest.from_json(json.dumps({"code_verifier": VERIFIER})),
        lambda: Configuration.from_env({"ZOOM_CLIENT_SECRET": SECRET, "ZOOM_ACCESS_TOKEN": STATIC}),
        lambda: Configuration.from_env({"ZOOM_CLIENT_SECRET": SECRET + "\n\x00"}),
        lambda: Webhook(["", WEBHOOK]),
        lambda: Webhook(WEBHOOK + " "),
        lambda: Webhook(WEBHOOK).unwrap(b"{}", {}),
        lambda: environment_proxy("https://h/", {"HTTPS_PROXY": f"socks5://user:{PROXY}@h:1"}),
        lambda: find_trust(environment={"SSL_CERT_FILE": "/no/such/file", "OTHER": SECRET}),
        lambda: RedisPacer(f"redis://user:{SECRET}@h", account="a", plan="pro", local_share=2),
        lambda: ApiClient(_with_proxy()).call_api("/x", "GET"),
        lambda: ApiClient(cookie=f"{COOKIE}\n").call_api("/x", "GET"),
    ],
)
def test_no_frame_has_a_secret_that_was_rejected_before_use(call: Callable[[], object]) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    for shown in locals_of(caught.value):
        assert not found_in(shown), shown[:500]
    assert not found_in(str(caught.value))


def _with_proxy() -> Configuration:
    configuration = Configuration()
    configuration.proxy = f"socks5://user:{PROXY}@h:1"
    return configuration


def test_the_key_of_a_connection_pool_shows_no_password() -> None:
    """urllib3 raises a KeyError with this key while it handles the first request to a host."""
    manager = ProxyManager("http://127.0.0.1:9", proxy_headers={"proxy-authorization": PROXY})
    place = {"scheme": "http", "host": "127.0.0.1", "port": 80}
    key = manager.key_fn_by_scheme["http"]({**manager.connection_pool_kw, **place})
    with pytest.raises(KeyError) as caught:
        manager.pools[key]
    for context in (caught.value, KeyError(key)):
        assert PROXY in str(context)
        error = KeyboardInterrupt()
        error.__context__ = context
        clear_locals(error)
        assert PROXY not in str(context)


@pytest.mark.extended
@pytest.mark.parametrize("work", WORK, ids=lambda work: str(work.__name__))
def test_no_frame_shows_a_secret_at_any_line(
    work: Callable[[Wire, Path], None], wire: Wire, tmp_path: Path, quiet: None
) -> None:
    check(work, wire, tmp_path, part=1.0)
