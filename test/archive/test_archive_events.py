"""Events are stored before they are confirmed, and archived by reading the API."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from support.archives import SINCE, api_of, small_account
from support.waiting import wait_until

from swagger_client._security.file_lock import unlock_file
from swagger_client.archive import (
    Archive,
    ArchivedEvent,
    ArchiveHeldError,
    ArchiveLockedError,
    UnknownValueError,
    event_worker,
    locks,
)
from swagger_client.archive.account_log import read_log
from swagger_client.archive.event_queue import EventQueue, EventStatus
from swagger_client.archive.listening import archiving_events
from swagger_client.sandbox import Message, Party, Sandbox
from swagger_client.webhooks import Webhook, WebhookEvent


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_worker, "RETRY_DELAYS", (0.001,) * 5)
    monkeypatch.setattr(event_worker, "_RELEASED", 0.001)


def parsed(body: bytes | str) -> WebhookEvent:
    return Webhook("secret").parse(body)


def event_of(zoom: Sandbox, message: Message, **options: Any) -> WebhookEvent:
    return parsed(zoom.signed_event(message, **options).body)


def settled(archive: Archive) -> bool:
    return archive.event_status().pending == 0


def ids(archive: Archive) -> set[str]:
    return {one.message_id for one in archive.messages()}


def test_the_message_of_an_event_is_archived(archive: Archive, zoom: Sandbox) -> None:
    known, new = zoom.sessions()[0].session_id, zoom.add_session()
    messages = [zoom.add_message(known, text="one"), zoom.add_message(new, text="two")]
    with archiving_events(archive, api_of(zoom)) as events:
        for message in messages:
            events.submit(event_of(zoom, message)).result(10)
        wait_until(lambda: settled(archive))
    assert {one.message_id for one in messages} <= ids(archive)
    assert archive.event_status().failed == []
    assert archive.event_status().received_at is not None
    assert archive.verify().problems == []


def test_an_event_is_durable_once_its_future_is_done(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    message = zoom.add_message(zoom.sessions()[0].session_id)
    with EventQueue(archive.path).running() as events:
        for _ in range(2):  # a duplicate is stored once
            events.submit(event_of(zoom, message)).result(10)
    assert archive.event_status().pending == 1
    with archiving_events(archive, api_of(zoom)):
        wait_until(lambda: settled(archive))
    assert message.message_id in ids(archive)


def test_a_stored_event_contains_no_credential(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    message = zoom.add_message(attachments=[zoom.attachment(b"1")])
    event = event_of(zoom, message)
    assert b"jwt=" in event.body
    with EventQueue(archive.path).running() as events:
        events.submit(event).result(10)
    stored = b"".join(path.read_bytes() for path in archive.path.parent.iterdir())
    assert b"jwt=" not in stored


def test_a_run_archives_what_is_left_of_events(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    failed = zoom.add_message(zoom.sessions()[0].session_id, direction="Out", text="x")
    with EventQueue(archive.path).running() as events:
        events.submit(event_of(zoom, failed, event="phone.sms_sent_failed")).result(10)
        events.submit(parsed('{"event": "phone.sms_campaign_number_opt_out"}')).result(10)
    archive.mirror(api_of(zoom))
    assert archive.event_status()[2:] == (0, [], [])
    assert failed.message_id in ids(archive)
    assert archive.verify().problems == []


def test_an_event_whose_conversation_the_api_learns_of_late_is_archived(
    archive: Archive, tmp_path: Path
) -> None:
    with small_account(rest_lag=5) as zoom:
        message = zoom.add_message(text="too early")
        rejected = threading.Event()

        @zoom.on_request
        def catch_up(request: object) -> None:
            if len(zoom.requests) >= 3 and not rejected.is_set():
                rejected.set()
                zoom.clock.advance(5)

        with archiving_events(archive, api_of(zoom)) as events:
            events.submit(event_of(zoom, message)).result(10)
            wait_until(lambda: settled(archive))
    assert rejected.is_set()
    assert message.message_id in ids(archive)


@pytest.mark.parametrize("kind", ["number", "session_id", "message_id"])
def test_a_person_who_is_only_in_a_failed_event_is_erased(
    archive: Archive, zoom: Sandbox, kind: str
) -> None:
    session_id = zoom.add_session(others=[Party("+13125550177")])
    message = zoom.add_message(session_id, text="only in the event")
    event = event_of(zoom, message)
    zoom.remove_message(message.message_id)
    with archiving_events(archive, api_of(zoom)) as events:
        events.submit(event).result(10)
        wait_until(lambda: settled(archive))
    target = {"number": "+1 312 555 0177", "session_id": session_id}
    target["message_id"] = message.message_id
    archive.erase(reason="Article 17", **{kind: target[kind]})
    assert archive.event_status().failed == []
    assert b"only in the event" not in archive.path.read_bytes()
    assert archive.verify().problems == []
    with pytest.raises(UnknownValueError):
        archive.erase(reason="again", **{kind: target[kind]})


def test_an_event_whose_message_never_appears_is_listed_and_tried_by_the_next_run(
    archive: Archive, zoom: Sandbox
) -> None:
    message = zoom.add_message(text="gone")
    event = event_of(zoom, message)
    zoom.remove_message(message.message_id)
    with archiving_events(archive, api_of(zoom)) as events:
        events.submit(event).result(10)
        wait_until(lambda: settled(archive))
    (failed,) = archive.event_status().failed
    assert (failed.session_id, failed.key) == (message.session_id, event.key)
    assert failed.reason
    archive.mirror(api_of(zoom), since=SINCE)
    assert len(archive.event_status().failed) == 1
    zoom.add_message(message.session_id, message_id=message.message_id, at=message.at_ms / 1000)
    archive.mirror(api_of(zoom))
    assert archive.event_status().failed == []
    assert message.message_id in ids(archive)


def receive_vanished(archive: Archive, zoom: Sandbox) -> Message:
    """Archive the account and receive an event whose message Zoom deletes at once."""
    archive.mirror(api_of(zoom), since=SINCE)
    message = zoom.add_message(zoom.sessions()[0].session_id, text="only here")
    event = event_of(zoom, message)
    zoom.remove_message(message.message_id)
    with EventQueue(archive.path).running() as events:
        events.submit(event).result(10)
    return message


def accept_vanished(archive: Archive, zoom: Sandbox) -> Message:
    message = receive_vanished(archive, zoom)
    archive.mirror(api_of(zoom))
    archive.mirror(api_of(zoom), failed="accept")
    return message


def test_an_accepted_event_no_longer_makes_the_archive_incomplete(
    archive: Archive, zoom: Sandbox
) -> None:
    message = receive_vanished(archive, zoom)
    report = archive.mirror(api_of(zoom))
    assert (report.complete, report.missing["events"]) == (False, 1)
    assert not archive.coverage().complete

    report = archive.mirror(api_of(zoom), failed="accept")
    assert (report.complete, report.missing["events"]) == (True, 0)
    assert archive.coverage().complete
    status = archive.event_status()
    assert (status.pending, status.failed) == (0, [])
    (accepted,) = status.accepted
    payload: Any = accepted.event["payload"]
    assert payload["object"]["message"] == "only here"
    assert "does not return" in str(accepted.reason)
    assert [one.kind for one in archive.audit_log()].count("events accepted") == 1

    requests = len(zoom.requests)
    archive.mirror(api_of(zoom))
    of_session = [one for one in zoom.requests[requests:] if message.session_id in one.path]
    assert len(of_session) == 1  # by the run itself: the event is not tried
    assert archive.event_status().accepted[0].attempts == accepted.attempts
    assert archive.verify().complete


def test_accepted_events_can_be_retried(archive: Archive, zoom: Sandbox) -> None:
    message = accept_vanished(archive, zoom)
    (accepted,) = archive.event_status().accepted
    assert not archive.mirror(api_of(zoom), failed="retry").complete
    (failed,) = archive.event_status().failed
    assert failed.attempts == accepted.attempts + 1
    assert archive.event_status().accepted == []
    assert archive.verify().complete
    zoom.add_message(message.session_id, message_id=message.message_id, at=message.at_ms / 1000)
    assert archive.mirror(api_of(zoom)).complete
    assert archive.event_status()[2:] == (0, [], [])
    assert archive.verify().complete


def test_an_accepted_event_whose_message_appears_after_all_is_archived(
    archive: Archive, zoom: Sandbox
) -> None:
    message = accept_vanished(archive, zoom)
    zoom.add_message(message.session_id, message_id=message.message_id, at=message.at_ms / 1000)
    archive.mirror(api_of(zoom))
    assert message.message_id in ids(archive)
    assert archive.event_status()[2:] == (0, [], [])
    assert archive.verify().complete


def test_only_events_that_failed_before_are_accepted(archive: Archive, zoom: Sandbox) -> None:
    receive_vanished(archive, zoom)
    assert not archive.mirror(api_of(zoom), failed="accept").complete
    assert len(archive.event_status().failed) == 1


@pytest.mark.parametrize("kind", ["number", "session_id", "message_id"])
def test_an_accepted_event_is_erased(archive: Archive, zoom: Sandbox, kind: str) -> None:
    message = accept_vanished(archive, zoom)
    number = message.sender.phone_number
    target = {"number": number, "session_id": message.session_id, "message_id": message.message_id}
    assert archive.propose_erasure(**{kind: target[kind]}).events == 1
    assert archive.erase(reason="Article 17", **{kind: target[kind]}).events == 1
    assert archive.event_status()[2:] == (0, [], [])
    assert b"only here" not in archive.path.read_bytes()
    assert archive.verify().problems == []


@pytest.mark.parametrize("held", ["number", "session_id", "user_id", "since", "other number"])
@pytest.mark.parametrize("is_known", [True, False])
def test_a_hold_protects_a_message_that_only_an_event_contains(
    archive: Archive, zoom: Sandbox, held: str, is_known: bool
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    other = Party("+13125550177")
    session_id = zoom.sessions()[0].session_id if is_known else zoom.add_session(others=[other])
    message = zoom.add_message(session_id, direction="Out", text="only here")
    sent: Any = json.loads(event_of(zoom, message).body)
    zoom.remove_message(message.message_id)
    content = sent["payload"]["object"]
    content["to_members"] = [{"phone_number": other.phone_number, "id": "their id"}]
    if not is_known:
        content["session_id"] = session_id = "unknown to Zoom"
    with archiving_events(archive, api_of(zoom)) as events:
        events.submit(parsed(json.dumps(sent))).result(10)
        wait_until(lambda: settled(archive))
    day = str(content["date_time"])[:10]
    selections: dict[str, dict[str, str]] = {
        "number": {"number": "+1 312 555 0177"},
        "session_id": {"session_id": session_id},
        "user_id": {"user_id": "their id"},
        "since": {"since": day, "until": day},
        "other number": {"number": str(message.sender.phone_number)},
    }
    selection: Any = selections[held]
    hold = archive.hold(reason="lawsuit", **selection)
    with pytest.raises(ArchiveHeldError, match="lawsuit"):
        archive.erase(reason="Article 17", message_id=message.message_id)
    assert len(archive.event_status().failed) == 1
    archive.release_hold(hold.hold, reason="settled")
    archive.hold(reason="before", until="2000-01-01")
    archive.hold(reason="another", session_id=zoom.sessions()[1].session_id)
    archive.erase(reason="Article 17", message_id=message.message_id)
    assert archive.event_status().failed == []


def test_a_hold_on_a_value_that_no_message_and_no_event_contains_is_rejected(
    archive: Archive, zoom: Sandbox
) -> None:
    accept_vanished(archive, zoom)
    for selection in ({"number": "+13125550199"}, {"session_id": "x"}, {"user_id": "x"}):
        with pytest.raises(UnknownValueError):
            archive.hold(reason="lawsuit", **selection)


_DECISION = "WHERE kind = 'events accepted'"


@pytest.mark.parametrize(
    ("statement", "is_accepted"),
    [
        ("UPDATE received_events SET state = 'pending'", True),
        (f"UPDATE account_records SET content = '{{\"events\":[]}}' {_DECISION}", False),
        (f"UPDATE account_records SET kind = 'events retried' {_DECISION}", False),
        (f"DELETE FROM account_records {_DECISION}", False),
    ],
)
def test_a_forged_decision_about_an_event_is_found(
    archive: Archive, zoom: Sandbox, statement: str, is_accepted: bool
) -> None:
    accept_vanished(archive, zoom)
    with contextlib.closing(sqlite3.connect(archive.path)) as connection, connection:
        connection.execute(statement)
    assert archive.verify().problems
    assert archive.coverage().complete is is_accepted


def test_an_acceptance_with_a_wrong_hash_is_ignored(archive: Archive, zoom: Sandbox) -> None:
    receive_vanished(archive, zoom)
    archive.mirror(api_of(zoom))
    (failed,) = archive.event_status().failed
    with contextlib.closing(sqlite3.connect(archive.path)) as connection, connection:
        connection.execute(
            "INSERT INTO account_records SELECT seq + 1, 'events accepted', at, ?, salt, NULL, hash"
            " FROM account_records ORDER BY seq DESC LIMIT 1",
            (f'{{"events":[{failed.account_seq}]}}',),
        )
    assert len(archive.event_status().failed) == 1
    assert archive.verify().problems


def failure_reason(event: ArchivedEvent) -> object:
    payload: Any = event.content["payload"]
    return payload["object"]["failure_reason"]


def test_messages_that_the_api_does_not_return_are_archived_from_events(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    plain = zoom.add_message(session_id, direction="Out")
    failed = zoom.add_message(session_id, direction="Out", delivery_status="failed_to_send")
    late = zoom.add_message(session_id, direction="Out")
    with archiving_events(archive, api_of(zoom)) as events:
        submitted = [event_of(zoom, plain), event_of(zoom, failed, failure_reason="no route")]
        submitted += [event_of(zoom, late, event="phone.sms_sent", failure_reason="too late")]
        opt_out = {"event": "phone.sms_campaign_number_opt_out", "payload": {"object": {"a": 1}}}
        submitted += [parsed(json.dumps(opt_out)), parsed(json.dumps(opt_out))]
        for event in submitted:
            events.submit(event).result(10)
        wait_until(lambda: settled(archive))
    *in_session, in_account = archive.events()
    reasons = {one.message_id: failure_reason(one) for one in in_session}
    assert reasons == {failed.message_id: "no route", late.message_id: "too late"}
    assert (in_account.session_id, in_account.content) == (None, opt_out)
    assert list(archive.events(session_id)) == in_session
    with archive.snapshot() as snapshot:
        kinds = {one.kind for one in read_log(snapshot._connection())}
    assert "event" in kinds
    assert archive.verify().problems == []


def test_events_about_two_messages_with_one_id_are_both_archived(
    archive: Archive, zoom: Sandbox
) -> None:
    session_id = zoom.sessions()[0].session_id
    extra = {"message_id": "same"}
    at = zoom.clock.time()
    sent = [
        zoom.add_message(session_id, direction="Out", text=text, extra=extra, at=at)
        for text in ("one", "other")
    ]
    with archiving_events(archive, api_of(zoom)) as events:
        for message in sent:
            failed = event_of(
                zoom, message, event="phone.sms_sent_failed", failure_reason=f"no {message.text}"
            )
            events.submit(failed).result(10)
        wait_until(lambda: settled(archive))
    assert [failure_reason(one) for one in archive.events()] == ["no one", "no other"]
    assert {m.text for m in archive.messages() if m.message_id == "same"} == {"one", "other"}


def test_events_wait_while_a_run_holds_the_lock(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    message = zoom.add_message(zoom.sessions()[0].session_id)
    with archiving_events(archive, api_of(zoom)) as events:
        with archive._store():
            events.submit(event_of(zoom, message)).result(10)
            assert archive.event_status().pending == 1
        wait_until(lambda: settled(archive))
    assert message.message_id in ids(archive)


def test_a_run_waits_for_the_listener_and_not_for_another_run(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    other = Archive(archive.path)
    with (
        archive._store(wait_for_listener=False),
        pytest.raises(ArchiveLockedError, match="Another process"),
    ):
        other.mirror(api_of(zoom))
    with locks.listening(archive.path):
        locked = locks.lock_writer(archive.path)
        release = threading.Timer(0.1, unlock_file, [locked])
        release.start()
        other.mirror(api_of(zoom))
        assert release.finished.is_set()
        with (
            pytest.raises(ArchiveLockedError, match="only one can do so"),
            locks.listening(archive.path),
        ):
            pass


def test_errors_of_zoom_are_waited_out(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    message = zoom.add_message(zoom.sessions()[0].session_id)
    api = api_of(zoom)
    fault = zoom.fault(status=500, operation="sms_session_details", times=1)
    with archiving_events(archive, api) as events:
        events.submit(event_of(zoom, message)).result(10)
        wait_until(lambda: settled(archive))
    assert fault.hits == 1
    assert message.message_id in ids(archive)


@pytest.mark.parametrize("session_id", ["", "..", "a\x00b", "\ud800", None, 5])
def test_an_event_with_a_hostile_session_id_fails_and_stops_nothing(
    archive: Archive, zoom: Sandbox, session_id: object
) -> None:
    message = zoom.add_message(zoom.sessions()[0].session_id)
    sound = event_of(zoom, message)
    raw: Any = json.loads(sound.body)
    raw["payload"]["object"] |= {"session_id": session_id, "message_id": "other"}
    with archiving_events(archive, api_of(zoom)) as events:
        events.submit(parsed(json.dumps(raw))).result(10)
        events.submit(sound).result(10)
        wait_until(lambda: settled(archive))
    assert message.message_id in ids(archive)
    assert archive.verify().problems == []


def test_an_event_that_cannot_be_stored_is_an_error(
    archive: Archive, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    event = event_of(zoom, zoom.add_message())

    def fail(*_: object) -> None:
        raise OSError("no disk")

    with EventQueue(archive.path).running() as events:
        with monkeypatch.context() as patch:
            patch.setattr("swagger_client.archive.event_queue._insert", fail)
            with pytest.raises(OSError, match="no disk"):
                events.submit(event).result(10)
        events.submit(event).result(10)
    assert archive.event_status().pending == 1


def test_silence_of_more_than_72_hours_is_noticed() -> None:
    now = datetime(2026, 7, 15, 12, tzinfo=timezone.utc)
    status = EventStatus("2026-07-10T00:00:00Z", "2026-07-12T13:00:00Z", 0, [])
    assert not status.may_be_off(now)
    assert status.may_be_off(now + timedelta(hours=2))
    assert not EventStatus(None, None, 0, []).may_be_off(now)


def test_a_validation_is_recorded(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    body = {"event": "endpoint.url_validation", "payload": {"plainToken": "t"}}
    with EventQueue(archive.path).running() as events:
        events.submit(parsed(json.dumps(body))).result(10)
    assert archive.event_status().validated_at is not None
    assert archive.event_status()[2:] == (0, [], [])


def test_events_of_another_account_are_not_archived(archive: Archive, zoom: Sandbox) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    with archive._store() as store, store.transaction():
        store.set_setting("account", "our account")
    opt_out = {"event": "phone.sms_campaign_number_opt_out", "payload": {"account_id": "theirs"}}
    ours = {**opt_out, "payload": {"account_id": "our account"}}
    with archiving_events(archive, api_of(zoom)) as events:
        for event in (opt_out, ours):
            events.submit(parsed(json.dumps(event))).result(10)
        wait_until(lambda: settled(archive))
    assert [one.content for one in archive.events()] == [ours]


def test_archived_events_are_forgotten_by_a_run_after_a_month(
    archive: Archive, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    with archiving_events(archive, api_of(zoom)) as events:
        events.submit(parsed('{"event": "phone.sms_campaign_number_opt_out"}')).result(10)
        wait_until(lambda: settled(archive))
    archive.mirror(api_of(zoom), since=SINCE)
    assert count_received(archive) == 1
    monkeypatch.setattr(event_worker, "_REMEMBERED", timedelta(days=-1))
    archive.mirror(api_of(zoom))
    assert count_received(archive) == 0
    assert len(list(archive.events())) == 1


def count_received(archive: Archive) -> int:
    with archive.snapshot() as snapshot:
        query = "SELECT count(*) FROM received_events"
        (count,) = snapshot._connection().execute(query).fetchone()
    return int(count)


def test_a_late_event_does_not_bring_back_an_erased_message(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    session_id = zoom.sessions()[0].session_id
    message = zoom.add_message(session_id, text="to be erased", direction="Out")
    archive.sync_session(api_of(zoom), session_id)
    archive.erase(reason="asked for", session_id=session_id, message_id=message.message_id)
    event = event_of(zoom, message, event="phone.sms_sent_failed")
    with archiving_events(archive, api_of(zoom)) as events:
        events.submit(event).result(10)
        wait_until(lambda: settled(archive))
    assert archive.event_status().failed == []
    assert message.message_id not in ids(archive)
    assert list(archive.events()) == []
    with contextlib.closing(sqlite3.connect(archive.path)) as connection:
        assert "to be erased" not in "\n".join(connection.iterdump())
    assert archive.verify().problems == []
