"""Synchronizing: everything first, then only new records, and a token that can be stored."""

from __future__ import annotations

from typing import Any

import pytest
from support.faces import Faces
from support.history_reader import Reader, account

from swagger_client.exceptions import (
    BadRequestException,
    DecodeException,
    NotFoundException,
    PageTokenException,
)
from swagger_client.sandbox import Sandbox


def longest(zoom: Sandbox) -> str:
    return max(zoom.sessions(), key=lambda session: session.message_count).session_id


def newest_first(zoom: Sandbox, session: str) -> list[str]:
    return [message.message_id for message in reversed(zoom.messages(session))]


class Synced:
    """A synchronization and its records."""

    def __init__(self, face: Reader, method: str, *args: object, **options: object) -> None:
        self.iterator: Any = getattr(face.face.api, method)(*args, **options)
        self.found = list(face.each(self.iterator))
        self.ids = [getattr(one, "message_id", None) or one.session_id for one in self.found]
        self.token = self.iterator.sync_token
        self.resynced = self.iterator.resynced


@pytest.mark.parametrize("count", [1, 7, None])
def test_the_first_sync_returns_all_records_and_later_ones_only_new_records(
    face: Reader, zoom: Sandbox, count: int | None
) -> None:
    session = longest(zoom)
    first = Synced(face, "iter_sms_session_sync", session, count=count)
    assert first.ids == newest_first(zoom, session)
    assert not first.resynced
    nothing = Synced(face, "iter_sms_session_sync", session, first.token, count=count)
    assert nothing.ids == []
    zoom.clock.advance(5)
    new = zoom.add_message(session).message_id
    second = Synced(face, "iter_sms_session_sync", session, nothing.token, count=count)
    assert second.ids == [new]
    assert not second.resynced
    assert Synced(face, "iter_sms_session_sync", session, second.token).ids == []


def test_the_conversations_of_a_user(face: Reader, zoom: Sandbox) -> None:
    first = Synced(face, "iter_get_sms_sessions", "me", session_type="all", count=3)
    assert len(first.ids) == len(set(first.ids)) > 3
    zoom.clock.advance(5)
    old = first.ids[-1]
    message = zoom.add_message(old)
    second = Synced(face, "iter_get_sms_sessions", "me", first.token, session_type="all")
    assert second.ids == [old]
    assert second.found[0].latest_message.message_id == message.message_id


def test_a_conversation_that_moves_up_during_the_sync_is_found(face: Reader, zoom: Sandbox) -> None:
    everything = Synced(face, "iter_get_sms_sessions", "me", session_type="all").ids
    last = everything[-1]
    zoom.clear_requests()

    @zoom.on_request
    def move_up(request: object) -> None:
        if len(zoom.requests) == 2:
            zoom.clock.advance(5)
            zoom.add_message(last)

    again = Synced(face, "iter_get_sms_sessions", "me", session_type="all", count=2)
    assert set(again.ids) == set(everything)
    assert again.ids.count(last) == 1


def test_messages_that_arrive_during_the_sync_are_yielded_last(face: Reader, zoom: Sandbox) -> None:
    session = longest(zoom)
    arrived: list[str] = []

    @zoom.on_request
    def arrive(request: object) -> None:
        if len(arrived) < 3:
            zoom.clock.advance(1)
            arrived.append(zoom.add_message(session).message_id)

    synced = Synced(face, "iter_sms_session_sync", session, count=10)
    assert sorted(synced.ids) == sorted(newest_first(zoom, session))
    assert Synced(face, "iter_sms_session_sync", session, synced.token).ids == []


@pytest.mark.parametrize("status", [400, 404])
def test_a_rejected_token_leads_to_a_full_resync(faces: Faces, status: int) -> None:
    with account(sync_error_status=status) as zoom:
        face = Reader(faces, zoom)
        session = longest(zoom)
        first = Synced(face, "iter_sms_session_sync", session)
        zoom.expire_sync_tokens()
        second = Synced(face, "iter_sms_session_sync", session, first.token)
        assert second.resynced
        assert second.ids == first.ids
        assert second.token != first.token
        assert not Synced(face, "iter_sms_session_sync", session, second.token).resynced
        users = Synced(face, "iter_get_sms_sessions", "me", "bm90IGEgdG9rZW4=")
        assert users.resynced
        assert users.ids


def test_more_new_records_than_count_cause_a_full_resync(face: Reader, zoom: Sandbox) -> None:
    session = longest(zoom)
    token = Synced(face, "iter_sms_session_sync", session).token
    zoom.clock.advance(5)
    for _ in range(6):
        zoom.add_message(session)
    synced = Synced(face, "iter_sms_session_sync", session, token, count=5)
    assert synced.resynced
    assert synced.ids == newest_first(zoom, session)
    assert [one.query["sync_type"] for one in zoom.requests][-2:] == ["BSync", "ISync"]


