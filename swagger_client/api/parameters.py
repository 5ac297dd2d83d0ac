"""The keyword arguments of each method, for editors and type checkers."""

from __future__ import annotations

from datetime import date
from typing import TypedDict, cast


class CallOptions(TypedDict, total=False):
    """What every method takes beside its own arguments."""

    async_req: bool | None
    _return_http_data_only: bool | None
    _preload_content: bool
    _request_timeout: int | float | tuple[float, float] | None
    _retries: int | None
    _deadline: float | None


class ReadOptions(TypedDict, total=False):
    """What the methods take that read more than a page; they hold for each call."""

    _request_timeout: int | float | tuple[float, float] | None
    _retries: int | None
    _deadline: float | None


def read_options(given: ReadOptions) -> CallOptions:
    """The options of each call.

    :raises TypeError: for a name that is none.
    """
    for name in given:
        if name not in ReadOptions.__annotations__:
            raise TypeError(f"Got an unexpected keyword argument '{name}'")
    return cast(CallOptions, given)


class _Page(CallOptions, total=False):
    page_size: int | None
    next_page_token: str | None
    _from: str | date | None
    to: str | date | None


class AccountSmsSession(_Page, total=False):
    """Keyword arguments of ``account_sms_session``."""

    phone_number: str | None
    session_type: str | None
    filter_type: str | None


class UserSmsSession(AccountSmsSession, total=False):
    """Keyword arguments of ``user_sms_session``."""


class SmsSessionDetails(_Page, total=False):
    """Keyword arguments of ``sms_session_details``."""

    sort: int | None
    delivery_status: str | None


class GetSmsSessions(CallOptions, total=False):
    """Keyword arguments of ``get_sms_sessions``."""

    sync_token: str | None
    count: int | None
    session_type: str | None


class SmsSessionSync(CallOptions, total=False):
    """Keyword arguments of ``sms_session_sync``."""

    sync_type: str | None
    count: int | None
    sync_token: str | None
