"""Fetches pages as Zoom sent them: an archive keeps the JSON itself, not what models make of it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from swagger_client._flow.effects import Failure
from swagger_client._flow.paging import Answer, Ask, Once, Pages, Window, read_window
from swagger_client._operation import Operation
from swagger_client.api.operations import (
    ACCOUNT_SMS_SESSION,
    SMS_BY_MESSAGE_ID,
    SMS_SESSION_DETAILS,
)
from swagger_client.archive import shapes
from swagger_client.exceptions import (
    ApiException,
    DecodeException,
    ForbiddenException,
    RateLimitException,
    RedirectException,
    TransportException,
    UnauthorizedException,
)
from swagger_client.history import ASCENDING, PAGE_SIZE, repeated
from swagger_client.models._time import utc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from swagger_client._operation import CallOptions
    from swagger_client.api_client import ApiClient


#: Two lists find a conversation: by any message in the window, and, should one kind of message
#: not count there, by the last one.
FILTERS = ("sent_received_message_time", "last_message_time")
#: How far a clock may be wrong when it comes to what has just happened.
_JUST_NOW = timedelta(minutes=1)
_OF_EVERYTHING = (
    UnauthorizedException,
    ForbiddenException,
    RateLimitException,
    RedirectException,
    TransportException,
)
#: How often a list is looked at again for what moved meanwhile.
_MOST_LOOKS = 10


class Caller(Protocol):
    """What makes calls: a client, or its calls that can be ended."""

    def call_operation(
        self, operation: Operation[Any], arguments: Mapping[str, object], options: CallOptions
    ) -> object: ...


class Source(NamedTuple):
    """One list: the operation, and the arguments that all its pages share."""

    operation: Operation[Any]
    arguments: Mapping[str, object]


def conversations(
    window: Window, session_type: str, filter_type: str, now: Callable[[], datetime]
) -> Pages:
    """The flow that lists the conversations of a window.

    One that gets a message while page after page is read moves to the top of the list, and may be
    on no page: what moved meanwhile is listed too.

    :param now: the time by Zoom's clock.
    """
    once = Once(session_key, lambda _: None)
    for _ in range(_MOST_LOOKS):
        began = now()
        arguments = {
            "page_size": PAGE_SIZE, "session_type": session_type, "filter_type": filter_type
        }  # fmt: skip
        source = Source(ACCOUNT_SMS_SESSION, arguments)
        pages = yield from read_window(source, window, once, repeated, descending=True)
        if pages < 2:
            return
        window, filter_type = Window(began - _JUST_NOW, now() + _JUST_NOW), FILTERS[-1]


def messages(window: Window, session_id: str) -> Pages:
    """The flow that lists the messages of a conversation in a window, the oldest first."""
    arguments = {"page_size": PAGE_SIZE, "session_id": session_id, "sort": ASCENDING}
    source = Source(SMS_SESSION_DETAILS, arguments)
    return read_window(source, window, Once(shapes.message_key, lambda _: None), repeated)


def fetch(client: Caller, ask: Ask) -> Answer | Failure:
    """Fetch a page; what fails is returned, not raised."""
    source: Source = ask.source
    if str(source.arguments.get("session_id", "")).startswith(shapes.WITHOUT_ID):
        return DecodeException(200, "Zoom listed the conversation without an id to ask for")
    try:
        data, _ = call(client, source.operation, {**source.arguments, **ask.arguments})
        return page(source.operation, data)
    except Failure as failure:
        return failure
    except (ValueError, TypeError, RecursionError) as error:
        return DecodeException(None, f"{type(error).__name__}: {error}")


def page(operation: Operation[Any], data: Mapping[str, object]) -> Answer:
    """The items and the token of an answer.

    :raises DecodeException: when it is no page: silence must not be read as "no messages".
    """
    items = data.get(operation.items or "")
    token = data.get("next_page_token")
    if "next_page_token" not in data and operation is SMS_SESSION_DETAILS:
        # Live answers of the details were seen to carry the page token under this name.
        token = data.get("sync_token")
    if items is None and (token is not None or data.get("page_size") is not None):
        items = []
    if not isinstance(items, list):
        raise DecodeException(200, f"the answer has no list `{operation.items}`")
    return Answer(items, str(token or ""))


def session_key(session: object) -> str:
    """The id of a conversation; one made of what came where Zoom gave none that is text."""
    found = shapes.as_object(session).get("session_id")
    if isinstance(found, str) and found and shapes.plain_text(found) == found:
        return found
    return shapes.made_up_key(found or session)


def of_this_alone(error: Exception) -> bool:
    """Whether an error is of what was asked for: anything else can be had in spite of it."""
    return not isinstance(error, _OF_EVERYTHING) and not getattr(error, "missing_scopes", ())


def reason(error: Exception) -> str:
    """An error in a line, to be kept."""
    if not isinstance(error, ApiException):
        said = f"{type(error).__name__}: {error}"
    elif error.code is not None:
        said = f"{error.code}: {error.message}"
    else:
        status = "" if error.status is None else f" (HTTP {error.status})"
        said = f"{type(error).__name__}: {error.message or error.reason}{status}"
    return shapes.plain_text(said)


def zooms_clock(client: ApiClient) -> Callable[[], datetime]:
    """Zoom's clock: what it says now, without asking again.

    :raises ApiException: when texts may not be read.
    """
    ahead = zooms_time(client) - _time(client)
    return lambda: (_time(client) + ahead).replace(microsecond=0)


def _time(client: ApiClient) -> datetime:
    return datetime.fromtimestamp(client.clock.time(), timezone.utc)


def zooms_time(client: ApiClient) -> datetime:
    """The time by Zoom's clock, from an answer that also shows whether texts may be read.

    :raises ApiException: when they may not.
    """
    _, headers = call(client, ACCOUNT_SMS_SESSION, {"page_size": 1})
    told = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        found = parsedate_to_datetime(told)
    except ValueError:
        return _time(client).replace(microsecond=0)
    return found.astimezone(timezone.utc)


def message_by_id(client: Caller, session_id: str, message_id: str) -> object:
    """A message, with download URLs that are good for a while.

    :raises ApiException: when it cannot be had.
    """
    arguments = {"session_id": session_id, "message_id": message_id}
    return call(client, SMS_BY_MESSAGE_ID, arguments)[0]


def call(
    client: Caller, operation: Operation[Any], arguments: Mapping[str, object]
) -> tuple[Mapping[str, object], Mapping[str, str]]:
    """Call an operation; returns the JSON object as it came, and the headers.

    :raises ApiException: when the call fails, or the answer is no JSON object.
    """
    undecoded = operation._replace(response_type="object")
    answer = client.call_operation(undecoded, arguments, {})
    data, status, headers = cast("tuple[object, int, Mapping[str, str]]", answer)
    if status != 200 or not isinstance(data, dict):
        raise DecodeException(status, "the answer is not a whole JSON object")
    return data, headers


def time_of(message: object) -> datetime | None:
    """When a message was, None where it does not say so."""
    date_time = shapes.as_object(message).get("date_time")
    try:
        return utc(date_time) if isinstance(date_time, str) and date_time else None
    except ValueError:
        return None
