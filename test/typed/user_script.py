"""A user's script. The tests type-check it and run it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date, datetime

from urllib3.response import BaseHTTPResponse

import swagger_client
from swagger_client import SmsAttachment, SmsMessage, SmsParticipant
from swagger_client.aio import AsyncSMSApi
from swagger_client.exceptions import ApiException, RateLimitException


def first_sender(api: swagger_client.SMSApi, id: str) -> str | None:
    return api.sms_session_details(id).sms_histories[0].sender.phone_number


def numbers(message: SmsMessage) -> list[str | None]:
    """One function for a message from any endpoint."""
    people: Iterable[SmsParticipant] = (message.sender, *message.to_members)
    return [person.phone_number for person in people]


def files(message: SmsMessage) -> list[SmsAttachment]:
    return list(message.attachments or [])


async def unread(api: AsyncSMSApi, id: str) -> BaseHTTPResponse:
    return await api.sms_session_details(id, _preload_content=False)


def main(host: str, token: str) -> None:
    configuration = swagger_client.Configuration()
    configuration.host = host
    configuration.access_token = token
    with swagger_client.ApiClient(configuration) as client:
        api = swagger_client.SMSApi(client)
        try:
            page = api.account_sms_session(page_size=5, to=date.today(), _from=date(2020, 1, 1))
        except RateLimitException as error:
            again: float | None = error.retry_at
            raise SystemExit(again) from error
        except ApiException as error:
            code: int | None = error.code
            print("rejected:", code)
        page = api.account_sms_session(page_size=5, _request_timeout=2.5)
        session = page.sms_sessions[0]
        assert session.session_id is not None
        print(first_sender(api, session.session_id))
        details, status, headers = api.sms_session_details_with_http_info(session.session_id)
        kind: str = headers["Content-Type"]
        print(status + 0, kind.lower())
        pending = api.sms_session_details(session.session_id, async_req=True)
        print(len(pending.get().sms_histories))
        unread: BaseHTTPResponse = api.sms_session_details(
            session.session_id, async_req=True, _preload_content=False
        ).get()
        unread.close()
        raw, status, _ = api.sms_session_details_with_http_info(
            session.session_id, async_req=True, _preload_content=False
        ).get()
        raw.close()
        data = api.sms_session_details_with_http_info(
            session.session_id, _return_http_data_only=True
        )
        print(data.sms_histories[0].message_id)
        synced = api.sms_session_sync(session.session_id, count=5)
        messages: list[SmsMessage] = [*details.sms_histories, *synced.sms_histories]
        messages.append(api.sms_by_message_id(session.session_id, messages[0].message_id or ""))
        for message in messages:
            when: datetime | None = message.date_time_utc
            print(when, numbers(message), [file.name for file in files(message)])
        made = swagger_client.InlineResponse20074Sender(phone_number="1", display_name="Ada")
        text: str = made.to_str()
        print(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
