"""Somebody leaves a group: holds still protect the messages, and an erasure erases everything."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.archives import SINCE, FrozenClock, small_account

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.archive import Archive, ArchiveHeldError, UnknownValueError
from swagger_client.sandbox import Extension, Party, Sandbox

NUMBER = "+18105550143"
NAME = "Quirinus Vandersloot"


class ChangedClient(ApiClient):
    """A client that changes the conversations and messages in Zoom's responses."""

    change: Callable[[dict[str, Any]], None] | None = None

    def request(self, *arguments: Any, **options: Any) -> Any:
        response: Any = super().request(*arguments, **options)
        if self.change is not None:
            page = json.loads(response.content)
            for one in (*(page.get("sms_sessions") or ()), *(page.get("sms_histories") or ())):
                self.change(one)
            response.content = json.dumps(page).encode()
        return response


class Group(NamedTuple):
    zoom: Sandbox
    client: ChangedClient
    archive: Archive
    folder: Path
    session_id: str
    user: Extension

    def run(self) -> None:
        self.zoom.clock.advance(60)
        self.archive.mirror(SMSApi(self.client), since=SINCE)

    def leave(self, *fields: str) -> None:
        """Remove the person and the user from the given lists in all later responses."""

        def change(one: dict[str, Any]) -> None:
            for field in fields:
                one[field] = [who for who in one.get(field) or () if not self.is_left(who)]

        self.client.change = change
        self.run()

    def is_left(self, who: dict[str, Any]) -> bool:
        owner = who.get("owner") or {}
        return who.get("phone_number") == NUMBER or owner.get("id") == self.user.id

    def bytes(self) -> bytes:
        self.archive.close()
        return b"".join(one.read_bytes() for one in self.folder.rglob("*") if one.is_file())


@pytest.fixture
def group(tmp_path: Path) -> Iterator[Group]:
    with small_account(messages=20) as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        configuration = Configuration()
        configuration.host, configuration.access_token = zoom.host, zoom.access_token
        user = zoom.add_user(name="Ursula Left")
        others = [Party(NUMBER, NAME), user.party, Party("+18105550144", "Anna")]
        session_id = zoom.add_session(others=others)
        with ChangedClient(configuration, clock=FrozenClock(zoom.clock)) as client:
            zoom.add_message(session_id, text="hello", direction="Out", at=zoom.clock.now())
            made = Group(zoom, client, archive, tmp_path, session_id, user)
            made.run()
            yield made


@pytest.mark.parametrize("fields", [["participants"], ["participants", "to_members"]])
@pytest.mark.parametrize("who", ["number", "user_id"])
def test_a_hold_protects_the_messages_of_somebody_who_left(
    group: Group, who: str, fields: list[str]
) -> None:
    held = {"number": NUMBER} if who == "number" else {"user_id": group.user.id}
    hold = group.archive.hold(reason="Smith v. Jones", since="2026-03", **held)
    group.leave(*fields)
    with pytest.raises(ArchiveHeldError, match="Smith"):
        group.archive.erase(session_id=group.session_id, reason="retention")
    group.archive.release_hold(hold.hold, reason="settled")
    group.archive.hold(reason="another time", until="2026-02", **held)
    group.archive.erase(session_id=group.session_id, reason="retention")
    assert group.archive.verify().sound


@pytest.mark.parametrize("typed", [NUMBER, "810 555 0143", "0018105550143"])
@pytest.mark.parametrize("fields", [["participants"], ["participants", "to_members"]])
def test_somebody_who_left_is_erased_everywhere(
    group: Group, typed: str, fields: list[str]
) -> None:
    group.archive.record_access("search", selection={"sender": NAME}, counts={})
    group.leave(*fields)
    assert NAME.encode() in group.bytes()
    report = group.archive.erase(number=typed, reason="request 17")
    assert report.conversations == 1
    content = group.bytes()
    assert NAME.encode() not in content
    assert NUMBER.encode() not in content
    assert group.archive.verify().sound
    with pytest.raises(UnknownValueError, match="no phone number"):
        group.archive.erase(number=typed, reason="again")


def test_the_conversations_of_somebody_who_left_are_found(group: Group) -> None:
    group.leave("participants", "to_members")
    for filters in ({"number": "810 555 0143"}, {"user_id": group.user.id}):
        found = group.archive.messages(**filters)  # type: ignore[arg-type]
        assert [one.text for one in found] == ["hello"]
    assert group.archive.count(number=NUMBER, since="2025-11", until="2025-11") == 0
    with pytest.raises(UnknownValueError):
        group.archive.messages(user_id=group.user.id[:-1])


def test_somebody_who_left_one_of_two_groups_is_erased_in_both(group: Group) -> None:
    other = group.zoom.add_session(others=[Party(NUMBER, NAME)])
    group.zoom.add_message(other, text="other", at=group.zoom.clock.now())
    group.run()
    group.leave("participants", "to_members")  # direct messages keep their sender
    assert group.archive.erase(number=NUMBER, reason="request 17").conversations == 2
    assert NAME.encode() not in group.bytes()
    assert group.archive.verify().sound
