"""The generated account: reproducible, varied, of the requested size, and changeable."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from support.sandbox_caller import NOW, frozen

from swagger_client.sandbox import Clock, Sandbox

ROOMY = {"users": 10, "sessions": 60, "messages": 4000, "years": 2.0}


def everything(zoom: Sandbox) -> str:
    return repr((zoom.account_id, zoom.extensions(), zoom.sessions(), zoom.messages()))


def test_the_same_seed_gives_the_same_account() -> None:
    assert everything(frozen(seed=3)) == everything(frozen(seed=3))
    assert everything(frozen(seed=3)) != everything(frozen(seed=4))


def test_a_later_start_changes_only_the_timestamps() -> None:
    later = Sandbox(seed=3, clock=Clock(frozen=True, start=NOW + timedelta(hours=1)))
    here = {m.message_id: m for m in frozen(seed=3).messages()}
    moved = [(m.at_ms - here[m.message_id].at_ms, m.text) for m in later.messages()]
    texts = [here[m.message_id].text for m in later.messages()]
    assert [text for _, text in moved] == texts
    # Messages on the edge of a day stay on it.
    assert Counter(shift for shift, _ in moved).most_common(1)[0][0] == 3_600_000


def test_the_account_has_the_requested_size() -> None:
    zoom = frozen(users=4, queues=1, receptionists=2, sessions=30, messages=500, years=3.0)
    assert len(zoom.sessions()) == 30
    assert len(zoom.messages()) == 500
    kinds = Counter(extension.type for extension in zoom.extensions())
    assert kinds == {
        "user": 4,
        "callQueue": 1,
        "autoReceptionist": 2,
        "sharedLineGroup": 1,
        "serviceEndpoint": 1,
    }
    oldest = NOW.timestamp() * 1000 - zoom.messages()[0].at_ms
    assert 2 * 365 * 86_400_000 < oldest <= 3 * 366 * 86_400_000


@pytest.mark.parametrize("size", [{"users": 0}, {"sessions": -1}, {"years": 0.0}])
def test_an_impossible_size_is_rejected(size: dict[str, int]) -> None:
    (name,) = size
    with pytest.raises(ValueError, match=name):
        Sandbox(**size)  # type: ignore[arg-type]


def test_an_account_can_be_empty() -> None:
    with frozen(sessions=0, messages=0) as zoom:
        assert zoom.sessions() == []
        assert zoom.messages() == []


def test_every_kind_of_conversation_message_and_file_occurs() -> None:
    zoom = frozen(**ROOMY)
    messages = zoom.messages()
    assert {m.message_type for m in messages} == {1, 2, 3, 4, 5, 6}
    assert {m.direction for m in messages} == {"In", "Out"}
    assert {m.delivery_status for m in messages} == {
        "received",
        "delivered",
        "sent",
        "failed_to_send",
        "failed_to_deliver",
        "unknown",
    }
    files = {file.type for m in messages for file in m.attachments}
    assert files == {"PNG", "GIF", "JPG", "JPG/JPEG", "AUDIO", "VIDEO", "OTHER"}
    assert {s.session_type for s in zoom.sessions()} == {
        "user",
        "call_queue",
        "auto_receptionist",
        "service_endpoint",
    }


def test_texts_are_varied() -> None:
    texts = [m.text or "" for m in frozen(**ROOMY).messages()]
    assert "" in texts
    assert any(len(text) > 800 for text in texts)
    assert any("👍" in text for text in texts)
    assert any("شكرا" in text for text in texts)
    assert any("\n" in text for text in texts)


def test_some_names_and_numbers_are_null_or_missing() -> None:
    others = [p for s in frozen(**ROOMY).sessions() for p in s.participants if not p.owner]
    assert any(p.display_name is None for p in others)
    assert any("display_name" in p.missing for p in others)
    assert any(p.phone_number is None or "phone_number" in p.missing for p in others)
    assert {(p.phone_number or "x").startswith("+") for p in others} == {True, False}


def test_some_messages_share_a_millisecond_and_some_are_at_midnight() -> None:
    messages = frozen(**ROOMY).messages()
    times = Counter((m.session_id, m.at_ms) for m in messages)
    assert max(times.values()) > 1
    assert any(m.at_ms % 86_400_000 == 0 for m in messages)


def test_the_first_user_has_recent_conversations() -> None:
    zoom = frozen()
    me = zoom.users()[0]
    month_ago = (NOW - timedelta(days=30)).timestamp() * 1000
    mine = [s for s in zoom.sessions() if s.participants[0].owner and s.last_access_ms > month_ago]
    assert any(s.participants[0].owner.id == me.id for s in mine if s.participants[0].owner)
    assert me.status is None


def test_the_first_users_newest_message_has_a_file_to_download() -> None:
    for seed in range(5):
        zoom = frozen(seed=seed)
        me = zoom.users()[0].id
        mine = [
            s
            for s in zoom.sessions()
            if s.participants[0].owner and s.participants[0].owner.id == me
        ]
        assert any(zoom.messages(s.session_id)[-1].attachments for s in mine)


def test_an_added_message_is_sorted_by_time() -> None:
    zoom = frozen()
    session = zoom.sessions()[-1]
    late = zoom.add_message(session.session_id, text="late", direction="Out")
    early = zoom.add_message(session.session_id, text="early", at=NOW - timedelta(days=4000))
    held = zoom.messages(session.session_id)
    assert held[0] == early
    assert held[-1] == late
    assert zoom.sessions()[0].session_id == session.session_id
    assert late.date_time == "2026-07-15T12:00:00Z"


def test_a_message_without_a_session_starts_one_of_the_first_user() -> None:
    zoom = frozen()
    message = zoom.add_message(text="Hello?")
    owner = zoom.sessions()[0].participants[0].owner
    assert zoom.sessions()[0].session_id == message.session_id
    assert owner
    assert owner.id == zoom.users()[0].id


def test_a_received_message_is_unread_until_marked_as_read() -> None:
    zoom = frozen()
    session_id = zoom.add_session()
    zoom.add_message(session_id)
    zoom.add_message(session_id, direction="Out")
    assert zoom.sessions()[0].unread_message_count == 1
    zoom.mark_read(session_id)
    assert zoom.sessions()[0].unread_message_count == 0


def test_messages_can_be_changed_and_removed() -> None:
    zoom = frozen()
    message = zoom.messages()[0]
    zoom.set_delivery_status(message.message_id, "failed_to_deliver")
    assert zoom.message(message.message_id).delivery_status == "failed_to_deliver"
    zoom.remove_message(message.message_id)
    assert message.message_id not in {m.message_id for m in zoom.messages()}
    with pytest.raises(KeyError):
        zoom.message(message.message_id)


def test_ids_are_unique() -> None:
    zoom = frozen()
    session_id = zoom.add_session(session_id="known")
    zoom.add_message(session_id, message_id="mine")
    with pytest.raises(ValueError, match="already"):
        zoom.add_message(session_id, message_id="mine")
    with pytest.raises(ValueError, match="already"):
        zoom.add_session(session_id="known")
    with pytest.raises(KeyError):
        zoom.add_message("unknown")


def test_a_frozen_clock_only_moves_when_advanced() -> None:
    clock = Clock(frozen=True, start=NOW)
    assert clock.now() == NOW
    clock.advance(90.5)
    assert clock.time() == NOW.timestamp() + 90.5
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)


def test_a_clock_runs_from_its_start_time() -> None:
    clock = Clock(start=NOW)
    first, second = clock.time(), clock.time()
    assert NOW.timestamp() <= first <= second < NOW.timestamp() + 60
    clock.advance(3600)
    assert clock.time() >= first + 3600


def test_a_start_without_a_time_zone_is_rejected() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock(start=datetime(2026, 1, 1))
    assert Clock(frozen=True, start=0).now() == datetime(1970, 1, 1, tzinfo=timezone.utc)


def test_users_omits_deleted_users_by_default() -> None:
    zoom = frozen(users=6)
    everyone = zoom.users(deleted=True)
    assert [user.status for user in everyone].count("deleted") == 1
    assert zoom.users() == [user for user in everyone if user.status != "deleted"]
    zoom.delete_user(zoom.users()[1].id)
    assert len(zoom.users()) == 4
