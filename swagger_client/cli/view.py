"""How far a run is: a live view on a terminal, else a plain line every few seconds."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from swagger_client.archive import Progress

_SECONDS_BETWEEN_LINES = 5.0
_DOING = {"conversations": "Finding conversations", "messages": "Reading messages"}


class State(NamedTuple):
    """What is shown: what is done of it, how much of how much, and further counts."""

    doing: str
    done: int
    total: int
    counts: str

    def line(self, seconds: float) -> str:
        """The state as a line, with the time left after ``seconds`` of this work."""
        left = ""
        if 0 < self.done < self.total and seconds > 1:
            left = f", about {_duration(seconds * (self.total - self.done) / self.done)} left"
        counts = f", {self.counts}" if self.counts else ""
        return f"{self.doing}: {self.done:,} of {self.total:,}{counts}{left}"


Show = Callable[[State], None]


@contextlib.contextmanager
def view() -> Iterator[Show]:
    """A function that shows a state on standard error."""
    stream: TextIO = sys.stderr
    bar = _rich_bar() if stream.isatty() else None
    if bar is None:
        yield _Lines(stream).show
        return
    with bar:
        yield _Live(bar).show


def of_run(show: Show) -> Callable[[Progress], None]:
    """A callback for :meth:`Archive.mirror`."""
    started = time.monotonic()

    def tell(at: Progress) -> None:
        rate = at.requests / max(time.monotonic() - started, 0.1)
        counts = [f"{at.messages:,} messages"] if at.phase == "messages" else []
        counts += [f"{at.files:,} files"] if at.files else []
        counts.append(f"{rate:.1f} requests/s")
        show(State(_DOING.get(at.phase, at.phase), at.done, at.total, ", ".join(counts)))

    return tell


class _Lines:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._doing = ""
        self._since = self._last = time.monotonic()

    def show(self, state: State) -> None:
        now = time.monotonic()
        if state.doing != self._doing:
            self._doing, self._since = state.doing, now
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            print(state.line(now - self._since), file=self._stream, flush=True)


class _Live:
    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._tasks: dict[str, object] = {}

    def show(self, state: State) -> None:
        bar = self._bar
        if state.doing not in self._tasks:
            for task in bar.task_ids:
                bar.update(task, completed=bar.tasks[task].total)
            self._tasks[state.doing] = bar.add_task(state.doing, counts="")
        bar.update(
            bar.task_ids[-1], completed=state.done, total=state.total or None, counts=state.counts
        )


def _rich_bar() -> Bar | None:
    """The live view, where rich is installed (extra ``cli``)."""
    try:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
    except ImportError:
        return None
    return Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("[dim]{task.fields[counts]}"),
        TimeElapsedColumn(),
        TextColumn("[dim]left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
