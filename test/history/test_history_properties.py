"""For any account, span and server: windows cover it, and pages give each item once."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from swagger_client import history
from swagger_client._flow import paging
from swagger_client._flow.effects import Failure
from swagger_client._flow.paging import Answer, Ask, Begin, Found, Next, Once, Window
from swagger_client.history import spans

EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)
DAY = 86_400
moments = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc))


@given(moments, moments)
def test_windows_cover_any_span_without_a_gap(one: datetime, other: datetime) -> None:
    start, end = sorted((one, other))
    windows = history.windows(start, end)
    assert windows[0].start == start.replace(microsecond=0)
    assert windows[-1].end == end.replace(microsecond=0)
    for window, following in pairwise(windows):
        assert window.end == following.start
    for window in windows:
        assert window.start <= window.end <= window.start + relativedelta(months=1, days=3)
        assert window.end - window.start <= timedelta(days=31)


@given(moments, moments)
def test_halves_cover_their_window_and_meet(one: datetime, other: datetime) -> None:
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
    """A message: its id and when it was, to the second."""

    id: str
    second: int

    @property
    def moment(self) -> datetime:
        return EPOCH + timedelta(seconds=self.second)


class Expired(Failure):
    status, code = 400, 400


class Server:
    """Lists items as Zoom does: a month at most, page by page, with tokens that die.

    A page begins after the items of those before it, or, with ``by_number``, after as many.
    """

    def __init__(
        self, items: list[Item], page_size: int, lives: Iterator[bool], descending: bool
    ) -> None:
        self.items = items
        self.page_size = page_size
        self.lives = lives
        self.descending = descending
        self.asked = 0
        self.began = 0

    def answer(self, ask: Ask) -> Answer | Failure:
        self.asked += 1
        start, end = ask.arguments["_from"], ask.arguments["to"]
        assert isinstance(start, datetime)
        assert isinstance(end, datetime)
        token = ask.arguments.get("next_page_token")
        if token is None:
            self.began = self.asked
        if token is not None and not next(self.lives):
            return Expired()
        end = min(end, start + relativedelta(months=1))
        inside = [item for item in self.items if start <= item.moment <= end]
        inside.sort(key=lambda item: (item.second, item.id), reverse=self.descending)
        first = int(str(token)) if token else 0
        following = first + self.page_size
        more = len(inside) > following
        return Answer(inside[first:following], str(following) if more else None)


items = st.lists(
    st.one_of(
        st.integers(0, 200 * DAY),
        # Where months meet, and all in the same second.
        st.sampled_from([0, 31 * DAY, 60 * DAY, 91 * DAY, 91 * DAY - 1, 91 * DAY + 1]),
    ),
    max_size=60,
).map(lambda seconds: [Item(f"id-{n}", second) for n, second in enumerate(seconds)])


def endless(values: list[bool]) -> Iterator[bool]:
    """These lives of tokens, then long ones."""
    yield from values
    while True:
        yield True


def reader(descending: bool) -> Callable[..., paging.Reading]:
    def read(window: Window, known: paging.Known, later: paging.Windows) -> paging.Reading:
        once = Once(lambda item: item.id, lambda item: item.moment, known)
        yield from paging.read_window(None, window, once, AssertionError, descending=descending)
        return paging.shared(known, later) | once.shared(later)

    return read


def walk(flow: Any, server: Server) -> Iterator[Found]:
    effect = paging.go_on(flow, None)
    while effect is not None:
        outcome = None
        if isinstance(effect, Found):
            yield effect
        else:
            outcome = server.answer(effect)
        effect = paging.go_on(flow, outcome)


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
    windows = spans.cut(Window(start, end))
    server = Server(items, page_size, endless(lives), descending)
    flow = paging.read_span(windows[::-1] if descending else windows, None, reader(descending))
    found = [item for page in walk(flow, server) for item in page.items]
    assert Counter(found) == Counter(item for item in items if start <= item.moment <= end)
    in_order = sorted((item.second for item in found), reverse=descending)
    assert [item.second for item in found] == in_order


# Without another reading of a second that has no halves, its messages are never reached.
def test_a_full_second_whose_tokens_die_for_a_while_is_read_to_its_end() -> None:
    crowd = [Item(f"id-{n}", 0) for n in range(3)]
    server = Server(crowd, 1, endless([True, False] * 20), descending=False)
    flow = paging.read_span([Window(EPOCH, EPOCH)], None, reader(False))
    assert Counter(item for page in walk(flow, server) for item in page.items) == Counter(crowd)


# Without an end to that, a server whose tokens never live keeps a caller for ever.
def test_a_full_second_whose_tokens_never_live_ends_with_the_refusal() -> None:
    crowd = [Item(f"id-{n}", 0) for n in range(3)]
    server = Server(crowd, 1, itertools.repeat(False), descending=False)
    flow = paging.read_span([Window(EPOCH, EPOCH)], None, reader(False))
    with pytest.raises(Expired):
        list(walk(flow, server))
    assert server.asked < 1000


@given(items=items, page_size=st.integers(1, 5), every=st.integers(2, 4))
def test_tokens_that_always_die_after_a_few_pages(
    items: list[Item], page_size: int, every: int
) -> None:
    # Within one second there is nothing to halve: what shares it must fit into the few pages.
    most = max(Counter(item.second for item in items).values(), default=0)
    page_size = max(page_size, -(-most // (every - 1)) + 1)
    lives = (number % every != every - 1 for number in range(10**9))
    server = Server(items, page_size, lives, descending=False)
    windows = spans.cut(Window(EPOCH, EPOCH + timedelta(days=200)))
    found = [
        item
        for page in walk(paging.read_span(windows, None, reader(False)), server)
        for item in page.items
    ]
    assert Counter(found) == Counter(items)


@given(items=items, arriving=st.lists(st.integers(0, 40), max_size=30), descending=st.booleans())
def test_what_arrives_at_the_end_of_the_span_is_found_too(
    items: list[Item], arriving: list[int], descending: bool
) -> None:
    now = 200 * DAY
    server = Server(list(items), 4, endless([]), descending)
    arrivals = sorted(arriving)
    windows = spans.cut(Window(EPOCH, EPOCH + timedelta(days=201)))
    recent = Window(EPOCH + timedelta(seconds=now - 300), windows[-1].end)
    flow = paging.read_span(windows[::-1] if descending else windows, recent, reader(descending))
    found: list[Item] = []
    came: dict[Item, int] = {}
    for page in walk(flow, server):
        found += page.items
        while arrivals and arrivals[0] <= server.asked:
            item = Item(f"new-{len(server.items)}", now + arrivals.pop(0))
            server.items.append(item)
            came[item] = server.asked
    assert len(found) == len(set(found))
    # All that was there when the last look began.
    assert set(found) >= {item for item in server.items if came.get(item, 0) < server.began}


@given(
    sizes=st.lists(st.integers(0, 9), max_size=12),
    width=st.integers(1, 5),
    choose=st.randoms(use_true_random=False),
)
def test_many_conversations_at_once_in_whatever_order_their_pages_come(
    sizes: list[int], width: int, choose: Any
) -> None:
    window = Window(EPOCH, EPOCH + timedelta(days=30))
    servers = {
        f"session-{number}": Server(
            [Item(f"{number}-{n}", n) for n in range(size)], 3, endless([]), False
        )
        for number, size in enumerate(sizes)
    }
    sessions = Server([Item(name, 0) for name in servers], 2, endless([]), False)

    def pages(source: object) -> paging.Pages:
        once = Once(lambda item: item.id, lambda item: item.moment)
        return paging.read_window(source, window, once, AssertionError)

    flow = paging.read_each(pages(None), lambda item: pages(item.id), width)
    under_way: dict[int, Ask] = {}
    most = listed = 0
    begun: set[str] = set()
    found: list[str] = []
    effect = paging.go_on(flow, None)
    while effect is not None:
        outcome = None
        if isinstance(effect, Begin):
            assert effect.ticket not in under_way
            under_way[effect.ticket] = effect.ask
            if effect.ask.source is None:
                # Not before it is needed: what is listed is held.
                assert listed - len(begun) < width
            else:
                begun.add(effect.ask.source)
            most = max(most, len(under_way))
        elif isinstance(effect, Next):
            ticket = choose.choice(sorted(under_way))
            ask = under_way.pop(ticket)
            answer = servers.get(ask.source, sessions).answer(ask)
            if ask.source is None:
                assert isinstance(answer, Answer)
                listed += len(answer.items)
            outcome = ticket, answer
        else:
            assert not effect.done
            found += [item.id for item in effect.items]
        effect = paging.go_on(flow, outcome)
    assert Counter(found) == Counter(item.id for one in servers.values() for item in one.items)
    assert most <= width + 1
    assert under_way == {}
    for number in range(len(sizes)):
        own = [item for item in found if item.startswith(f"{number}-")]
        assert own == [f"{number}-{n}" for n in range(sizes[number])]


@given(items=items)
def test_what_is_remembered_does_not_grow_with_the_span(items: list[Item]) -> None:
    kept: list[int] = []

    def read(window: Window, known: paging.Known, later: paging.Windows) -> paging.Reading:
        at_the_edge = [item for item in items if item.moment == window.start]
        assert len(known) <= len(at_the_edge)
        kept.append(len(known))
        return (yield from reader(False)(window, known, later))

    windows = spans.cut(Window(EPOCH, EPOCH + timedelta(days=200)))
    for _ in walk(paging.read_span(windows, None, read), Server(items, 5, endless([]), False)):
        pass
    assert len(kept) == len(windows)
