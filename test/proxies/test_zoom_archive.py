"""An archive of an account at Zoom's own hosts, which a proxy leads to the sandbox."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.archives import SINCE
from support.proxies import Proxy
from support.tls import Authority

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import Archive
from swagger_client.sandbox import Sandbox

API, REGION, LOGIN = "api.zoom.us", "api-us.zoom.us", "zoom.us"


def test_an_account_at_the_hosts_of_zoom_is_archived_with_its_files(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = authority.context(API, REGION, LOGIN)
    with (
        Sandbox(tls=context, api_url=f"https://{REGION}") as zoom,
        Proxy(hosts=dict.fromkeys((API, REGION, LOGIN), urlsplit(zoom.origin).port or 0)) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", authority.ca_cert)
        for name in ("account_id", "client_id", "client_secret"):
            monkeypatch.setenv(f"ZOOM_{name.upper()}", getattr(zoom, name))
        with ApiClient(Configuration.from_env()) as client, Archive(tmp_path / "a") as archive:
            report = archive.mirror(SMSApi(client), since=SINCE, attachments=tmp_path / "files")
            assert report.complete
            files = [file for message in archive.messages() for file in message.attachments]
        used = {request.target for request in proxy.requests}
    assert files
    assert all(Path(tmp_path / "files" / str(file.path)).is_file() for file in files)
    assert used == {f"{LOGIN}:443", f"{REGION}:443"}
