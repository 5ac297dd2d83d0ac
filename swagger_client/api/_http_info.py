from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TypeVar, Unpack, overload

from swagger_client import models
from swagger_client._lazy import LazyModule
from swagger_client._operation import CallOptions, Operation
from swagger_client._serialization.arguments import check_arguments, warn_of_long_span
from swagger_client.api import _operations
from swagger_client.api_client import ApiClient

if TYPE_CHECKING:
    from multiprocessing.pool import ApplyResult

    from urllib3.response import BaseHTTPResponse

    from swagger_client.api import parameters
else:
    parameters = LazyModule("swagger_client.api.parameters")

Headers = Mapping[str, str]
T = TypeVar("T")

#: The options that generated code always passes.
_DEFAULT_OPTIONS: CallOptions = {
    "async_req": None,
    "_return_http_data_only": None,
    "_preload_content": True,
    "_request_timeout": None,
}


class HTTPInfoMethods:
    """The methods of ``SMSApi`` that return (data, status, headers)."""

    api_client: ApiClient

    @overload
    def account_sms_session_with_http_info(
        self,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> ApplyResult[tuple[models.InlineResponse20073, int, Headers]]: ...
    @overload
    def account_sms_session_with_http_info(
        self,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> ApplyResult[tuple[BaseHTTPResponse, int, Headers]]: ...
    @overload
    def account_sms_session_with_http_info(
        self,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    def account_sms_session_with_http_info(
        self,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> models.InlineResponse20073: ...
    @overload
    def account_sms_session_with_http_info(
        self,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> tuple[models.InlineResponse20073, int, Headers]: ...
    def account_sms_session_with_http_info(
        self, **kwargs: Unpack[parameters.AccountSmsSession]
    ) -> object:
        """Call :meth:`SMSApi.account_sms_session` and return (data, status, headers)."""
        return self._call(_operations.ACCOUNT_SMS_SESSION, kwargs)

    @overload
    def get_sms_sessions_with_http_info(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> ApplyResult[tuple[models.InlineResponse20089, int, Headers]]: ...
    @overload
    def get_sms_sessions_with_http_info(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> ApplyResult[tuple[BaseHTTPResponse, int, Headers]]: ...
    @overload
    def get_sms_sessions_with_http_info(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    def get_sms_sessions_with_http_info(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> models.InlineResponse20089: ...
    @overload
    def get_sms_sessions_with_http_info(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> tuple[models.InlineResponse20089, int, Headers]: ...
    def get_sms_sessions_with_http_info(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        **kwargs: Unpack[parameters.GetSmsSessions],
    ) -> object:
        """Call :meth:`SMSApi.get_sms_sessions` and return (data, status, headers)."""
        return self._call(
            _operations.GET_SMS_SESSIONS, kwargs, user_id=user_id, sync_type=sync_type
        )

    @overload
    def sms_by_message_id_with_http_info(
        self,
        session_id: str,
        message_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> ApplyResult[tuple[models.InlineResponse20076, int, Headers]]: ...
    @overload
    def sms_by_message_id_with_http_info(
        self,
        session_id: str,
        message_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> ApplyResult[tuple[BaseHTTPResponse, int, Headers]]: ...
    @overload
    def sms_by_message_id_with_http_info(
        self,
        session_id: str,
        message_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    def sms_by_message_id_with_http_info(
        self,
        session_id: str,
        message_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> models.InlineResponse20076: ...
    @overload
    def sms_by_message_id_with_http_info(
        self,
        session_id: str,
        message_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> tuple[models.InlineResponse20076, int, Headers]: ...
    def sms_by_message_id_with_http_info(
        self, session_id: str, message_id: str, **kwargs: Unpack[parameters.SmsByMessageId]
    ) -> object:
        """Call :meth:`SMSApi.sms_by_message_id` and return (data, status, headers)."""
        return self._call(
            _operations.SMS_BY_MESSAGE_ID, kwargs, session_id=session_id, message_id=message_id
        )

    @overload
    def sms_session_details_with_http_info(
        self,
        session_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> ApplyResult[tuple[models.InlineResponse20074, int, Headers]]: ...
    @overload
    def sms_session_details_with_http_info(
        self,
        session_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> ApplyResult[tuple[BaseHTTPResponse, int, Headers]]: ...
    @overload
    def sms_session_details_with_http_info(
        self,
        session_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    def sms_session_details_with_http_info(
        self,
        session_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> models.InlineResponse20074: ...
    @overload
    def sms_session_details_with_http_info(
        self,
        session_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> tuple[models.InlineResponse20074, int, Headers]: ...
    def sms_session_details_with_http_info(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionDetails]
    ) -> object:
        """Call :meth:`SMSApi.sms_session_details` and return (data, status, headers)."""
        return self._call(_operations.SMS_SESSION_DETAILS, kwargs, session_id=session_id)

    @overload
    def sms_session_sync_with_http_info(
        self,
        session_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> ApplyResult[tuple[models.InlineResponse20075, int, Headers]]: ...
    @overload
    def sms_session_sync_with_http_info(
        self,
        session_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> ApplyResult[tuple[BaseHTTPResponse, int, Headers]]: ...
    @overload
    def sms_session_sync_with_http_info(
        self,
        session_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    def sms_session_sync_with_http_info(
        self,
        session_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> models.InlineResponse20075: ...
    @overload
    def sms_session_sync_with_http_info(
        self,
        session_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> tuple[models.InlineResponse20075, int, Headers]: ...
    def sms_session_sync_with_http_info(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionSync]
    ) -> object:
        """Call :meth:`SMSApi.sms_session_sync` and return (data, status, headers)."""
        return self._call(_operations.SMS_SESSION_SYNC, kwargs, session_id=session_id)

    @overload
    def user_sms_session_with_http_info(
        self,
        user_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> ApplyResult[tuple[models.InlineResponse20088, int, Headers]]: ...
    @overload
    def user_sms_session_with_http_info(
        self,
        user_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> ApplyResult[tuple[BaseHTTPResponse, int, Headers]]: ...
    @overload
    def user_sms_session_with_http_info(
        self,
        user_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> tuple[BaseHTTPResponse, int, Headers]: ...
    @overload
    def user_sms_session_with_http_info(
        self,
        user_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        _return_http_data_only: Literal[True],
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> models.InlineResponse20088: ...
    @overload
    def user_sms_session_with_http_info(
        self,
        user_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> tuple[models.InlineResponse20088, int, Headers]: ...
    def user_sms_session_with_http_info(
        self, user_id: str, **kwargs: Unpack[parameters.UserSmsSession]
    ) -> object:
        """Call :meth:`SMSApi.user_sms_session` and return (data, status, headers)."""
        return self._call(_operations.USER_SMS_SESSION, kwargs, user_id=user_id)

    def _call(
        self, operation: Operation[T], given: Mapping[str, object], **required: str
    ) -> object:
        arguments, options = operation.split_keywords({**given, **required})
        path_params, query = check_arguments(operation, arguments)
        warn_of_long_span(operation, arguments)
        accept = self.api_client.select_header_accept(["application/json"])
        all_options: CallOptions = {**_DEFAULT_OPTIONS, **options}
        # A generated client passes the same arguments by position and by name, and applications
        # override call_api.
        return self.api_client.call_api(
            operation.resource_path,
            operation.method,
            path_params,
            query,
            {"Accept": accept},
            body=None,
            post_params=[],
            files={},
            response_type=operation.response_type,
            auth_settings=["OAuth"],
            collection_formats={},
            **all_options,
        )


def data_only(twin: Callable[..., object], *ids: str, **keywords: object) -> object:
    """Call ``twin``, a ``…_with_http_info`` method, and return only the data.

    The argument ``_return_http_data_only=True`` is passed to it, as a generated client does.
    """
    return twin(*ids, **{**keywords, "_return_http_data_only": True})
