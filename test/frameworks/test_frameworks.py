"""The client inside of frameworks and tools that change sockets, threads or processes."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import threading
import typing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from support.faces import configured
from support.wire import Received, Say, Wire, error_reply, reply

import swagger_client
from swagger_client import ApiClient, SMSApi, models

HERE = Path(__file__).parent
PAGE = {"sms_sessions": [{"session_id": "s1"}], "next_page_token": ""}


@pytest.fixture
def wire() -> typing.Iterator[Wire]:
    with Wire(default=Say(reply(PAGE))) as server:
        yield server


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parent), **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.extended
def test_gevent_overlaps_https_calls(tmp_path: Path) -> None:
    pytest.importorskip("gevent")
    found = json.loads(run(str(HERE / "gevent_calls.py"), str(tmp_path)).splitlines()[-1])
    assert found["correct"] == 50
    assert found["tokens"] == 2
    assert found["late"] < 1.25
    assert found["took"] < 15


class CeleryServer:
    """A server that rejects the token that was fetched before the fork."""

    def __init__(self) -> None:
        self.tokens = 0
        self.processes: dict[int, set[str]] = {}
        self._lock = threading.Lock()

    def respond(self, request: Received) -> Say:
        """Issue a token, or return the id of the conversation."""
        with self._lock:
            if request.path == "/oauth/token":
                self.tokens += 1
                token = {"access_token": f"token-{self.tokens}", "expires_in": 3600}
                return Say(reply(token))
            session_id = request.path.rpartition("/")[2]
            process, _, number = session_id.partition("-")
            self.processes.setdefault(request.connection, set()).add(process)
            if number != "0" and request.headers["authorization"] == "Bearer token-1":
                return Say(error_reply(401, 124, "Invalid access token."))
            return Say(reply({"sms_histories": [], "next_page_token": session_id}))


# Celery's default pool forks processes from one that has imported the application.
@pytest.mark.extended
def test_celery_forks_a_client_that_was_used(tmp_path: Path) -> None:
    celery = pytest.importorskip("celery")
    for name in ("queue", "results", "control"):
        (tmp_path / name).mkdir()
    broker = {
        "broker_url": "filesystem://",
        "result_backend": (tmp_path / "results").as_uri(),
        "broker_transport_options": {
            "data_folder_in": str(tmp_path / "queue"),
            "data_folder_out": str(tmp_path / "queue"),
            "control_folder": str(tmp_path / "control"),
            "polling_interval": 0.02,
        },
    }
    app = celery.Celery()
    app.conf.update(broker)
    zoom = CeleryServer()
    with Wire(default=zoom.respond) as server:
        environment = {
            **os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path]),
            "TEST_ORIGIN": server.origin, "TEST_BROKER": json.dumps(broker),
            "TEST_TOKEN_CACHE": str(tmp_path / "tokens.json"),
        }  # fmt: skip
        options = ["--pool=prefork", "--concurrency=3", "--without-gossip", "--without-mingle"]
        log = (tmp_path / "log").open("w+b")
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "celery_app", "worker", *options],
            env=environment, cwd=tmp_path, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            sent = [
                app.send_task("read", (number,), {"in_a_thread": number % 2 == 0})
                for number in range(1, 41)
            ]
            found = [one.get(timeout=60, interval=0.02) for one in sent]
        finally:
            worker.terminate()
            worker.wait(30)
            log.close()
    assert [one["received"] for one in found] == [one["sent"] for one in found]
    workers = {one["process"] for one in found}
    assert len(workers) > 1
    assert worker.pid not in workers
    assert all(len(processes) == 1 for processes in zoom.processes.values()), zoom.processes
    # One before the fork, and one for all processes after it was rejected.
    assert zoom.tokens == 2


WITHOUT_SEMAPHORES = """
import _multiprocessing, errno, sys

class NoSemLock:
    SEM_VALUE_MAX = 1
    def __init__(self, *_, **__):
        raise OSError(errno.ENOSYS, "Function not implemented")

