"""The methods that read conversations and messages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast

from swagger_client._operation import Operation
from swagger_client.api.history_methods import HistoryMethods
from swagger_client.api.operations import (
    ACCOUNT_SMS_SESSION,
    GET_SMS_SESSIONS,
    SMS_BY_MESSAGE_ID,
    SMS_SESSION_DETAILS,
    SMS_SESSION_SYNC,
    USER_SMS_SESSION,
)
from swagger_client.api_client import ApiClient
from swagger_client.serialization import check_arguments

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from swagger_client._operation import CallOptions
    from swagger_client.api import parameters
    from swagger_client.models import (
        InlineResponse20073,
        InlineResponse20074,
        InlineResponse20075,
        InlineResponse20076,
        InlineResponse20088,
        InlineResponse20089,
    )

    Headers = Mapping[str, str]

T = TypeVar("T")


class SMSApi(HistoryMethods):
    """Reads the text messages of a Zoom Phone account.

    Every method takes these keyword arguments beside its own:

    - ``async_req`` (bool): return at once; ``.get()`` of the result waits for the response.
    - ``_request_timeout`` (seconds, or a (connect, read) pair): the limit of each attempt.
    - ``_deadline`` (seconds): the limit of the whole call, with its waits and retries.
    - ``_retries`` (int): further attempts after one whose failure may be transient.
    - ``_preload_content`` (bool): False returns urllib3's response, unread.

    The types are those of a plain call: what ``async_req=True`` and ``_preload_content=False``
    return is ``multiprocessing.pool.ApplyResult`` and ``urllib3.BaseHTTPResponse``, which
    ``typing.cast`` has to tell a type checker.

    The methods that begin with ``iter_``, and ``download_attachment``, read more than a page: they
    take the keyword arguments that they list.

    Every method raises ``ValueError`` or ``TypeError`` for arguments that can only be a mistake,
    before anything is sent, and :class:`swagger_client.exceptions.ApiException` for a call that
    failed. Each of the six has a twin ``…_with_http_info`` that returns (data, status, headers).

    :param api_client: the client to call with; a new one, with a new configuration, if left out.
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = ApiClient() if api_client is None else api_client

    def account_sms_session(
        self, **kwargs: Unpack[parameters.AccountSmsSession]
    ) -> InlineResponse20073:
        """List the conversations of the account.

        :param int page_size: records on a page, 1 to 100 (30).
        :param str next_page_token: the token of the previous response; valid for 15 minutes.
        :param _from: start of the time range: a date, a datetime (UTC when naive), or text in
            Zoom's forms ``yyyy-mm-dd`` and ``yyyy-mm-ddThh:mm:ssZ``. A request covers a month at
            most, and without a range the last 30 days.
        :param to: end of the time range; required with ``_from``.
        :param str phone_number: only conversations in which this number takes part.
        :param str session_type: ``user`` (Zoom's default), ``call_queue``, ``auto_receptionist``,
            ``service_endpoint`` or ``all``.
        :param str filter_type: the time that must lie in the range: ``last_message_time`` (Zoom's
            default), ``sent_message_time``, ``received_message_time`` or
            ``sent_received_message_time``.
        :returns: a page of conversations.
        """
        kwargs["_return_http_data_only"] = True
        return cast("InlineResponse20073", self.account_sms_session_with_http_info(**kwargs))

    def account_sms_session_with_http_info(
        self, **kwargs: Unpack[parameters.AccountSmsSession]
    ) -> tuple[InlineResponse20073, int, Headers]:
        """As :meth:`account_sms_session`, and returns (data, status, headers)."""
        return self._call(ACCOUNT_SMS_SESSION, kwargs)

    def get_sms_sessions(
        self, user_id: str, sync_type: str, **kwargs: Unpack[parameters.GetSmsSessions]
    ) -> InlineResponse20089:
        """Synchronize the list of a user's conversations, newest first.

        :param str user_id: a user's id or email, or ``me``.
        :param str sync_type: ``FSync`` starts over with the newest conversations, ``BSync`` reads
            those before the ones that ``sync_token`` covers, ``ISync`` those after them.
        :param str sync_token: the token of the previous response.
        :param int count: records in a response, 1 to 250.
        :param str session_type: ``user`` (Zoom's default), ``call_queue``, ``auto_receptionist``
            or ``all``.
        :returns: conversations, each with its latest message, and the next sync token.
        """
        kwargs["_return_http_data_only"] = True
        return cast(
            "InlineResponse20089",
            self.get_sms_sessions_with_http_info(user_id, sync_type, **kwargs),
        )

    def get_sms_sessions_with_http_info(
        self, user_id: str, sync_type: str, **kwargs: Unpack[parameters.GetSmsSessions]
    ) -> tuple[InlineResponse20089, int, Headers]:
        """As :meth:`get_sms_sessions`, and returns (data, status, headers)."""
        return self._call(GET_SMS_SESSIONS, kwargs, user_id=user_id, sync_type=sync_type)

    def sms_by_message_id(
        self, session_id: str, message_id: str, **kwargs: Unpack[CallOptions]
    ) -> InlineResponse20076:
        """Read one message.

        :param str session_id: the conversation's id.
        :param str message_id: the message's id.
        :returns: the message.
        """
        kwargs["_return_http_data_only"] = True
        return cast(
            "InlineResponse20076",
            self.sms_by_message_id_with_http_info(session_id, message_id, **kwargs),
        )

    def sms_by_message_id_with_http_info(
        self, session_id: str, message_id: str, **kwargs: Unpack[CallOptions]
    ) -> tuple[InlineResponse20076, int, Headers]:
        """As :meth:`sms_by_message_id`, and returns (data, status, headers)."""
        return self._call(SMS_BY_MESSAGE_ID, kwargs, session_id=session_id, message_id=message_id)

    def sms_session_details(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionDetails]
    ) -> InlineResponse20074:
        """List the messages of a conversation.

        :param str session_id: the conversation's id.
        :param int page_size: records on a page, 1 to 100 (30).
        :param str next_page_token: the token of the previous response; valid for 15 minutes.
        :param _from: start of the time range, as for :meth:`account_sms_session`.
        :param to: end of the time range; required with ``_from``.
        :param int sort: 1 for the oldest first, 2 for the newest first.
        :param str delivery_status: only messages that are ``received``, ``delivered``,
            ``failed_to_send``, ``sent``, ``failed_to_deliver`` or ``unknown``; ``all`` by default.
        :returns: a page of messages.
        """
        kwargs["_return_http_data_only"] = True
        return cast(
            "InlineResponse20074", self.sms_session_details_with_http_info(session_id, **kwargs)
        )

    def sms_session_details_with_http_info(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionDetails]
    ) -> tuple[InlineResponse20074, int, Headers]:
        """As :meth:`sms_session_details`, and returns (data, status, headers)."""
        return self._call(SMS_SESSION_DETAILS, kwargs, session_id=session_id)

    def sms_session_sync(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionSync]
    ) -> InlineResponse20075:
        """Synchronize the messages of a conversation.

        :param str session_id: the conversation's id.
        :param str sync_type: ``FSync``, ``BSync`` or ``ISync``, as for :meth:`get_sms_sessions`.
        :param int count: records in a response, 1 to 250. Zoom now requires it.
        :param str sync_token: the token of the previous response.
        :returns: messages, and the next sync token.
        """
        kwargs["_return_http_data_only"] = True
        return cast(
            "InlineResponse20075", self.sms_session_sync_with_http_info(session_id, **kwargs)
        )

    def sms_session_sync_with_http_info(
        self, session_id: str, **kwargs: Unpack[parameters.SmsSessionSync]
    ) -> tuple[InlineResponse20075, int, Headers]:
        """As :meth:`sms_session_sync`, and returns (data, status, headers)."""
        return self._call(SMS_SESSION_SYNC, kwargs, session_id=session_id)

    def user_sms_session(
        self, user_id: str, **kwargs: Unpack[parameters.UserSmsSession]
    ) -> InlineResponse20088:
        """List the conversations of a user.

        :param str user_id: a user's id or email, or ``me``.
        :param int page_size: records on a page, 1 to 100 (30).
        :param str next_page_token: the token of the previous response; valid for 15 minutes.
        :param _from: start of the time range, as for :meth:`account_sms_session`.
        :param to: end of the time range; required with ``_from``.
        :param str phone_number: only conversations in which this number takes part.
        :param str session_type: ``user`` (Zoom's default), ``call_queue``, ``auto_receptionist``
            or ``all``.
        :param str filter_type: as for :meth:`account_sms_session`.
        :returns: a page of conversations.
        """
        kwargs["_return_http_data_only"] = True
        return cast("InlineResponse20088", self.user_sms_session_with_http_info(user_id, **kwargs))

    def user_sms_session_with_http_info(
        self, user_id: str, **kwargs: Unpack[parameters.UserSmsSession]
    ) -> tuple[InlineResponse20088, int, Headers]:
        """As :meth:`user_sms_session`, and returns (data, status, headers)."""
        return self._call(USER_SMS_SESSION, kwargs, user_id=user_id)

    def _call(
        self, operation: Operation[T], given: Mapping[str, object], **required: str
    ) -> tuple[T, int, Headers]:
        arguments, options = split(operation, given)
        arguments.update(required)
        path_params, query = check_arguments(operation, arguments)
        header_params = {"Accept": self.api_client.select_header_accept(["application/json"])}
        own = {name: options.pop(name) for name in ("_retries", "_deadline") if name in options}
        # Positional and named as generated code does it: applications override call_api.
        result = self.api_client.call_api(
            operation.resource_path,
            operation.method,
            path_params,
            query,
            header_params,
            body=None,
            post_params=[],
            files={},
            response_type=operation.response_type,
            auth_settings=["OAuth"],
            async_req=options.get("async_req"),
            _return_http_data_only=options.get("_return_http_data_only"),
            _preload_content=options.get("_preload_content", True),
            _request_timeout=options.get("_request_timeout"),
            collection_formats={},
            **own,  # type: ignore[arg-type]
        )
        return cast("tuple[T, int, Headers]", result)


def split(
    operation: Operation[T], given: Mapping[str, object]
) -> tuple[dict[str, object], CallOptions]:
    """Keyword arguments as the operation's own, and the options of any call.

    :raises TypeError: for a name that is neither.
    """
    arguments: dict[str, object] = {}
    options: dict[str, object] = {}
    for name, value in given.items():
        if name in _call_options():
            options[name] = value
        elif name in operation.names:
            arguments[name] = value
        else:
            raise TypeError(
                f"Got an unexpected keyword argument '{name}' to method {operation.name}"
            )
    return arguments, cast("CallOptions", options)


@cache
def _call_options() -> frozenset[str]:
    # Imported by the first call that has an option: what only type checkers need is not light.
    from swagger_client._operation import CallOptions

    return frozenset(CallOptions.__annotations__)
