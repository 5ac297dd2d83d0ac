from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeVar, Unpack, overload

from swagger_client import models
from swagger_client._operation import Operation
from swagger_client._serialization.arguments import warn_of_long_span
from swagger_client.aio._client import AsyncApiClient
from swagger_client.api import _operations, parameters
from swagger_client.api._http_info import Headers

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

T = TypeVar("T")


class AsyncHTTPInfoMethods:
    """The methods of ``AsyncSMSApi`` that return (data, status, headers)."""

    api_client: AsyncApiClient

    @overload
    async def account_sms_session_with_http_info(
        self,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    async def account_sms_session_with_http_info(
        self,
        *,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> models.InlineResponse20073: ...
    @overload
    async def account_sms_session_with_http_info(
        self,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> tuple[models.InlineResponse20073, int, Headers]: ...
    async def account_sms_session_with_http_info(
        self, **kwargs: Unpack[parameters.AccountSmsSession]
    ) -> object:
        """Call :meth:`account_sms_session` and return (data, status, headers)."""
        return await self._call(_operations.ACCOUNT_SMS_SESSION, kwargs)

    @overload
    async def get_sms_sessions_with_http_info(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    async def get_sms_sessions_with_http_info(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> models.InlineResponse20089: ...
    @overload
    async def get_sms_sessions_with_http_info(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> tuple[models.InlineResponse20089, int, Headers]: ...
    async def get_sms_sessions_with_http_info(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        **kwargs: Unpack[parameters.GetSmsSessions],
    ) -> object:
        """Call :meth:`get_sms_sessions` and return (data, status, headers)."""
        return await self._call(
            _operations.GET_SMS_SESSIONS, kwargs, user_id=user_id, sync_type=sync_type
        )

    @overload
    async def sms_by_message_id_with_http_info(
        self,
        session_id: str,
        message_id: str,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    async def sms_by_message_id_with_http_info(
        self,
        session_id: str,
        message_id: str,
        *,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> models.InlineResponse20076: ...
    @overload
    async def sms_by_message_id_with_http_info(
        self,
        session_id: str,
        message_id: str,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> tuple[models.InlineResponse20076, int, Headers]: ...
    async def sms_by_message_id_with_http_info(
        self, session_id: str, message_id: str, **kwargs: Unpack[parameters.SmsByMessageId]
    ) -> object:
        """Call :meth:`sms_by_message_id` and return (data, status, headers)."""
        return await self._call(
            _operations.SMS_BY_MESSAGE_ID, kwargs, session_id=session_id, message_id=message_id
        )

    @overload
    async def sms_session_details_with_http_info(
        self,
        session_id: str,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    async def sms_session_details_with_http_info(
        self,
        session_id: str,
        *,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> models.InlineResponse20074: ...
    @overload
    async def sms_session_details_with_http_info(
        self,
        session_id: str,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> tuple[models.InlineResponse20074, int, Headers]: ...
    async def sms_session_details_with_http_info(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionDetails]
    ) -> object:
        """Call :meth:`sms_session_details` and return (data, status, headers)."""
        return await self._call(_operations.SMS_SESSION_DETAILS, kwargs, session_id=session_id)

    @overload
    async def sms_session_sync_with_http_info(
        self,
        session_id: str,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    async def sms_session_sync_with_http_info(
        self,
        session_id: str,
        *,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> models.InlineResponse20075: ...
    @overload
    async def sms_session_sync_with_http_info(
        self,
        session_id: str,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> tuple[models.InlineResponse20075, int, Headers]: ...
    async def sms_session_sync_with_http_info(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionSync]
    ) -> object:
        """Call :meth:`sms_session_sync` and return (data, status, headers)."""
        return await self._call(_operations.SMS_SESSION_SYNC, kwargs, session_id=session_id)

    @overload
    async def user_sms_session_with_http_info(
        self,
        user_id: str,
        *,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    async def user_sms_session_with_http_info(
        self,
        user_id: str,
        *,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> models.InlineResponse20088: ...
    @overload
    async def user_sms_session_with_http_info(
        self,
        user_id: str,
        *,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> tuple[models.InlineResponse20088, int, Headers]: ...
    async def user_sms_session_with_http_info(
        self, user_id: str, **kwargs: Unpack[parameters.UserSmsSession]
    ) -> object:
        """Call :meth:`user_sms_session` and return (data, status, headers)."""
        return await self._call(_operations.USER_SMS_SESSION, kwargs, user_id=user_id)

    async def _data(
        self, operation: Operation[T], given: Mapping[str, object], **required: str
    ) -> object:
        return await self._call(operation, {**given, "_return_http_data_only": True}, **required)

    async def _call(
        self, operation: Operation[T], given: Mapping[str, object], **required: str
    ) -> object:
        arguments, options = operation.split_keywords({**given, **required})
        if options.get("async_req"):
            raise TypeError("async_req works in SMSApi only. Await the coroutine instead")
        warn_of_long_span(operation, arguments)
        return await self.api_client._call_operation(operation, arguments, options)
