"""The types of the keyword arguments of each method, for editors and type checkers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal, NamedTuple

from swagger_client.api._keywords import TypedDict, reject_unknown_keys


class Progress(NamedTuple):
    """How many items, pages and months an ``iter_…`` method has read so far.

    :ivar int items: how many conversations or messages the method has read, each counted once.
    :ivar int pages: how many pages the method has received.
    :ivar int months: how many months have been read completely.
    :ivar int of_months: how many months the whole time span has.
    """

    items: int
    pages: int
    months: int
    of_months: int


SyncType = Literal["FSync", "BSync", "ISync"]
SessionType = Literal["user", "call_queue", "auto_receptionist", "all"]
AccountSessionType = Literal["user", "call_queue", "auto_receptionist", "service_endpoint", "all"]
FilterType = Literal[
    "sent_message_time",
    "received_message_time",
    "last_message_time",
    "sent_received_message_time",
]
Sort = Literal[1, 2]
DeliveryStatus = Literal[
    "all", "received", "delivered", "failed_to_send", "sent", "failed_to_deliver", "unknown"
]
OnProgress = Callable[[Progress], object]


@reject_unknown_keys
class ReadOptions(TypedDict, total=False):
    """The options that every method of ``SMSApi`` has. They apply to each single call."""

    _request_timeout: int | float | tuple[float, float] | None
    _retries: int | None
    _deadline: float | None


@reject_unknown_keys
class CallFlags(TypedDict, total=False):
    """The options that change what a method of ``SMSApi`` returns."""

    async_req: bool | None
    _preload_content: bool
    _return_http_data_only: bool | None


class _Page(ReadOptions, total=False):
    page_size: int | None
    next_page_token: str | None
    _from: str | date | None
    to: str | date | None


class AccountSmsSessionArguments(_Page, total=False):
    """Keyword arguments of ``account_sms_session``, except those of :class:`CallFlags`."""

    phone_number: str | None
    session_type: AccountSessionType | None
    filter_type: FilterType | None


class UserSmsSessionArguments(_Page, total=False):
    """Keyword arguments of ``user_sms_session``, except those of :class:`CallFlags`."""

    phone_number: str | None
    session_type: SessionType | None
    filter_type: FilterType | None


class SmsSessionDetailsArguments(_Page, total=False):
    """Keyword arguments of ``sms_session_details``, except those of :class:`CallFlags`."""

    sort: Sort | None
    delivery_status: DeliveryStatus | None


class GetSmsSessionsArguments(ReadOptions, total=False):
    """Keyword arguments of ``get_sms_sessions``, except those of :class:`CallFlags`."""

    sync_token: str | None
    count: int | None
    session_type: SessionType | None


class SmsSessionSyncArguments(ReadOptions, total=False):
    """Keyword arguments of ``sms_session_sync``, except those of :class:`CallFlags`."""

    sync_type: SyncType | None
    count: int | None
    sync_token: str | None


class SmsByMessageIdArguments(ReadOptions, total=False):
    """Keyword arguments of ``sms_by_message_id``, except those of :class:`CallFlags`."""


class AccountSmsSession(AccountSmsSessionArguments, CallFlags, total=False):
    """Keyword arguments of ``account_sms_session``."""


class UserSmsSession(UserSmsSessionArguments, CallFlags, total=False):
    """Keyword arguments of ``user_sms_session``."""


class SmsSessionDetails(SmsSessionDetailsArguments, CallFlags, total=False):
    """Keyword arguments of ``sms_session_details``."""


class GetSmsSessions(GetSmsSessionsArguments, CallFlags, total=False):
    """Keyword arguments of ``get_sms_sessions``."""


class SmsSessionSync(SmsSessionSyncArguments, CallFlags, total=False):
    """Keyword arguments of ``sms_session_sync``."""


class SmsByMessageId(SmsByMessageIdArguments, CallFlags, total=False):
    """Keyword arguments of ``sms_by_message_id``."""


class _Span(ReadOptions, total=False):
    _from: str | date | None
    to: str | date | None
    page_size: int | None
    progress: OnProgress | None


class IterAccountSmsSession(_Span, total=False):
    """Keyword arguments of ``iter_account_sms_session``."""

    phone_number: str | None
    session_type: AccountSessionType | None
    filter_type: FilterType | None
    sort: Sort | None


class IterUserSmsSession(_Span, total=False):
    """Keyword arguments of ``iter_user_sms_session``."""

    phone_number: str | None
    session_type: SessionType | None
    filter_type: FilterType | None
    sort: Sort | None


class IterSmsSessionDetails(_Span, total=False):
    """Keyword arguments of ``iter_sms_session_details``."""

    delivery_status: DeliveryStatus | None
    sort: Sort | None


class IterAccountMessages(_Span, total=False):
    """Keyword arguments of ``iter_account_messages``."""

    session_type: AccountSessionType | None
    phone_number: str | None
    delivery_status: DeliveryStatus | None
    concurrency: int | None


class IterSmsSessionSync(ReadOptions, total=False):
    """Keyword arguments of ``iter_sms_session_sync``."""

    count: int | None


class IterGetSmsSessions(IterSmsSessionSync, total=False):
    """Keyword arguments of ``iter_get_sms_sessions``."""

    session_type: SessionType | None


class DownloadAttachment(ReadOptions, total=False):
    """Keyword arguments of ``download_attachment``."""

    session_id: str | None
    message_id: str | None
    max_bytes: int | None
