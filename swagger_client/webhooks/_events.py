from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from swagger_client._security import safe_json
from swagger_client._security.signed_urls import redacted
from swagger_client.models import SmsMessage
from swagger_client.webhooks._errors import InvalidEventError

JsonObject = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Event:
    """The fields that all events have.

    Fields have the values that Zoom sent. A field that Zoom did not send is None.

    :param event: the name of the event, such as `phone.sms_received`; empty if Zoom sent none.
    :param event_ts: the time of the event in Unix milliseconds; see `occurred_at`.
    :param account_id: the id of the Zoom account.
    :param key: text that identifies the event, to recognise an event that Zoom sends twice. It is
        computed from the account, the event's name, the message id and the content. If the event
        has no message id, the key is computed from the SHA-256 hash of the body.
    :param late: whether the signature was older than `tolerance`. Only a `Receiver` sets it.
    :param raw: the whole JSON object that Zoom sent, including unknown fields.
    :param body: the request body as received.
    """

    event: str
    event_ts: int | None
    account_id: str | None
    key: str
    late: bool = False
    raw: JsonObject = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def occurred_at(self) -> datetime | None:
        """`event_ts` as an aware datetime; None if it is missing or invalid."""
        if not isinstance(self.event_ts, int) or isinstance(self.event_ts, bool):
            return None
        try:
            return _EPOCH + timedelta(milliseconds=self.event_ts)
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventOwner:
    """The owner of a message: a user, a call queue or an auto receptionist.

    :param id: the owner's id; for a received message, the id of the user who received it.
    :param type: the kind of owner: `user`, `callQueue` or `autoReceptionist`.
    :param team_id: the id of the call queue or auto receptionist that received the message.
    :param sms_sender_user_id: the id of the user who sent the message on behalf of the call queue
        or auto receptionist.
    :param raw: the JSON object that Zoom sent.
    """

    id: str | None = None
    type: str | None = None
    team_id: str | None = None
    sms_sender_user_id: str | None = None
    raw: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CampaignOptStatus:
    """Whether a consumer accepts messages from a Zoom Phone number.

    :param consumer_phone_number: the consumer's number.
    :param zoom_phone_user_number: the Zoom Phone number.
    :param opt_status: `pending`, `opt_in` or `opt_out`.
    :param opt_in_status: 0 unknown, 1 an opt-in message must be sent first, 2 waiting for a reply,
        3 accepted, 4 declined or blocked.
    :param opt_in_message: the opt-in message to send first, if `opt_in_status` is 1.
    :param raw: the JSON object that Zoom sent.
    """

    consumer_phone_number: str | None = None
    zoom_phone_user_number: str | None = None
    opt_status: str | None = None
    opt_in_status: int | None = None
    opt_in_message: str | None = None
    raw: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SmsEvent(Event):
    """An event about one message.

    :param message: the message, in the class that API calls return. Its `direction` is derived from
        the event's name, and its `delivery_status` is None, because events have neither field.
    :param owner: the user, call queue or auto receptionist that owns the conversation.
    :param failure_reason: why Zoom could not send the message; otherwise empty or None.
    :param opt_statuses: for each phone number in the event, whether it accepts messages.
    """

    message: SmsMessage
    owner: EventOwner | None
    failure_reason: str | None
    opt_statuses: Sequence[CampaignOptStatus]

    @property
    def session_id(self) -> str | None:
        """The id of the conversation that contains the message.

        If the conversation is new, API requests with this id may fail for some seconds.
        """
        found: str | None = _object(self.raw).get("session_id")
        return found


class SmsReceivedEvent(SmsEvent):
    """A message was received (`phone.sms_received`)."""

    __slots__ = ()


class SmsSentEvent(SmsEvent):
    """A message was sent (`phone.sms_sent`). `failure_reason` may be set nevertheless."""

    __slots__ = ()


