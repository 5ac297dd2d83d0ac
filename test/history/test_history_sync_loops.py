"""A sync ends when everything was read, and fails only where it cannot go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.clocks import JumpingClock
from support.faces import Asyncio, Face, Faces
from support.flows import pages_of
from support.wire import Received, Say, Wire, reply

from swagger_client._flow.effects import Flow
from swagger_client._flow.paging import FetchedPage
from swagger_client._flow.syncing import Sync
from swagger_client.exceptions import PageTokenException


class Server:
    """Sends pages of numbers: (token of the request) → (numbers, token of the response).

    BSync and ISync share the table; what is not in it is an empty page with the same token.
    """

    def __init__(
        self, first: tuple[list[int], str], pages: dict[str, tuple[list[int], str]]
    ) -> None:
        self.first, self.pages, self.requests = first, pages, 0

    def page(self, sync_type: str, token: str | None) -> tuple[list[int], str]:
        self.requests += 1
        if sync_type == "FSync":
            return self.first
        if sync_type == "ISync" and token not in self.pages:
            return [], token or ""
        return self.pages.get(token or "", ([], token or ""))


class Source:
    """The source of a sync without a network."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def fetch(self, arguments: Any) -> Flow[FetchedPage]:
        yield from ()
        items, token = self.server.page(arguments["sync_type"], arguments.get("sync_token"))
        return FetchedPage(items, token)

    def paging_error(self, reason: str) -> Exception:
        return PageTokenException(reason=reason)

    def decode_error(self, reason: str) -> Exception:
        return ValueError(reason)


def synced(server: Server, token: str | None = None, count: int = 2) -> list[int]:
    """Run a sync, and check that nothing comes twice."""
    sync = Sync(Source(server), token, str, count)
    found = [item for page in pages_of(sync.read()) for item in page]
    assert len(found) == len(set(found))
    return found


def collected(face: Face, iterator: Any) -> list[Any]:
    """What an iterator of either client yields."""

    async def collect() -> list[Any]:
        return [one async for one in iterator]

    return face.loop.run_until_complete(collect()) if isinstance(face, Asyncio) else [*iterator]


def over_http(faces: Faces, server: Server, wire: Wire) -> list[int]:
    def respond(request: Received) -> Say:
        query = dict(parse_qsl(urlsplit(request.target).query))
        items, token = server.page(query["sync_type"], query.get("sync_token"))
        records = [{"message_id": str(item)} for item in items]
        return Say(reply({"sms_histories": records, "sync_token": token}))

    wire.default = respond
    face = faces(wire.host, clock=JumpingClock())
    iterator: Any = face.api.iter_sms_session_sync("s", count=2)

    found = collected(face, iterator)
    return [int(one.message_id) for one in found]


def chain(*pages: list[int]) -> dict[str, tuple[list[int], str]]:
    """Pages one after another, with tokens t0, t1, …"""
    return {f"t{number}": (page, f"t{number + 1}") for number, page in enumerate(pages)}


