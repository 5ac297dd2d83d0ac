"""The fields of Zoom's events: rendered into OpenAPI, and compared with Zoom's file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from tools.published import Facts, Json, Subject, plain

TARGET = Path(__file__).parent.parent / "openapi" / "zoom-phone-sms-webhooks.yaml"
HEADER = "# Rendered from the code by `python -m tools.render_openapi`: change that, not this.\n"
KIND = "WEBHOOK"


@dataclass(frozen=True)
class Field:
    """A field of an event.

    :ivar one_of: the values that Zoom documents; more will come
    :ivar fields: what the object, or each object of the array, holds
    """

    name: str
    type: str
    doc: str
    required: bool = False
    one_of: tuple[object, ...] = ()
    format: str | None = None
    max_items: int | None = None
    unique_items: bool = False
    example: object = None
    fields: tuple[Field, ...] = ()


_OWNERS = ("user", "callQueue", "autoReceptionist")
_NUMBER = "The phone number, with or without a leading `+`."
_TIME_ZONE = "The time of the event, in the account's time zone or in UTC."


def _text(name: str, doc: str, *, required: bool = False, example: str | None = None) -> Field:
    return Field(name, "string", doc, required, example=example)


def _person(*, types: tuple[str, ...] = (), owner: bool = False) -> tuple[Field, ...]:
    fields = [
        _text("phone_number", _NUMBER, required=True, example="15550100"),
        _text("id", "Zoom's id of the user or extension."),
        _text("display_name", "The display name."),
    ]
    if types:
        fields.append(Field("type", "string", "The type of extension.", one_of=types))
    if owner:
        fields.append(
            Field("is_message_owner", "boolean", "Whether the message belongs to this recipient.")
        )
    return tuple(fields)


_ATTACHMENT = (
    _text("id", "Zoom's id of the file.", required=True),
    Field("size", "integer", "The file's size in bytes.", required=True, example=10692),
    _text("name", "The file's name.", required=True, example="photo.jpg"),
    _text("type", "The type of file, as a file name extension.", required=True, example="jpg"),
    _text("download_url", "The URL of the file, with a credential.", required=True),
)
_PAIR = (
    _text("consumer_phone_number", "The consumer's number.", required=True, example="+15550100"),
    _text("zoom_phone_user_number", "The Zoom Phone number.", required=True, example="+15550199"),
)
_OPT_STATUS = (
    *_PAIR,
    Field(
        "opt_status",
        "string",
        "Whether the consumer accepts messages.",
        required=True,
        one_of=("pending", "opt_out", "opt_in"),
    ),
    Field(
        "opt_in_status",
        "integer",
        "0 unknown, 1 an opt-in message has to be sent first, 2 waiting for a reply, 3 accepted,"
        " 4 declined or blocked.",
        one_of=(0, 1, 2, 3, 4),
    ),
    _text("opt_in_message", "The message to send first, with status 1."),
)


def _message(
    *,
    sender: tuple[Field, ...],
    to_members: tuple[Field, ...],
    owner: Field,
    sent: bool,
) -> tuple[Field, ...]:
    owner_fields = (
        Field("type", "string", "The type of owner.", one_of=_OWNERS),
        _text("id", "Zoom's id of the owner."),
        owner,
    )
    reason = _text("failure_reason", "The reason why sending failed; otherwise empty.")
    return (
        *((reason,) if sent else ()),
        Field("sender", "object", "The sender.", required=True, fields=sender),
        Field("to_members", "array", "The recipients.", required=True, fields=to_members),
        Field(
            "owner", "object", "The owner of the conversation.", required=True, fields=owner_fields
        ),
        _text("message", "The text.", required=True),
        Field("attachments", "array", "The media files.", required=True, fields=_ATTACHMENT),
        _text("session_id", "Zoom's id of the conversation.", required=True),
        _text("message_id", "Zoom's id of the message.", required=True),
        Field("message_type", "integer", "The type of message.", required=True, example=1),
        Field(
            "date_time", "string", "The creation time in UTC.", required=True, format="date-time"
        ),
        Field(
            "phone_number_campaign_opt_statuses",
            "array",
            "Whether the numbers' owners accept messages.",
            max_items=100,
            fields=_OPT_STATUS,
        ),
    )


def _opt(time_format: str) -> tuple[Field, ...]:
    pairs = Field(
        "phone_number_campaign_opt_statuses",
        "array",
        "The numbers.",
        required=True,
        max_items=1,
        unique_items=True,
        fields=_PAIR,
    )
    return (pairs, Field("date_time", "string", _TIME_ZONE, required=True, format=time_format))


_SENDER_ID = _text("sms_sender_user_id", "The member who sent it for a queue or receptionist.")
_TEAM_ID = _text("team_id", "Zoom's id of the queue or receptionist.")
_ETIQUETTE = (
    _text("email", "The user's email address.", required=True, example="ann@example.com"),
    _text("message", "The text. Sensitive.", required=True),
    _text("policy_name", "The policy.", required=True),
    Field("date_time", "string", _TIME_ZONE, required=True, format="date_time"),
)

#: What `payload.object` of each event holds. Zoom writes two formats of `date_time`.
EVENTS: Mapping[str, tuple[str, tuple[Field, ...]]] = {
    "phone.sms_received": (
        "A message was received.",
        _message(
            sender=_person(types=_OWNERS),
            to_members=_person(types=("user",), owner=True),
            owner=_TEAM_ID,
            sent=False,
        ),
    ),
    "phone.sms_sent": (
        "A message was sent.",
        _message(
            sender=_person(types=("user",)),
            to_members=_person(types=_OWNERS),
            owner=_SENDER_ID,
            sent=True,
        ),
    ),
    "phone.sms_sent_failed": (
        "A message could not be sent.",
        _message(
            sender=_person(types=("user",)),
            to_members=_person(owner=True),
            owner=_SENDER_ID,
            sent=True,
        ),
    ),
    "phone.sms_campaign_number_opt_in": ("A consumer opted in.", _opt("date-time")),
    "phone.sms_campaign_number_opt_out": ("A consumer opted out.", _opt("date_time")),
    "phone.sms_etiquette_warn": ("A text violated a policy; the user was warned.", _ETIQUETTE),
    "phone.sms_etiquette_block": ("A text violated a policy and was blocked.", _ETIQUETTE),
}


def envelope(event: str) -> tuple[Field, ...]:
    """Return the fields of an event's whole body."""
    _, content = EVENTS[event]
    payload = (
        _text("account_id", "The account.", required=True),
        Field("object", "object", "What happened.", required=True, fields=content),
    )
    return (
        Field("event", "string", "The event's name.", required=True, one_of=(event,)),
        Field("event_ts", "integer", "When, in unix milliseconds.", required=True, format="int64"),
        Field("payload", "object", "The event's content.", required=True, fields=payload),
    )


