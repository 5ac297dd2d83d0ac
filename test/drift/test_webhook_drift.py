"""Zoom's specification of SMS events agrees with our schema, models and sandbox.

`published_webhooks.json` is Zoom's specification without its prose, as `--record` writes it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from drift.test_drift import changes, dicts
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from support.schemas import closed

from swagger_client._version import __version__
from swagger_client.sandbox import Owner, Party, Sandbox
from swagger_client.webhooks import (
    CampaignOptEvent,
    CampaignOptStatus,
    EtiquetteEvent,
    EventOwner,
    SmsEvent,
    Webhook,
)
from tools import check_drift, webhook_schema
from tools.published import facts, without_prose
from tools.webhook_schema import EVENTS, Field

Json = dict[str, Any]

PUBLISHED: Json = json.loads((Path(__file__).parent / "published_webhooks.json").read_text())
OURS = check_drift.our_facts(PUBLISHED)


def drift(spec: Json) -> list[check_drift.Difference]:
    return check_drift.differences(OURS, facts(spec, []))


def test_the_client_knows_all_published_events() -> None:
    assert drift(PUBLISHED) == []
    assert PUBLISHED["webhooks"].keys() == EVENTS.keys()


def test_the_record_contains_no_sentence() -> None:
    wording = {"summary", "title", "description", "example", "examples", "info"}
    assert not any(wording & node.keys() for node in dicts(PUBLISHED))
    assert without_prose(PUBLISHED, []) == PUBLISHED


def schemas(spec: Json) -> Iterator[tuple[str, Json]]:
    for event, item in spec["webhooks"].items():
        yield event, item["post"]["requestBody"]["content"]["application/json"]["schema"]


def test_every_change_of_every_node_is_reported() -> None:
    spec = copy.deepcopy(PUBLISHED)
    count, silent = 0, []
    for event, schema in schemas(spec):
        for owner in dicts(schema):  # properties that Zoom has put among the keywords
            for stray in ("message", "attachments", "session_id", "message_id", "message_type"):
                if "type" in owner and isinstance(owner.get(stray), dict):
                    del owner[stray]
            if "type" in owner and isinstance(owner.get("date_time"), dict):
                del owner["date_time"]
        for name, change in changes(schema, event):
            if "additionalProperties" in name or name.endswith("required: one more"):
                continue
            undo = change()
            count += 1
            if not drift(spec):
                silent.append(name)
            undo()
    assert silent == []
    assert count > 500


def test_a_new_event_and_a_new_field_are_reported() -> None:
    spec = copy.deepcopy(PUBLISHED)
    sent = spec["webhooks"]["phone.sms_sent"]
    spec["webhooks"]["phone.sms_recalled"] = copy.deepcopy(sent)
    spec["webhooks"]["phone.call_ended"] = copy.deepcopy(sent)
    for event, schema in schemas(spec):
        if event == "phone.sms_sent":
            content = schema["properties"]["payload"]["properties"]["object"]
            content["properties"]["segments"] = {"type": "integer"}
    del spec["webhooks"]["phone.sms_etiquette_warn"]
    assert check_drift.report(drift(spec)).split("\n") == [
        "WEBHOOK phone.sms_etiquette_warn (event)",
        "  gone     operation",
        "WEBHOOK phone.sms_recalled (unknown here)",
        "  new      operation",
        "WEBHOOK phone.sms_sent (event)",
        '  new      field payload.object.segments (type "integer")',
    ]


def test_the_command_compares_a_file_of_events(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, record = tmp_path / "spec.json", tmp_path / "record.json"
    file.write_text(json.dumps(PUBLISHED))
    assert check_drift.main([str(file), "--record", str(record)]) == 0
    assert json.loads(record.read_text()) == PUBLISHED
    del PUBLISHED["webhooks"]["phone.sms_sent"]["post"]["operationId"]
    file.write_text(json.dumps(PUBLISHED))
    PUBLISHED["webhooks"]["phone.sms_sent"]["post"]["operationId"] = "phone.sms_sent"
    assert check_drift.main([str(file)]) == 1
    assert "phone.sms_sent" in capsys.readouterr().out


WRITTEN = webhook_schema.TARGET.read_text(encoding="utf-8")


def test_the_description_is_up_to_date_and_valid() -> None:
    assert webhook_schema.text(__version__) == WRITTEN, "run python -m tools.render_openapi"
    described = yaml.safe_load(WRITTEN)
    assert described["openapi"].startswith("3.1")
    validate({**described, "paths": {}})


def sample(fields: tuple[Field, ...]) -> Json:
    """An object with every field of a table."""
    made: Json = {}
    for field in fields:
        if field.type == "object":
            made[field.name] = sample(field.fields)
        elif field.type == "array":
            made[field.name] = [sample(field.fields)]
        elif field.one_of:
            made[field.name] = field.one_of[0]
        else:
            values = {"string": f"the {field.name}", "integer": 7, "boolean": True}
            made[field.name] = values[field.type]
    return made


@pytest.mark.parametrize("event", EVENTS)
def test_every_documented_field_is_typed(event: str) -> None:
    body = sample(webhook_schema.envelope(event))
    parsed = Webhook("secret").parse(json.dumps(body))
    content = body["payload"]["object"]
    (statuses,) = content.get("phone_number_campaign_opt_statuses", [None])
    if isinstance(parsed, SmsEvent):
        assert parsed.message.additional_properties == {}
        assert parsed.session_id == "the session_id"
        assert parsed.message.attachments
        assert parsed.message.attachments[0].additional_properties == {}
        assert parsed.message.sender.additional_properties == {}
        assert parsed.owner
        assert has_all(parsed.owner, content["owner"])
        assert parsed.failure_reason == content.get("failure_reason")
    else:
        assert isinstance(parsed, (CampaignOptEvent, EtiquetteEvent))
        assert {key for key in content if not hasattr(parsed, key)} <= {
            "phone_number_campaign_opt_statuses"
        }
    if statuses is not None:
        assert isinstance(parsed, (SmsEvent, CampaignOptEvent))
        assert has_all(parsed.opt_statuses[0], statuses)


def has_all(typed: EventOwner | CampaignOptStatus, sent: Json) -> bool:
    return all(getattr(typed, key) == value for key, value in sent.items())


def test_the_sandbox_sends_the_documented_responses() -> None:
    validators = {
        event: Draft202012Validator(closed(schema)) for event, schema in schemas(PUBLISHED)
    }
    seen: set[str] = set()

    with Sandbox(seed=3, sessions=30, messages=300) as zoom:
        announcer = zoom._components.announcer
        friend = Party("+15550100", "Ann", Owner(zoom.users()[1].id))
        session_id = zoom.add_session(others=[friend])
        for message in (*zoom.messages(), zoom.add_message(session_id, direction="Out")):
            names = ["phone.sms_received"]
            if message.direction == "Out":
                names = ["phone.sms_sent", "phone.sms_sent_failed"]
            for name in names:
                body = json.loads(announcer.message_body(name, message))
                errors = [
                    error.message
                    for error in validators[name].iter_errors(body)
                    # Zoom's own API has these where its schema of events wants a string or a user.
                    if error.validator != "enum"
                    and "None is not of type" not in error.message
                    and "'phone_number' is a required" not in error.message
                    and not (name == "phone.sms_sent_failed" and "'type' was" in error.message)
                ]
                assert errors == []
                seen.add(name)
    assert len(seen) == 3
