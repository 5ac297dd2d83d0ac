"""Users' authorization: requests that survive a restart, shared refresh tokens, logins."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from support.clocks import JumpingClock, ManualClock
from support.faces import Faces, configured
from support.ports import free_port
from support.wire import Received, Say, Wire, error_reply, reply

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.api.login import DeviceCode, login_in_browser, login_with_device_code
from swagger_client.exceptions import (
    ApiException,
    DeadlineExceededException,
    UnauthorizedException,
)
from swagger_client.oauth import (
    AuthorizationCodeOAuth,
    AuthorizationRequest,
    FileTokenCache,
    default_token_cache,
)
from swagger_client.sandbox import Sandbox

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


def app_of(zoom: Sandbox, **options: object) -> AuthorizationCodeOAuth:
    named = {"redirect_uri": "https://app.example/back", **options}
    return AuthorizationCodeOAuth(
        zoom.client_id,
        zoom.client_secret,
        token_url=zoom.token_url,
        authorize_url=zoom.authorize_url,
        **named,  # type: ignore[arg-type]
    )


def visit(url: str) -> dict[str, str]:
    """Consent on Zoom's page; return the query with which the browser comes back."""
    response = urllib3.request("GET", url, redirect=False)
    query = parse_qs(urlsplit(response.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


def test_each_authorization_request_has_its_own_state_and_verifier(zoom: Sandbox) -> None:
    app = app_of(zoom)
    requests = [app.start_authorization() for _ in range(3)]
    assert len({request.state for request in requests}) == 3
    assert len({request.code_verifier for request in requests}) == 3
    urls = [app.authorization_url("same") for _ in range(2)]
    challenges = {parse_qs(urlsplit(url).query)["code_challenge"][0] for url in urls}
    assert len(challenges) == 2


def test_another_process_exchanges_the_code_with_the_stored_request(
    zoom: Sandbox, face: Faces
) -> None:
    request = app_of(zoom).start_authorization()
    stored = request.to_json()
    back = visit(request.url)
    other_process = app_of(zoom)
    other_process.start_authorization()  # of another user
    other_process.exchange_code(
        back["code"], request=AuthorizationRequest.from_json(stored), state=back["state"]
    )
    assert face(zoom.host, credentials=other_process).call().sms_sessions


def test_a_code_with_the_state_of_another_request_is_rejected(zoom: Sandbox) -> None:
    app = app_of(zoom)
    request = app.start_authorization()
    with pytest.raises(ValueError, match="state differs from"):
        app.exchange_code("code", request=request, state="forged")
    with pytest.raises(ValueError, match="state differs from"):
        app_of(zoom).exchange_code("code", state="forged")


@pytest.mark.parametrize("code", ["", " ", "a\nb", "\0", None, 5])
def test_what_is_no_code_is_rejected_at_once(zoom: Sandbox, code: object) -> None:
    app = app_of(zoom)
    request = app.start_authorization()
    with pytest.raises((ValueError, TypeError), match="code"):
        app.exchange_code(code, request=request)  # type: ignore[arg-type]
    assert zoom.token_requests == 0


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"url": 1}', "null"])
def test_only_a_stored_request_is_read(text: str) -> None:
    with pytest.raises(ValueError, match="not an authorization request"):
        AuthorizationRequest.from_json(text)


def test_no_repr_shows_the_verifier(zoom: Sandbox) -> None:
    request = app_of(zoom).start_authorization()
    assert request.code_verifier not in repr(request)
    assert str(request.code_verifier) in request.to_json()


# Otherwise the code expires unused while the first token is valid.
def test_a_new_code_is_exchanged_by_the_next_call(zoom: Sandbox, face: Faces) -> None:
    app = app_of(zoom)
    caller = face(zoom.host, credentials=app)
    for count in (1, 2):
        app.exchange_code(visit(app.start_authorization().url)["code"])
        caller.call()
        caller.call()
        assert zoom.token_requests == count


def test_a_rejected_code_does_not_replace_the_refresh_token(zoom: Sandbox, face: Faces) -> None:
    clock = JumpingClock()
    app = app_of(zoom)
    caller = face(zoom.host, credentials=app, clock=clock)
    app.exchange_code(visit(app.start_authorization().url)["code"])
    caller.call()
    app.exchange_code("an-expired-code")
    with pytest.raises(UnauthorizedException, match="issued no token"):
        caller.call()
    clock.jump(61)
    assert caller.call().sms_sessions


def test_a_new_authorization_ends_the_pause_after_failures(zoom: Sandbox, face: Faces) -> None:
    clock = ManualClock(time.time())
    app = app_of(zoom, refresh_token="revoked")
    caller = face(zoom.host, credentials=app, clock=clock)
    for _ in range(6):
        with pytest.raises(UnauthorizedException):
            caller.call()
        clock.jump(61)
    with pytest.raises(UnauthorizedException):
        caller.call()
    app.exchange_code(visit(app.start_authorization().url)["code"])
    assert caller.call().sms_sessions


class RotatingZoom:
    """Issues refresh tokens that can be used once, as Zoom does."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.valid = "refresh-0"
        self.issued = 0
        self._lock = threading.Lock()
        wire.default = self.respond

    def respond(self, request: Received) -> Say:
        with self._lock:
            if request.path == "/oauth/token":
                form = parse_qs(request.body.decode())
                if form["refresh_token"] != [self.valid]:
                    return Say(error_reply(400, 4741, "The refresh token is used or revoked."))
                self.issued += 1
                self.valid = f"refresh-{self.issued}"
                return Say(
                    reply(
                        {
                            "access_token": f"token-{self.issued}",
                            "expires_in": 3600,
                            "refresh_token": self.valid,
                        }
                    )
                )
            if request.headers["authorization"] != f"Bearer token-{self.issued}":
                return Say(error_reply(401, 124, "Invalid access token."))
            return Say(reply())

    def app(self, path: Path, refresh_token: str = "refresh-0") -> AuthorizationCodeOAuth:
        return AuthorizationCodeOAuth(
            "app",
            "app-secret",
            token_url=f"{self.wire.origin}/oauth/token",
            refresh_token=refresh_token,
            cache=FileTokenCache(path),
        )


# Without the newest token from the cache, the first process to renew locks out all others.
def test_processes_with_one_refresh_token_do_not_lock_each_other_out(
    wire: Wire, face: Faces, tmp_path: Path
) -> None:
    zoom, path, clock = RotatingZoom(wire), tmp_path / "tokens.json", JumpingClock()
    one, other = (
        face(wire.host, credentials=zoom.app(path), clock=clock, retries=0) for _ in range(2)
    )
    for _ in range(3):
        one.call()
        other.call()
        clock.jump(3600)
        one.call()
        clock.jump(3600)
    other.call()
    late = face(wire.host, credentials=zoom.app(path, "refresh-1"), clock=clock, retries=0)
    late.call()
    assert zoom.issued < 12


def test_only_one_process_renews(wire: Wire, face: Faces, tmp_path: Path) -> None:
    zoom, path = RotatingZoom(wire), tmp_path / "tokens.json"
    for _ in range(4):
        face(wire.host, credentials=zoom.app(path), retries=0).call()
    assert zoom.issued == 1


@needs_fork
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_workers_that_were_forked_with_one_refresh_token_all_continue(
    wire: Wire, tmp_path: Path
) -> None:
    zoom = RotatingZoom(wire)
    configuration = configured(wire.host, credentials=zoom.app(tmp_path / "tokens.json"))
    api = SMSApi(ApiClient(configuration))
    codes = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            try:
                api.account_sms_session(_deadline=20, _retries=0)
                os._exit(0)
            except ApiException:
                os._exit(1)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    assert codes == [0, 0, 0]
    assert zoom.issued == 1


# A token that another process has just replaced is found in the cache.
def test_a_rejected_token_is_replaced_by_the_one_of_another_process(
    wire: Wire, face: Faces, tmp_path: Path
) -> None:
    zoom, path = RotatingZoom(wire), tmp_path / "tokens.json"
    one, other = (face(wire.host, credentials=zoom.app(path), retries=0) for _ in range(2))
    one.call()
    other.call()
    zoom.issued += 1  # somebody has revoked the access token
    one.call()
    before = len(wire.requests)
    other.call()
    assert [request.path for request in wire.requests[before:]].count("/oauth/token") == 0


def client_of(zoom: Sandbox, **settings: object) -> ApiClient:
    return ApiClient(configured(zoom.host, access_token="", **settings), clock=JumpingClock())


def test_a_user_logs_in_with_a_code_on_another_device(zoom: Sandbox) -> None:
    shown: list[DeviceCode] = []
    stored: list[str] = []

    def show(code: DeviceCode) -> None:
        shown.append(code)
        zoom.approve_device(code.user_code)

    app = app_of(zoom, on_refresh_token=stored.append)
    client = client_of(zoom)
    login_with_device_code(client, app, show)
    assert len(shown) == len(stored) == 1
    client.configuration.credentials = app
    before = zoom.token_requests
    assert SMSApi(client).account_sms_session().sms_sessions
    assert zoom.token_requests == before


def test_polling_continues_until_the_user_has_entered_the_code(zoom: Sandbox) -> None:
    shown: list[DeviceCode] = []
    client = client_of(zoom)
    clock = client.clock
    assert isinstance(clock, JumpingClock)
    sleep, sleeps = clock.sleep, []

    def approve_later(seconds: float) -> None:
        sleeps.append(seconds)
        if len(sleeps) == 3:
            zoom.approve_device(shown[0].user_code)
        sleep(seconds)

    clock.sleep = approve_later  # type: ignore[method-assign]
    login_with_device_code(client, app_of(zoom), shown.append)
    assert sleeps == [5.0] * 3


def test_a_device_code_expires_if_the_user_does_not_enter_it(zoom: Sandbox) -> None:
    with pytest.raises((DeadlineExceededException, UnauthorizedException)):
        login_with_device_code(client_of(zoom), app_of(zoom), lambda _: None)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_user_logs_in_with_a_browser_on_this_machine(zoom: Sandbox, host: str) -> None:
    app = app_of(zoom, redirect_uri=f"http://{host}:{free_port()}/callback")
    pages: list[int] = []

    def browse(url: str) -> None:
        def follow() -> None:
            for forged in ("?code=forged&state=forged", "", "favicon.ico"):
                pages.append(urllib3.request("GET", app.redirect_uri + forged).status)
            pages.append(urllib3.request("GET", url).status)

        threading.Thread(target=follow, daemon=True).start()

    client = ApiClient(configured(zoom.host, access_token=""))
    login_in_browser(client, app, open_browser=browse, timeout=30)
    client.configuration.credentials = app
    assert SMSApi(client).account_sms_session().sms_sessions
    assert zoom.token_requests == 1
    assert pages[:3] == [404, 404, 404]


def test_a_user_who_declines_ends_the_login(zoom: Sandbox) -> None:
    app = app_of(zoom, redirect_uri=f"http://127.0.0.1:{free_port()}/callback")

    def browse(url: str) -> None:
        state = parse_qs(urlsplit(url).query)["state"][0]
        back = f"{app.redirect_uri}?error=access_denied&state={state}"
        threading.Thread(target=urllib3.request, args=("GET", back), daemon=True).start()

    with pytest.raises(UnauthorizedException, match="did not authorize"):
        login_in_browser(ApiClient(configured(zoom.host)), app, open_browser=browse, timeout=30)


def test_a_user_who_does_not_come_back_ends_the_login(zoom: Sandbox) -> None:
    app = app_of(zoom, redirect_uri=f"http://127.0.0.1:{free_port()}/callback")
    with pytest.raises(DeadlineExceededException):
        login_in_browser(
            ApiClient(configured(zoom.host)), app, open_browser=lambda _: None, timeout=0.05
        )


@pytest.mark.parametrize("uri", ["https://app.example/back", "http://127.0.0.1/x", "http://a:1/"])
def test_a_browser_login_needs_a_loopback_address(zoom: Sandbox, uri: str) -> None:
    with pytest.raises(ValueError, match="URL of this machine"):
        login_in_browser(ApiClient(Configuration()), app_of(zoom, redirect_uri=uri))


@pytest.mark.skipif(os.name != "posix", reason="run-time folders are of POSIX systems")
def test_processes_share_a_token_in_the_private_run_time_folder(
    zoom: Sandbox, face: Faces, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    environ = {
        "XDG_RUNTIME_DIR": str(tmp_path),
        "ZOOM_API_HOST": zoom.host,
        "ZOOM_TOKEN_URL": zoom.token_url,
        "ZOOM_ACCOUNT_ID": zoom.account_id,
        "ZOOM_CLIENT_ID": zoom.client_id,
        "ZOOM_CLIENT_SECRET": zoom.client_secret,
    }
    for _ in range(2):
        configuration = Configuration.from_env(environ)
        face(zoom.host, credentials=configuration.credentials).call()
    assert zoom.token_requests == 1
    own = tmp_path / "own.json"
    configuration = Configuration.from_env({**environ, "ZOOM_TOKEN_CACHE": str(own)})
    face(zoom.host, credentials=configuration.credentials).call()
    assert own.exists()


@pytest.mark.skipif(os.name != "posix", reason="run-time folders are of POSIX systems")
def test_a_folder_that_others_can_enter_is_not_shared(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert default_token_cache({"XDG_RUNTIME_DIR": str(tmp_path)}) is None
    tmp_path.chmod(0o700)
    assert default_token_cache({"XDG_RUNTIME_DIR": str(tmp_path)}) is not None
    assert default_token_cache({"XDG_RUNTIME_DIR": "relative"}) is None
    assert default_token_cache({}) is None
    assert default_token_cache({"XDG_RUNTIME_DIR": str(tmp_path), "ZOOM_TOKEN_CACHE": ""}) is None
