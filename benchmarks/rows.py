"""The benchmarks: each compares one function of a client with a baseline."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import urllib3

from benchmarks.contestants import Contestant
from benchmarks.measure import Comparison, Timer, compare, timer
from benchmarks.payloads import KINDS, MESSAGE_ID, RECORDS, SESSION_ID, TOKEN

THREADS = 8
HELD = 10_000


class Bench(NamedTuple):
    """The resources that a benchmark needs."""

    contestant: Contestant
    payloads: Path
    host: str
    rounds: int


class Row(NamedTuple):
    """A benchmark; ``target`` is the largest acceptable ratio."""

    name: str
    target: float
    measure: Callable[[Bench], Comparison]


def rows() -> Iterator[Row]:
    """Return all benchmarks that a client supports."""
    for kind in KINDS:
        yield Row(f"bytes to models, {RECORDS} messages, {kind}", 2.2, _decoding(kind, "messages"))
        yield Row(f"bytes to models, {RECORDS} sessions, {kind}", 2.2, _decoding(kind, "sessions"))
    yield Row("whole call, one thread", 1.2, _whole_call)
    yield Row("whole call, one thread, CPU of the client alone", 1.2, _whole_call_cpu)
    yield Row(f"whole call, {THREADS} threads", 1.2, _whole_call_in_threads)
    yield Row(
        f"whole call, {THREADS} threads, CPU of the client alone",
        1.2,
        lambda bench: _whole_call_in_threads(bench, process_time),
    )
    yield Row("import and a constructed API", 1.2, _starting)
    for kind in KINDS:
        yield Row(f"memory of {HELD:,} messages, {kind}", 0.7, _memory(kind))
    yield Row("reading an attribute", 1.2, _attribute)


def own_rows() -> Iterator[Row]:
    """Return the benchmarks that only this package supports."""
    yield Row("retry, pacing and token decisions", 0.05, _decisions)
    for kind in KINDS:
        yield Row(f"to_dict() of a page, {kind}", 0.5, _to_dict(kind))


def _decoding(kind: str, what: str) -> Callable[[Bench], Comparison]:
    def measure(bench: Bench) -> Comparison:
        raw = (bench.payloads / f"{kind}_{what}").read_bytes()
        decode = getattr(bench.contestant, f"decode_{what}")
        return compare(
            timer(lambda: json.loads(raw)), timer(lambda: decode(raw)), rounds=bench.rounds
        )

    return measure


def _bare_caller(host: str) -> Callable[[], object]:
    """Return a function that reads one message with urllib3 and ``json.loads`` only."""
    http = urllib3.PoolManager(maxsize=THREADS)
    url = f"{host}/phone/sms/sessions/{SESSION_ID}/messages/{MESSAGE_ID}"
    headers = {
        "Accept": "application/json",
        "User-Agent": "bare",
        "Authorization": f"Bearer {TOKEN}",
    }
    return lambda: json.loads(http.request("GET", url, headers=headers).data)


def _whole_call(bench: Bench) -> Comparison:
    bare = timer(_bare_caller(f"{bench.host}/small"), perf_counter)
    ours = timer(bench.contestant.caller(f"{bench.host}/small"), perf_counter)
    return compare(bare, ours, rounds=bench.rounds)


def _whole_call_cpu(bench: Bench) -> Comparison:
    bare = timer(_bare_caller(f"{bench.host}/small"))
    ours = timer(bench.contestant.caller(f"{bench.host}/small"))
    return compare(bare, ours, rounds=bench.rounds)


def _whole_call_in_threads(bench: Bench, clock: Callable[[], float] = perf_counter) -> Comparison:
    with ThreadPoolExecutor(THREADS) as pool:

        def in_threads(call: Callable[[], object]) -> Timer:
            number = 60

            def calls(_: int) -> None:
                for _ in range(number):
                    call()

            def sample() -> float:
                start = clock()
                list(pool.map(calls, range(THREADS)))
                return (clock() - start) / (number * THREADS)

            sample()
            return sample

        bare = in_threads(_bare_caller(f"{bench.host}/small"))
        ours = in_threads(bench.contestant.caller(f"{bench.host}/small"))
        return compare(bare, ours, rounds=bench.rounds)


def _starting(bench: Bench) -> Comparison:
    return compare(_fresh("import urllib3"), _fresh(bench.contestant.start), rounds=bench.rounds)


def _fresh(code: str) -> Timer:
    """Measure code in a new interpreter, without the interpreter's own start."""
    timed = (
        "from time import process_time\nstart = process_time()\n"
        f"{code}\nprint(process_time() - start)"
    )
    command = [sys.executable, "-c", timed]

    def sample() -> float:
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    sample()
    return sample


def _memory(kind: str) -> Callable[[Bench], Comparison]:
    def measure(bench: Bench) -> Comparison:
        raw = (bench.payloads / f"{kind}_messages").read_bytes()

        def held(decode: Callable[[bytes], list[Any]]) -> Timer:
            def sample() -> float:
                tracemalloc.start()
                before = tracemalloc.get_traced_memory()[0]
                messages = [decode(raw) for _ in range(HELD // RECORDS)]
                grown = tracemalloc.get_traced_memory()[0] - before
                tracemalloc.stop()
                del messages
                return grown / HELD

            sample()
            return sample

        dicts = held(lambda raw: json.loads(raw)["sms_histories"])
        models = held(lambda raw: bench.contestant.decode_messages(raw).sms_histories)
        return compare(dicts, models, rounds=2, unit="B")

    return measure


class _Slots:
    """An object with slots, whose attributes are the fastest to read."""

    __slots__ = ("message",)

    def __init__(self, message: object) -> None:
        self.message = message


def _attribute(bench: Bench) -> Comparison:
    raw = (bench.payloads / "full_messages").read_bytes()
    model = bench.contestant.decode_messages(raw).sms_histories[0]
    return compare(
        timer(_reader(_Slots(model.message))), timer(_reader(model)), rounds=bench.rounds
    )


def _reader(item: Any) -> Callable[[], None]:
    """Return a function that reads an attribute many times."""
    code = "def read(item=item):\n    for _ in range(100):\n" + "        item.message\n" * 20
    names: dict[str, Any] = {"item": item}
    exec(code, names)
    read: Callable[[], None] = names["read"]
    return read


def _to_dict(kind: str) -> Callable[[Bench], Comparison]:
    def measure(bench: Bench) -> Comparison:
        raw = (bench.payloads / f"{kind}_messages").read_bytes()
        plain, page = json.loads(raw), bench.contestant.decode_messages(raw)
        return compare(
            timer(lambda: copy.deepcopy(plain)), timer(page.to_dict), rounds=bench.rounds
        )

    return measure


def _decisions(bench: Bench) -> Comparison:
    from benchmarks.decisions import decide

    bare = timer(_bare_caller(f"{bench.host}/small"))
    return compare(bare, timer(decide()), rounds=bench.rounds)
