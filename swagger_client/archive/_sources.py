from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from swagger_client._flow.paging import Deduplicator, FetchedPage, Window, read_window
from swagger_client.api._operations import (
    ACCOUNT_SMS_SESSION,
    SMS_BY_MESSAGE_ID,
    SMS_SESSION_DETAILS,
)
from swagger_client.api_client import fetch_json
from swagger_client.archive.canonical import (
    WITHOUT_ID,
    as_object,
    content_key,
    identifier,
    plain_text,
)
from swagger_client.archive.credentials import without_credentials
from swagger_client.archive.matching import has_message_id
from swagger_client.exceptions import DecodeException
from swagger_client.history._account import FILTERS, read_sessions
from swagger_client.history._source import ASCENDING, PAGE_SIZE, PageSource

if TYPE_CHECKING:
    from swagger_client._flow.effects import Flow
    from swagger_client._flow.paging import Reader
    from swagger_client.api_client import ApiClient


def read_session_list(
    client: ApiClient,
    window: Window,
    session_type: str,
    filter_type: str,
    now: Callable[[], datetime],
) -> Reader[None]:
    """Request the account's conversations in a time window, and emit those on each page as JSON.

    While the pages are fetched, a new message may move a conversation out of the window. Therefore,
    at the end, the conversations are requested that have received a message since the first page.
    """

    def source(filter_type: str) -> PageSource:
        arguments = {
            "page_size": PAGE_SIZE,
            "session_type": session_type,
            "filter_type": filter_type,
        }
        return PageSource(client, ACCOUNT_SMS_SESSION, arguments, convert=list)

    seen = Deduplicator(_session_content_key, _no_time)
    return read_sessions([source(filter_type)], source(FILTERS[-1]), window, seen, now)


def read_message_list(client: ApiClient, window: Window, session_id: str) -> Reader[int]:
    """Emit the messages of a time window, without duplicates; return the number of pages."""
    if session_id.startswith(WITHOUT_ID):
        raise DecodeException(
            200, "Zoom listed the conversation without an id, so its messages cannot be read"
        )
    arguments = {"page_size": PAGE_SIZE, "session_id": session_id, "sort": ASCENDING}
    source = PageSource(client, SMS_SESSION_DETAILS, arguments, convert=list)
    seen = Deduplicator(_content_key, _no_time, has_id=has_message_id)
    return read_window(source, window, seen)


def find_session(client: ApiClient, session_id: str, window: Window) -> object:
    """Look for a conversation in Zoom's list for the last two days of `window`; None if absent."""
    arguments = {"page_size": PAGE_SIZE, "session_type": "all", "filter_type": FILTERS[-1]}
    source = PageSource(client, ACCOUNT_SMS_SESSION, arguments, convert=list)
    recent = Window(max(window.start, window.end - timedelta(days=2)), window.end)
    reader = read_window(source, recent, Deduplicator(session_key, _no_time), descending=True)
    with closing(client._driver.iterate(reader)) as pages:
        sessions = (session for page in pages for session in page.items)
        return next((one for one in sessions if session_key(one) == session_id), None)


def fetch_newest_page(client: ApiClient, session_id: str) -> Flow[FetchedPage]:
    """Request one message of a conversation, without retries, to see whether Zoom responds."""
    arguments = {"page_size": 1, "session_id": session_id}
    return PageSource(client, SMS_SESSION_DETAILS, arguments, {"_retries": 0}, list).fetch({})


def fetch_headers(client: ApiClient, session_type: str = "user") -> Flow[Mapping[str, str]]:
    """Request one conversation of a session type, and return the response's headers."""
    arguments = {"page_size": 1, "session_type": session_type}
    call = client._prepare(ACCOUNT_SMS_SESSION, arguments, {})
    return (yield from fetch_json(call)).headers


def fetch_message(client: ApiClient, session_id: str, message_id: str) -> Flow[object]:
    """Fetch one message as raw JSON, with new download URLs for its attachments."""
    arguments = {"session_id": session_id, "message_id": message_id}
    call = client._prepare(SMS_BY_MESSAGE_ID, arguments, {})
    response = yield from fetch_json(call)
    if response.status != 200 or not isinstance(response.data, dict):
        raise DecodeException(response.status, "Zoom's response is not a complete JSON object")
    return response.data


def session_key(session: object) -> str:
    """Return the id of a conversation, or a hash of its fields if Zoom sent no valid id."""
    found = as_object(session).get("session_id")
    if isinstance(found, str) and found and plain_text(found) == found:
        return identifier(found)
    return content_key(found or session)


def _session_content_key(session: object) -> str:
    """Return equal keys for conversations that differ at most in the last access time."""
    fields = {**as_object(session), "last_access_time": None}
    return session_key(session) + content_key(without_credentials(fields))


def _content_key(message: object) -> str:
    return content_key(without_credentials(message))


def _no_time(_: object) -> None:
    return None
