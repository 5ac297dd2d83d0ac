from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

WIDTH, HEIGHT = 1000, 120
#: The highest number of bars. In longer periods, a bar stands for 7, 30 or more days.
_MOST_BARS = 500


class Chart(NamedTuple):
    """A bar chart of the number of messages per day, or per period of several days.

    :ivar path: the bars, as SVG path data for an image of ``WIDTH`` by ``HEIGHT``.
    :ivar step: the number of days whose messages one bar counts.
    :ivar most: the number of messages of the highest bar.
    :ivar first: the first day with messages, such as 2026-01-31.
    :ivar last: the last day with messages.
    :ivar ticks: the labels below the bars: (distance from the left in % of the width, text).
    """

    path: str
    step: int
    most: int
    first: str
    last: str
    ticks: list[tuple[float, str]]

    @property
    def unit(self) -> str:
        """The period whose messages one bar counts, such as "week" or "30 days"."""
        return "day" if self.step == 1 else "week" if self.step == 7 else f"{self.step} days"


def draw_chart(days: Sequence[tuple[str, int]]) -> Chart | None:
    """Draw a bar chart from sorted pairs of a day and its number of messages."""
    if not days:
        return None
    first, last = date.fromisoformat(days[0][0]), date.fromisoformat(days[-1][0])
    span = (last - first).days + 1
    step = next(step for step in (1, 7, 30, 365, span) if span <= _MOST_BARS * step)
    bars: dict[int, int] = {}
    for day, count in days:
        bar = (date.fromisoformat(day) - first).days // step
        bars[bar] = bars.get(bar, 0) + count
    most, number = max(bars.values()), -(-span // step)
    width = WIDTH / number
    gap = width * 0.15 if number < 200 else 0
    path = "".join(
        f"M{bar * width + gap:.1f} {HEIGHT}v{-max(1, count / most * (HEIGHT - 4)):.1f}"
        f"h{width - 2 * gap:.1f}V{HEIGHT}z"
        for bar, count in sorted(bars.items())
    )
    return Chart(path, step, most, first.isoformat(), last.isoformat(), _ticks(first, span))


def _ticks(first: date, span: int) -> list[tuple[float, str]]:
    """Return at most eight labels of months, as (distance from the left in %, text)."""
    months = [
        (offset, day) for offset in range(span) if (day := first + timedelta(offset)).day == 1
    ]
    if not months:
        return [(0, first.isoformat())]
    every = -(-len(months) // 8)
    chosen = [one for one in months[::every] if one[0] / span < 0.95]
    return [(round(offset / span * 100, 2), f"{day:%Y-%m}") for offset, day in chosen]
