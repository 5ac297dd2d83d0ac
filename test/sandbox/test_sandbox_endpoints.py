"""The six endpoints: fields, filters, users, and every documented error."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support.documented import closed, places, places_in
from support.sandbox_caller import NOW, Caller, frozen

from swagger_client.sandbox import Owner, Party, Sandbox


@pytest.mark.parametrize("seed", range(4))
def test_every_response_has_the_documented_fields_and_types(seed: int) -> None:
    seen: dict[str, set[str]] = {}

    def check(operation_id: str, response: Any) -> None:
        closed(operation_id).validate(response)
        seen.setdefault(operation_id, set()).update(places_in(response))

    with frozen(seed=seed, users=6, sessions=24, messages=700, years=0.2) as zoom:
        caller = Caller(zoom)
        account = caller.json("/phone/sms/sessions", session_type="all", page_size=100)
        check("accountSmsSession", account)
        for user in zoom.users():
            path = f"/phone/users/{user.id}/sms/sessions"
            check("userSmsSession", caller.json(path, session_type="all"))
            check("GetSmsSessions", caller.json(f"{path}/sync", sync_type="FSync"))
        for session in zoom.sessions():
            path = f"/phone/sms/sessions/{session.session_id}"
            check("smsSessionDetails", caller.json(path, page_size=100))
            check("smsSessionSync", caller.json(f"{path}/sync", count=250))
            for stored in zoom.messages(session.session_id)[:40]:
                message = caller.json(f"{path}/messages/{stored.message_id}")
                check("smsByMessageId", message)
    never_sent = {name: places(name) - found for name, found in seen.items()}
    assert not any(never_sent.values()), never_sent
    assert len(seen) == 6


def test_a_message_is_returned_as_stored(zoom: Sandbox, caller: Caller) -> None:
    session_id = zoom.add_session(others=[Party("+15550100", "Ann", Owner("q1", "callQueue"))])
    held = zoom.add_message(session_id, text="Olá 👋", attachments=[zoom.attachment(b"1234")])
    message = caller.json(f"/phone/sms/sessions/{session_id}/messages/{held.message_id}")
    file = message["attachments"][0]
    assert message["message"] == "Olá 👋"
    assert message["date_time"] == "2026-07-15T12:00:00Z"
    assert message["direction"] == "In"
    assert message["message_type"] == 2
    assert message["sender"] == {
        "phone_number": "+15550100",
        "display_name": "Ann",
        "owner": {"id": "q1", "type": "callQueue"},
    }
    assert message["to_members"][0]["owner"]["id"] == zoom.users()[0].id
    assert (file["name"], file["type"], file["size"]) == ("photo.jpg", "JPG", 4)


def test_a_text_has_no_attachments_field(zoom: Sandbox, caller: Caller) -> None:
    held = zoom.add_message()
    message = caller.json(f"/phone/sms/sessions/{held.session_id}/messages/{held.message_id}")
    assert "attachments" not in message


def test_unknown_fields_and_values_can_be_sent(zoom: Sandbox, caller: Caller) -> None:
    extra = {"reaction": {"emoji": "🎉"}, "message": None}
    held = zoom.add_message(message_type=77, delivery_status="read", extra=extra)
    message = caller.json(f"/phone/sms/sessions/{held.session_id}")["sms_histories"][0]
    assert (message["message_type"], message["delivery_status"]) == (77, "read")
    assert (message["reaction"], message["message"]) == ({"emoji": "🎉"}, None)


def test_the_latest_message_names_its_files_without_links(zoom: Sandbox, caller: Caller) -> None:
    zoom.add_message(attachments=[zoom.attachment(b"1234")])
    page = caller.json("/phone/users/me/sms/sessions/sync", sync_type="FSync", count=1)
    (file,) = page["sms_sessions"][0]["latest_message"]["attachments"]
    assert set(file) == {"id", "type"}
    assert file["type"] == "JPG/JPEG"


def test_only_the_account_list_shows_deleted_and_inactive_people(
    zoom: Sandbox, caller: Caller
) -> None:
    gone, idle = zoom.add_user(name="Gone"), zoom.add_user(name="Idle")
    friends = [Party(other.phone_number, other.name, Owner(other.id)) for other in (gone, idle)]
    session_id = zoom.add_session(others=friends)
    zoom.add_message(session_id)
    zoom.delete_user(gone.id, at=NOW)
    zoom.deactivate_user(idle.id)
    people = caller.json("/phone/sms/sessions", page_size=1)["sms_sessions"][0]["participants"]
    assert [p.get("extension_status") for p in people] == [None, "deleted", "inactive"]
    assert [p.get("extension_deleted_time") for p in people] == [None, "2026-07-15T12:00:00Z", None]
    mine = caller.json("/phone/users/me/sms/sessions", page_size=1)["sms_sessions"][0]
    assert all("extension_status" not in p for p in mine["participants"])


def kinds(sessions: list[Any]) -> set[str]:
    return {s["session_type"] for s in sessions}


def test_the_default_session_type_is_user(zoom: Sandbox, caller: Caller) -> None:
    for path in ("/phone/sms/sessions", "/phone/users/me/sms/sessions"):
        assert kinds(caller.all(path, "sms_sessions")) == {"user"}
    page = caller.json("/phone/users/me/sms/sessions/sync", sync_type="FSync")
    assert kinds(page["sms_sessions"]) == {"user"}


@pytest.mark.parametrize(
    "kind", ["user", "call_queue", "auto_receptionist", "service_endpoint", "all"]
)
def test_the_account_list_filters_by_session_type(zoom: Sandbox, kind: str) -> None:
    caller = Caller(zoom)
    month_ago = (NOW - timedelta(days=30)).timestamp() * 1000
    held = {
        s.session_id
        for s in zoom.sessions()
        if kind in ("all", s.session_type) and s.last_access_ms >= month_ago
    }
    page = caller.all("/phone/sms/sessions", "sms_sessions", session_type=kind)
    assert {s["session_id"] for s in page} == held


def test_a_conversation_between_two_users_is_on_both_lists(zoom: Sandbox, caller: Caller) -> None:
    friend = zoom.add_user(name="Friend", email="friend@example.com")
    session_id = zoom.add_session(others=[friend.party])
    for name in ("me", "friend%40example.com"):
        page = caller.all(f"/phone/users/{name}/sms/sessions", "sms_sessions")
        assert session_id in {s["session_id"] for s in page}


def test_a_member_of_a_queue_sees_its_conversations(zoom: Sandbox, caller: Caller) -> None:
    queue = next(x for x in zoom.extensions() if x.type == "callQueue")
    session_id = zoom.add_session(owner_id=queue.id)
    zoom.add_message(session_id)
    assert zoom.users()[0].id in queue.members
    page = caller.all("/phone/users/me/sms/sessions", "sms_sessions", session_type="call_queue")
    assert session_id in {s["session_id"] for s in page}
    outsider = zoom.add_user(name="New")
    page = caller.all(
        f"/phone/users/{outsider.id}/sms/sessions", "sms_sessions", session_type="all"
    )
    assert page == []


@pytest.mark.parametrize(
    ("filter_type", "expected"),
    [
        ("last_message_time", {"now"}),
        ("sent_message_time", {"now", "sent"}),
        ("received_message_time", {"received"}),
        ("sent_received_message_time", {"now", "sent", "received"}),
    ],
)
def test_filter_types_select_by_direction(filter_type: str, expected: set[str]) -> None:
    with frozen(sessions=0, messages=0) as zoom:
        inside, after = NOW - timedelta(days=10), NOW
        for name, times in {
            "now": [(inside, "Out")],
            "sent": [(inside, "Out"), (after, "In")],
            "received": [(inside, "In"), (after, "Out")],
            "neither": [(NOW - timedelta(days=20), "In"), (after, "Out")],
        }.items():
            zoom.add_session(session_id=name, at=NOW - timedelta(days=40))
            for when, direction in times:
                zoom.add_message(name, at=when, direction=direction)
        query = {
            "filter_type": filter_type,
            "from_": "2026-07-04T00:00:00Z",
            "to": "2026-07-06T00:00:00Z",
        }
        for path in ("/phone/sms/sessions", "/phone/users/me/sms/sessions"):
            page = Caller(zoom).all(path, "sms_sessions", **query)
            assert {s["session_id"] for s in page} == expected


@pytest.mark.parametrize("number", ["15550100", "+15550100", "+1 555-0100"])
@pytest.mark.parametrize("held", ["15550100", "+15550100"])
def test_a_phone_number_is_found_with_and_without_its_plus(
    zoom: Sandbox, number: str, held: str
) -> None:
    session_id = zoom.add_session(others=[Party(held), Party(None)])
    page = Caller(zoom).all("/phone/sms/sessions", "sms_sessions", phone_number=number)
    assert [s["session_id"] for s in page] == [session_id]


def test_details_filter_by_delivery_status(zoom: Sandbox, caller: Caller) -> None:
    session_id = zoom.add_session()
    messages = [zoom.add_message(session_id, direction="Out") for _ in range(5)]
    failed = [m.message_id for m in messages[::2]]
    for message_id in failed:
        zoom.set_delivery_status(message_id, "failed_to_send")
    path, query = f"/phone/sms/sessions/{session_id}", {"delivery_status": "failed_to_send"}
    page = caller.all(path, "sms_histories", page_size=1, **query)
    assert {m["message_id"] for m in page} == set(failed)
    assert len(caller.all(path, "sms_histories", delivery_status="all")) == 5


def test_users_are_found_by_id_email_and_me(zoom: Sandbox, caller: Caller) -> None:
    me = zoom.users()[0]
    responses = [
        caller.json(f"/phone/users/{name}/sms/sessions")
        for name in ("me", me.id, str(me.email), str(me.email).upper().replace("@", "%40"))
    ]
    assert responses == [responses[0]] * 4
    other = zoom.issue_token(user_id=zoom.users()[1].id)
    page = caller.get("/phone/users/me/sms/sessions", token=other).json()
    by_id = caller.json(f"/phone/users/{zoom.users()[1].id}/sms/sessions")
    assert page == by_id != responses[0]


@pytest.mark.parametrize("suffix", ["", "/sync"])
def test_unknown_and_deleted_users_are_rejected(zoom: Sandbox, caller: Caller, suffix: str) -> None:
    gone = next(user for user in zoom.users(deleted=True) if user.status == "deleted")
    for name in ("nobody", "nobody@example.com", gone.id):
        path = f"/phone/users/{name}/sms/sessions{suffix}"
        assert caller.error(path, sync_type="FSync") == (404, 1001)
    for name in ("a%20b", "x%2Fy", "@", "%00", "a" * 100):
        response = caller.get(f"/phone/users/{name}/sms/sessions{suffix}", sync_type="FSync")
        assert (response.status, response.json()["code"]) == (400, 300)
        assert "user id" in response.json()["message"]


def test_unknown_sessions_and_messages_are_rejected(zoom: Sandbox, caller: Caller) -> None:
    here, there = zoom.messages(zoom.sessions()[0].session_id)[0], zoom.add_message()
    assert caller.error("/phone/sms/sessions/none") == (404, 7013)
    assert caller.error("/phone/sms/sessions/none/sync") == (404, 12004)
    by_id = "/phone/sms/sessions/{}/messages/{}"
    assert caller.error(by_id.format("none", here.message_id)) == (404, 2001)
    assert caller.error(by_id.format(here.session_id, "none")) == (404, 2001)
    assert caller.error(by_id.format(there.session_id, here.message_id)) == (400, 1004)


LISTS = ("/phone/sms/sessions", "/phone/users/me/sms/sessions", "/phone/sms/sessions/{id}")
SYNCS = ("/phone/users/me/sms/sessions/sync", "/phone/sms/sessions/{id}/sync")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("size", ["0", "101", "-1", "ten", "", "1.5", "1e1", "١", "9" * 30])
def test_page_sizes_outside_1_to_100_are_rejected(caller: Caller, path: str, size: str) -> None:
    path = path.format(id=caller.zoom.sessions()[0].session_id)
    assert caller.error(path, page_size=size) == (400, 300)


@pytest.mark.parametrize("path", SYNCS)
@pytest.mark.parametrize("count", ["0", "251", "-1", "x"])
def test_counts_outside_1_to_250_are_rejected(caller: Caller, path: str, count: str) -> None:
    path = path.format(id=caller.zoom.sessions()[0].session_id)
    assert caller.error(path, sync_type="FSync", count=count) == (400, 300)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("span", "code"),
    [
        ({"from_": "2026-07-01"}, 400),
        ({"from_": "2026-07-02", "to": "2026-07-01"}, 300),
        ({"from_": "2026-07-01", "to": "2026-07-02T00:00:00Z"}, 300),
        ({"from_": "2026-07-01T00:00:00+00:00", "to": "2026-07-02T00:00:00+00:00"}, 300),
        ({"from_": "2026-07-01T00:00:00", "to": "2026-07-02T00:00:00"}, 300),
        ({"from_": "2026-07-01T00:00:00.000Z", "to": "2026-07-02T00:00:00.000Z"}, 300),
        ({"from_": "2026-7-1", "to": "2026-7-2"}, 300),
        ({"from_": "2026-02-30", "to": "2026-03-01"}, 300),
        ({"from_": "", "to": ""}, 300),
        ({"to": "tomorrow"}, 300),
    ],
)
def test_undocumented_forms_of_spans_are_rejected(
    caller: Caller, path: str, span: dict[str, str], code: int
) -> None:
    path = path.format(id=caller.zoom.sessions()[0].session_id)
    assert caller.error(path, **span) == (400, code)


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_spans_at_the_ends_of_the_calendar_are_empty(caller: Caller, year: str) -> None:
    for span in ({"from_": f"{year}-12-01", "to": f"{year}-12-31"}, {"to": f"{year}-01-01"}):
        assert caller.json("/phone/sms/sessions", **span)["sms_sessions"] == []


def test_unknown_enum_values_are_rejected(caller: Caller) -> None:
    session = f"/phone/sms/sessions/{caller.zoom.sessions()[0].session_id}"
    mine = "/phone/users/me/sms/sessions"
    for path in ("/phone/sms/sessions", mine):
        assert caller.error(path, session_type="callQueue") == (400, 400)
        assert caller.error(path, filter_type="any") == (400, 300)
    for path in (mine, f"{mine}/sync"):
        query = {"session_type": "service_endpoint", "sync_type": "FSync"}
        assert caller.error(path, **query) == (400, 400)
    assert caller.error(session, delivery_status="lost") == (400, 300)
    assert caller.error(session, sort=3) == (400, 300)
    assert caller.error(f"{session}/sync", sync_type="fsync") == (400, 300)
    assert caller.error(f"{mine}/sync") == (400, 300)


def test_an_invalid_parameter_is_named_in_the_error(caller: Caller) -> None:
    body = caller.get("/phone/sms/sessions", page_size=0).json()
    assert [error["field"] for error in body["errors"]] == ["page_size"]


def test_a_parameter_sent_twice_is_rejected(caller: Caller) -> None:
    assert caller.error("/phone/sms/sessions?page_size=1&page_size=2") == (400, 300)


def test_unknown_parameters_are_ignored(caller: Caller) -> None:
    caller.json("/phone/sms/sessions", colour="blue")


def test_without_zoom_phone_every_operation_is_forbidden(zoom: Sandbox, caller: Caller) -> None:
    zoom.phone_enabled = False
    response = caller.get("/phone/sms/sessions")
    assert response.status == 403
    assert "not enabled" in response.json()["message"]
    zoom.phone_enabled = True
    caller.json("/phone/sms/sessions")
