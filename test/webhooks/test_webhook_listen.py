"""`zoom-sms listen` archives every confirmed event, despite crashes and failures."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import urllib3
from support.waiting import wait_until

from swagger_client.archive.event_queue import EventQueue
from swagger_client.sandbox import Disorder, Sandbox, Subscription
from swagger_client.webhooks import Webhook
from webhooks.listener import Listener
from webhooks.recipes import ROOT
from webhooks.sample_events import body, event


@pytest.fixture
def zoom() -> Iterator[Sandbox]:
    with Sandbox(seed=7, sessions=30, messages=60, access_token_lifetime=1e9) as sandbox:
        yield sandbox
        assert sandbox.crashes == []


@pytest.fixture
def listener(zoom: Sandbox, tmp_path: Path) -> Iterator[Listener]:
    listener = Listener(zoom, tmp_path)
    listener.start()
    yield listener
    listener.close()


def archived(listener: Listener) -> set[str]:
    return {one.message_id for one in listener.archive.messages()}


def confirmed(subscription: Subscription) -> set[str]:
    """Return the messages whose events the receiver confirmed."""
    return {one.message_id for one in subscription.deliveries if one.accepted and one.message_id}


def test_messages_are_archived_as_they_are_sent(zoom: Sandbox, listener: Listener) -> None:
    subscription = zoom.subscribe(listener.url)
    messages = [zoom.add_message(text="a new conversation")]
    messages += [zoom.add_message(one.session_id) for one in zoom.sessions()[:5]]
    zoom.opt_out("+15550100", "+15550199")
    subscription.wait()
    assert all(one.accepted for one in subscription.deliveries)
    listener.wait_until_archived()
    assert {one.message_id for one in messages} <= archived(listener)
    status = json.loads(listener.run("status", "--json").stdout)["events"]
    assert status["received_at"] is not None
    assert status["validated_at"] is not None
    assert (status["pending"], status["failed"]) == (0, [])
    assert "last received" in listener.run("status").stdout
    assert listener.stop() == 0
    assert listener.archive.verify().problems == []
    output = listener.output.read_text()
    assert "Listening at http://127.0.0.1:" in output
    assert zoom.webhook_secret not in output
    assert "a new conversation" not in output


def test_only_signed_events_at_the_path_are_accepted(zoom: Sandbox, listener: Listener) -> None:
    http = urllib3.PoolManager(retries=False)
    content = body(event("phone.sms_sent"))
    forged = Webhook("another").sign(content)
    assert http.request("POST", listener.url, body=content, headers=forged).status == 401
    signed = Webhook(zoom.webhook_secret).sign(content)
    assert http.request("POST", f"{listener.url}x", body=content, headers=signed).status == 404
    assert listener.archive.event_status().received_at is None


def test_a_nightly_run_finds_the_archive_free(zoom: Sandbox, listener: Listener) -> None:
    subscription = zoom.subscribe(listener.url)
    for session in zoom.sessions()[:20]:
        zoom.add_message(session.session_id)
    run = listener.run("archive", "--from", "2020-01-01")
    assert run.returncode == 0, run.stdout + run.stderr
    subscription.wait()
    listener.wait_until_archived()
    assert archived(listener) == {one.message_id for one in zoom.messages()}


def send_through_kills(
    zoom: Sandbox, listener: Listener, *, messages: int, kills: int, seed: int
) -> Subscription:
    """Send messages with disorder while the receiver is killed; then let the retries run."""
    rng = Random(seed)
    disorder = Disorder(duplicate=0.05, reorder=0.05, fail=0.03)
    subscription = zoom.subscribe(listener.url, disorder=disorder)
    sessions = [one.session_id for one in zoom.sessions()]
    killed_at = set(rng.sample(range(messages // 10, messages), kills))
    for number in range(messages):
        session_id = None if rng.random() < 0.02 else rng.choice(sessions)
        zoom.add_message(session_id, text=f"message {number}")
        if number in killed_at:
            wait_for_another(subscription)
            listener.kill()
            listener.start()
    for _ in range(18):  # 90 minutes, in which Zoom makes its four attempts
        subscription.wait(120)
        zoom.clock.advance(300)
    subscription.wait(120)
    return subscription


def wait_for_another(subscription: Subscription) -> None:
    """Wait until the receiver has confirmed one more event, if there is one."""
    before = len(confirmed(subscription))
    wait_until(lambda: len(confirmed(subscription)) > before or not pending(subscription), 30)


def pending(subscription: Subscription) -> int:
    return sum(one.pending for one in subscription.deliveries)


def check_nothing_is_lost(zoom: Sandbox, listener: Listener, subscription: Subscription) -> None:
    listener.wait_until_archived(300)
    assert confirmed(subscription) <= archived(listener)
    assert listener.archive.event_status().failed == []
    assert listener.stop() == 0
    assert listener.archive.verify().problems == []


def test_every_confirmed_event_is_archived_after_a_kill_of_the_receiver(
    zoom: Sandbox, listener: Listener
) -> None:
    subscription = send_through_kills(zoom, listener, messages=150, kills=1, seed=1)
    assert len(confirmed(subscription)) >= 148
    check_nothing_is_lost(zoom, listener, subscription)


@pytest.mark.extended
def test_5000_messages_and_10_kills(zoom: Sandbox, listener: Listener) -> None:
    subscription = send_through_kills(zoom, listener, messages=5000, kills=10, seed=2)
    deliveries = subscription.deliveries
    print(len(deliveries), "deliveries,", sum(len(one.attempts) for one in deliveries), "attempts")
    print(len(confirmed(subscription)), "messages confirmed")
    assert len(confirmed(subscription)) >= 4990
    check_nothing_is_lost(zoom, listener, subscription)
    run = listener.run("archive", "--from", "2020-01-01")
    assert run.returncode == 0, run.stdout + run.stderr
    assert archived(listener) == {one.message_id for one in zoom.messages()}


@pytest.mark.parametrize(
    ("environment", "arguments", "condition"),
    [
        ({"ZOOM_WEBHOOK_SECRET": ""}, [], "no-webhook-secret"),
        ({}, ["--bind", "127.0.0.1:{port}"], "address-unusable"),
    ],
)
def test_the_reason_why_listening_fails_is_printed(
    zoom: Sandbox,
    listener: Listener,
    environment: dict[str, str],
    arguments: list[str],
    condition: str,
) -> None:
    listener._environment |= environment
    given = [one.format(port=listener.port) for one in arguments]
    done = listener.run("listen", "--json", *given)
    assert done.returncode == 2
    assert condition in done.stdout + done.stderr


def test_a_second_listener_gets_an_error_that_names_the_first(
    zoom: Sandbox, listener: Listener
) -> None:
    done = listener.run("listen", "--bind", "127.0.0.1:0")
    assert done.returncode == 75
    assert "only one can do so" in done.stdout + done.stderr


def test_a_missing_server_is_named_with_its_extra(
    zoom: Sandbox, listener: Listener, tmp_path: Path
) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ImportError")
    listener._environment["PYTHONPATH"] = f"{tmp_path}{os.pathsep}{ROOT}"
    done = listener.run("listen", "--bind", "127.0.0.1:0")
    assert done.returncode == 2
    assert "with the extra `web`" in done.stdout + done.stderr


def findings(listener: Listener) -> dict[str, object]:
    checks = json.loads(listener.run("doctor", "--json").stdout)["checks"]
    return {one["check"]: one for one in checks}


def test_doctor_reports_the_last_event_and_a_subscription_that_may_be_off(
    zoom: Sandbox, listener: Listener
) -> None:
    assert "webhook events" not in findings(listener)
    zoom.subscribe(listener.url)
    found: Any = findings(listener)["webhook events"]
    assert found["ok"]
    assert "last received never" in found["found"]
    with contextlib.closing(sqlite3.connect(listener.database)) as connection, connection:
        connection.execute(
            "UPDATE account_records SET at = '2026-01-01T00:00:00Z' "
            "WHERE kind = 'webhook validated'"
        )
    found = findings(listener)["webhook events"]
    assert not found["ok"]
    assert found["problem"]["condition"] == "subscription-off"


def test_an_event_that_failed_makes_the_status_incomplete(
    zoom: Sandbox, listener: Listener
) -> None:
    assert listener.run("archive", "--from", "2020-01-01").returncode == 0
    sent = json.loads(zoom.signed_event(zoom.add_message()).body)
    webhook = Webhook(zoom.webhook_secret)
    with EventQueue(listener.database).running() as events:
        for message_id in ("never seen", "never seen either"):
            sent["payload"]["object"]["message_id"] = message_id
            events.submit(webhook.parse(json.dumps(sent))).result(10)
    assert listener.stop() == 0
    assert listener.run("archive").returncode == 3
    done = listener.run("status", "--json")
    assert done.returncode == 3
    failed, _ = json.loads(done.stdout)["events"]["failed"]
    assert "does not return" in failed["reason"]
    assert f"{failed['session_id']}, 2 events: Zoom does not" in listener.run("status").stdout
    assert "events-failed" in done.stdout


def test_a_failed_event_can_be_accepted_and_its_text_stays_readable(
    zoom: Sandbox, listener: Listener
) -> None:
    assert listener.run("archive", "--from", "2020-01-01").returncode == 0
    known, new = zoom.sessions()[0].session_id, "nosuchconversation"
    webhook = Webhook(zoom.webhook_secret)
    with EventQueue(listener.database).running() as events:
        for session_id in (known, new):
            message = zoom.add_message(known, text=f"only here {session_id}")
            sent = json.loads(zoom.signed_event(message).body)
            zoom.remove_message(message.message_id)
            sent["payload"]["object"]["session_id"] = session_id
            events.submit(webhook.parse(json.dumps(sent))).result(10)
    assert listener.stop() == 0
    assert listener.run("archive").returncode == 3
    for session_id in (known, new):
        shown = listener.run("show", session_id)
        assert shown.returncode == 3
        assert f"> only here {session_id}" in shown.stdout

    assert listener.run("archive", "--accept", "failed").returncode == 0
    done = listener.run("status", "--json")
    assert done.returncode == 0
    status = json.loads(done.stdout)["events"]
    assert (status["failed"], len(status["accepted"])) == ([], 2)
    assert "Zoom does not" in status["accepted"][0]["reason"]
    done = listener.run("status")
    assert f"{new}, 1 event, accepted: Zoom does not" in done.stdout
    assert ", complete" in done.stdout
    assert listener.run("verify").returncode == 0

    shown = listener.run("show", new, "--json")
    assert shown.returncode == 0
    row = json.loads(shown.stdout.splitlines()[0])
    assert row["text"] == f"only here {new}"
    assert row["webhook_event"]["state"] == "accepted"
    for command in (["search", "--limit", "99", "--has-files"], ["export", "--output", "-"]):
        done = listener.run(*command)
        assert done.returncode == 0
        assert "Not included: 2 messages" in done.stderr
        assert ("Not checked for them: --has-files." in done.stderr) == ("--has-files" in command)
    assert "Also: 1 webhook event, not archived." in listener.run("erase", "--session", new).stdout
    people = [one.participants[1].phone_number for one in zoom.sessions()]
    other = next(one for one in people if one and one != people[0])
    for name, value, count in (
        ("--session", known, 1),
        ("--number", str(people[0]), 2),
        ("--number", str(other), 0),
        ("--from", "2020-01-01", 2),
        ("--to", "2024-12-31", 0),
    ):
        done = listener.run("search", name, value)
        assert (f"Not included: {count} message" in done.stderr) is (count > 0), name
    assert listener.run("archive", "--retry", "failed").returncode == 3