class SmsSentFailedEvent(SmsEvent):
    """A message could not be sent (`phone.sms_sent_failed`)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CampaignOptEvent(Event):
    """A consumer opted in to a campaign or out of it.

    :param opt_statuses: for each phone number in the event, whether it accepts messages.
    :param date_time: the time as text, as Zoom sent it: in the account's time zone or in UTC.
    """

    opt_statuses: Sequence[CampaignOptStatus]
    date_time: str | None


class CampaignOptInEvent(CampaignOptEvent):
    """A consumer opted in (`phone.sms_campaign_number_opt_in`)."""

    __slots__ = ()


class CampaignOptOutEvent(CampaignOptEvent):
    """A consumer opted out (`phone.sms_campaign_number_opt_out`)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EtiquetteEvent(Event):
    """A user's message violated a policy of the account.

    :param email: the e-mail address of the user.
    :param message: the text of the message. `repr` omits it, because it is sensitive.
    :param policy_name: the name of the policy.
    :param date_time: the time as text, as Zoom sent it: in the account's time zone or in UTC.
    """

    email: str | None
    message: str | None = field(repr=False)
    policy_name: str | None
    date_time: str | None


class EtiquetteWarnEvent(EtiquetteEvent):
    """Zoom warned a user about a message (`phone.sms_etiquette_warn`)."""

    __slots__ = ()


