"""Fifty overlapping HTTPS calls under gevent, with a token refresh and an expiring deadline.

Usage: ``python gevent_calls.py FOLDER``. Prints a line of JSON.
"""
# ruff: noqa: E402

from gevent import monkey

monkey.patch_all()

import json
import sys
import time
from pathlib import Path

import gevent
from support.tls import Authority
from support.wire import Received, Say, Wire, error_reply, reply

import swagger_client
from swagger_client.exceptions import DeadlineExceededException
from swagger_client.oauth import ServerToServerOAuth

tokens: list[str] = []


def respond(request: Received) -> Say:
    """Respond like Zoom's API and its token endpoint. The first token expires at once."""
    if request.path == "/oauth/token":
        tokens.append(f"token-{len(tokens) + 1}")
        return Say(reply({"access_token": tokens[-1], "expires_in": 3600}))
    if request.headers.get("authorization") == "Bearer token-1":
        return Say(error_reply(401, 124, "expired"))
    if "silent" in request.target:
        return Say(b"", then="hang")
    gevent.sleep(0.05)
    return Say(reply({"sms_histories": [{"message_id": request.target}], "next_page_token": ""}))


def main() -> None:
    authority = Authority(Path(sys.argv[1]))
    with Wire(tls=authority.context("127.0.0.1"), default=respond) as server:
        configuration = swagger_client.Configuration()
        configuration.host, configuration.ssl_ca_cert = server.host, authority.ca_cert
        configuration.credentials = ServerToServerOAuth(
            "account", "client", "secret", token_url=f"{server.origin}/oauth/token"
        )
        api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))

        def silent() -> float:
            start = time.monotonic()
            try:
                api.sms_session_details("silent", _deadline=1, _retries=0)
            except DeadlineExceededException:
                return time.monotonic() - start
            raise AssertionError("a silent server responded")

        start = time.monotonic()
        late = gevent.spawn(silent)
        calls = [gevent.spawn(api.sms_session_details, f"session-{n}") for n in range(50)]
        gevent.joinall([late, *calls], timeout=60)
        took = time.monotonic() - start
        responses = [call.get().sms_histories[0].message_id for call in calls]
        print(
            json.dumps(
                {
                    "correct": sum(f"session-{n}" in one for n, one in enumerate(responses)),
                    "tokens": len(tokens),
                    "late": late.get(),
                    "took": took,
                    "connections": server.connections,
                }
            )
        )


main()
