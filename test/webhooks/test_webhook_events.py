"""Typed events: every event of Zoom is parsed without loss."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from support.odd_values import holds, mutated, places

from swagger_client import SmsMessage
from swagger_client._security import safe_json
from swagger_client.webhooks import (
    CampaignOptInEvent,
    CampaignOptOutEvent,
    EtiquetteBlockEvent,
    EtiquetteEvent,
    EtiquetteWarnEvent,
    InvalidEventError,
    SmsEvent,
    SmsReceivedEvent,
    SmsSentEvent,
    SmsSentFailedEvent,
    UnknownEvent,
    UrlValidationEvent,
    Webhook,
    WebhookEvent,
)
from webhooks.sample_events import NOW, OBJECTS, SECRET, body, event, url_validation

CLASSES = {
    "phone.sms_received": SmsReceivedEvent,
    "phone.sms_sent": SmsSentEvent,
    "phone.sms_sent_failed": SmsSentFailedEvent,
    "phone.sms_campaign_number_opt_in": CampaignOptInEvent,
    "phone.sms_campaign_number_opt_out": CampaignOptOutEvent,
    "phone.sms_etiquette_warn": EtiquetteWarnEvent,
    "phone.sms_etiquette_block": EtiquetteBlockEvent,
}
Json = dict[str, Any]


def parse(value: object) -> WebhookEvent:
    return Webhook(SECRET).parse(json.dumps(value, ensure_ascii=False))


@pytest.mark.parametrize("name", OBJECTS)
def test_each_event_has_its_class_and_envelope(name: str) -> None:
    parsed = parse(event(name))
    assert type(parsed) is CLASSES[name]
    assert (parsed.event, parsed.account_id, parsed.late) == (name, "account-1", False)
    assert parsed.event_ts == NOW * 1000 + 127
    assert parsed.occurred_at == datetime(2026, 9, 21, 14, 13, 20, 127000, tzinfo=timezone.utc)
    assert parsed.raw == event(name)


@pytest.mark.parametrize(
    ("name", "direction"),
    [("phone.sms_received", "In"), ("phone.sms_sent", "Out"), ("phone.sms_sent_failed", "Out")],
)
def test_a_message_reads_like_one_of_the_api(name: str, direction: str) -> None:
    parsed = parse(event(name))
    assert isinstance(parsed, SmsEvent)
    message = parsed.message
    assert isinstance(message, SmsMessage)
    assert (message.direction, message.message) == (direction, "Photos attached 📷")
    assert (message.message_id, parsed.session_id) == (
        "IQ-message-1",
        "5c2b8d1c0fa84a27b1f1d6f4d1a0e9b3",
    )
    assert message.date_time_utc == datetime(2026, 9, 21, 14, 13, 20, tzinfo=timezone.utc)
    assert message.sender.phone_number == "15550100"
    assert message.sender.owner
    assert (message.sender.owner.id, message.sender.owner.type) == ("sender-1", "user")
    first, second = message.to_members
    assert first.owner
    assert first.owner.id == "member-1"
    assert first.additional_properties == {"is_message_owner": True}
    assert second.owner is None
    assert message.attachments
    assert (message.attachments[0].type, message.attachments[0].size) == ("jpg", 10692)


def test_additional_fields_of_an_event_are_typed() -> None:
    received = parse(event("phone.sms_received"))
    failed = parse(event("phone.sms_sent_failed"))
    assert isinstance(received, SmsReceivedEvent)
    assert isinstance(failed, SmsSentFailedEvent)
    assert received.owner
    assert failed.owner
    assert (received.owner.id, received.owner.team_id) == ("owner-1", "queue-1")
    assert failed.owner.sms_sender_user_id == "member-2"
    assert (received.failure_reason, failed.failure_reason) == (None, "1101-not delivered")
    pending, accepted = received.opt_statuses
    assert (pending.opt_status, pending.opt_in_status) == ("pending", 1)
    assert pending.opt_in_message == "Send JOIN to hear from us."
    assert (accepted.consumer_phone_number, accepted.opt_in_message) == ("+15550101", None)


def test_opt_and_etiquette_events_have_their_fields() -> None:
    opt_out = parse(event("phone.sms_campaign_number_opt_out"))
    block = parse(event("phone.sms_etiquette_block"))
    assert isinstance(opt_out, CampaignOptOutEvent)
    assert isinstance(block, EtiquetteBlockEvent)
    assert opt_out.opt_statuses[0].zoom_phone_user_number == "+15550199"
    assert opt_out.date_time == block.date_time == "2026-09-21T14:13:20Z"
    assert (block.email, block.policy_name) == ("ann@example.com", "No card numbers")
    assert block.message == "a text against the rules"


def paths(value: object, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Return the paths of all values inside of a JSON value."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, inner in items:
        yield (*above, key)
        yield from paths(inner, (*above, key))


def changed(value: Json, path: tuple[str | int, ...], how: str) -> Json:
    found = copy.deepcopy(value)
    holder: Any = found
    for key in path[:-1]:
        holder = holder[key]
    if how == "absent":
        del holder[path[-1]]
    elif how == "null":
        holder[path[-1]] = None
    elif how == "unknown value":
        holder[path[-1]] = {"new": ["kind", 1]}
    elif how == "another type":
        holder[path[-1]] = 7 if isinstance(holder[path[-1]], str) else "text"
    elif isinstance(holder, dict):
        holder["unknown field"] = {"a": [None, 1.5]}
    return found


def without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_null(one) for key, one in value.items() if one is not None}
    return [without_null(one) for one in value] if isinstance(value, list) else value


def flat_participant(who: Any) -> Any:
    """Return a participant of the API in the form of an event."""
    if not isinstance(who, dict) or not isinstance(who.get("owner"), dict):
        return who
    return {**{key: value for key, value in who.items() if key != "owner"}, **who["owner"]}


def rebuilt(parsed: SmsEvent) -> Any:
    """Return an event's object, built from its typed attributes only."""
    message = parsed.message.to_dict()
    message.pop("direction")
    message["sender"] = flat_participant(message["sender"])
    if isinstance(message["to_members"], list):
        message["to_members"] = [flat_participant(one) for one in message["to_members"]]
    return message


