from __future__ import annotations

from collections.abc import AsyncGenerator
from os import PathLike
from typing import TYPE_CHECKING, BinaryIO, Literal, Unpack, overload

from swagger_client import history, models
from swagger_client._lazy import LazyModule
from swagger_client.aio._client import AsyncApiClient
from swagger_client.aio._http_info import AsyncHTTPInfoMethods
from swagger_client.api import _operations, parameters
from swagger_client.history import _iterate, _source, _syncs

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

    from swagger_client import attachments
else:
    attachments = LazyModule("swagger_client.attachments")


class AsyncSMSApi(AsyncHTTPInfoMethods):
    """Reads the text messages of a Zoom Phone account, on asyncio.

    The methods have the same names, arguments, results and errors as those of
    :class:`swagger_client.SMSApi`, which documents them. A method whose name begins with ``iter_``
    returns an async iterator; every other method is a coroutine. ``async_req`` is not accepted.

    :param api_client: the client that sends the requests; a new one by default.
    """

    def __init__(self, api_client: AsyncApiClient | None = None) -> None:
        self.api_client = AsyncApiClient() if api_client is None else api_client

    @overload
    async def account_sms_session(
        self,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    async def account_sms_session(
        self,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> models.InlineResponse20073: ...
    async def account_sms_session(self, **kwargs: Unpack[parameters.AccountSmsSession]) -> object:
        """Return a page of the conversations of the account."""
        return await self._data(_operations.ACCOUNT_SMS_SESSION, kwargs)

    @overload
    async def get_sms_sessions(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    async def get_sms_sessions(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> models.InlineResponse20089: ...
    async def get_sms_sessions(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        **kwargs: Unpack[parameters.GetSmsSessions],
    ) -> object:
        """Return some of a user's conversations, and a sync token to continue with."""
        return await self._data(
            _operations.GET_SMS_SESSIONS, kwargs, user_id=user_id, sync_type=sync_type
        )

    @overload
    async def sms_by_message_id(
        self,
        session_id: str,
        message_id: str,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    async def sms_by_message_id(
        self,
        session_id: str,
        message_id: str,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> models.InlineResponse20076: ...
    async def sms_by_message_id(
        self, session_id: str, message_id: str, **kwargs: Unpack[parameters.SmsByMessageId]
    ) -> object:
        """Return one message."""
        return await self._data(
            _operations.SMS_BY_MESSAGE_ID, kwargs, session_id=session_id, message_id=message_id
        )

    @overload
    async def sms_session_details(
        self,
        session_id: str,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    async def sms_session_details(
        self,
        session_id: str,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> models.InlineResponse20074: ...
    async def sms_session_details(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionDetails]
    ) -> object:
        """Return a page of the messages of a conversation."""
        return await self._data(_operations.SMS_SESSION_DETAILS, kwargs, session_id=session_id)

    @overload
    async def sms_session_sync(
        self,
        session_id: str,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    async def sms_session_sync(
        self,
        session_id: str,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> models.InlineResponse20075: ...
    async def sms_session_sync(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionSync]
    ) -> object:
        """Return some messages of a conversation, and a sync token to continue with."""
        return await self._data(_operations.SMS_SESSION_SYNC, kwargs, session_id=session_id)

    @overload
    async def user_sms_session(
        self,
        user_id: str,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    async def user_sms_session(
        self,
        user_id: str,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> models.InlineResponse20088: ...
    async def user_sms_session(
        self, user_id: str, **kwargs: Unpack[parameters.UserSmsSession]
    ) -> object:
        """Return a page of the conversations of a user."""
        return await self._data(_operations.USER_SMS_SESSION, kwargs, user_id=user_id)

    def iter_account_sms_session(
        self, **kwargs: Unpack[parameters.IterAccountSmsSession]
    ) -> AsyncGenerator[models.InlineResponse20073SmsSessions, None]:
        """Yield each conversation of the account once, for a time span of any length."""
        return _iterate.iterate_items_async(self.api_client, history.ACCOUNT_SESSIONS, kwargs)

    def iter_user_sms_session(
        self, user_id: str, **kwargs: Unpack[parameters.IterUserSmsSession]
    ) -> AsyncGenerator[models.InlineResponse20088SmsSessions, None]:
        """Yield each conversation of a user once, for a time span of any length."""
        wanted = {**kwargs, "user_id": user_id}
        return _iterate.iterate_items_async(self.api_client, history.USER_SESSIONS, wanted)

    def iter_sms_session_details(
        self, session_id: str, **kwargs: Unpack[parameters.IterSmsSessionDetails]
    ) -> AsyncGenerator[models.InlineResponse20074SmsHistories, None]:
        """Yield each message of a conversation once, for a time span of any length."""
        wanted = {**kwargs, "session_id": session_id}
        return _iterate.iterate_items_async(self.api_client, history.MESSAGES, wanted)

    def iter_account_messages(
        self, **kwargs: Unpack[parameters.IterAccountMessages]
    ) -> AsyncGenerator[history.AccountMessage, None]:
        """Yield each message of the account in a time span once, with its conversation."""
        return _iterate.iterate_account_async(self.api_client, kwargs)

    def iter_sms_session_sync(
        self,
        session_id: str,
        sync_token: str | None = None,
        **kwargs: Unpack[parameters.IterSmsSessionSync],
    ) -> history.AsyncSyncIterator[models.InlineResponse20075SmsHistories]:
        """Yield all messages of a conversation, or only those that are newer than a sync token."""
        wanted = {**kwargs, "session_id": session_id, "sync_token": sync_token}
        return _syncs.AsyncRecordIterator(self.api_client, _source.SYNCED_MESSAGES, wanted)

    def iter_get_sms_sessions(
        self,
        user_id: str,
        sync_token: str | None = None,
        **kwargs: Unpack[parameters.IterGetSmsSessions],
    ) -> history.AsyncSyncIterator[models.InlineResponse20089SmsSessions]:
        """Yield all conversations of a user, or only those with changes since a sync token."""
        wanted = {**kwargs, "user_id": user_id, "sync_token": sync_token}
        return _syncs.AsyncRecordIterator(self.api_client, _source.SYNCED_SESSIONS, wanted)

    async def download_attachment(
        self,
        attachment: models.SmsAttachment,
        destination: str | PathLike[str] | BinaryIO,
        **kwargs: Unpack[parameters.DownloadAttachment],
    ) -> attachments.Download:
        """Download the file that an attachment describes, completely or not at all."""
        from swagger_client.attachments._download import download_async

        return await download_async(self.api_client, attachment, destination, kwargs)