class EtiquetteBlockEvent(EtiquetteEvent):
    """Zoom blocked a user's message (`phone.sms_etiquette_block`)."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UrlValidationEvent(Event):
    """Zoom checks that the webhook's URL is yours (`endpoint.url_validation`).

    Zoom sends this event at least every 72 hours. A `Receiver` sends the response itself.

    :param plain_token: the token in Zoom's request.
    :param response: the JSON object to send as the response, within 3 seconds.
    """

    plain_token: str
    response: Mapping[str, str] = field(repr=False)


class UnknownEvent(Event):
    """An event for which this package has no class. All of its fields are in `raw`."""

    __slots__ = ()


WebhookEvent = (
    SmsReceivedEvent
    | SmsSentEvent
    | SmsSentFailedEvent
    | CampaignOptInEvent
    | CampaignOptOutEvent
    | EtiquetteWarnEvent
    | EtiquetteBlockEvent
    | UrlValidationEvent
    | UnknownEvent
)

#: The class of each message event, and the direction of its message.
_SMS: Mapping[str, tuple[type[SmsReceivedEvent | SmsSentEvent | SmsSentFailedEvent], str]] = {
    "phone.sms_received": (SmsReceivedEvent, "In"),
    "phone.sms_sent": (SmsSentEvent, "Out"),
    "phone.sms_sent_failed": (SmsSentFailedEvent, "Out"),
}
_OPT: Mapping[str, type[CampaignOptInEvent | CampaignOptOutEvent]] = {
    "phone.sms_campaign_number_opt_in": CampaignOptInEvent,
    "phone.sms_campaign_number_opt_out": CampaignOptOutEvent,
}
_ETIQUETTE: Mapping[str, type[EtiquetteWarnEvent | EtiquetteBlockEvent]] = {
    "phone.sms_etiquette_warn": EtiquetteWarnEvent,
    "phone.sms_etiquette_block": EtiquetteBlockEvent,
}


def parse_event(body: bytes, encrypt: Callable[[str], str]) -> WebhookEvent:
    """Parse the body of a webhook request, and return an event of the matching class."""
    raw = _parse_object(body)
    sent_name = raw.get("event")
    name = sent_name if isinstance(sent_name, str) else ""
    payload = _dict(raw.get("payload"))
    content = _object(raw)
    common: dict[str, Any] = {
        "event": name,
        "event_ts": raw.get("event_ts"),
        "account_id": payload.get("account_id"),
        "key": _key(payload.get("account_id"), name, content, body),
        "raw": raw,
        "body": body,
    }
    if name in _SMS:
        kind, direction = _SMS[name]
        return kind(
            **common,
            message=_message(content, direction),
            owner=_owner(content.get("owner")),
            failure_reason=content.get("failure_reason"),
            opt_statuses=_opt_statuses(content),
        )
    if name in _OPT:
        statuses = _opt_statuses(content)
        return _OPT[name](**common, opt_statuses=statuses, date_time=content.get("date_time"))
    if name in _ETIQUETTE:
        return _ETIQUETTE[name](
            **common,
            email=content.get("email"),
            message=content.get("message"),
            policy_name=content.get("policy_name"),
            date_time=content.get("date_time"),
        )
    token = payload.get("plainToken")
    if name == "endpoint.url_validation" and isinstance(token, str):
        response = {"plainToken": token, "encryptedToken": encrypt(token)}
        return UrlValidationEvent(**common, plain_token=token, response=response)
    return UnknownEvent(**common)


def _parse_object(body: bytes) -> dict[str, Any]:
    try:
        value = safe_json.loads(body.decode("utf-8", "surrogatepass"), unique_keys=True)
    except safe_json.DuplicateKey as error:
        raise InvalidEventError(
            f"The body is rejected: {error}. Find out what changed it."
        ) from None
    except (ValueError, RecursionError) as error:
        where = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidEventError(
            f"The body is not valid JSON{where}. Pass the body exactly as it was received."
        ) from None
    if not isinstance(value, dict):
        raise InvalidEventError(
            f"The body is a JSON {type(value).__name__}, but an event must be a JSON object. Pass "
            "the body exactly as it was received."
        )
    return value


def _key(account_id: object, event: str, content: JsonObject, body: bytes) -> str:
    """Return a key that is the same if Zoom sends an event twice, and otherwise different.

    The key depends on the content, because Zoom may give several messages the same id. But it does
    not depend on the download URLs of files, because they differ when Zoom sends the event again.
    """
    message_id = content.get("message_id")
    if not (isinstance(message_id, str) and message_id and event):
        return "sha256:" + hashlib.sha256(body).hexdigest()
    text = content.get("message")  # may contain URLs, which are not redacted here
    rest = redacted({name: value for name, value in content.items() if name != "message"})
    digest = hashlib.sha256(json.dumps([text, rest], sort_keys=True).encode()).hexdigest()
    return json.dumps([account_id, event, message_id, digest[:16]], ensure_ascii=False)


def _object(raw: JsonObject) -> dict[str, Any]:
    return _dict(_dict(raw.get("payload")).get("object"))


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


#: Fields of a message event's object that are not part of the message.
_NOT_PART_OF_MESSAGE = {
    "failure_reason",
    "owner",
    "phone_number_campaign_opt_statuses",
    "session_id",
}


def _message(content: JsonObject, direction: str) -> SmsMessage:
    """Convert the message in an event to the model that API calls return."""
    message = {key: value for key, value in content.items() if key not in _NOT_PART_OF_MESSAGE}
    message.setdefault("direction", direction)
    if "sender" in message:
        message["sender"] = _participant(message["sender"])
    if isinstance(message.get("to_members"), list):
        message["to_members"] = [_participant(one) for one in message["to_members"]]
    return SmsMessage.from_dict(message)


def _participant(sent: object) -> object:
    """Move the fields `id` and `type` into an object `owner`, as in API responses."""
    if not isinstance(sent, dict) or "owner" in sent:
        return sent
    owner = {key: sent[key] for key in ("id", "type") if key in sent}
    rest = {key: value for key, value in sent.items() if key not in owner}
    return {**rest, "owner": owner} if owner else rest


def _owner(sent: object) -> EventOwner | None:
    return EventOwner(**_known(EventOwner, sent), raw=sent) if isinstance(sent, dict) else None


def _opt_statuses(content: JsonObject) -> Sequence[CampaignOptStatus]:
    sent = content.get("phone_number_campaign_opt_statuses")
    if not isinstance(sent, list):
        return ()
    return tuple(
        CampaignOptStatus(**_known(CampaignOptStatus, one), raw=one)
        for one in sent
        if isinstance(one, dict)
    )


def _known(kind: type[EventOwner | CampaignOptStatus], sent: JsonObject) -> dict[str, Any]:
    names = (one.name for one in dataclasses.fields(kind) if one.name != "raw")
    return {name: sent[name] for name in names if name in sent}
