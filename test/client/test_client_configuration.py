"""Configuration: its default, its copies, the environment, and its secrets."""

from __future__ import annotations

import base64
import copy
import logging
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.clocks import JumpingClock
from support.faces import configured
from support.wire import Say, Wire, error_reply, reply

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.exceptions import ApiException
from swagger_client.oauth import ServerToServerOAuth

SECRET = "eyJhbGciOiJIUzUxMiJ9.c2VjcmV0.c2lnbmF0dXJl"
COPIES: list[Callable[[Configuration], Configuration]] = [
    copy.copy,
    copy.deepcopy,
    lambda original: pickle.loads(pickle.dumps(original)),
]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in (
        "ACCESS_TOKEN",
        "API_HOST",
        "ACCOUNT_ID",
        "CLIENT_ID",
        "CLIENT_SECRET",
        "TOKEN_URL",
    ):
        monkeypatch.delenv(f"ZOOM_{name}", raising=False)
    yield
    Configuration.set_default(None)


# The default and copies


def test_later_configurations_are_copies_of_the_default() -> None:
    default = Configuration()
    default.host, default.api_key = "https://api-eu.zoom.us/v2", {"k": "v"}
    Configuration.set_default(default)
    default.api_key["k"] = "changed later"
    first, second = Configuration(), Configuration()
    assert first.host == "https://api-eu.zoom.us/v2"
    assert first.api_key == {"k": "v"}
    first.api_key["k"] = "mine"
    first.host = "https://mine.example"
    assert second.api_key == {"k": "v"}
    assert Configuration().host == "https://api-eu.zoom.us/v2"
    Configuration.set_default(None)
    assert Configuration().host == "https://api.zoom.us/v2"


def test_a_client_without_configuration_takes_the_default(wire: Wire) -> None:
    Configuration.set_default(configured(wire.host))
    SMSApi().account_sms_session()
    assert wire.requests[0].headers["authorization"] == "Bearer a-token"


@pytest.mark.parametrize("duplicate", COPIES, ids=["copy", "deepcopy", "pickle"])
def test_a_copy_has_every_setting_and_shares_no_mutable_object(
    duplicate: Callable[[Configuration], Configuration], tmp_path: Path
) -> None:
    original = Configuration()
    original.access_token, original.api_key = SECRET, {"k": "v"}
    original.api_key_prefix, original.retries = {"k": "Token"}, 7
    original.logger_file, original.debug = str(tmp_path / "log"), True
    made = duplicate(original)
    for name, value in vars(original).items():
        if name != "logger":
            assert getattr(made, name) == value
            assert getattr(made, name) is not value or not isinstance(value, dict | list | set)
    assert made.logger["package_logger"] is not original.logger["package_logger"]
    assert made.logger is not original.logger
    made.debug, made.api_key["k"] = False, "changed"
    assert original.debug
    assert original.api_key == {"k": "v"}


def test_copies_share_their_credentials_so_that_they_share_a_token() -> None:
    original = Configuration()
    original.credentials = ServerToServerOAuth("account", "id", "secret")
    assert copy.copy(original).credentials is original.credentials


# The environment


def test_the_environment_gives_host_and_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_ACCESS_TOKEN", SECRET)
    monkeypatch.setenv("ZOOM_API_HOST", "https://api-eu.zoom.us/v2")
    configuration = Configuration.from_env()
    assert configuration.access_token == SECRET
    assert configuration.host == "https://api-eu.zoom.us/v2"
    assert configuration.credentials is None


