"""Signed events: sent for every change, retried like Zoom's, with faults if configured."""

from __future__ import annotations

import http.server
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
from support.sandbox_caller import NOW, Caller, frozen
from support.webhook_receiver import Receiver, receiving

from swagger_client.sandbox import Disorder, Owner, Party, Sandbox, SubscriptionError


@pytest.fixture
def receiver(zoom: Sandbox) -> Iterator[Receiver]:
    with receiving(zoom.webhook_secret) as receiver:
        yield receiver


def test_a_received_message_is_announced_with_its_ids(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url)
    message = zoom.add_message(text="Olá 👋", attachments=[zoom.attachment(b"1234")])
    subscription.wait()
    (event,) = receiver.events
    content = event["payload"]["object"]
    assert event["event"] == "phone.sms_received"
    assert event["event_ts"] == NOW.timestamp() * 1000
    assert event["payload"]["account_id"] == zoom.account_id
    assert (content["session_id"], content["message_id"]) == (
        message.session_id,
        message.message_id,
    )
    assert content["message"] == "Olá 👋"
    assert "direction" not in content
    assert "delivery_status" not in content
    assert content["attachments"][0]["type"] == "jpg"
    assert Caller(zoom).http.request("GET", content["attachments"][0]["download_url"]).data == (
        b"1234"
    )
    (delivery,) = subscription.deliveries
    assert (delivery.event, delivery.message_id) == ("phone.sms_received", message.message_id)
    assert (delivery.accepted, delivery.pending) == (True, False)


def test_ids_and_types_are_flat_in_events(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url)
    queue = next(one for one in zoom.extensions() if one.type == "callQueue")
    colleague = Party("+15550100", "Ann", Owner("colleague"))
    session_id = zoom.add_session(owner_id=queue.id, others=[colleague])
    zoom.add_message(session_id)
    zoom.add_message(session_id, direction="Out")
    subscription.wait()
    received, sent = sorted(
        (one["payload"]["object"] for one in receiver.events),
        key=lambda one: "failure_reason" in one,
    )
    assert received["sender"] == {
        "phone_number": "+15550100",
        "display_name": "Ann",
        "id": "colleague",
        "type": "user",
    }
    assert received["to_members"][0]["is_message_owner"] is True
    assert (received["owner"]["type"], received["owner"]["team_id"]) == ("callQueue", queue.id)
    assert sent["owner"] == {
        "type": "callQueue",
        "id": queue.id,
        "sms_sender_user_id": queue.members[0],
    }
    assert sent["failure_reason"] == ""


def test_failures_opt_ins_and_violations_are_announced(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url)
    message = zoom.add_message(direction="Out")
    zoom.set_delivery_status(message.message_id, "delivered")
    zoom.set_delivery_status(message.message_id, "failed_to_deliver", failure_reason="no route")
    zoom.add_message(direction="Out", delivery_status="failed_to_send")
    zoom.opt_out("+15550100", "+15550199")
    zoom.opt_in("+15550100", "+15550199")
    me = zoom.users()[0]
    zoom.violate_etiquette(me.id, "a bad word", policy_name="Words")
    zoom.violate_etiquette(me.id, "a bad word", block=False)
    subscription.wait()
    assert Counter(event["event"] for event in receiver.events) == {
        "phone.sms_sent": 1,
        "phone.sms_sent_failed": 2,
        "phone.sms_campaign_number_opt_out": 1,
        "phone.sms_campaign_number_opt_in": 1,
        "phone.sms_etiquette_block": 1,
        "phone.sms_etiquette_warn": 1,
    }
    contents = {event["event"]: event["payload"]["object"] for event in receiver.events}
    assert contents["phone.sms_campaign_number_opt_out"] == {
        "phone_number_campaign_opt_statuses": [
            {"consumer_phone_number": "+15550100", "zoom_phone_user_number": "+15550199"}
        ],
        "date_time": "2026-07-15T12:00:00Z",
    }
    assert contents["phone.sms_etiquette_block"]["email"] == me.email
    reasons = {
        event["payload"]["object"]["failure_reason"]
        for event in receiver.events
        if event["event"] == "phone.sms_sent_failed"
    }
    assert "no route" in reasons


def test_a_receiver_that_does_not_know_the_secret_is_not_subscribed(zoom: Sandbox) -> None:
    with receiving("another secret") as wrong, pytest.raises(SubscriptionError, match="401"):
        zoom.subscribe(wrong.url)
    with pytest.raises(SubscriptionError, match="does not respond"):
        zoom.subscribe(wrong.url)
    zoom.add_message()
    assert wrong.events == []


