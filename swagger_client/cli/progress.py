"""Show the progress of a command: a bar on a terminal, otherwise a line every 5 seconds."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TextIO

from swagger_client.cli.console import Console, timestamp
from swagger_client.cli.text import plural

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from swagger_client.archive import Progress

_SECONDS_BETWEEN_LINES = 5.0
_PHASES = {"conversations": "Finding conversations", "messages": "Reading messages"}
#: The bar needs a terminal of at least 90 columns; the counts need at least 70.
_WIDE, _NARROW = 90, 70


class State(NamedTuple):
    """The progress of one phase of a command, such as "Reading messages".

    :ivar str counts: other numbers to show, such as "12 messages, 3.0 requests/s".
    """

    phase: str
    done: int
    total: int
    counts: str

    def line(self, seconds: float) -> str:
        """Return the progress as text, with an estimate of the remaining time."""
        left = ""
        if 0 < self.done < self.total and seconds > 1:
            left = f", about {_duration(seconds * (self.total - self.done) / self.done)} left"
        counts = f", {self.counts}" if self.counts else ""
        return f"{self.phase}: {self.done:,} of {self.total:,}{counts}{left}"


Show = Callable[[State], None]


@contextlib.contextmanager
def showing_progress(console: Console) -> Iterator[Show]:
    """Yield a function that shows a :class:`State` on standard error."""
    stream: TextIO = sys.stderr
    if console.quiet:
        yield lambda state: None
        return
    bar = _rich_bar() if stream.isatty() and os.environ.get("TERM") != "dumb" else None
    if bar is None:
        yield _Lines(stream, as_json=console.as_json).show
        return
    with bar:
        yield _Live(bar).show


def mirror_progress(show: Show) -> Callable[[Progress], None]:
    """Return a function that converts an archive run's progress to a State for `show`."""
    started = time.monotonic()

    def report(progress: Progress) -> None:
        rate = progress.requests / max(time.monotonic() - started, 0.1)
        counts = [plural(progress.messages, "message")] if progress.phase == "messages" else []
        counts += [plural(progress.files, "file")] if progress.files else []
        counts.append(f"{rate:.1f} requests/s")
        phase = _PHASES.get(progress.phase, progress.phase)
        show(State(phase, progress.done, progress.total, ", ".join(counts)))

    return report


class _Lines:
    def __init__(self, stream: TextIO, *, as_json: bool) -> None:
        self._stream = stream
        self._as_json = as_json
        self._phase = ""
        self._since = self._last = time.monotonic()

    def show(self, state: State) -> None:
        now = time.monotonic()
        if state.phase != self._phase:
            self._phase, self._since = state.phase, now
        if now - self._last >= _SECONDS_BETWEEN_LINES:
            self._last = now
            if self._as_json:
                line = json.dumps({"progress": state._asdict()})
            else:
                line = f"{timestamp()}{state.line(now - self._since)}"
            print(line, file=self._stream, flush=True)


class _Live:
    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._phases: set[str] = set()

    def show(self, state: State) -> None:
        bar = self._bar
        if state.phase not in self._phases:
            for task in bar.task_ids:
                bar.update(task, completed=bar.tasks[task].total)
            self._phases.add(state.phase)
            bar.add_task(state.phase, counts="")
        bar.update(
            bar.task_ids[-1], completed=state.done, total=state.total or None, counts=state.counts
        )


def _rich_bar() -> Bar | None:
    """Return a progress bar that fits the terminal, or None if rich is not installed."""
    try:
        from rich.console import Console as RichConsole
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            ProgressColumn,
            SpinnerColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.table import Column
    except ImportError:
        return None
    width = shutil.get_terminal_size().columns
    fixed = Column(no_wrap=True)
    columns: list[str | ProgressColumn] = [
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}", table_column=fixed),
    ]
    if width >= _WIDE:
        columns.append(BarColumn(bar_width=30 if width >= 120 else 12))
    columns.append(MofNCompleteColumn(table_column=fixed))
    counts = Column(no_wrap=True, overflow="ellipsis", ratio=1)
    if width >= _NARROW:
        columns.append(TextColumn("[dim]{task.fields[counts]}", table_column=counts))
    columns += [TimeRemainingColumn(compact=True), TextColumn("left", table_column=fixed)]
    return Progress(*columns, console=RichConsole(stderr=True), expand=width >= _NARROW)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