def schema(fields: tuple[Field, ...], doc: str = "") -> Json:
    """Return the JSON schema of an object, open to fields and values to come."""
    required = [field.name for field in fields if field.required]
    return {
        "type": "object",
        **({"description": doc} if doc else {}),
        **({"required": required} if required else {}),
        "properties": {field.name: _field_schema(field) for field in fields},
    }


def _field_schema(field: Field) -> Json:
    if field.type == "object":
        return schema(field.fields, field.doc)
    made: Json = {"type": field.type, "description": field.doc}
    for name, value in (
        ("format", field.format),
        ("maxItems", field.max_items),
        ("uniqueItems", field.unique_items or None),
        ("x-extensible-enum", list(field.one_of) or None),
        ("examples", None if field.example is None else [field.example]),
    ):
        if value is not None:
            made[name] = value
    if field.type == "array":
        made["items"] = schema(field.fields)
    return made


def our_facts() -> Facts:
    """Return what we know of the events, to compare."""
    found: Facts = {}
    for event in EVENTS:
        name = f"{KIND} {event}"
        found[Subject(name, "operation")] = plain(id=event)
        found[Subject(name, "field")] = plain(type="object")
        found.update(_facts(name, "", envelope(event)))
    return found


def _facts(
    operation: str, prefix: str, fields: tuple[Field, ...]
) -> Iterator[tuple[Subject, dict[str, object]]]:
    for field in fields:
        name = prefix + field.name
        yield (
            Subject(operation, "field", name),
            plain(
                type=field.type,
                required=field.required,
                format=field.format,
                values=field.one_of,
                maxItems=field.max_items,
                uniqueItems=field.unique_items,
            ),
        )
        if field.type == "array":
            name += "[]"
            yield Subject(operation, "field", name), plain(type="object")
        yield from _facts(operation, f"{name}.", field.fields)


def description(version: str) -> Json:
    """Return the OpenAPI 3.1 document of the events."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Zoom Phone SMS webhooks",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "MIT", "url": "https://opensource.org/license/mit"},
        },
        "webhooks": {event: {"post": _post(event)} for event in (*EVENTS, _VALIDATION)},
    }


_VALIDATION = "endpoint.url_validation"
_ABOUT = """\
The requests that Zoom sends for SMS events. This description is our own, kept by the maintainers
of `swagger_client`; Zoom's word is what counts. More fields, values and events will come.

Every request is signed: `x-zm-signature` is `v0=` and the hexadecimal HMAC-SHA256 of `v0:`, the
header `x-zm-request-timestamp` (unix seconds), `:` and the raw body, with the app's secret token.

Respond with 200 or 204 within 3 seconds. Zoom tries again 5, 25 and 85 minutes after the first
attempt when the status is 5xx or the connection fails, and never after 3xx or 4xx. Duplicates and
reordering happen.
"""


def _post(event: str) -> Json:
    if event == _VALIDATION:
        summary, body = "Zoom checks that this URL is yours.", _validation()
        proof = schema(
            (
                _text("plainToken", "Zoom's token.", required=True),
                _text("encryptedToken", "Its hexadecimal HMAC-SHA256.", required=True),
            )
        )
        content = {"content": {"application/json": {"schema": proof}}}
        responses: Json = {"200": {"description": "The URL is valid.", **content}}
    else:
        summary, _ = EVENTS[event]
        body = schema(envelope(event))
        responses = {"204": {"description": "The event was received."}}
    responses["5XX"] = {"description": "Zoom tries again."}
    return {
        "operationId": event,
        "tags": ["SMS"],
        "summary": summary,
        "parameters": [_header(name, doc) for name, doc in _HEADERS.items()],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": responses,
    }


_HEADERS = {
    "x-zm-signature": "The signature.",
    "x-zm-request-timestamp": "When it was signed, in unix seconds.",
}


def _header(name: str, doc: str) -> Json:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": doc,
        "schema": {"type": "string"},
    }


def _validation() -> Json:
    token = (_text("plainToken", "Zoom's token.", required=True),)
    return schema(
        (
            Field("event", "string", "The event's name.", required=True, one_of=(_VALIDATION,)),
            Field("event_ts", "integer", "When, in unix milliseconds.", required=True),
            Field("payload", "object", "The event's content.", required=True, fields=token),
        )
    )


def text(version: str) -> str:
    """Return the document as YAML."""
    return HEADER + yaml.dump(
        description(version), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


class _Dumper(yaml.SafeDumper):
    """Writes every value out, and long texts as blocks."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _block(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _block)