WAYS = ["absent", "null", "unknown value", "another type", "unknown field"]


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("name", OBJECTS)
def test_any_field_can_be_absent_null_or_unknown(name: str, how: str) -> None:
    sample = event(name)
    beside = {"owner", "failure_reason", "phone_number_campaign_opt_statuses", "session_id"}
    for path in paths(sample):
        sent = changed(sample, path, how)
        parsed = parse(sent)
        assert parsed.raw == sent, path
        assert parsed.key
        assert repr(parsed)
        _ = parsed.occurred_at
        if isinstance(parsed, SmsEvent):
            content: Any = sent.get("payload")
            for key in ("object",):
                content = content.get(key) if isinstance(content, dict) else None
            content = content if isinstance(content, dict) else {}
            content = {key: value for key, value in content.items() if key not in beside}
            assert without_null(rebuilt(parsed)) == without_null(content), path


def test_a_field_that_the_api_has_and_events_lack_is_kept() -> None:
    parsed = parse(event("phone.sms_sent", direction="In", delivery_status="sent"))
    assert isinstance(parsed, SmsSentEvent)
    assert (parsed.message.direction, parsed.message.delivery_status) == ("In", "sent")
    person = {"phone_number": "1", "owner": {"id": "x"}, "id": "y"}
    parsed = parse(event("phone.sms_sent", sender=person))
    assert isinstance(parsed, SmsSentEvent)
    assert parsed.message.sender.owner
    assert parsed.message.sender.owner.id == "x"
    assert parsed.message.sender.additional_properties == {"id": "y"}


@pytest.mark.parametrize("name", ["phone.sms_new", "", None, 5, ["phone.sms_sent"]])
def test_an_event_without_a_class_is_unknown_and_kept(name: object) -> None:
    sent = {**event("phone.sms_sent"), "event": name}
    parsed = parse(sent)
    assert type(parsed) is UnknownEvent
    assert parsed.raw == sent


