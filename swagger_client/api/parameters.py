"""The keyword arguments of each method, for editors and type checkers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from swagger_client._operation import CallOptions, ReadOptions


class Progress(NamedTuple):
    """How far an iteration is.

    :ivar int items: items handed out.
    :ivar int pages: pages received.
    :ivar int months: months read to their end.
    :ivar int of_months: months of the span.
    """

    items: int
    pages: int
    months: int
    of_months: int


OnProgress = Callable[[Progress], object]


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


class _Span(ReadOptions, total=False):
    _from: str | date | None
    to: str | date | None
    page_size: int | None
    progress: OnProgress | None


class IterAccountSmsSession(_Span, total=False):
    """Keyword arguments of ``iter_account_sms_session``."""

    phone_number: str | None
    session_type: str | None
    filter_type: str | None
    sort: int | None


class IterUserSmsSession(IterAccountSmsSession, total=False):
    """Keyword arguments of ``iter_user_sms_session``."""


class IterSmsSessionDetails(_Span, total=False):
    """Keyword arguments of ``iter_sms_session_details``."""

    delivery_status: str | None
    sort: int | None


class IterAccountMessages(_Span, total=False):
    """Keyword arguments of ``iter_account_messages``."""

    session_type: str | None
    phone_number: str | None
    delivery_status: str | None
    concurrency: int | None


class IterSmsSessionSync(ReadOptions, total=False):
    """Keyword arguments of ``iter_sms_session_sync``."""

    count: int | None


class IterGetSmsSessions(IterSmsSessionSync, total=False):
    """Keyword arguments of ``iter_get_sms_sessions``."""

    session_type: str | None


class DownloadAttachment(ReadOptions, total=False):
    """Keyword arguments of ``download_attachment``."""

    session_id: str | None
    message_id: str | None
    max_bytes: int | None
