"""Measure ratios of two functions alternately, so that a busy machine slows both."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from time import perf_counter, process_time
from typing import NamedTuple

Timer = Callable[[], float]
#: So many seconds should one sample take: well above the clock's grain.
SAMPLE = 0.01


class Spread(NamedTuple):
    """The median and the quartiles of several figures."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, figures: Sequence[float]) -> Spread:
        """Return the spread of at least two figures."""
        low, median, high = statistics.quantiles(figures, n=4)
        return cls(median, low, high)


class Comparison(NamedTuple):
    """The cost of a subject as multiples of the cost of a baseline, one figure for each round.

    ``noises`` are ratios of the baseline to itself in the same rounds. ``baselines`` and
    ``subjects`` are the measured figures.
    """

    ratios: list[float]
    noises: list[float]
    baselines: list[float]
    subjects: list[float]
    unit: str

    @property
    def ratio(self) -> Spread:
        """The cost of the subject as a multiple of the baseline's."""
        return Spread.of(self.ratios)

    @property
    def noise(self) -> Spread:
        """The ratio of the baseline to itself, which shows how exact the measurement is."""
        return Spread.of(self.noises)

    def and_(self, other: Comparison) -> Comparison:
        """Return a comparison with the rounds of both."""
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
    """Measure baseline, subject and baseline again; in every other round in reverse order.

    :param baseline: returns one measurement of the baseline.
    :param subject: returns one measurement of the subject.
    :param rounds: the number of rounds.
    :param before: called before each measurement.
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
    """Return a function that measures one run of ``work``.

    It repeats ``work`` until the time is long enough to measure. The default clock counts CPU time
    of this process, so that other processes matter less. For work that waits for other processes,
    use ``perf_counter``.
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
