"""Measure the time from a new message to its commit: ``python -m benchmarks.events``.

The sandbox sends an event for each message to ``zoom-sms listen`` in another process. That process
reads the message from the sandbox's API and commits it to the archive.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from swagger_client.sandbox import Sandbox


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.events", description=__doc__)
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--pause", type=float, default=0.05, help="mean seconds between messages")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds = measure(Path(folder), given.messages, given.pause)
    ordered = sorted(seconds)
    print(f"{len(ordered)} messages, {given.pause * 1000:.0f} ms apart on average")
    print(f"median {statistics.median(ordered) * 1000:6.0f} ms")
    print(f"95 %   {ordered[int(len(ordered) * 0.95)] * 1000:6.0f} ms")
    print(f"worst  {ordered[-1] * 1000:6.0f} ms")


def measure(folder: Path, messages: int, pause: float) -> list[float]:
    """Return the seconds from adding each message to its commit in the archive."""
    rng, database = random.Random(7), folder / "sms.sqlite3"
    with Sandbox(seed=7, sessions=100, messages=100) as zoom, listening(zoom, database) as url:
        zoom.subscribe(url)
        sessions = [one.session_id for one in zoom.sessions()]
        added: dict[str, float] = {}
        with watching(database) as committed:
            for _ in range(messages):
                started = time.monotonic()
                message = zoom.add_message(rng.choice(sessions))
                added[message.message_id] = started
                time.sleep(rng.expovariate(1 / pause))
            deadline = time.monotonic() + 60
            while not added.keys() <= committed.keys():
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{len(added.keys() - committed.keys())} are not archived")
                time.sleep(0.01)
        return [committed[message_id] - at for message_id, at in added.items()]


@contextlib.contextmanager
def listening(zoom: Sandbox, database: Path) -> Iterator[str]:
    """Run ``zoom-sms listen`` on a free port; yield its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "ZOOM_API_HOST": zoom.host,
        "ZOOM_ACCESS_TOKEN": zoom.access_token,
        "ZOOM_WEBHOOK_SECRET": zoom.webhook_secret,
    }
    command = [sys.executable, "-m", "swagger_client", "listen", "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [*command, "--database", str(database), "--quiet"],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def watching(database: Path) -> Iterator[dict[str, float]]:
    """Record the commit time of each message in the background, to within 5 ms."""
    committed: dict[str, float] = {}
    stopped = threading.Event()

    def watch() -> None:
        last = 0
        with contextlib.closing(
            sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)
        ) as reader:
            while not stopped.wait(0.005):
                query = "SELECT message, message_id FROM messages WHERE message > ?"
                for number, message_id in reader.execute(query, (last,)).fetchall():
                    committed[message_id] = time.monotonic()
                    last = max(last, number)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield committed
    finally:
        stopped.set()
        thread.join()


if __name__ == "__main__":
    main()