@pytest.mark.parametrize(
    "environ", [{}, {"ZOOM_ACCESS_TOKEN": ""}, {"ZOOM_API_HOST": "https://api.zoom.us/v2"}]
)
def test_environment_without_credentials_is_an_error(environ: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no credentials: set ZOOM_ACCESS_TOKEN, or ZOOM_ACCOUNT"):
        Configuration.from_env(environ)


def test_an_empty_variable_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOOM_ACCESS_TOKEN", SECRET)
    monkeypatch.setenv("ZOOM_API_HOST", "")
    made, usual = vars(Configuration.from_env()), vars(Configuration())
    assert made.pop("access_token") == SECRET
    usual.pop("access_token")
    del made["logger"], usual["logger"]
    assert made == usual


def test_the_environment_gives_a_server_to_server_app(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCOUNT_ID", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"ZOOM_{name}", name.lower())
    monkeypatch.setenv("ZOOM_TOKEN_URL", "https://zoomgov.com/oauth/token")
    credentials = Configuration.from_env().credentials
    assert isinstance(credentials, ServerToServerOAuth)
    assert credentials.token_url == "https://zoomgov.com/oauth/token"
    assert (credentials.account_id, credentials.client_id) == ("account_id", "client_id")


@pytest.mark.parametrize("missing", ["ACCOUNT_ID", "CLIENT_ID", "CLIENT_SECRET"])
def test_half_an_app_in_the_environment_is_an_error_that_names_the_rest(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACCOUNT_ID", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"ZOOM_{name}", "" if name == missing else "value")
    with pytest.raises(ValueError, match=f"set ZOOM_{missing} as well"):
        Configuration.from_env()


# Which hosts


@pytest.mark.parametrize(
    "host",
    ["http://127.0.0.1:1/v2", "http://127.8.8.8/v2", "http://localhost/v2", "http://[::1]:80/v2",
     "https://api.zoom.us/v2", "https://proxy.example/zoom/v2"],
)  # fmt: skip
def test_https_and_this_machine_are_fit_for_a_token(host: str) -> None:
    configuration = configured(host)
    configuration._validate()


@pytest.mark.parametrize(
    "host",
    ["http://api.zoom.us/v2", "http://127.0.0.1.example.com/v2", "http://localhost.example/v2",
     "http://10.0.0.1/v2", "http://0.0.0.0/v2", "HTTP://api.zoom.us", "ftp://api.zoom.us",
     "api.zoom.us/v2", "", "//api.zoom.us", "https://", "https://user:pass@api.zoom.us/v2",
     "https://api.zoom.us/v2?x=1"],
)  # fmt: skip
def test_other_hosts_are_rejected_before_anything_is_sent(host: str) -> None:
    with pytest.raises(ValueError, match=r"configuration\.host"):
        SMSApi(ApiClient(configured(host))).account_sms_session()


def test_a_slash_at_the_hosts_end_does_not_matter(wire: Wire) -> None:
    SMSApi(ApiClient(configured(wire.host + "/"))).account_sms_session()
    assert wire.requests[0].target == "/v2/phone/sms/sessions"


# Keys


def test_api_keys_have_their_prefix_and_their_hook() -> None:
    configuration = Configuration()
    assert configuration.get_api_key_with_prefix("k") is None
    configuration.api_key["k"] = "key"
    assert configuration.get_api_key_with_prefix("k") == "key"
    configuration.api_key_prefix["k"] = "Token"
    assert configuration.get_api_key_with_prefix("k") == "Token key"
    configuration.refresh_api_key_hook = lambda changed: changed.api_key.update(k="new")
    assert configuration.get_api_key_with_prefix("k") == "Token new"


def test_a_basic_token_is_made_of_name_and_password() -> None:
    configuration = Configuration()
    configuration.username, configuration.password = "Ada", "pä:ss"
    scheme, _, text = configuration.get_basic_auth_token().partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(text).decode() == "Ada:pä:ss"


# What is logged, and what is not


def test_debug_logs_each_attempt_to_the_file_without_secrets(wire: Wire, tmp_path: Path) -> None:
    file = tmp_path / "zoom.log"
    wire.script = [Say(error_reply(503, None, f"Bearer {SECRET}"))]
    configuration = configured(wire.host, access_token=SECRET, logger_file=str(file), debug=True)
    with ApiClient(configuration, clock=JumpingClock()) as client:
        SMSApi(client).account_sms_session(phone_number="+15550100")
    configuration.logger_file = None
    text = file.read_text("utf-8")
    assert "account_sms_session: GET /v2/phone/sms/sessions (attempt 1" in text
    assert "ServiceException" in text
    assert "(attempt 2" in text
    assert SECRET not in text
    assert "5550100" not in text


def test_log_lines_of_the_package_reach_the_handlers_of_its_logger(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "swagger_client"):
        SMSApi(ApiClient(configured(wire.host, access_token=SECRET))).account_sms_session()
    assert {record.name for record in caplog.records} >= {"swagger_client"}
    assert SECRET not in caplog.text
    assert any("GET /v2/phone/sms/sessions" in record.message for record in caplog.records)


def test_logging_does_not_change_other_loggers(wire: Wire, tmp_path: Path) -> None:
    def state() -> dict[str, tuple[int, int, bool]]:
        names = ["", "swagger_client", "urllib3", "urllib3.connectionpool", "http.client"]
        loggers = {name: logging.getLogger(name) for name in names}
        return {n: (one.level, len(one.handlers), one.propagate) for n, one in loggers.items()}

    before = state()
    configuration = configured(wire.host, debug=True, logger_file=str(tmp_path / "log"))
    configuration.logger_format = "%(message)s"
    SMSApi(ApiClient(configuration)).account_sms_session()
    assert state() == before
    configuration.logger_file = None
    configuration.debug = False
    assert state() == before


def test_turning_debug_off_ends_the_log(wire: Wire, tmp_path: Path) -> None:
    file = tmp_path / "zoom.log"
    configuration = configured(wire.host, logger_file=str(file), debug=True)
    api = SMSApi(ApiClient(configuration))
    api.account_sms_session()
    size = file.stat().st_size
    configuration.debug = False
    api.account_sms_session()
    assert file.stat().st_size == size > 0
    configuration.logger_file = None


def test_no_text_of_configuration_client_or_exception_holds_a_secret(wire: Wire) -> None:
    body = f'{{"code": 300, "message": "bad token {SECRET}", "token": "{SECRET}"}}'
    wire.default = Say(error_reply(400, 300, body, Location=f"https://x/?jwt={SECRET}"))
    configuration = configured(wire.host, access_token=SECRET, username="Ada", password=SECRET)
    configuration.api_key["k"] = SECRET
    configuration.credentials = None
    client = ApiClient(configuration, "X-Secret", SECRET, f"session={SECRET}")
    with pytest.raises(ApiException) as caught:
        SMSApi(client).account_sms_session()
    texts = [repr(configuration), configuration.to_debug_report(), repr(client), str(caught.value)]
    texts += [repr(caught.value), str(caught.value.body), str(caught.value.headers)]
    for text in texts:
        assert SECRET not in text


def test_a_copy_without_secrets_can_be_pickled() -> None:
    configuration = Configuration()
    configuration.host, configuration.retries = "https://zoom.example/v2", 7
    configuration.access_token = configuration.password = "canary-token"
    configuration.api_key = {"key": "canary-key"}
    configuration.proxy = "http://user:canary-password@proxy.example:8080"
    configuration.credentials = ServerToServerOAuth("account", "app", "canary-secret")
    configuration.refresh_api_key_hook = lambda _: None
    copied = pickle.loads(pickle.dumps(configuration.without_secrets()))
    assert b"canary" not in pickle.dumps(copied)
    assert (copied.host, copied.retries) == ("https://zoom.example/v2", 7)
    assert copied.proxy == "http://proxy.example:8080"
    assert configuration.credentials is not None


@pytest.mark.parametrize(
    "host", ["https://user:canary@zoom.example/v2", "user:canary@zoom.example"]
)
def test_a_copy_without_secrets_has_no_password_in_its_urls(host: str) -> None:
    configuration = Configuration()
    configuration.host, configuration.proxy = host, "user:canary@proxy.example:8080"
    copied = configuration.without_secrets()
    assert b"canary" not in pickle.dumps(copied)
    assert copied.host.endswith("zoom.example/v2" if "//" in host else "zoom.example")
    assert copied.proxy == "proxy.example:8080"
    assert configuration.host == host


# Without the reset in __setattr__ the first call's check would hold for ever.
def test_a_setting_that_is_changed_between_calls_is_checked_again(wire: Wire) -> None:
    configuration = configured(wire.host)
    api = SMSApi(ApiClient(configuration))
    wire.default = Say(reply({"sms_sessions": []}))
    api.account_sms_session()
    for name, value in (
        ("retries", -1),
        ("host", "http://api.zoom.us/v2"),
        ("ssl_ca_cert", "none"),
    ):
        before = getattr(configuration, name)
        setattr(configuration, name, value)
        with pytest.raises(ValueError, match=name):
            api.account_sms_session()
        setattr(configuration, name, before)
    api.account_sms_session()
    assert len(wire.requests) == 2