class Redirecting(http.server.BaseHTTPRequestHandler):
    """A server that redirects to the path with a final slash, like web frameworks."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(307)
        self.send_header("Location", "/zoom/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_redirect_of_a_receiver_is_named(zoom: Sandbox) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Redirecting) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/zoom"
        with pytest.raises(SubscriptionError) as caught:
            zoom.subscribe(url)
        server.shutdown()
        thread.join()
    assert str(caught.value).endswith(f"HTTP 307, b''; it redirects to {url}/; register that URL")


def test_a_subscription_can_be_limited_to_events(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url, events=["phone.sms_sent"])
    zoom.add_message()
    zoom.add_message(direction="Out")
    subscription.wait()
    assert [event["event"] for event in receiver.events] == ["phone.sms_sent"]
    with pytest.raises(ValueError, match="unknown event names"):
        zoom.subscribe(receiver.url, events=["phone.sms"])


def test_failures_are_retried_after_5_25_and_85_minutes(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url)
    receiver.respond = lambda event: 503
    zoom.add_message()
    subscription.wait()
    (delivery,) = subscription.deliveries
    for minutes, attempts in ((4, 1), (1, 2), (19, 2), (1, 3), (59, 3), (1, 4), (600, 4)):
        zoom.clock.advance(minutes * 60)
        subscription.wait()
        assert len(delivery.attempts) == attempts
    start = delivery.attempts[0].at
    assert [attempt.at - start for attempt in delivery.attempts] == [0, 300, 1500, 5100]
    assert (delivery.accepted, delivery.pending) == (False, False)


def test_a_retry_that_is_accepted_is_the_last(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url)
    statuses = iter([500, 200])
    receiver.respond = lambda event: next(statuses)
    zoom.add_message()
    subscription.wait()
    zoom.clock.advance(86_400)
    subscription.wait()
    assert [attempt.status for attempt in subscription.deliveries[0].attempts] == [500, 200]


@pytest.mark.parametrize("status", [301, 400, 401, 404, 410])
def test_other_statuses_are_final(zoom: Sandbox, receiver: Receiver, status: int) -> None:
    subscription = zoom.subscribe(receiver.url)
    receiver.respond = lambda event: status
    zoom.add_message()
    subscription.wait()
    zoom.clock.advance(86_400)
    subscription.wait()
    (delivery,) = subscription.deliveries
    assert [attempt.status for attempt in delivery.attempts] == [status]
    assert not delivery.pending


def test_a_receiver_that_is_down_is_tried_again(zoom: Sandbox) -> None:
    receiver = Receiver(zoom.webhook_secret)
    subscription = zoom.subscribe(receiver.url)
    receiver.stop()
    zoom.add_message()
    subscription.wait()
    (delivery,) = subscription.deliveries
    assert (delivery.attempts[0].status, delivery.pending) == (None, True)
    assert delivery.attempts[0].error


def test_events_can_be_duplicated_and_reordered(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url, disorder=Disorder(duplicate=1.0))
    zoom.add_message(text="twice")
    subscription.wait()
    assert receiver.texts() == ["twice", "twice"]
    subscription.disorder = Disorder(reorder=1.0)
    zoom.add_message(text="first")
    subscription.disorder = Disorder()
    zoom.add_message(text="second")
    subscription.wait()
    assert sorted(receiver.texts()[2:]) == ["first", "second"]
    order = [delivery.attempts[0].at for delivery in subscription.deliveries]
    assert len(order) == 4
    subscription.disorder = Disorder(reorder=1.0)
    zoom.add_message(text="the last one")
    subscription.wait()
    assert receiver.texts()[-1] == "the last one"


def test_events_can_be_delayed(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url, disorder=Disorder(delay=3600))
    zoom.add_message()
    subscription.wait()
    assert receiver.events == []
    zoom.clock.advance(3600)
    subscription.wait()
    assert len(receiver.events) == 1


def test_events_can_be_signed_wrongly(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url, disorder=Disorder(wrong_signature=1.0))
    zoom.add_message()
    subscription.wait()
    assert (receiver.events, receiver.forged) == ([], 1)
    assert subscription.deliveries[0].attempts[0].status == 401


def test_attempts_can_fail_before_and_after_the_receiver(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url, disorder=Disorder(fail=1.0))
    for _ in range(20):
        zoom.add_message()
    subscription.wait()
    assert 0 < len(receiver.events) < 20
    assert all(one.attempts[0].status is None for one in subscription.deliveries)
    subscription.disorder = Disorder()
    zoom.clock.advance(300)
    subscription.wait()
    assert all(one.accepted for one in subscription.deliveries)


def test_the_secret_can_be_rotated(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url)
    new = subscription.rotate_secret()
    assert new != zoom.webhook_secret
    zoom.add_message()
    subscription.wait()
    assert receiver.forged == 1
    receiver.secret = new
    subscription.validate()
    zoom.add_message()
    subscription.wait()
    assert len(receiver.events) == 1


def test_a_cancelled_subscription_gets_no_event(zoom: Sandbox, receiver: Receiver) -> None:
    subscription = zoom.subscribe(receiver.url)
    subscription.cancel()
    zoom.add_message()
    subscription.wait()
    assert receiver.events == []


def test_an_event_can_be_made_for_a_users_test(zoom: Sandbox, receiver: Receiver) -> None:
    message = zoom.add_message(text="posted by hand")
    assert zoom.signed_event(message).post(receiver.url) == (204, b"")
    assert receiver.texts() == ["posted by hand"]
    forged = zoom.signed_event(message, secret="another")
    assert forged.post(receiver.url)[0] == 401
    assert zoom.webhook_secret not in repr(forged)


def test_a_sandbox_that_is_started_again_goes_on_sending(receiver: Receiver) -> None:
    with frozen(seed=7) as zoom:
        receiver.secret = zoom.webhook_secret
        subscription = zoom.subscribe(receiver.url)
    zoom.add_message(text="while stopped")
    with zoom:
        subscription.wait()
    assert receiver.texts() == ["while stopped"]


def test_the_same_seed_has_the_same_secret() -> None:
    assert frozen(seed=1).webhook_secret == frozen(seed=1).webhook_secret
    assert frozen(seed=1).webhook_secret != frozen(seed=2).webhook_secret
