"""``SMSApi``, the class whose methods read conversations and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Unpack, overload

from swagger_client import models
from swagger_client._lazy import LazyModule
from swagger_client.api._http_info import HTTPInfoMethods, data_only
from swagger_client.api.history_methods import HistoryMethods
from swagger_client.api_client import ApiClient

if TYPE_CHECKING:
    from multiprocessing.pool import ApplyResult

    from urllib3.response import BaseHTTPResponse

    from swagger_client.api import parameters
else:
    parameters = LazyModule("swagger_client.api.parameters")


class SMSApi(HTTPInfoMethods, HistoryMethods):
    """Reads the text messages of a Zoom Phone account.

    Each of Zoom's six endpoints has a method. In addition to the parameters of the endpoint, these
    methods have the following keyword arguments:

    - ``async_req`` (bool): True to make the call in a thread. The method then returns a
      ``multiprocessing.pool.ApplyResult`` at once, whose ``get()`` waits for the data.
    - ``_request_timeout`` (seconds, or a (connect, read) pair): the timeout of each attempt.
    - ``_deadline`` (seconds): how long the whole call may take, including waits and retries.
    - ``_retries`` (int): how often to retry after transient failures.
    - ``_preload_content`` (bool): False to return urllib3's response, whose body is not read yet.

    Each of these methods has a twin ``…_with_http_info``, which returns (data, status, headers).

    The methods whose names begin with ``iter_``, and ``download_attachment``, send several
    requests. They have only the keyword arguments in their signatures.

    Arguments are checked before a request is sent. An argument that Zoom cannot accept raises
    :class:`swagger_client.exceptions.InvalidArgumentException`, which is a ``ValueError`` and an
    ``ApiException``. An argument of the wrong type raises ``TypeError``. A failed call raises
    :class:`swagger_client.exceptions.ApiException`.

    :param api_client: the client that sends the requests; a new one by default.
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = ApiClient() if api_client is None else api_client

    @overload
    def account_sms_session(
        self,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> ApplyResult[models.InlineResponse20073]: ...
    @overload
    def account_sms_session(
        self,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> ApplyResult[BaseHTTPResponse]: ...
    @overload
    def account_sms_session(
        self,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    def account_sms_session(
        self,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.AccountSmsSessionArguments],
    ) -> models.InlineResponse20073: ...
    def account_sms_session(self, **kwargs: Unpack[parameters.AccountSmsSession]) -> object:
        """Return a page of the conversations of the account, newest first.

        :param int page_size: how many conversations to return at most, 1 to 100 (default 30).
        :param str next_page_token: the ``next_page_token`` of the previous page, to return the
            next page. It is valid for 15 minutes.
        :param _from: the start of the time span: a date, a datetime (in UTC if it has no time
            zone), or text such as ``2026-01-31`` or ``2026-01-31T12:00:00Z``. The span may be at
            most a month long. The default is the last 30 days.
        :param to: the end of the time span; required with ``_from``.
        :param str phone_number: return only conversations in which this number sends or receives.
        :param str session_type: return only conversations whose owner has this type: ``user``
            (Zoom's default), ``call_queue``, ``auto_receptionist``, ``service_endpoint`` or
            ``all``.
        :param str filter_type: which messages decide whether a conversation is in the time span:
            its last message (``last_message_time``, Zoom's default), any sent message
            (``sent_message_time``), any received message (``received_message_time``), or any sent
            or received message (``sent_received_message_time``).
        :returns: a page of conversations.
        """
        return data_only(self.account_sms_session_with_http_info, **kwargs)

    @overload
    def get_sms_sessions(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> ApplyResult[models.InlineResponse20089]: ...
    @overload
    def get_sms_sessions(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> ApplyResult[BaseHTTPResponse]: ...
    @overload
    def get_sms_sessions(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    def get_sms_sessions(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.GetSmsSessionsArguments],
    ) -> models.InlineResponse20089: ...
    def get_sms_sessions(
        self,
        user_id: str,
        sync_type: parameters.SyncType,
        **kwargs: Unpack[parameters.GetSmsSessions],
    ) -> object:
        """Return some of a user's conversations, and a sync token to continue with.

        :param str user_id: the id or email address of a user, or ``me`` for the user of the access
            token.
        :param str sync_type: ``FSync`` returns the newest conversations and a sync token. With that
            token, ``BSync`` returns older conversations, and ``ISync`` returns newer ones.
        :param str sync_token: the sync token of the previous response, for ``BSync`` and ``ISync``.
        :param int count: how many conversations to return at most, 1 to 250.
        :param str session_type: return only conversations whose owner has this type: ``user``
            (Zoom's default), ``call_queue``, ``auto_receptionist`` or ``all``.
        :returns: conversations, each with its latest message, and the next sync token.
        """
        return data_only(self.get_sms_sessions_with_http_info, user_id, sync_type, **kwargs)

    @overload
    def sms_by_message_id(
        self,
        session_id: str,
        message_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> ApplyResult[models.InlineResponse20076]: ...
    @overload
    def sms_by_message_id(
        self,
        session_id: str,
        message_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> ApplyResult[BaseHTTPResponse]: ...
    @overload
    def sms_by_message_id(
        self,
        session_id: str,
        message_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    def sms_by_message_id(
        self,
        session_id: str,
        message_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsByMessageIdArguments],
    ) -> models.InlineResponse20076: ...
    def sms_by_message_id(
        self, session_id: str, message_id: str, **kwargs: Unpack[parameters.SmsByMessageId]
    ) -> object:
        """Return one message.

        :param str session_id: the id of the conversation.
        :param str message_id: the id of the message.
        :returns: the message.
        """
        return data_only(self.sms_by_message_id_with_http_info, session_id, message_id, **kwargs)

    @overload
    def sms_session_details(
        self,
        session_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> ApplyResult[models.InlineResponse20074]: ...
    @overload
    def sms_session_details(
        self,
        session_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> ApplyResult[BaseHTTPResponse]: ...
    @overload
    def sms_session_details(
        self,
        session_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    def sms_session_details(
        self,
        session_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionDetailsArguments],
    ) -> models.InlineResponse20074: ...
    def sms_session_details(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionDetails]
    ) -> object:
        """Return a page of the messages of a conversation.

        :param str session_id: the id of the conversation.
        :param int page_size: how many messages to return at most, 1 to 100 (default 30).
        :param str next_page_token: the ``next_page_token`` of the previous page, to return the
            next page. It is valid for 15 minutes.
        :param _from: the start of the time span; see :meth:`account_sms_session`.
        :param to: the end of the time span; required with ``_from``.
        :param int sort: 1 for the oldest message first, 2 for the newest first.
        :param str delivery_status: return only messages with this delivery status: ``received``,
            ``delivered``, ``failed_to_send``, ``sent``, ``failed_to_deliver``, ``unknown`` or
            ``all`` (the default).
        :returns: a page of messages.
        """
        return data_only(self.sms_session_details_with_http_info, session_id, **kwargs)

    @overload
    def sms_session_sync(
        self,
        session_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> ApplyResult[models.InlineResponse20075]: ...
    @overload
    def sms_session_sync(
        self,
        session_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> ApplyResult[BaseHTTPResponse]: ...
    @overload
    def sms_session_sync(
        self,
        session_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    def sms_session_sync(
        self,
        session_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.SmsSessionSyncArguments],
    ) -> models.InlineResponse20075: ...
    def sms_session_sync(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionSync]
    ) -> object:
        """Return some messages of a conversation, and a sync token to continue with.

        :param str session_id: the id of the conversation.
        :param str sync_type: ``FSync``, ``BSync`` or ``ISync``; see :meth:`get_sms_sessions`.
        :param int count: how many messages to return at most, 1 to 250. Zoom now requires it.
        :param str sync_token: the sync token of the previous response, for ``BSync`` and ``ISync``.
        :returns: messages, and the next sync token.
        """
        return data_only(self.sms_session_sync_with_http_info, session_id, **kwargs)

    @overload
    def user_sms_session(
        self,
        user_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> ApplyResult[models.InlineResponse20088]: ...
    @overload
    def user_sms_session(
        self,
        user_id: str,
        *,
        async_req: Literal[True],
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> ApplyResult[BaseHTTPResponse]: ...
    @overload
    def user_sms_session(
        self,
        user_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[False],
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> BaseHTTPResponse: ...
    @overload
    def user_sms_session(
        self,
        user_id: str,
        *,
        async_req: Literal[False] | None = None,
        _preload_content: Literal[True] = True,
        **kwargs: Unpack[parameters.UserSmsSessionArguments],
    ) -> models.InlineResponse20088: ...
    def user_sms_session(self, user_id: str, **kwargs: Unpack[parameters.UserSmsSession]) -> object:
        """Return a page of the conversations of a user, newest first.

        :param str user_id: the id or email address of a user, or ``me`` for the user of the access
            token.
        :param int page_size: how many conversations to return at most, 1 to 100 (default 30).
        :param str next_page_token: the ``next_page_token`` of the previous page, to return the
            next page. It is valid for 15 minutes.
        :param _from: the start of the time span; see :meth:`account_sms_session`.
        :param to: the end of the time span; required with ``_from``.
        :param str phone_number: return only conversations in which this number sends or receives.
        :param str session_type: return only conversations whose owner has this type: ``user``
            (Zoom's default), ``call_queue``, ``auto_receptionist`` or ``all``.
        :param str filter_type: which messages decide whether a conversation is in the time span;
            see :meth:`account_sms_session`.
        :returns: a page of conversations.
        """
        return data_only(self.user_sms_session_with_http_info, user_id, **kwargs)
