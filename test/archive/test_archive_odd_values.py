"""Any JSON value in any field is iterated, archived, verified and exported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.clocks import JumpingClock
from support.faces import configured
from support.odd_values import holds, mutated, places
from support.wire import Received, Say, Wire, reply

from swagger_client import ApiClient, SMSApi
from swagger_client._security import safe_json
from swagger_client.archive import Archive
from swagger_client.exceptions import DecodeException
from swagger_client.history import IncompleteException

PARTY = {
    "phone_number": "+12065550100", "display_name": "Ann",
    "owner": {"id": "o", "type": "user"},
}  # fmt: skip
MESSAGE: dict[str, Any] = {
    "message_id": "m", "message": "Hello", "direction": "In", "date_time": "2026-07-01T10:00:00Z",
    "message_type": 2, "delivery_status": "delivered", "sender": PARTY, "to_members": [PARTY],
    "attachments": [{"id": "a", "name": "x.jpg", "size": 3, "type": "PNG"}],
}  # fmt: skip
SESSION: dict[str, Any] = {
    "session_id": "s", "session_type": "user", "last_access_time": "2026-07-01T10:00:00Z",
    "participants": [{**PARTY, "is_session_owner": True, "extension_status": "active"}],
}  # fmt: skip
#: JSON in the place of a value.
ODD = [
    "null", "-0", "[]", "[1]", '[null, "x", {}, 5]', "[[{}]]", "{}", '{"a": [1]}', '"x"', '""', "5",
    "-1", "0.5", "1.10", "1e400", "true", "9" * 40, "9" * 5000, '"\\ud800"', '"2026-13-45"',
    '"\\u0000"',
]  # fmt: skip
SPAN: dict[str, Any] = {"_from": "2026-07-01", "to": "2026-07-02"}


def mutations(template: dict[str, Any], key: str) -> list[str]:
    """Return copies of the template, each with another value in one place and its own id."""
    made: list[str] = []
    for path in places(template):
        for odd in ODD:
            record = {**template, key: f"{key}-{len(made)}"}
            made.append(mutated(record, path, odd))
    return made


def has_other_container(record: Any, template: Any) -> bool:
    """Return whether a nested list or object of the template is of another kind in the record."""
    if isinstance(template, list) and isinstance(record, list):
        return any(has_other_container(item, template[0]) for item in record)
    if not isinstance(template, dict) or not isinstance(record, dict):
        return False
    for name, usual in template.items():
        value = record.get(name)
        if not isinstance(usual, dict | list) or value in (None, "", [], {}):
            continue
        if type(value) is not type(usual) or has_other_container(value, usual):
            return True
    return False


RECORDS = ["null", '"x"', "5", "[]", "{}", "true", "[null]", "1e400"]
MESSAGES = mutations(MESSAGE, "message_id")
SESSIONS = mutations(SESSION, "session_id")
#: Messages with another kind of value in the place of a nested list or object. Single calls reject
#: them; iterations and archives keep them.
OF_OTHER_KINDS = [one for one in MESSAGES if has_other_container(safe_json.loads(one), MESSAGE)]


def page(name: str, records: list[str]) -> bytes:
    return reply(f'{{"{name}": [{", ".join(records)}], "next_page_token": ""}}')


def _serve(wire: Wire, *, sessions: list[str], messages: list[str]) -> None:
    def respond(request: Received) -> Say:
        if request.path.count("/") > 4:  # of one conversation
            return Say(page("sms_histories", messages))
        return Say(page("sms_sessions", sessions))

    wire.default = respond


@pytest.fixture
def client(wire: Wire) -> Iterator[ApiClient]:
    """Return a client for an account with one conversation of odd messages."""
    _serve(wire, sessions=[json.dumps(SESSION)], messages=[*MESSAGES, *RECORDS])
    configuration = configured(wire.host, retries=0)
    with ApiClient(configuration, clock=JumpingClock()) as made:
        yield made


def test_iterations_yield_every_record_as_it_was_sent(client: ApiClient) -> None:
    sent = [safe_json.loads(record) for record in [*MESSAGES, *RECORDS]]
    with pytest.warns(UserWarning, match="it is kept unchanged"):
        found = list(SMSApi(client).iter_sms_session_details("s", **SPAN))
    assert len(found) == len(sent)
    for one, record in zip(found, sent, strict=True):
        assert holds(one.to_dict() if isinstance(record, dict) else one, record)
    with pytest.warns(UserWarning, match="it is kept unchanged"):
        pairs = list(SMSApi(client).iter_account_messages(**SPAN))
    assert len(pairs) == len(sent)


def test_single_calls_reject_other_kinds_of_lists_and_objects(
    client: ApiClient, wire: Wire
) -> None:
    assert len(OF_OTHER_KINDS) > 50
    for record in OF_OTHER_KINDS:
        _serve(wire, sessions=[json.dumps(SESSION)], messages=[record])
        with pytest.raises(DecodeException, match="expected a JSON"):
            SMSApi(client).sms_session_details("s")


@pytest.mark.filterwarnings("ignore:.*it is kept unchanged")
def test_conversations_that_are_no_objects_are_named(client: ApiClient, wire: Wire) -> None:
    sessions = [*SESSIONS, *RECORDS]
    _serve(wire, sessions=sessions, messages=[])
    assert len(list(SMSApi(client).iter_account_sms_session(**SPAN))) == len(sessions)
    with pytest.raises(IncompleteException) as caught:
        list(SMSApi(client).iter_account_messages(**SPAN))
    assert len(caught.value.reasons) >= len(RECORDS)


#: A field twice in one object, with different values: only one of them could be kept.
TWICE = '{"message_id": "m", "date_time": "2026-07-01T10:00:00Z", "message": "a", "message": "b"}'


def test_a_key_twice_ends_an_iteration(client: ApiClient, wire: Wire) -> None:
    _serve(wire, sessions=[json.dumps(SESSION)], messages=[TWICE])
    with pytest.raises(DecodeException, match="the key 'message' is twice in one object"):
        list(SMSApi(client).iter_sms_session_details("s", **SPAN))


def test_a_conversation_with_a_key_twice_is_reported(
    client: ApiClient, wire: Wire, tmp_path: Path
) -> None:
    _serve(wire, sessions=[json.dumps(SESSION)], messages=[TWICE])
    with Archive(tmp_path / "sms.sqlite3") as archive:
        report = archive.mirror(SMSApi(client), since="2026-07-01")
        assert not report.complete
        assert "the key 'message' is twice in one object" in str(archive.coverage().gaps)
        _serve(
            wire, sessions=[json.dumps(SESSION)], messages=[TWICE.replace(', "message": "b"', "")]
        )
        report = archive.mirror(SMSApi(client), since="2026-07-01")
        assert report.complete
        assert [one.text for one in archive.messages()] == ["a"]


def test_an_archive_keeps_every_record_and_is_sound(client: ApiClient, tmp_path: Path) -> None:
    with Archive(tmp_path / "sms.sqlite3") as archive:
        for _ in range(2):
            archive.mirror(SMSApi(client), since="2026-07-01")
        found = list(archive.messages())
        sent = [safe_json.loads(record) for record in [*MESSAGES, *RECORDS]]
        stored = [
            safe_json.dumps(safe_json.loads(one.raw or "null"), sort_keys=True) for one in found
        ]
        for record in sent:
            assert safe_json.dumps(record, sort_keys=True) in stored
        report = archive.verify()
        assert not report.problems
        assert len(list(archive.search("hello"))) > 100
        assert archive.people()
        assert list(archive.changes(2)) == []
        for name in ("jsonl", "csv", "html", "eml", "rsmf"):
            archive.export(tmp_path / f"out.{name}", name)
        lines = (tmp_path / "out.jsonl").read_text().splitlines()
        assert len(lines) == len(found)


def test_an_archive_of_odd_conversations_is_sound(
    client: ApiClient, wire: Wire, tmp_path: Path
) -> None:
    def respond(request: Received) -> Say:
        if request.path.count("/") > 4:
            return Say(page("sms_histories", []))
        return Say(page("sms_sessions", [*SESSIONS, *RECORDS]))

    wire.default = respond
    with Archive(tmp_path / "sms.sqlite3") as archive:
        report = archive.mirror(SMSApi(client), since="2026-07-01")
        assert not report.complete
        assert not archive.verify().problems
        assert len(list(archive.conversations())) >= len(SESSIONS) - 2 * len(ODD)
        archive.export(tmp_path / "out", "html")
