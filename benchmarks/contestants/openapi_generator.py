"""The client that openapi-generator generates from ``openapi/zoom-phone-sms.yaml``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_type_hints

from openapi_generator_client import ApiClient, Configuration, SMSApi

from benchmarks.payloads import MESSAGE_ID, SESSION_ID, TOKEN

start = "import openapi_generator_client as package; package.SMSApi(package.ApiClient())"

_client = ApiClient()
_MESSAGES = get_type_hints(SMSApi.sms_session_details)["return"].__name__
_SESSIONS = get_type_hints(SMSApi.account_sms_session)["return"].__name__


def decode_messages(raw: bytes) -> Any:
    return _client.deserialize(raw.decode(), _MESSAGES, "application/json")


def decode_sessions(raw: bytes) -> Any:
    return _client.deserialize(raw.decode(), _SESSIONS, "application/json")


def caller(host: str) -> Callable[[], object]:
    configuration = Configuration(host=host, access_token=TOKEN)
    configuration.connection_pool_maxsize = 8
    api = SMSApi(ApiClient(configuration))
    return lambda: api.sms_by_message_id(SESSION_ID, MESSAGE_ID)
