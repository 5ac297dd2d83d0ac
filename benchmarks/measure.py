"""Ratios of two things that are timed in turn, so that a busy machine slows both alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from time import perf_counter, process_time
from typing import NamedTuple

Timer = Callable[[], float]
#: So many seconds should one sample take: well above the clock's grain.
SAMPLE = 0.01


class Spread(NamedTuple):
    """The median and the quartiles of some figures."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> Spread:
        """The spread of at least two figures."""
        low, median, high = statistics.quantiles(figures, n=4)
        return cls(median, low, high)


class Comparison(NamedTuple):
    """What a subject costs, as multiples of what the baseline costs, a figure for each round.

    ``noises`` are those of the baseline against itself in the same rounds; ``baselines`` and
    ``subjects`` are samples in the row's own unit.
    """

    ratios: list[float]
    noises: list[float]
    baselines: list[float]
    subjects: list[float]
    unit: str

    @property
    def ratio(self) -> Spread:
        """What the subject costs."""
        return Spread.of(self.ratios)

    @property
    def noise(self) -> Spread:
        """How far the machine's own unrest goes."""
        return Spread.of(self.noises)

    def and_(self, other: Comparison) -> Comparison:
        """The rounds of both."""
        return Comparison(
            self.ratios + other.ratios,
            self.noises + other.noises,
            self.baselines + other.baselines,
            self.subjects + other.subjects,
            self.unit,
        )


def compare(
    baseline: Timer, subject: Timer, *, rounds: int, unit: str = "s", before: Timer | None = None
) -> Comparison:
    """Take samples in turn: baseline, subject, baseline; every other round the other way round.

    :param baseline: takes one sample of the baseline, in units.
    :param subject: takes one sample of the subject.
    :param rounds: how many.
    :param before: run ahead of each sample, untimed.
    """
    ratios, noise, bases, subjects = [], [], [], []
    for number in range(rounds):
        turn = [baseline, subject, baseline] if number % 2 else [subject, baseline, baseline]
        taken = []
        for sample in turn:
            if before is not None:
                before()
            taken.append(sample())
        base = taken[0] if number % 2 else taken[1]
        measured = taken[1] if number % 2 else taken[0]
        ratios.append(measured / base)
        noise.append(taken[2] / base)
        bases.append(base)
        subjects.append(measured)
    return Comparison(ratios, noise, bases, subjects, unit)


def timer(work: Callable[[], object], clock: Callable[[], float] = process_time) -> Timer:
    """A timer of one run of ``work``: a sample repeats it until it is long enough.

    The clock counts the process's own time, so that what else the machine does counts less; what
    waits for others is timed with ``perf_counter``.
    """
    _seconds(work, 20, perf_counter)  # connects, imports and compiles what the first runs need
    number = max(1, round(SAMPLE / min(_seconds(work, 1, perf_counter) for _ in range(5))))
    return lambda: _seconds(work, number, clock) / number


def _seconds(work: Callable[[], object], number: int, clock: Callable[[], float]) -> float:
    repeats = range(number)
    start = clock()
    for _ in repeats:
        work()
    return clock() - start