CASES = {
    "one page of repeats, then new ones": Server(([9, 8], "t0"), chain([9, 8], [7, 6], [5])),
    "several pages of repeats, more than there were records": Server(
        ([9, 8], "t0"), chain([9, 8], [9, 8], [8, 9], [9], [7, 6], [5])
    ),
    "repeats of a page of one record": Server(
        ([9], "t0"), chain([9], [9], [9], [8], [7], [6], [5])
    ),
    "pages that overlap by a record": Server(([9, 8], "t0"), chain([8, 7], [7, 6], [6, 5], [5])),
    "many pages of repeats": Server(([9, 8], "t0"), chain(*[[9, 8]] * 90, [7, 6], [5])),
    "a token that comes again with something new": Server(
        ([9, 8], "t0"), {"t0": ([7, 6], "t0b"), "t0b": ([5], "t0c")}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_repeats_with_new_tokens_do_not_end_a_sync(faces: Faces, wire: Wire, name: str) -> None:
    assert set(over_http(faces, CASES[name], wire)) == {9, 8, 7, 6, 5}


def test_a_token_that_stays_while_pages_change_is_followed() -> None:
    """As with a cursor that the server keeps."""
    pages = iter([[7, 6], [5, 4], [3], []])

    class Cursor(Server):
        def page(self, sync_type: str, token: str | None) -> tuple[list[int], str]:
            return ([9, 8], "t") if sync_type == "FSync" else (next(pages, []), "t")

    assert synced(Cursor(([], ""), {})) == [9, 8, 7, 6, 5, 4, 3]


def test_a_cycle_of_tokens_without_new_records_is_an_error() -> None:
    cycle = {"a": ([9, 8], "b"), "b": ([9, 8], "c"), "c": ([9, 8], "a")}
    server = Server(([9, 8], "a"), cycle)
    with pytest.raises(
        PageTokenException, match="'a' was returned a second time without new records"
    ):
        synced(server)
    assert server.requests == 4


def test_a_token_that_returns_a_full_page_of_repeats_forever_is_an_error() -> None:
    server = Server(([9, 8], "t"), {"t": ([9, 8], "t")})
    with pytest.raises(PageTokenException, match="'t' was returned a second time"):
        synced(server)


def test_new_tokens_without_new_records_end_at_a_limit() -> None:
    server = Server(([9, 8], "t0"), chain(*[[9, 8]] * 500))
    with pytest.raises(PageTokenException, match="101 pages in a row had no new record"):
        synced(server)
    assert server.requests == 102


@st.composite
def servers(draw: st.DrawFn) -> tuple[Server, set[int]]:
    """A server whose pages repeat any records read before, and whose chain of tokens ends."""
    fresh = draw(st.lists(st.integers(1, 3), min_size=1, max_size=8))
    number = 100
    pages: list[list[int]] = []
    known: list[int] = []
    for count in fresh:
        for _ in range(draw(st.integers(0, 3))):
            if known:
                pages.append(draw(st.lists(st.sampled_from(known), min_size=1, max_size=3)))
        page = list(range(number, number + count))
        number += count
        if known:
            page += draw(st.lists(st.sampled_from(known), max_size=2))
        known += page[:count]
        pages.append(page)
    return Server((pages[0], "t0"), chain(*pages[1:])), set(known)


@settings(max_examples=300, deadline=None)
@given(servers(), st.integers(1, 4))
def test_every_record_of_a_chain_of_tokens_is_found(
    made: tuple[Server, set[int]], count: int
) -> None:
    server, known = made
    assert set(synced(server, count=count)) == known


def test_a_sync_from_a_stored_token_skips_repeated_records() -> None:
    server = Server(([], "x"), chain([3], [3], [3, 4], [4, 3], [5]))
    assert synced(server, "t0") == [3, 4, 5]


def test_a_list_whose_token_stays_while_its_pages_change_is_read(faces: Faces, wire: Wire) -> None:
    """A cursor that the server keeps: the token comes again, with something new."""
    pages = [["5", "4"], ["3", "2"], ["1"]]
    sent = iter(pages)

    def respond(request: Received) -> Say:
        ids = next(sent, [])
        token = "" if "1" in ids else "cursor"
        records = [{"message_id": one, "date_time": f"2026-01-05T10:00:0{one}Z"} for one in ids]
        return Say(reply({"sms_histories": records, "next_page_token": token}))

    wire.default = respond
    face = faces(wire.host, clock=JumpingClock())
    iterator: Any = face.api.iter_sms_session_details("s", _from="2026-01-01", to="2026-01-20")

    found = collected(face, iterator)
    assert [one.message_id for one in found] == ["5", "4", "3", "2", "1"]


def synced_sessions(
    faces: Faces, wire: Wire, session: Callable[[int], dict[str, object]]
) -> list[Any]:
    """Synchronize conversations: each page has one, with a new token, until 300 were sent."""

    def respond(request: Received) -> Say:
        number = len(wire.requests)
        sessions = [session(number)] if number <= 300 else []
        return Say(reply({"sms_sessions": sessions, "sync_token": f"t{number}"}))

    wire.default = respond
    face = faces(wire.host, clock=JumpingClock())
    iterator: Any = face.api.iter_get_sms_sessions("u")
    return collected(face, iterator)


def test_a_session_whose_last_access_time_changes_is_not_new(faces: Faces, wire: Wire) -> None:
    def session(number: int) -> dict[str, object]:
        at = f"2026-01-01T00:{number // 60:02}:{number % 60:02}Z"
        return {"session_id": "s", "last_access_time": at, "latest_message": {"message_id": "1"}}

    with pytest.raises(PageTokenException, match="pages in a row had no new record"):
        synced_sessions(faces, wire, session)
    assert len(wire.requests) < 300


def test_a_session_with_another_latest_message_is_new(faces: Faces, wire: Wire) -> None:
    def session(number: int) -> dict[str, object]:
        return {"session_id": "s", "latest_message": {"message_id": str(number // 2)}}

    found = synced_sessions(faces, wire, session)
    assert [one.latest_message.message_id for one in found] == [str(one) for one in range(151)]


def test_a_link_with_another_path_does_not_make_a_message_a_new_one(
    faces: Faces, wire: Wire
) -> None:
    def respond(_: Received) -> Say:
        number = len(wire.requests)
        link = f"https://files.example/download/{number}"
        message = {
            "message_id": "1",
            "date_time": "2026-05-05T12:00:00Z",
            "attachments": [{"id": "a", "download_url": link}],
        }
        token = f"t{number}" if number < 5 else ""
        return Say(reply({"sms_histories": [message], "next_page_token": token}))

    wire.default = respond
    face = faces(wire.host, clock=JumpingClock())
    iterator: Any = face.api.iter_sms_session_details("s", _from="2026-05-01", to="2026-05-20")
    assert len(collected(face, iterator)) == 1
    assert len(wire.requests) >= 5
