"""The descriptions of the six endpoints of Zoom's API, with their parameters, scopes and errors.

The methods of ``SMSApi`` check their arguments against these descriptions. The reference pages in
``docs`` and the OpenAPI description are generated from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from swagger_client._operation import ErrorCode, Operation, Parameter

if TYPE_CHECKING:
    from swagger_client.models import (
        InlineResponse20073,
        InlineResponse20074,
        InlineResponse20075,
        InlineResponse20076,
        InlineResponse20088,
        InlineResponse20089,
    )

#: The type of ``from`` and ``to``.
DATE = "date"


_SESSION_ID = Parameter(
    "session_id",
    "sessionId",
    "The conversation's id.",
    place="path",
    required=True,
    example="35ccd84704253f5f793d0a721c7fe655",
)
_MESSAGE_ID = Parameter(
    "message_id",
    "messageId",
    "The message's id.",
    place="path",
    required=True,
    example="IQ-cRH5P5EiTWCwpNzScnECJw",
)
_USER_ID = Parameter(
    "user_id",
    "userId",
    "The id or email address of a user, or `me` for the user of the access token.",
    place="path",
    required=True,
    example="DnEopNmXQEGU2uvvzjgojw",
)
_PAGE_SIZE = Parameter(
    "page_size",
    "page_size",
    "The number of records on a page.",
    "int",
    least=1,
    most=100,
    default=30,
    example=30,
)
_NEXT_PAGE_TOKEN = Parameter(
    "next_page_token",
    "next_page_token",
    "The token of the next page, from the previous response. It is valid for 15 minutes, and only "
    "with the arguments of the first request.",
    example="2z0Ov7kngllAbfQi4ZR2eQTb3mFVYQpYAe2",
)
_FROM = Parameter(
    "_from",
    "from",
    "Start of the time span: a date, or a time in UTC. It requires `to`. The span may be at most "
    "a month long. The default is the last 30 days.",
    DATE,
    example="2021-12-01",
)
_TO = Parameter(
    "to",
    "to",
    "End of the time span: a date, or a time in UTC.",
    DATE,
    example="2021-12-31",
)
_PHONE_NUMBER = Parameter(
    "phone_number",
    "phone_number",
    "List only conversations in which this number sends or receives.",
    example="18108001001",
)
_ACCOUNT_SESSION_TYPE = Parameter(
    "session_type",
    "session_type",
    "List only conversations whose owner has this type.",
    one_of=("user", "call_queue", "auto_receptionist", "service_endpoint", "all"),
    default="user",
    example="user",
)
_USER_SESSION_TYPE = _ACCOUNT_SESSION_TYPE._replace(
    one_of=("user", "call_queue", "auto_receptionist", "all"), documented_enum=False
)
_FILTER_TYPE = Parameter(
    "filter_type",
    "filter_type",
    "Which messages decide whether a conversation is in the time span: its last message, any sent "
    "message, any received message, or any sent or received message.",
    one_of=(
        "sent_message_time",
        "received_message_time",
        "last_message_time",
        "sent_received_message_time",
    ),
    default="last_message_time",
    example="last_message_time",
)
_SORT = Parameter(
    "sort",
    "sort",
    "The order of the messages: 1 for the oldest first, 2 for the newest first.",
    "int",
    one_of=(1, 2),
    documented_enum=False,
    example=1,
)
_DELIVERY_STATUS = Parameter(
    "delivery_status",
    "delivery_status",
    "List only messages with this delivery status.",
    one_of=(
        "all",
        "received",
        "delivered",
        "failed_to_send",
        "sent",
        "failed_to_deliver",
        "unknown",
    ),
    default="all",
    example="delivered",
)
_SYNC_TYPE = Parameter(
    "sync_type",
    "sync_type",
    "FSync returns the newest records and a sync token. With that token, BSync returns older "
    "records, and ISync returns newer ones.",
    one_of=("FSync", "ISync", "BSync"),
    example="FSync",
)
_SYNC_TOKEN = Parameter(
    "sync_token",
    "sync_token",
    "The sync token of the previous response, for BSync and ISync.",
    example="MFgyQ0Z3UDkwaF8xNjQyNDA3MjA3MDE0XzE2NDI0MDcyMDcwMTQ=",
)
_COUNT = Parameter(
    "count",
    "count",
    "The largest number of records in a response.",
    "int",
    least=1,
    most=250,
    example=50,
)

_LIST_SCOPES = ("phone:read:list_sms_sessions", "phone:read:list_sms_sessions:admin")
_SESSION_SCOPES = ("phone:read:sms_session", "phone:read:sms_session:admin")
_MESSAGE_SCOPES = ("phone:read:sms_message", "phone:read:sms_message:admin")
#: Zoom's reference page lists this scope for all six methods; its specification does not.
_MASTER_SCOPE = "phone_sms:master"
_SCOPES = (
    "phone:read:admin", "phone:read", "phone_sms:read", "phone_sms:read:admin", _MASTER_SCOPE,
)  # fmt: skip

_BAD_SESSION_TYPE = ErrorCode(400, 400, "The session type is unknown.")
_BAD_PAGE_TOKEN = ErrorCode(400, 400, "The page token is wrong or has expired.")
_BAD_USER_ID = ErrorCode(400, 300, "The user id is wrong.")
_BAD_SYNC_TOKEN = ErrorCode(400, 300, "The sync token is wrong or has expired: use FSync.")
_SYNC_TOKEN_GONE = ErrorCode(404, 300, "The sync token is wrong or has expired: use FSync.")
_TOO_MANY_NEW = ErrorCode(400, 7035, "There are more new records than `count`: use FSync.")
_BAD_TOKEN = ErrorCode(401, 124, "The access token is wrong or has expired.")
_NO_ACCOUNT = ErrorCode(404, 2001, "The account does not exist.")
_NO_USER = ErrorCode(404, 1001, "The user does not exist.")
_NO_LIST = ErrorCode(404, 7012, "The conversations could not be read.")

#: Errors that every endpoint can return, although Zoom documents them only for some.
ANYWHERE = (
    ErrorCode(400, 300, "A parameter is wrong; `errors` may name it."),
    ErrorCode(400, 4711, "The token lacks the scopes that the message lists."),
    _BAD_TOKEN,
    ErrorCode(403, 2031, "Zoom Phone is not enabled for the account."),
    ErrorCode(429, 429, "The account has reached the limit per second or per day."),
)

ACCOUNT_SMS_SESSION: Operation[InlineResponse20073] = Operation(
    "account_sms_session",
    "accountSmsSession",
    "/phone/sms/sessions",
    "Get account's SMS sessions",
    "Lists the conversations of a whole account, newest first.",
    (
        _PAGE_SIZE,
        _NEXT_PAGE_TOKEN,
        _FROM,
        _TO,
        _PHONE_NUMBER,
        _ACCOUNT_SESSION_TYPE,
        _FILTER_TYPE,
    ),
    "InlineResponse20073",
    "medium",
    "token",
    "sms_sessions",
    ("phone:read:admin", "phone_sms:read", "phone_sms:read:admin", _MASTER_SCOPE),
    _LIST_SCOPES,
    (_BAD_SESSION_TYPE, _BAD_TOKEN, _NO_LIST),
    service_endpoint=True,
)

GET_SMS_SESSIONS: Operation[InlineResponse20089] = Operation(
    "get_sms_sessions",
    "GetSmsSessions",
    "/phone/users/{userId}/sms/sessions/sync",
    "List user's SMS sessions in descending order",
    "Synchronizes the list of a user's conversations, each with its latest message, newest first.",
    (
        _USER_ID,
        _SYNC_TYPE._replace(required=True, default="FSync", one_of=("FSync", "BSync", "ISync")),
        _SYNC_TOKEN,
        _COUNT,
        _USER_SESSION_TYPE,
    ),
    "InlineResponse20089",
    "medium",
    "sync",
    "sms_sessions",
    _SCOPES,
    _SESSION_SCOPES,
    (
        _BAD_SESSION_TYPE,
        _BAD_USER_ID,
        _TOO_MANY_NEW,
        _NO_ACCOUNT,
        _SYNC_TOKEN_GONE,
        _NO_USER,
    ),
)

SMS_BY_MESSAGE_ID: Operation[InlineResponse20076] = Operation(
    "sms_by_message_id",
    "smsByMessageId",
    "/phone/sms/sessions/{sessionId}/messages/{messageId}",
    "Get SMS by message ID",
    "Reads one message of a conversation.",
    (_SESSION_ID._replace(example="d153b9dbe20e662197bda28d00206011"), _MESSAGE_ID),
    "InlineResponse20076",
    "medium",
    None,
    None,
    _SCOPES,
    _MESSAGE_SCOPES,
    (
        ErrorCode(400, 1004, "The owner of the token has no access to this account."),
        _BAD_TOKEN,
        _NO_ACCOUNT,
    ),
    service_endpoint=True,
)

SMS_SESSION_DETAILS: Operation[InlineResponse20074] = Operation(
    "sms_session_details",
    "smsSessionDetails",
    "/phone/sms/sessions/{sessionId}",
    "Get SMS session details",
    "Lists the messages of a conversation.",
    (_SESSION_ID, _PAGE_SIZE, _NEXT_PAGE_TOKEN, _FROM, _TO, _SORT, _DELIVERY_STATUS),
    "InlineResponse20074",
    "medium",
    "token",
    "sms_histories",
    _SCOPES,
    _SESSION_SCOPES,
    (
        _BAD_PAGE_TOKEN,
        ErrorCode(400, 400, "`from` requires `to`."),
        _BAD_TOKEN,
        _NO_ACCOUNT,
        ErrorCode(404, 7013, "The messages could not be read."),
    ),
    service_endpoint=True,
)

SMS_SESSION_SYNC: Operation[InlineResponse20075] = Operation(
    "sms_session_sync",
    "smsSessionSync",
    "/phone/sms/sessions/{sessionId}/sync",
    "Sync SMS by session ID",
    "Synchronizes the messages of a conversation.",
    (_SESSION_ID, _SYNC_TYPE, _COUNT._replace(required_by_zoom=True, example=100), _SYNC_TOKEN),
    "InlineResponse20075",
    "medium",
    "sync",
    "sms_histories",
    _SCOPES,
    _SESSION_SCOPES,
    (
        _BAD_SYNC_TOKEN,
        _TOO_MANY_NEW,
        _BAD_TOKEN,
        _SYNC_TOKEN_GONE,
        ErrorCode(404, 12004, "The conversation does not exist."),
    ),
    service_endpoint=True,
)

USER_SMS_SESSION: Operation[InlineResponse20088] = Operation(
    "user_sms_session",
    "userSmsSession",
    "/phone/users/{userId}/sms/sessions",
    "Get user's SMS sessions",
    "Lists the conversations of a user, newest first.",
    (
        _USER_ID,
        _PAGE_SIZE,
        _NEXT_PAGE_TOKEN,
        _FROM,
        _TO,
        _PHONE_NUMBER,
        _USER_SESSION_TYPE,
        _FILTER_TYPE,
    ),
    "InlineResponse20088",
    "medium",
    "token",
    "sms_sessions",
    _SCOPES,
    _LIST_SCOPES,
    (_BAD_SESSION_TYPE, _BAD_PAGE_TOKEN, _BAD_USER_ID, _NO_USER, _NO_LIST, _NO_ACCOUNT),
)

#: All operations, in the order of the reference page.
OPERATIONS: tuple[Operation[Any], ...] = (
    ACCOUNT_SMS_SESSION,
    GET_SMS_SESSIONS,
    SMS_BY_MESSAGE_ID,
    SMS_SESSION_DETAILS,
    SMS_SESSION_SYNC,
    USER_SMS_SESSION,
)