def test_a_url_validation_without_a_token_is_an_unknown_event() -> None:
    assert isinstance(parse(url_validation()), UrlValidationEvent)
    assert isinstance(parse({**url_validation(), "payload": {}}), UnknownEvent)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b'"text"',
        b"{",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"event": "phone.sms_sent", "event": "phone.sms_received"}',
        b"\xff{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_a_body_other_than_a_json_object_is_an_error(content: bytes) -> None:
    with pytest.raises(InvalidEventError, match="body"):
        Webhook(SECRET).parse(content)


def test_a_number_that_python_cannot_hold_loses_no_event() -> None:
    for number in ("9" * 5000, "1e400"):
        content = f'{{"event": "phone.sms_sent", "event_ts": {number}, "payload": {{}}}}'
        event = Webhook(SECRET).parse(content)
        assert event.raw["event_ts"] == number
        assert event.occurred_at is None


@pytest.mark.parametrize("name", [*OBJECTS, "endpoint.url_validation"])
def test_any_value_in_the_place_of_a_field_survives(name: str) -> None:
    sent = url_validation() if name == "endpoint.url_validation" else event(name)
    odd = ["null", "[]", '[null, "x", {}]', "{}", '"x"', "5", "1e400", "true", "9" * 5000]
    for path in places(sent):
        for value in odd:
            text = mutated(sent, path, value)
            parsed = Webhook(SECRET).parse(text)
            assert holds(parsed.raw, safe_json.loads(text))
            assert repr(parsed)
            for attribute in ("occurred_at", "key"):
                getattr(parsed, attribute, None)


def test_a_key_identifies_account_event_and_message() -> None:
    sample = event("phone.sms_sent")
    other_account = {**sample, "payload": {**sample["payload"], "account_id": "account-2"}}
    keys = {
        parse(sample).key,
        parse(event("phone.sms_sent", message_id="other")).key,
        parse(event("phone.sms_sent_failed")).key,
        parse(other_account).key,
    }
    assert len(keys) == 4
    assert parse(sample).key == parse({**sample, "event_ts": 1}).key


def test_events_about_two_messages_with_one_id_have_two_keys() -> None:
    sample = event("phone.sms_sent")
    content = sample["payload"]["object"]

    def key_of(**differences: object) -> str:
        payload = {**sample["payload"], "object": {**content, **differences}}
        return str(parse({**sample, "payload": payload}).key)

    assert key_of() == parse(sample).key
    assert key_of(message="another text") != key_of()
    assert key_of(message="https://a.example/?token=1") != key_of(
        message="https://a.example/?token=2"
    )
    files = [[{"id": "f", "download_url": f"https://a.example/f?jwt={n}"}] for n in range(2)]
    assert key_of(attachments=files[0]) == key_of(attachments=files[1])


def test_keys_of_hostile_ids_do_not_collide() -> None:
    one = parse({**event("phone.sms_sent", message_id='b", "c')})
    two = parse({**event("phone.sms_sent", message_id="b"), "event": "phone.sms_sent"})
    assert one.key != two.key


def test_an_event_without_a_message_id_is_identified_by_its_body() -> None:
    opt_in = event("phone.sms_campaign_number_opt_in")
    first = Webhook(SECRET).parse(body(opt_in))
    assert first.key.startswith("sha256:")
    assert first.key == Webhook(SECRET).parse(body(opt_in)).key
    assert first.key != Webhook(SECRET).parse(body({**opt_in, "event_ts": 1})).key


@pytest.mark.parametrize("timestamp", [None, "1", True, 10**30, -(10**30), 1.5])
def test_a_malformed_event_timestamp_reads_as_none(timestamp: object) -> None:
    assert parse({**event("phone.sms_sent"), "event_ts": timestamp}).occurred_at is None


def test_the_text_form_shows_no_credential_and_no_etiquette_text() -> None:
    assert "s.e.cret" not in repr(parse(event("phone.sms_received")))
    block = parse(event("phone.sms_etiquette_block"))
    assert isinstance(block, EtiquetteEvent)
    assert "a text against the rules" not in repr(block)


def test_an_event_can_be_marked_as_late() -> None:
    parsed = dataclasses.replace(parse(event("phone.sms_sent")), late=True)
    assert type(parsed) is SmsSentEvent
    assert parsed.late