_multiprocessing.SemLock = NoSemLock
import swagger_client
configuration = swagger_client.Configuration()
configuration.host, configuration.access_token = sys.argv[1], "t"
api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
print([api.account_sms_session(async_req=True).get(10).next_page_token for _ in range(20)])
"""


# AWS Lambda has no /dev/shm.
def test_async_req_needs_no_semaphores(wire: Wire) -> None:
    assert run("-c", WITHOUT_SEMAPHORES, wire.host) == f"{[''] * 20}\n"


AT_EXIT = """
import atexit, sys
import swagger_client
configuration = swagger_client.Configuration()
configuration.host, configuration.access_token = sys.argv[1], "t"
api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
if len(sys.argv) > 2:
    import threading
    def start(thread):
        raise RuntimeError("can't create new thread at interpreter shutdown")
    threading.Thread.start = start
atexit.register(lambda: print(api.account_sms_session().sms_sessions[0].session_id))
atexit.register(lambda: print(api.account_sms_session(async_req=True).get(9).next_page_token == ""))
"""


@pytest.mark.parametrize("without_threads", [[], ["without threads"]])
def test_a_call_at_exit(wire: Wire, without_threads: list[str]) -> None:
    host = wire.host.replace("127.0.0.1", "localhost")
    lines = run("-c", AT_EXIT, host, *without_threads).split()
    assert lines == ["True", "s1"]


@pytest.mark.extended
@pytest.mark.parametrize("before", [False, True], ids=["new client", "client used before"])
def test_vcr_records_and_replays(wire: Wire, tmp_path: Path, before: bool) -> None:
    vcr = pytest.importorskip("vcr")
    client = ApiClient(configured(wire.host))
    api = SMSApi(client)
    if before:
        api.account_sms_session()
    cassette = str(tmp_path / "cassette.yaml")
    with vcr.use_cassette(cassette, filter_headers=["authorization"]):
        api.account_sms_session()
    sent = len(wire.requests)
    with vcr.use_cassette(cassette, record_mode="none") as replayed:
        assert api.account_sms_session().sms_sessions[0].session_id == "s1"
        assert replayed.play_count == 1
        with pytest.raises(Exception, match=r"(?i)cassette"):
            api.account_sms_session(page_size=5, _retries=0)
    assert len(wire.requests) == sent
    api.account_sms_session()
    assert len(wire.requests) == sent + 1
    client.close()


@pytest.mark.extended
@pytest.mark.parametrize("library", ["freezegun", "time_machine"])
def test_calls_work_with_a_frozen_clock(wire: Wire, library: str) -> None:
    freezer: Any = pytest.importorskip(library)
    when = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
    frozen = freezer.freeze_time(when.replace(tzinfo=None)) if library == "freezegun" else (
        freezer.travel(when, tick=False)
    )  # fmt: skip
    api = SMSApi(ApiClient(configured(wire.host)))
    api.account_sms_session()
    with frozen:
        for _ in range(3):
            assert api.account_sms_session().sms_sessions
    assert api.account_sms_session().sms_sessions


@pytest.mark.parametrize("name", models.__all__)
def test_annotations_of_models_resolve(name: str) -> None:
    model = getattr(models, name)
    typing.get_type_hints(model)
    for method in ("from_dict", "to_dict", "to_row", "to_str", "__init__"):
        typing.get_type_hints(getattr(model, method))


def test_annotations_of_the_wire_resolve() -> None:
    rest = swagger_client.rest
    for value in vars(rest.RESTClientObject).values():
        if callable(value):
            typing.get_type_hints(value)
    typing.get_type_hints(rest.RESTResponse.__init__)


# Machines in FIPS mode have neither; a checksum is no exception.
def test_no_md5_and_no_sha1() -> None:
    weak = {"md5", "sha1", "MD5", "SHA1", "uuid3", "uuid5"}
    found = []
    package = Path(swagger_client.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            value = getattr(node, "value", None)
            names = {getattr(node, name, None) for name in ("attr", "id", "name")}
            if (names | {value if isinstance(value, str) else None}) & weak:
                found.append(f"{path.relative_to(package)}:{getattr(node, 'lineno', '?')}")
    assert found == []
