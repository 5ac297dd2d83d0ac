"""A forked process uses its own connections, threads and locks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.wire import Received, Say, Wire, reply

from swagger_client._security.file_lock import lock_file, unlock_file

PROGRAM = """
import os, sys
from swagger_client import ApiClient, Configuration, SMSApi

configuration = Configuration()
configuration.host, configuration.access_token = sys.argv[1], "t"
with ApiClient(configuration) as client:
    api = SMSApi(client)
    api.account_sms_session(next_page_token="first")
    child = os.fork()
    mine = "child" if child == 0 else "parent"
    for _ in range(20):
        assert api.account_sms_session(next_page_token=mine).next_page_token == mine
    if child:
        assert os.waitpid(child, 0)[1] == 0
    os._exit(0)
"""


pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def forked(program: str, *arguments: str) -> None:
    """Run a program that forks. Both processes must succeed."""
    # Python warns of what is tested here: forks of processes that have threads.
    ran = subprocess.run(
        [sys.executable, "-W", "ignore:This process:DeprecationWarning", "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr == ""
    assert ran.returncode == 0


# Without the guard both write to one connection, and read each other's responses.
def test_a_forked_process_reads_no_response_of_its_parent(wire: Wire) -> None:
    def response(request: Received) -> Say:
        return Say(reply({"next_page_token": request.target.partition("=")[2]}))

    wire.default = response
    forked(PROGRAM, wire.host)
    of_child = {r.connection for r in wire.requests if r.target.endswith("=child")}
    of_parent = {r.connection for r in wire.requests if r.target.endswith("=parent")}
    assert of_parent == {1}
    assert of_child == {2}


THREADS = """
import asyncio, os, sys
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.aio import AsyncApiClient, AsyncSMSApi

configuration = Configuration()
configuration.host, configuration.access_token = sys.argv[1], "t"
api = SMSApi(ApiClient(configuration))
asynchronous = AsyncSMSApi(AsyncApiClient(configuration, max_connections=1))

def call():
    assert api.account_sms_session(async_req=True).get(5).page_size == 30
    page = asyncio.run(asynchronous.account_sms_session(_deadline=5))
    assert page.page_size == 30

call()
child = os.fork()
call()
if child:
    assert os.waitpid(child, 0)[1] == 0
asyncio.run(asynchronous.api_client.close())
api.api_client.close()
os._exit(0)
"""


# Threads are not forked: without new ones a call waits for ever.
def test_a_forked_process_starts_its_own_threads(wire: Wire) -> None:
    wire.default = Say(reply({"page_size": 30}))
    forked(THREADS, wire.host)
    assert len(wire.requests) == 6


FETCHING = """
import os, sys, threading
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.oauth import FileTokenCache, ServerToServerOAuth

host, token_url, path = sys.argv[1:]
fetching, forked = threading.Event(), threading.Event()

class Credentials(ServerToServerOAuth):
    def _read_token(self, response, now):
        fetching.set()
        if threading.current_thread() is not threading.main_thread():
            assert forked.wait(20)
        return super()._read_token(response, now)

configuration = Configuration()
configuration.host, configuration.deadline = host, 3
cache = FileTokenCache(path) if path else None
configuration.credentials = Credentials("a", "b", "secret", token_url=token_url, cache=cache)
api = SMSApi(ApiClient(configuration))
thread = threading.Thread(target=api.account_sms_session)
thread.start()
assert fetching.wait(20)
come, go = os.pipe()
child = os.fork()
if child:
    forked.set()
    thread.join()
    # The child lives still, and holds what it inherited.
    configuration.credentials._holder.discard("t")
    api.account_sms_session()
    os.write(go, b".")
    assert os.waitpid(child, 0)[1] == 0
else:
    os.close(go)
    os.read(come, 1)
    api.account_sms_session()
api.api_client.close()
os._exit(0)
"""


# Without new locks the child waits for a thread that is its parent's, and with a cache the parent
# for a file that its child has inherited.
@pytest.mark.parametrize("cached", [False, True], ids=["in memory", "in a file"])
def test_a_process_that_is_forked_while_a_token_is_fetched_fetches_its_own(
    wire: Wire, tmp_path: Path, cached: bool
) -> None:
    def response(request: Received) -> Say:
        if request.path == "/oauth/token":
            return Say(reply({"access_token": "t", "expires_in": 3600}))
        return Say(reply())

    wire.default = response
    forked(FETCHING, wire.host, f"{wire.origin}/oauth/token", str(tmp_path / "t") if cached else "")
    assert len([r for r in wire.requests if r.path == "/oauth/token"]) == (2 if cached else 3)


# An archive and a token cache are locked by files; a fork, as a copy, holds the same open file.
def test_a_file_is_unlocked_even_if_a_forked_process_has_it_open(tmp_path: Path) -> None:
    held = lock_file(tmp_path / "lock")
    inherited = os.dup(held.fileno())
    with pytest.raises(BlockingIOError):
        lock_file(tmp_path / "lock")
    unlock_file(held)
    unlock_file(lock_file(tmp_path / "lock"))
    os.close(inherited)


OUT_OF_FILES = """
import os, resource, sys
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.exceptions import TransportException

configuration = Configuration()
configuration.host, configuration.retries = sys.argv[1], 0
first, second = SMSApi(ApiClient(configuration)), SMSApi(ApiClient(configuration))
first.account_sms_session()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
opened = []
try:
    while True:
        opened.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
try:
    second.account_sms_session()
except TransportException as error:
    print("Too many open files" in str(error))
"""


def test_a_process_without_free_files_gets_a_transport_exception(wire: Wire) -> None:
    wire.default = Say(reply({"sms_sessions": []}))
    command = [sys.executable, "-c", OUT_OF_FILES, wire.host]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")
