"""The hosts that Zoom itself uses, through a proxy that leads to this machine."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator

import pytest
from support.company import MESSAGE, respond
from support.proxies import Proxy
from support.tls import Authority
from support.wire import Received, Say, Wire, reply

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.aio import AsyncApiClient, AsyncSMSApi
from swagger_client.models import SmsAttachment

API, REGION, LOGIN, FILES = "api.zoom.us", "api-us.zoom.us", "zoom.us", "file.zoom.us"


@pytest.fixture(params=[API, REGION])
def api_url(request: pytest.FixtureRequest) -> str:
    """The host that Zoom returns with each token."""
    return str(request.param)


@pytest.fixture
def zoom(authority: Authority, api_url: str) -> Iterator[Wire]:
    def respond_like_zoom(request: Received) -> Say:
        if request.path == "/oauth/token":
            token = {"access_token": "a-token-of-zoom", "expires_in": 3600}
            return Say(reply({**token, "api_url": f"https://{api_url}"}))
        if request.path == "/file" or request.path.startswith("/v2/download"):
            return Say(reply(b"the file"))
        return respond(request)

    context = authority.context(API, REGION, LOGIN, FILES)
    with Wire(tls=context, default=respond_like_zoom) as server:
        yield server


@pytest.fixture
def configuration(
    zoom: Wire, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Configuration]:
    """A configuration with Zoom's own hosts, as users have it."""
    hosts: dict[str, int] = dict.fromkeys((API, REGION, LOGIN, FILES), zoom.port)
    with Proxy(hosts=hosts) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", authority.ca_cert)
        for name in ("ACCOUNT_ID", "CLIENT_ID", "CLIENT_SECRET"):
            monkeypatch.setenv(f"ZOOM_{name}", "value-of-this")
        yield Configuration.from_env()


@pytest.mark.parametrize("path", [f"{FILES}/file?jwt=x", f"{API}/v2/download/7?jwt=x"])
def test_a_file_is_downloaded_from_the_host_of_its_url(
    zoom: Wire, configuration: Configuration, api_url: str, path: str
) -> None:
    attachment = SmsAttachment.from_dict({"id": "a", "download_url": f"https://{path}"})
    with ApiClient(configuration) as client:
        api = SMSApi(client)
        assert api.account_sms_session().sms_sessions[0].session_id == "s1"
        content = io.BytesIO()
        assert api.download_attachment(attachment, content).size == len(b"the file")
    assert content.getvalue() == b"the file"
    page, file = zoom.requests[-2:]
    assert page.headers["host"] == api_url
    assert (f"{file.headers['host']}{file.target}") == path
    assert file.headers["authorization"] == "Bearer a-token-of-zoom"


def test_an_expired_url_is_renewed_at_the_host_of_the_token(
    zoom: Wire, configuration: Configuration, api_url: str
) -> None:
    files = [{"id": "a", "download_url": f"https://{FILES}/file?jwt=x"}]
    zoom.script = [Say(reply({"access_token": "a-token-of-zoom", "expires_in": 3600,
                              "api_url": f"https://{api_url}"})),
                   Say(reply(b"", 403)), Say(reply({**MESSAGE, "attachments": files}))]  # fmt: skip

    async def download() -> int:
        async with AsyncApiClient(configuration) as client:
            attachment = SmsAttachment.from_dict(files[0])
            found = await AsyncSMSApi(client).download_attachment(
                attachment, io.BytesIO(), session_id="s1", message_id="m1"
            )
            return found.size

    assert asyncio.run(download()) == len(b"the file")
    hosts = [request.headers["host"] for request in zoom.requests]
    assert hosts == [LOGIN, FILES, api_url, FILES]