def test_tokens_that_expire_during_a_backward_sync_cause_a_full_resync(
    face: Reader, zoom: Sandbox
) -> None:
    session = longest(zoom)
    zoom.fault(expire_sync_tokens=True, after=3)
    synced = Synced(face, "iter_sms_session_sync", session, count=10)
    assert synced.resynced
    assert synced.ids == newest_first(zoom, session)
    assert not Synced(face, "iter_sms_session_sync", session, synced.token).resynced


def test_tokens_that_are_always_rejected_raise_zooms_error(face: Reader, zoom: Sandbox) -> None:
    zoom.fault(expire_sync_tokens=True, times=None)
    with pytest.raises(BadRequestException) as caught:
        Synced(face, "iter_sms_session_sync", longest(zoom), count=3)
    assert caught.value.code == 300


def test_an_invalid_user_id_is_not_taken_for_an_invalid_token(face: Reader, zoom: Sandbox) -> None:
    with pytest.raises(BadRequestException, match="user id"):
        Synced(face, "iter_get_sms_sessions", "no such thing!", "a-token")
    with pytest.raises(NotFoundException):
        Synced(face, "iter_get_sms_sessions", "nobody")
    with pytest.raises(NotFoundException):
        Synced(face, "iter_sms_session_sync", "no-session")


def test_the_token_can_be_stored_at_any_time(face: Reader, zoom: Sandbox) -> None:
    session = longest(zoom)
    first = Synced(face, "iter_sms_session_sync", session)
    zoom.clock.advance(5)
    zoom.add_message(session)
    iterator = face.face.api.iter_sms_session_sync(session, first.token)
    items = face.each(iterator)
    assert iterator.sync_token == first.token
    next(items)
    assert iterator.sync_token == first.token
    assert list(items) == []
    assert iterator.sync_token != first.token


def test_a_first_sync_has_no_token_before_its_end(face: Reader, zoom: Sandbox) -> None:
    iterator = face.face.api.iter_sms_session_sync(longest(zoom), count=5)
    items = face.each(iterator)
    next(items)
    assert iterator.sync_token is None
    for _ in items:
        pass
    assert iterator.sync_token


def test_an_empty_conversation_has_a_sync_token(face: Reader, zoom: Sandbox) -> None:
    session = zoom.add_session()
    synced = Synced(face, "iter_sms_session_sync", session)
    assert synced.ids == []
    zoom.clock.advance(5)
    new = zoom.add_message(session).message_id
    assert Synced(face, "iter_sms_session_sync", session, synced.token).ids == [new]


def test_a_range_that_includes_its_edge_ends_the_sync(face: Reader, zoom: Sandbox) -> None:
    edge = {"sync_token": "covered", "sms_histories": [{"message_id": "edge"}]}
    zoom.fault(status=200, body=edge, times=None)
    synced = Synced(face, "iter_sms_session_sync", "a-session", count=10)
    assert synced.ids == ["edge"]
    assert synced.token == "covered"


def test_a_sync_without_progress_is_an_error_that_names_the_token(
    face: Reader, zoom: Sandbox
) -> None:
    stuck = {"sync_token": "stuck-here", "sms_histories": [{"message_id": "1"}]}
    zoom.fault(status=200, body=stuck, times=None)
    with pytest.raises(PageTokenException, match="stuck-here"):
        Synced(face, "iter_sms_session_sync", "a-session", count=1)
    assert len(zoom.requests) == 2


def test_tokens_that_change_without_new_records_are_an_error(face: Reader, zoom: Sandbox) -> None:
    for number in range(2):
        response = {"sync_token": f"token-{number}", "sms_histories": [{"message_id": "1"}]}
        zoom.fault(status=200, body=response, times=None, every=2, after=number - 1)
    with pytest.raises(PageTokenException, match="token-"):
        Synced(face, "iter_sms_session_sync", "a-session", count=1)


def test_records_without_a_sync_token_are_an_error(face: Reader, zoom: Sandbox) -> None:
    zoom.fault(status=200, body={"sms_histories": [{"message_id": "1"}]}, times=None)
    with pytest.raises(DecodeException, match="sync token"):
        Synced(face, "iter_sms_session_sync", "a-session")
    zoom.clear_faults()
    zoom.fault(status=200, body={}, times=None)
    with pytest.raises(DecodeException, match="sms_histories"):
        Synced(face, "iter_sms_session_sync", "a-session")


def test_a_sync_rejects_invalid_arguments(face: Reader, zoom: Sandbox) -> None:
    api: Any = face.face.api
    with pytest.raises(TypeError, match="sync_type"):
        api.iter_sms_session_sync("a-session", sync_type="FSync")
    with pytest.raises(ValueError, match="count"):
        api.iter_sms_session_sync("a-session", count=251)
    with pytest.raises(TypeError, match="sync_token"):
        api.iter_sms_session_sync("a-session", 5)
    assert zoom.requests == []
