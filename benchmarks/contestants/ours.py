"""This package."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import swagger_client
from benchmarks.payloads import MESSAGE_ID, SESSION_ID, TOKEN
from swagger_client import models
from swagger_client._serialization import responses

start = "import swagger_client; swagger_client.SMSApi()"


def decode_messages(raw: bytes) -> Any:
    return responses.to_model(raw, models.InlineResponse20074)


def decode_sessions(raw: bytes) -> Any:
    return responses.to_model(raw, models.InlineResponse20073)


def caller(host: str) -> Callable[[], object]:
    configuration = swagger_client.Configuration()
    configuration.host = host
    configuration.access_token = TOKEN
    api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
    return lambda: api.sms_by_message_id(SESSION_ID, MESSAGE_ID)
