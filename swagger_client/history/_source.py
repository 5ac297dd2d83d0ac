from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from swagger_client._flow.effects import Failure, Sleep
from swagger_client._flow.paging import FetchedPage, Window
from swagger_client._operation import Operation
from swagger_client._security.signed_urls import redacted
from swagger_client._serialization.arguments import check_arguments
from swagger_client._serialization.responses import decode_items
from swagger_client.api._operations import (
    ACCOUNT_SMS_SESSION,
    GET_SMS_SESSIONS,
    SMS_SESSION_DETAILS,
    SMS_SESSION_SYNC,
    USER_SMS_SESSION,
)
from swagger_client.api_client import fetch_json
from swagger_client.exceptions import DecodeException, PageTokenException
from swagger_client.models._model import Model
from swagger_client.models._time import utc_if_valid

if TYPE_CHECKING:
    from swagger_client._flow.effects import Flow
    from swagger_client._operation import CallOptions
    from swagger_client.api_client import ApiClient, JSONResponse
    from swagger_client.models import (
        InlineResponse20073SmsSessions,
        InlineResponse20074SmsHistories,
        InlineResponse20075SmsHistories,
        InlineResponse20088SmsSessions,
        InlineResponse20089SmsSessions,
    )

T = TypeVar("T")

ASCENDING, DESCENDING = 1, 2
PAGE_SIZE = 100
#: Seconds to wait before a page is requested again after a call and all its retries have failed.
#: Reading a history takes long, so it must survive longer outages than a single call.
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)
#: Operations whose responses have the token of the next page in the field `sync_token`. Zoom's
#: specification says `next_page_token` for sms_session_details, but live responses have
#: `sync_token`. For other operations, a `sync_token` is tried as a page token too: a wasted request
#: is better than missing pages.
_SYNC_TOKEN_PAGES = (SMS_SESSION_DETAILS, SMS_SESSION_SYNC, GET_SMS_SESSIONS)


class Listing(Generic[T]):
    """A list endpoint of Zoom's API, such as ``history.MESSAGES``, and how to read its items."""

    _operation: Operation[Any]
    _key: str
    _time: str | None
    #: The name of a field that may change while the list is read.
    _ignored: str

    @classmethod
    def _of(
        cls, operation: Operation[Any], key: str, time: str | None = None, *, ignored: str = ""
    ) -> Self:
        listing = cls()
        listing._operation = operation
        listing._key = key
        listing._time = time
        listing._ignored = ignored
        return listing

    def __repr__(self) -> str:
        return f"<Listing {self._operation.name}>"

    def _key_of(self, item: object) -> str:
        """Return the item's id and content hash. Items with equal keys count as the same item."""
        return f"{getattr(item, self._key, None)}/{content_hash(item, self._ignored)}"

    def _has_id(self, item: object) -> bool:
        found = getattr(item, self._key, None)
        return isinstance(found, str) and found != ""

    def _time_of(self, item: object) -> datetime | None:
        """Return an item's time (conversation or message) in whole seconds; None if invalid."""
        time = utc_if_valid(getattr(item, self._time, None)) if self._time else None
        return time and time.replace(microsecond=0)


def content_hash(item: object, ignored: str = "") -> int:
    """Return a hash of a model's fields, except the field ``ignored``.

    Download URLs are left out too, because they differ in each response of Zoom.
    """
    if not isinstance(item, Model):
        return hash(repr(item))
    fields = item.to_dict()
    fields.pop(ignored, None)
    text = fields.pop("message", None)  # redacted() would remove the URLs in a message's text
    return hash(repr((text, redacted(fields))))


ACCOUNT_SESSIONS: Listing[InlineResponse20073SmsSessions] = Listing._of(
    ACCOUNT_SMS_SESSION, "session_id", ignored="last_access_time"
)
USER_SESSIONS: Listing[InlineResponse20088SmsSessions] = Listing._of(
    USER_SMS_SESSION, "session_id", ignored="last_access_time"
)
MESSAGES: Listing[InlineResponse20074SmsHistories] = Listing._of(
    SMS_SESSION_DETAILS, "message_id", "date_time"
)
SYNCED_SESSIONS: Listing[InlineResponse20089SmsSessions] = Listing._of(
    GET_SMS_SESSIONS, "session_id", ignored="last_access_time"
)
SYNCED_MESSAGES: Listing[InlineResponse20075SmsHistories] = Listing._of(
    SMS_SESSION_SYNC, "message_id"
)


