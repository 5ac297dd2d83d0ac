"""What can be listed, and how a page of it is asked for and read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar, cast

from swagger_client._flow.effects import Failure
from swagger_client._flow.paging import Answer, Ask, Outcome, Window
from swagger_client._operation import ReadOptions
from swagger_client.api.operations import (
    ACCOUNT_SMS_SESSION,
    GET_SMS_SESSIONS,
    SMS_SESSION_DETAILS,
    SMS_SESSION_SYNC,
    USER_SMS_SESSION,
)
from swagger_client.exceptions import DecodeException, PageTokenException
from swagger_client.models._time import utc
from swagger_client.serialization import convert, split_arguments

if TYPE_CHECKING:
    from swagger_client._flow.effects import Clock
    from swagger_client._operation import CallOptions, Operation
    from swagger_client.api_client import ApiClient
    from swagger_client.configuration import Configuration
    from swagger_client.models import (
        InlineResponse20073SmsSessions,
        InlineResponse20074SmsHistories,
        InlineResponse20075SmsHistories,
        InlineResponse20088SmsSessions,
        InlineResponse20089SmsSessions,
    )

T = TypeVar("T")


class Caller(Protocol):
    """What reading takes of :class:`swagger_client.ApiClient`."""

    @property
    def clock(self) -> Clock: ...
    @property
    def configuration(self) -> Configuration: ...
    def call_operation(
        self, operation: Operation[T], arguments: Mapping[str, object], options: CallOptions
    ) -> object: ...


class AsyncCaller(Protocol):
    """What asyncio needs of :class:`swagger_client.aio.AsyncApiClient`."""

    @property
    def client(self) -> ApiClient: ...
    async def call_operation(
        self, operation: Operation[T], arguments: Mapping[str, object], options: CallOptions
    ) -> object: ...


class Listing(Generic[T]):
    """What can be listed: an operation, and what its items are told apart and dated by.

    :ivar operation: the row of ``api.operations``.
    :ivar str key: the field that holds an item's id.
    :ivar str | None moment: the field with the time that says in which window an item is found;
        None for conversations, which can be found in several.
    """

    def __init__(self, operation: Operation[Any], key: str, moment: str | None = None) -> None:
        self.operation = operation
        self.key = key
        self.moment = moment

    def key_of(self, item: object) -> str:
        """What tells an item from others."""
        return str(getattr(item, self.key, None) or item)

    def moment_of(self, item: object) -> datetime | None:
        """The second in which an item is found; None when it can be found at any time."""
        try:
            moment = utc(getattr(item, self.moment, None)) if self.moment else None
        except ValueError:
            return None
        return moment and moment.replace(microsecond=0)


class _NewestMessages(Listing[T]):
    """Conversations, each of which is another item once it has another newest message."""

    def key_of(self, item: object) -> str:
        newest = getattr(getattr(item, "latest_message", None), "message_id", None)
        return f"{super().key_of(item)}/{newest or getattr(item, 'last_access_time', None)}"


ACCOUNT_SESSIONS: Listing[InlineResponse20073SmsSessions] = Listing(
    ACCOUNT_SMS_SESSION, "session_id"
)
USER_SESSIONS: Listing[InlineResponse20088SmsSessions] = Listing(USER_SMS_SESSION, "session_id")
MESSAGES: Listing[InlineResponse20074SmsHistories] = Listing(
    SMS_SESSION_DETAILS, "message_id", "date_time"
)
SYNCED_SESSIONS: Listing[InlineResponse20089SmsSessions] = _NewestMessages(
    GET_SMS_SESSIONS, "session_id"
)
SYNCED_MESSAGES: Listing[InlineResponse20075SmsHistories] = Listing(SMS_SESSION_SYNC, "message_id")


def split(
    given: Mapping[str, object], names: Collection[str]
) -> tuple[dict[str, object], CallOptions]:
    """Keyword arguments as those that are given and not None, and the options of each call.

    :raises TypeError: for a name that is neither.
    """
    arguments: dict[str, object] = {}
    options: dict[str, object] = {}
    for name, value in given.items():
        if name in names:
            if value is not None:
                arguments[name] = value
        elif name in ReadOptions.__annotations__:
            options[name] = value
        else:
            raise TypeError(f"Got an unexpected keyword argument '{name}'")
    return arguments, cast("CallOptions", options)


class Source(NamedTuple):
    """A list to be read: its arguments, and those of its items that are wanted."""

    listing: Listing[Any]
    arguments: Mapping[str, object]
    options: CallOptions
    #: What is dated later is not wanted, though a window may reach a second further.
    until: datetime | None = None
    #: Makes what is handed out of an item.
    make: Callable[[Any], object] | None = None

    @classmethod
    def checked(
        cls,
        client: ApiClient,
        listing: Listing[Any],
        arguments: Mapping[str, object],
        options: CallOptions | None,
        span: Window | None = None,
    ) -> Source:
        """A list, once its arguments have been found fit to be sent.

        :raises ValueError: for an argument that can only be a mistake; TypeError for its type.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        example = {} if span is None else {"_from": span.start, "to": span.end}
        safe = client.configuration.safe_chars_for_path_param
        split_arguments(listing.operation, {**given, **example}, safe)
        return cls(listing, given, options or {}, span and span.end)

    @property
    def undecoded(self) -> Operation[Any]:
        """The operation; a model would not tell a token that is null from one that is missing."""
        return self.listing.operation._replace(response_type="object")

    def read(self, answer: object) -> Answer:
        """What a page holds.

        :param answer: the JSON, the status and the headers.
        :raises DecodeException: when it is no page: it must not be read as "no messages".
        """
        data, status, _ = cast("tuple[object, int, object]", answer)
        if status != 200 or not isinstance(data, dict):
            raise DecodeException(status, "the answer is not a whole JSON object")
        # Live answers of the details were seen to carry the page token under this name too.
        token = data.get("next_page_token" if "next_page_token" in data else "sync_token")
        token = str(token) if token else None
        operation = self.listing.operation
        items = getattr(convert(data, operation.response_type), operation.items or "", None)
        if items is None and (token is not None or data.get("page_size") is not None):
            items = []
        if not isinstance(items, list):
            raise DecodeException(200, f"the answer has no list `{operation.items}`")
        wanted = [item for item in items if self._wants(item)]
        return Answer([self.make(item) for item in wanted] if self.make else wanted, token)

    def _wants(self, item: object) -> bool:
        moment = self.listing.moment_of(item)
        return moment is None or self.until is None or moment <= self.until


