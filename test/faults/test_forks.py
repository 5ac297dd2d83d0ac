"""A process that was forked off has connections of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.wire import Received, Say, Wire, reply

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


# Without the guard both write to one connection, and read each other's answers.
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no system without fork can share connections")
def test_a_forked_process_reads_no_answers_of_its_parent(wire: Wire) -> None:
    def answer(request: Received) -> Say:
        return Say(reply({"next_page_token": request.target.partition("=")[2]}))

    wire.default = answer
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, wire.host],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stderr == ""
    assert ran.returncode == 0
    of_child = {r.connection for r in wire.requests if r.target.endswith("=child")}
    of_parent = {r.connection for r in wire.requests if r.target.endswith("=parent")}
    assert of_parent == {1}
    assert of_child == {2}
