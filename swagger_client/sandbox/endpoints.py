"""Implement the six SMS endpoints: compute the response from request parameters."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Literal
from urllib.parse import quote, unquote

from . import render, sync
from .access_tokens import Grant
from .account_data import Account, Conversation
from .api_errors import ApiError, invalid
from .page_tokens import Page, PageTokens
from .parameters import Parameters, Spans, Window
from .records import Extension, Message, only_digits
from .render import JsonObject, LinkTo

__all__ = ["Dialect", "Endpoints", "route"]

LastPage = Literal["empty", "null", "missing"]
TokenField = Literal["next_page_token", "sync_token"]

_USER_TYPES = ("user", "call_queue", "auto_receptionist", "all")
_ACCOUNT_TYPES = (*_USER_TYPES, "service_endpoint")
_FILTERS = {
    "sent_message_time": ("Out",),
    "received_message_time": ("In",),
    "sent_received_message_time": ("In", "Out"),
    "last_message_time": (),
}
_STATUSES = (
    "all",
    "received",
    "delivered",
    "failed_to_send",
    "sent",
    "failed_to_deliver",
    "unknown",
)
_SYNC_TYPES = ("FSync", "BSync", "ISync")
_DEFAULT_COUNT = 100
_USER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}|[^\s/@]+@[^\s/@]+")


@dataclass(frozen=True)
class Dialect:
    """Options for response details in which Zoom's documentation and Zoom's server differ.

    `Sandbox` documents the fields.
    """

    last_page: LastPage = "empty"
    details_token_field: TokenField = "next_page_token"
    list_token_field: TokenField = "next_page_token"
    list_spans: Spans = "first_month"
    details_spans: Spans = "first_month"
    omitted_session_types: frozenset[str] = frozenset()
    legacy_sessions: bool = False
    require_count: bool = False
    sync_error_status: Literal[400, 404] | None = None


def route(segments: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """Split the path of an API request into an operation and its path arguments.

    :param segments: the decoded segments after `/v2`.
    :returns: the operation's name and the path arguments, or None for an unknown path.
    """
    match tuple(segments):
        case ("phone", "sms", "sessions"):
            return "account_sms_session", ()
        case ("phone", "users", user_id, "sms", "sessions"):
            return "user_sms_session", (user_id,)
        case ("phone", "users", user_id, "sms", "sessions", "sync"):
            return "get_sms_sessions", (user_id,)
        case ("phone", "sms", "sessions", session_id):
            return "sms_session_details", (session_id,)
        case ("phone", "sms", "sessions", session_id, "sync"):
            return "sms_session_sync", (session_id,)
        case ("phone", "sms", "sessions", session_id, "messages", message_id):
            return "sms_by_message_id", (session_id, message_id)
        case _:
            return None


@dataclass(frozen=True)
class Call:
    """One request to one of the six endpoints of the sandbox.

    :ivar operation: the name of the operation, such as `account_sms_session`.
    :ivar arguments: the path arguments, such as a session id.
    :ivar grant: what the request's bearer token permits.
    :ivar now: the time of the request in Unix seconds.
    """

    operation: str
    path: str
    arguments: tuple[str, ...]
    parameters: Parameters
    grant: Grant
    now: float

    @property
    def now_ms(self) -> int:
        """The time of the request in Unix milliseconds."""
        return round(self.now * 1000)


class Endpoints:
    """Computes the responses of the six endpoints.

    :param link_to: a function that returns the download URL of an attachment.
    """

    def __init__(
        self,
        account: Account,
        pages: PageTokens,
        sync_tokens: sync.SyncTokens,
        link_to: LinkTo,
        dialect: Dialect,
    ) -> None:
        self._account = account
        self._pages = pages
        self._sync_tokens = sync_tokens
        self._link_to = link_to
        self._dialect = dialect
        self._handlers: dict[str, Callable[[Call], JsonObject]] = {
            "account_sms_session": self._account_list,
            "user_sms_session": self._user_list,
            "get_sms_sessions": self._user_sync,
            "sms_session_details": self._details,
            "sms_session_sync": self._session_sync,
            "sms_by_message_id": self._by_id,
        }

    def run(self, call: Call) -> JsonObject:
        """Return the JSON object with which the endpoint responds, or raise an ApiError."""
        return self._handlers[call.operation](call)

    # Lists of sessions.

    def _account_list(self, call: Call) -> JsonObject:
        return self._list_sessions(call, None, _ACCOUNT_TYPES)

    def _user_list(self, call: Call) -> JsonObject:
        return self._list_sessions(call, self._user(call).id, _USER_TYPES)

    def _list_sessions(self, call: Call, user_id: str | None, types: tuple[str, ...]) -> JsonObject:
        page_size = call.parameters.integer("page_size", 30, 1, 100)
        session_type = call.parameters.session_type(types)
        filtered_by = call.parameters.choice("filter_type", "last_message_time", tuple(_FILTERS))
        number = call.parameters.text("phone_number")
        page = self._requested_page(call, self._dialect.list_spans)
        if not call.parameters.text("next_page_token"):
            # Compute the list for the first page only and keep it in the page token. A session
            # that moves to the top between two pages is then neither skipped nor repeated.
            directions = _FILTERS[filtered_by]
            found = self._sessions(user_id, session_type, page.window, directions, call.now)
            wanted = [one for one in found if number is None or _takes_part(one, number)]
            page = Page(page.window, rest=[one.session_id for one in wanted])
        here, rest = page.rest[:page_size], page.rest[page_size:]
        extensions = self._account.extensions if user_id is None else None
        conversations = [self._account.sessions[session_id] for session_id in here]
        token_field = self._dialect.list_token_field
        following = Page(page.window, rest=rest) if rest else None
        return {
            **self._page_token_field(call, following, token_field),
            "page_size": page_size,
            "sms_sessions": [self._shown(one, extensions) for one in conversations],
        }

    def _shown(self, one: Conversation, extensions: Mapping[str, Extension] | None) -> JsonObject:
        legacy = self._dialect.legacy_sessions
        return render.legacy_session(one) if legacy else render.session(one, extensions)

    def _sessions(
        self,
        user_id: str | None,
        session_type: str,
        window: Window,
        directions: tuple[str, ...],
        now: float,
    ) -> Iterator[Conversation]:
        """Yield the sessions that a list request selects, newest first.

        :param user_id: the user whose sessions are listed; None lists all sessions of the account.
        :param session_type: one session type, or `all`.
        :param directions: select the sessions that have a message of one of these directions in the
            window. If empty, select the sessions whose last message is in the window.
        """
        start, end = window.start_ms, window.end_ms
        for last_ms, session_id in self._newest_first(user_id):
            if last_ms < start:
                return
            one = self._account.sessions[session_id]
            if session_type not in ("all", one.session_type) or now < one.visible_from:
                continue
            if session_type == "all" and one.session_type in self._dialect.omitted_session_types:
                continue
            if directions:
                if any(one.has_direction(direction, start, end) for direction in directions):
                    yield one
            elif last_ms < end:
                yield one

    def _newest_first(
        self, user_id: str | None, until_ms: int | None = None
    ) -> Iterator[sync.Entry]:
        recent = self._account.recent(user_id)
        last = len(recent) if until_ms is None else bisect_left(recent, (until_ms + 1, ""))
        for place in range(last - 1, -1, -1):
            yield recent[place]

    # Sync the sessions of a user.

    def _user_sync(self, call: Call) -> JsonObject:
        user = self._user(call)
        session_type = call.parameters.session_type(_USER_TYPES)
        if call.parameters.text("sync_type") is None:
            raise invalid("sync_type", "sync_type is required.")

        def entries(keys: Iterator[sync.Entry]) -> Iterator[sync.Entry]:
            for at_ms, session_id in keys:
                one = self._account.sessions[session_id]
                if one.latest is None or call.now < one.visible_from:
                    continue
                if session_type in ("all", one.session_type):
                    # With a new message the session counts as a new record, even if the message
                    # has the same timestamp as the one before.
                    mark = quote(session_id, safe=""), one.latest.message_id, str(len(one.keys))
                    yield at_ms, "/".join(mark)

        def oldest_first(since_ms: int) -> Iterator[sync.Entry]:
            recent = self._account.recent(user.id)
            return entries(iter(recent[bisect_left(recent, (since_ms, "")) :]))

        def newest_first(until_ms: int) -> Iterator[sync.Entry]:
            return entries(self._newest_first(user.id, until_ms))

        scope = f"{user.id}/{session_type}"
        taken, token = self._synchronise(call, scope, oldest_first, newest_first, 404)
        found = [self._account.sessions[unquote(mark.partition("/")[0])] for _, mark in taken]
        return {
            "sms_sessions": [render.session_with_latest(one) for one in found],
            "sync_token": token,
        }

    def _synchronise(
        self,
        call: Call,
        scope: str,
        oldest_first: Callable[[int], Iterator[sync.Entry]],
        newest_first: Callable[[int], Iterator[sync.Entry]],
        error_status: int,
    ) -> tuple[list[sync.Entry], str]:
        """Return the records that a sync request selects, and the next sync token.

        A record is a pair (an ``Entry``) of a time in Unix milliseconds and an id.

        :param scope: identifies the list of entries for which the sync tokens are valid.
        :param oldest_first: a function that takes a time in Unix milliseconds and returns the
            entries from this time on, oldest first.
        :param newest_first: a function that takes a time in Unix milliseconds and returns the
            entries up to this time, newest first.
        :param error_status: the HTTP status for an invalid sync token.
        """
        kind = call.parameters.choice("sync_type", "FSync", _SYNC_TYPES)
        count = call.parameters.integer("count", _DEFAULT_COUNT, 1, 250)
        if kind == "FSync":
            taken, covered = sync.full(newest_first(call.now_ms), count, call.now_ms)
        else:
            status = self._dialect.sync_error_status or error_status
            known = self._sync_tokens.read(scope, call.parameters.text("sync_token"), status)
            if kind == "BSync":
                taken, covered = sync.backward(newest_first, known, count)
            else:
                taken, covered = sync.forward(
                    lambda since_ms: takewhile(
                        lambda entry: entry[0] <= call.now_ms, oldest_first(since_ms)
                    ),
                    known,
                    count,
                )
        return taken, self._sync_tokens.issue(scope, covered)

    # The messages of a session.

    def _details(self, call: Call) -> JsonObject:
        one = self._session(call, ApiError(404, 7013, "No SMS history exists for this session."))
        page_size = call.parameters.integer("page_size", 30, 1, 100)
        ascending = call.parameters.integer("sort", 2, 1, 2) == 1
        status = call.parameters.choice("delivery_status", "all", _STATUSES)
        spans = self._dialect.details_spans
        page = self._requested_page(call, spans, default_days=100_000 if spans == "all" else 30)
        window = page.window
        walk = one.ascending if ascending else one.descending
        following = walk(window.start_ms, window.end_ms, page.after)
        wanted = (m for m in following if status in ("all", m.delivery_status))
        found = list(islice(wanted, page_size + 1))
        here, more = found[:page_size], len(found) > page_size
        next_page = Page(window, after=here[-1].key) if more else None
        return {
            **self._page_token_field(call, next_page, self._dialect.details_token_field),
            "page_size": page_size,
            "sms_histories": [self._message(m, with_status=True) for m in here],
        }

    def _session_sync(self, call: Call) -> JsonObject:
        one = self._session(call, ApiError(404, 12004, "The session does not exist."))
        if self._dialect.require_count and call.parameters.text("count") is None:
            raise invalid("count", "count is required.")

        def oldest_first(since_ms: int) -> Iterator[sync.Entry]:
            return (m.key for m in one.ascending(since_ms, _FOREVER))

        def newest_first(until_ms: int) -> Iterator[sync.Entry]:
            return (m.key for m in one.descending(-_FOREVER, until_ms + 1))

        taken, token = self._synchronise(call, one.session_id, oldest_first, newest_first, 400)
        found = (one.get(message_id) for _, message_id in taken)
        shown = [self._message(m, with_status=False) for m in found if m is not None]
        return {"sms_histories": shown, "sync_token": token}

    def _by_id(self, call: Call) -> JsonObject:
        one = self._session(call, ApiError(404, 2001, "The account has no such session."))
        message = one.get(call.arguments[1])
        if message is not None:
            return self._message(message, with_status=True)
        if self._account.has_message(call.arguments[1]):
            raise ApiError(400, 1004, "The message belongs to another session.")
        raise ApiError(404, 2001, "The account has no such message.")

    # Used by several endpoints.

    def _message(self, message: Message, *, with_status: bool) -> JsonObject:
        return render.message(message, self._link_to, with_status=with_status)

    def _user(self, call: Call) -> Extension:
        name = call.arguments[0]
        if not _USER_ID.fullmatch(name):
            raise ApiError(400, 300, "This is not a valid user id.")
        found = self._account.user(call.grant.user_id if name == "me" else name)
        if found is None:
            raise ApiError(404, 1001, f"User {name} does not exist.")
        return found

    def _session(self, call: Call, error: ApiError) -> Conversation:
        found = self._account.sessions.get(call.arguments[0])
        if found is None or call.now < found.visible_from:
            raise error
        return found

    def _requested_page(self, call: Call, spans: Spans, *, default_days: int = 30) -> Page:
        """Return the page for the request's `next_page_token`; without one, the first page."""
        window = call.parameters.window(call.now_ms, spans, default_days)
        token = call.parameters.text("next_page_token")
        if not token:
            return Page(window)
        return self._pages.redeem(call.now, call.parameters.fingerprint(call.path), token)

    def _page_token_field(self, call: Call, following: Page | None, name: TokenField) -> JsonObject:
        """Return the JSON field with the next page's token; for the last page, see `Dialect`."""
        if following is not None:
            bound_to = call.parameters.fingerprint(call.path)
            return {name: self._pages.issue(call.now, bound_to, following)}
        if self._dialect.last_page == "missing":
            return {}
        return {name: None if self._dialect.last_page == "null" else ""}


_FOREVER = 10**15


def _takes_part(conversation: Conversation, number: str) -> bool:
    digits = only_digits(number)
    return any(digits == who.digits for who in conversation.participants if who.digits)
