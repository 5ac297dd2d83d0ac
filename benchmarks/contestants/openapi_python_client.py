"""The client that openapi-python-client generates from ``openapi/zoom-phone-sms.yaml``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from openapi_python_client_client import AuthenticatedClient
from openapi_python_client_client.api.sms import (
    account_sms_session,
    sms_by_message_id,
    sms_session_details,
)

from benchmarks.payloads import MESSAGE_ID, SESSION_ID, TOKEN

start = (
    "from openapi_python_client_client import AuthenticatedClient;"
    "from openapi_python_client_client.api.sms import account_sms_session, get_sms_sessions,"
    " sms_by_message_id, sms_session_details, sms_session_sync, user_sms_session;"
    "AuthenticatedClient(base_url='https://api.zoom.us/v2', token='')"
)

_client = AuthenticatedClient(base_url="https://api.zoom.us/v2", token="")


class _Response:
    """The attributes of an httpx response that the generated code reads."""

    status_code = 200

    def __init__(self, content: bytes) -> None:
        self.content = content

    def json(self) -> object:
        return json.loads(self.content)


def decode_messages(raw: bytes) -> Any:
    return sms_session_details._parse_response(client=_client, response=_Response(raw))


def decode_sessions(raw: bytes) -> Any:
    return account_sms_session._parse_response(client=_client, response=_Response(raw))


def caller(host: str) -> Callable[[], object]:
    client = AuthenticatedClient(base_url=host, token=TOKEN)
    return lambda: sms_by_message_id.sync(SESSION_ID, MESSAGE_ID, client=client)