#: Seconds to wait for a page that Zoom fails to give, call after call: a long reading outlasts what
#: ends a single call, its retries or the client's budget of them.
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)


def fetch(client: Caller, ask: Ask) -> Outcome:
    """Fetch a page; what fails is returned, not raised."""
    outcome = _fetch_once(client, ask)
    for pause in _pauses(client, ask):
        if not _passing(outcome):
            break
        client.clock.sleep(pause)
        outcome = _fetch_once(client, ask)
    return outcome


def _fetch_once(client: Caller, ask: Ask) -> Outcome:
    source: Source = ask.source
    arguments = {**source.arguments, **ask.arguments}
    try:
        return source.read(client.call_operation(source.undecoded, arguments, source.options))
    except Failure as failure:
        return failure


async def fetch_async(client: AsyncCaller, ask: Ask) -> Outcome:
    """As :func:`fetch`, on asyncio."""
    outcome = await _fetch_once_async(client, ask)
    for pause in _pauses(client.client, ask):
        if not _passing(outcome):
            break
        await client.client.clock.sleep_async(pause)
        outcome = await _fetch_once_async(client, ask)
    return outcome


async def _fetch_once_async(client: AsyncCaller, ask: Ask) -> Outcome:
    source: Source = ask.source
    arguments = {**source.arguments, **ask.arguments}
    try:
        answer = await client.call_operation(source.undecoded, arguments, source.options)
        return source.read(answer)
    except Failure as failure:
        return failure


def _pauses(client: Caller, ask: Ask) -> tuple[float, ...]:
    """None for a caller who wants no retries."""
    asked = ask.source.options.get("_retries")
    return _PAUSES if (client.configuration.retries if asked is None else asked) else ()


def _passing(outcome: Outcome) -> bool:
    """Whether the same page may be had a little later; a limit says itself how much later."""
    return isinstance(outcome, Failure) and outcome.transient and outcome.status != 429


def repeated(token: str) -> Exception:
    """The exception for a token that was given before."""
    return PageTokenException(reason=f"the token {token!r} was given a second time")
