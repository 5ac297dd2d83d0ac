"""Tests of your own code, with a made-up account: `pytest examples/test_my_report.py`.

swagger_client installs the pytest fixture ``zoom_sandbox``.
"""

from __future__ import annotations

import pytest

import swagger_client
from swagger_client.exceptions import RateLimitException
from swagger_client.sandbox import Sandbox


def unanswered(api: swagger_client.SMSApi) -> list[str]:
    """Your code: the texts of conversations whose newest message was received."""
    found = []
    for session in api.iter_account_sms_session(session_type="all"):
        (newest, *_) = api.sms_session_details(session.session_id, sort=2).sms_histories
        if newest.direction == "In":
            found.append(newest.message or "")
    return found


@pytest.fixture
def api(zoom_sandbox: Sandbox) -> swagger_client.SMSApi:
    configuration = swagger_client.Configuration()
    configuration.host, configuration.access_token = zoom_sandbox.host, zoom_sandbox.access_token
    return swagger_client.SMSApi(swagger_client.ApiClient(configuration))


def test_new_question_is_unanswered(api: swagger_client.SMSApi, zoom_sandbox: Sandbox) -> None:
    zoom_sandbox.add_message(text="Is the flat still free?", direction="In")
    assert "Is the flat still free?" in unanswered(api)


def test_limit_is_reported(api: swagger_client.SMSApi, zoom_sandbox: Sandbox) -> None:
    api.api_client.configuration.retries = 0
    zoom_sandbox.fault(status=429, body={"code": 429, "message": "Too many."}, times=None)
    with pytest.raises(RateLimitException):
        unanswered(api)
