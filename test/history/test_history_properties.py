"""For any account, span and server: windows cover it, and pages give each item once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st
from support.flows import pages_of

from swagger_client import history
from swagger_client._flow import paging
from swagger_client._flow.effects import EmitPage, Failure, Flow, RunFlow, StartFlow, WaitForAny
from swagger_client._flow.paging import Deduplicator, FetchedPage, NewItems, Window
from swagger_client.history import _spans

EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)
DAY = 86_400
times = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))


@given(times, times)
def test_windows_cover_any_span_without_a_gap(one: datetime, other: datetime) -> None:
    start, end = sorted((one, other))
    windows = history.windows(start, end)
    assert windows[0].start == start.replace(microsecond=0)
    assert windows[-1].end == end.replace(microsecond=0)
    for window, following in pairwise(windows):
        assert window.end == following.start
    for window in windows:
        assert window.start <= window.end <= window.start + relativedelta(months=1)


@given(times, times)
def test_the_halves_of_a_window_cover_it_without_a_gap(one: datetime, other: datetime) -> None:
    window = Window(*sorted((one.replace(microsecond=0), other.replace(microsecond=0))))
    halves = window.halves()
    if halves is None:
        assert window.end - window.start < timedelta(seconds=2)
    else:
        earlier, later = halves
        assert (earlier.start, later.end) == window
        assert earlier.end == later.start
        assert max(half.end - half.start for half in halves) < window.end - window.start


class Item(NamedTuple):
    """A message: its id and its time, in seconds since the epoch of these tests."""

    id: str
    second: int

    @property
    def time(self) -> datetime:
        return EPOCH + timedelta(seconds=self.second)


class ExpiredToken(Failure):
    status, code = 400, 400


class Server:
    """Lists items as Zoom does: a month at most, page by page, with tokens that expire.

    :param lives: whether the next page token that is used is still valid.
    """

    def __init__(
        self,
        items: list[Item],
        page_size: int,
        lives: Iterator[bool],
        *,
        descending: bool = False,
        name: str = "",
    ) -> None:
        self.items = items
        self.page_size = page_size
        self.lives = lives
        self.descending = descending
        self.name = name
        self.requests = 0
        #: The number of the request that began the last reading of a window.
        self.began = 0

    def fetch(self, arguments: Mapping[str, object]) -> Flow[FetchedPage]:
        self.requests += 1
        start, end = arguments["_from"], arguments["to"]
        assert isinstance(start, datetime)
        assert isinstance(end, datetime)
        token = arguments.get("next_page_token")
        if token is None:
            self.began = self.requests
        if token is not None and not next(self.lives):
            raise ExpiredToken
        end = min(end, start + relativedelta(months=1))
        inside = [item for item in self.items if start <= item.time <= end]
        inside.sort(key=lambda item: (item.second, item.id), reverse=self.descending)
        first = int(str(token)) if token else 0
        following = first + self.page_size
        more = len(inside) > following
        yield from ()
        return FetchedPage(inside[first:following], str(following) if more else None)

    def paging_error(self, reason: str) -> Exception:
        return AssertionError(reason)


items = st.lists(
    st.one_of(
        st.integers(0, 200 * DAY),
        # Where months meet, and all in the same second.
        st.sampled_from([0, 31 * DAY, 60 * DAY, 91 * DAY, 91 * DAY - 1, 91 * DAY + 1]),
    ),
    max_size=60,
).map(lambda seconds: [Item(f"id-{n}", second) for n, second in enumerate(seconds)])


def then_valid(lives: list[bool]) -> Iterator[bool]:
    """These tokens, then only valid ones."""
    yield from lives
    while True:
        yield True


def window_reader(server: Server) -> Callable[..., paging.Reader[paging.Known]]:
    def read(
        window: Window, known: paging.Known, later: paging.Windows
    ) -> paging.Reader[paging.Known]:
        seen = Deduplicator(lambda item: item.id, lambda item: item.time, known)
        yield from paging.read_window(server, window, seen, descending=server.descending)
        return paging.repeatable(known, later) | seen.repeatable(later)

    return read


def read_span(
    server: Server, windows: list[Window], recent: Window | None = None
) -> Iterator[NewItems]:
    """Read a span, one page after another."""
    ordered = windows[::-1] if server.descending else windows
    yield from pages_of(paging.read_span(ordered, recent, window_reader(server)))


def all_items(pages: Iterator[NewItems]) -> list[Item]:
    return [item for page in pages for item in page.items]


@given(
    items=items,
    page_size=st.integers(1, 7),
    lives=st.lists(st.booleans(), max_size=60),
    descending=st.booleans(),
    span=st.tuples(st.integers(0, 200 * DAY), st.integers(0, 200 * DAY)),
)
def test_the_union_of_the_pages_is_the_set_of_messages(
    items: list[Item],
    page_size: int,
    lives: list[bool],
    descending: bool,
    span: tuple[int, int],
) -> None:
    start, end = (EPOCH + timedelta(seconds=second) for second in sorted(span))
    server = Server(items, page_size, then_valid(lives), descending=descending)
    found = all_items(read_span(server, _spans.split_months(Window(start, end))))
    assert Counter(found) == Counter(item for item in items if start <= item.time <= end)
    in_order = sorted((item.second for item in found), reverse=descending)
    assert [item.second for item in found] == in_order


# Without rereading a second, which has no halves, its other messages are never reached.
def test_a_second_with_many_messages_is_read_to_its_end_although_tokens_expire() -> None:
    items = [Item(f"id-{n}", 0) for n in range(3)]
    server = Server(items, 1, then_valid([True, False] * 20))
    assert Counter(all_items(read_span(server, [Window(EPOCH, EPOCH)]))) == Counter(items)


# Without a limit, a server whose tokens are never valid keeps a caller forever.
def test_a_second_whose_tokens_are_never_valid_ends_with_zooms_error() -> None:
    items = [Item(f"id-{n}", 0) for n in range(3)]
    server = Server(items, 1, itertools.repeat(False))
    with pytest.raises(ExpiredToken):
        list(read_span(server, [Window(EPOCH, EPOCH)]))
    assert server.requests < 1000


# Without a limit, a server whose page token changes on every page keeps a caller forever.
def test_endless_pages_without_new_items_raise_an_error() -> None:
    class Endless(Server):
        def fetch(self, arguments: Mapping[str, object]) -> Flow[FetchedPage]:
            self.requests += 1
            yield from ()
            return FetchedPage(self.items, f"token-{self.requests}")

    def is_one(item: Item) -> bool:
        return item.id == "one"

    def is_other(item: Item) -> bool:
        return item.id == "other"

    for has_id in (is_one, is_other):  # without an id, equal items are several, but no progress
        server = Endless([Item("one", 0)], 1, itertools.repeat(True))
        seen = Deduplicator(str, lambda item: item.time, has_id=has_id)
        with pytest.raises(AssertionError, match="no new item"):
            list(pages_of(paging.read_window(server, Window(EPOCH, EPOCH), seen)))
        assert server.requests < 200


def test_items_that_differ_are_new_on_any_page_and_equal_ones_are_not() -> None:
    one, other, third = Item("x", 1), Item("x", 2), Item("x", 3)
    seen = Deduplicator(str, lambda item: item.time)
    assert seen.split([one, other, one]) == ([one, other], [one], True)
    assert seen.split([other, third]) == ([third], [other], True)
    assert seen.split([other, one]) == ([], [other, one], False)


def test_equal_items_without_an_id_are_several_within_a_pass() -> None:
    one = Item("x", 1)
    seen = Deduplicator(str, lambda item: item.time, has_id=lambda item: False)
    for _ in range(3):
        seen.start_pass()
        seen.split([one, one])
        seen.split([one])
    seen.start_pass()
    assert seen.split([one] * 3) == ([], [one] * 3, False)
    assert seen.split([one]) == ([one], [], False)


@given(items=items, page_size=st.integers(1, 5), every=st.integers(2, 4))
def test_tokens_that_always_die_after_a_few_pages(
    items: list[Item], page_size: int, every: int
) -> None:
    # A single second cannot be split: its messages must fit into the few pages.
    most = max(Counter(item.second for item in items).values(), default=0)
    page_size = max(page_size, -(-most // (every - 1)) + 1)
    lives = (number % every != every - 1 for number in range(10**9))
    server = Server(items, page_size, lives)
    windows = _spans.split_months(Window(EPOCH, EPOCH + timedelta(days=200)))
    assert Counter(all_items(read_span(server, windows))) == Counter(items)


@given(items=items, arriving=st.lists(st.integers(0, 40), max_size=30), descending=st.booleans())
def test_items_that_arrive_at_the_end_of_the_span_are_found(
    items: list[Item], arriving: list[int], descending: bool
) -> None:
    now = 200 * DAY
    server = Server(list(items), 4, then_valid([]), descending=descending)
    arrivals = sorted(arriving)
    windows = _spans.split_months(Window(EPOCH, EPOCH + timedelta(days=201)))
    recent = Window(EPOCH + timedelta(seconds=now - 300), windows[-1].end)
    found: list[Item] = []
    arrived: dict[Item, int] = {}
    for page in read_span(server, windows, recent):
        found += page.items
        while arrivals and arrivals[0] <= server.requests:
            item = Item(f"new-{len(server.items)}", now + arrivals.pop(0))
            server.items.append(item)
            arrived[item] = server.requests
    assert len(found) == len(set(found))
    # All that was there when the last reading began.
    assert set(found) >= {item for item in server.items if arrived.get(item, 0) < server.began}


@given(
    sizes=st.lists(st.integers(0, 9), max_size=12),
    width=st.integers(1, 5),
    choose=st.randoms(use_true_random=False),
)
def test_concurrent_reading_does_not_depend_on_the_order_of_pages(
    sizes: list[int], width: int, choose: Any
) -> None:
    window = Window(EPOCH, EPOCH + timedelta(days=30))
    servers = {
        f"session-{number}": Server(
            [Item(f"{number}-{n}", n) for n in range(size)], 3, then_valid([])
        )
        for number, size in enumerate(sizes)
    }
    sessions = Server([Item(name, 0) for name in servers], 2, then_valid([]))
    listed = 0
    begun: set[str] = set()

    def read(server: Server) -> paging.Reader[int]:
        seen = Deduplicator(lambda item: item.id, lambda item: item.time)
        return paging.read_window(server, window, seen, mark_done=False)

    def read_session(item: Item) -> paging.Reader[int]:
        begun.add(item.id)
        return read(servers[item.id])

    in_progress: dict[int, Flow[Any]] = {}
    most = 0
    found: list[str] = []
    reader = paging.read_concurrently(read(sessions), read_session, width)
    result: object = None
    while True:
        try:
            effect = reader.send(result)
        except StopIteration:
            break
        result = None
        if isinstance(effect, StartFlow):
            assert effect.key not in in_progress
            in_progress[effect.key] = effect.flow
            if effect.key == 0:
                # Not before it is needed: what is listed is held in memory.
                assert listed - len(begun) < width
            most = max(most, len(in_progress))
        elif isinstance(effect, WaitForAny):
            key = choose.choice(sorted(in_progress))
            page = finished(in_progress.pop(key))
            listed += len(page.items) if key == 0 else 0
            result = key, page
        else:
            assert not effect.page.done
            found += [item.id for item in effect.page.items]
    assert Counter(found) == Counter(item.id for one in servers.values() for item in one.items)
    assert most <= width + 1
    assert in_progress == {}
    for number, size in enumerate(sizes):
        own = [item for item in found if item.startswith(f"{number}-")]
        assert own == [f"{number}-{n}" for n in range(size)]


def finished(flow: Flow[FetchedPage]) -> FetchedPage:
    """The result of a flow that needs nothing of a driver."""
    with pytest.raises(StopIteration) as end:
        next(flow)
    page: FetchedPage = end.value.value
    return page


def test_an_error_of_a_flow_is_raised_in_its_reader() -> None:
    def fetch() -> Flow[None]:
        yield from ()
        raise ExpiredToken

    def read(_: object) -> paging.Reader[None]:
        try:
            yield RunFlow(fetch())
        except ExpiredToken as error:
            yield EmitPage(error)

    def items() -> paging.Reader[None]:
        yield EmitPage(FetchedPage(["item"], None))

    reader = paging.read_concurrently(items(), read, 1)
    assert isinstance(next(reader), StartFlow)
    assert isinstance(next(reader), WaitForAny)
    effect = reader.send((1, ExpiredToken()))
    assert isinstance(effect, EmitPage)
    assert isinstance(effect.page, ExpiredToken)


@given(items=items)
def test_the_number_of_remembered_keys_does_not_grow_with_the_span(items: list[Item]) -> None:
    kept: list[int] = []
    server = Server(items, 5, then_valid([]))

    def read(
        window: Window, known: paging.Known, later: paging.Windows
    ) -> paging.Reader[paging.Known]:
        at_the_edge = [item for item in items if item.time == window.start]
        assert len(known) <= len(at_the_edge)
        kept.append(len(known))
        return (yield from window_reader(server)(window, known, later))

    windows = _spans.split_months(Window(EPOCH, EPOCH + timedelta(days=200)))
    for _ in pages_of(paging.read_span(windows, None, read)):
        pass
    assert len(kept) == len(windows)