class PageSource:
    """Requests the pages of a list endpoint, as models or as raw JSON.

    :param arguments: the arguments that every page has in common, such as ``session_id``.
    :param options: the call options, such as ``_deadline``.
    :param convert: converts the JSON items of a page; None to convert them to models.
    :ivar on_headers: a function that is called with the headers of each response, or None.
    """

    on_headers: Callable[[Mapping[str, str]], None] | None = None

    def __init__(
        self,
        client: ApiClient,
        operation: Operation[Any],
        arguments: Mapping[str, object],
        options: CallOptions | None = None,
        convert: Callable[[Sequence[Any]], list[Any]] | None = None,
    ) -> None:
        self._client = client
        self._operation = operation
        self.arguments = {name: value for name, value in arguments.items() if value is not None}
        self._options: CallOptions = options or {}
        self.convert = convert or self._models

    def check(self, span: Window | None = None) -> PageSource:
        """Raise an exception if an argument of the endpoint is invalid; otherwise return self."""
        example = {} if span is None else {"_from": span.start, "to": span.end}
        check_arguments(self._operation, {**self.arguments, **example})
        return self

    def replace(
        self,
        arguments: Mapping[str, object],
        convert: Callable[[Sequence[Any]], list[Any]] | None = None,
    ) -> PageSource:
        """Return a copy with additional arguments; ``convert`` replaces how items are converted."""
        merged = {**self.arguments, **arguments}
        copy = PageSource(
            self._client, self._operation, merged, self._options, convert or self.convert
        )
        copy.on_headers = self.on_headers
        return copy

    def fetch(self, arguments: Mapping[str, object]) -> Flow[FetchedPage]:
        """Request a page. If it fails with a transient error, try again for 30 seconds.

        Without retries in the options or the configuration, no request is repeated.
        """
        retries = self._options.get("_retries")
        if retries is None:
            retries = self._client.configuration.retries
        for pause in _PAUSES if retries else ():
            try:
                return (yield from self._fetch_once(arguments))
            except Failure as failure:
                # The call itself has already waited after a 429, as long as its options permit.
                if not failure.transient or failure.status == 429:
                    raise
            yield Sleep(pause)
        return (yield from self._fetch_once(arguments))

    def _fetch_once(self, arguments: Mapping[str, object]) -> Flow[FetchedPage]:
        given = {**self.arguments, **arguments}
        call = self._client._prepare(self._operation, given, self._options)
        response = yield from fetch_json(call)
        if self.on_headers is not None:
            self.on_headers(response.headers)
        return self._page(response)

    def _page(self, response: JSONResponse) -> FetchedPage:
        """Return the items and the next page token in a response.

        :raises DecodeException: if the response has no list of items. If such a response were taken
            for the last page, items would be missing without an error.
        """
        data = response.data
        if response.status != 200 or not isinstance(data, dict):
            raise DecodeException(response.status, "the response is not a complete JSON object")
        other_name = "next_page_token" not in data
        token = data.get("sync_token" if other_name else "next_page_token")
        if token is not None and not isinstance(token, str):
            raise DecodeException(200, "the next page token in the response is not a string")
        name = self._operation.items or ""
        items = data.get(name)
        if items is None and (token is not None or data.get("page_size") is not None):
            items = []
        if not isinstance(items, list):
            raise DecodeException(200, f"the response has no list `{name}`")
        uncertain = other_name and self._operation not in _SYNC_TOKEN_PAGES
        return FetchedPage(self.convert(items), token or None, uncertain)

    def _models(self, items: Sequence[Any]) -> list[Any]:
        operation = self._operation
        return decode_items(list(items), operation.items or "", str(operation.response_type))

    def paging_error(self, reason: str) -> Exception:
        return PageTokenException(reason=reason)

    def decode_error(self, reason: str) -> Exception:
        return DecodeException(200, reason)
