"""What reading an archive costs, as ratios of CPU time to one limit measured in the same run.

    python -m benchmarks.archive_reading                          # 20,000 messages
    python -m benchmarks.archive_reading --messages 1000000 --conversations 30000

The limit: read every message's JSON from the database, `json.loads`, `json.dumps`, write it.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from itertools import islice
from pathlib import Path

from swagger_client.archive import Archive
from swagger_client.archive.store import Store
from swagger_client.archive.store_queries import Listing, SessionWindow

_START = datetime(2024, 1, 1, tzinfo=timezone.utc)
_TEXT = """the meeting is moved to thursday please call me back about invoice and delivery thanks
your order has shipped can you confirm address tomorrow morning okay see you there"""


def people_of(session: int) -> tuple[dict[str, object], dict[str, object]]:
    """Return the user and the customer of a conversation."""
    inside: dict[str, object] = {
        "phone_number": f"+1810800{session % 200:04d}",
        "display_name": f"User {session % 200}",
        "owner": {"type": "user", "id": f"u{session % 200:021d}"},
    }
    outside: dict[str, object] = {
        "phone_number": f"+1339{session:07d}",
        "display_name": f"Customer {session}",
    }
    return inside, outside


def messages_of(
    session: int, count: int, chance: random.Random, begin: datetime = _START
) -> Iterator[dict[str, object]]:
    """Yield the messages of a conversation in Zoom's form."""
    inside, outside = people_of(session)
    for number in range(count):
        out = chance.random() < 0.5
        sender, receiver = (inside, outside) if out else (outside, inside)
        at = begin + timedelta(minutes=session % 997 + 613 * number)
        files = [{"id": f"a{session}-{number}", "name": "a.jpg", "type": "JPG", "size": 5_120}]
        yield {
            "message_id": f"IQ-{session:08d}-{number:08d}",
            "date_time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "direction": "Out" if out else "In",
            "message": " ".join(chance.choices(_TEXT.split(), k=chance.randrange(4, 24))),
            "message_type": 1,
            "delivery_status": "delivered" if out else "received",
            "sender": sender,
            "to_members": [receiver],
            "attachments": files if chance.random() < 0.05 else [],
        }


def make(path: Path, messages: int, conversations: int) -> None:
    """Create an archive without requests."""
    chance = random.Random(1)
    each = messages // conversations
    with closing(Store(path)) as store:
        found = (
            (number, list(messages_of(number, each, chance))) for number in range(conversations)
        )
        add_run(store, "2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z", found)


def add_run(
    store: Store,
    since: str,
    until: str,
    conversations: Iterable[tuple[int, list[dict[str, object]]]],
) -> None:
    """Store an archive run that has found these messages, by the number of the conversation."""
    listing = Listing(since, until, "last_message_time")
    with store.transaction():
        run = store.begin_run(
            "all",
            spans=[(since, until)],
            covered_from=since,
            started_at=until,
            listings=[listing],
        )
    remaining = iter(conversations)
    while some := list(islice(remaining, 50)):
        with store.transaction():
            for session, messages in some:
                session_id = f"{session:032x}"
                described = {
                    "session_id": session_id,
                    "session_type": "user",
                    "participants": [*people_of(session)],
                }
                store.record_listing(run, listing, [(session_id, described)], done=True)
                reading = SessionWindow(session_id, since, until)
                store.record_messages(run, reading, messages, done=True)
    with store.transaction():
        store.finish_run(run, until)


_AS_STORED = "SELECT content FROM records WHERE kind = 'message'"
OLDEST_FIRST = (
    "SELECT r.content FROM messages m JOIN records r USING (record)"
    " ORDER BY m.sent_at, m.fraction, m.session_id, m.first_seq"
)


def limit(path: Path, output: Path, statement: str = _AS_STORED) -> int:
    """Do only the steps that every reader needs."""
    count = 0
    with closing(sqlite3.connect(path)) as connection, output.open("w", encoding="utf-8") as file:
        for (raw,) in connection.execute(statement):
            file.write(json.dumps(json.loads(raw)) + "\n")
            count += 1
    return count


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU time of a function in seconds."""
    before = time.process_time()
    work()
    return time.process_time() - before


def compare(work: Callable[[], object], base: Callable[[], object], repeat: int) -> list[float]:
    """Return the lowest CPU times of a function and of the limit, measured alternately."""
    times = [(cpu(work), cpu(base)) for _ in range(repeat)]
    return [min(each) for each in zip(*times, strict=True)]


def peak() -> float:
    """Return the largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: list[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--conversations", type=int, default=600)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--database", type=Path, help="an archive that was made before")
    options = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="archive-reading-"))
    path = options.database or folder / "sms.sqlite3"
    if not path.exists():
        before = time.process_time()
        make(path, options.messages, options.conversations)
        print(f"made in {time.process_time() - before:.1f} s of CPU, {path.stat().st_size:,} bytes")
    repeat = options.repeat
    count = limit(path, folder / "limit")
    print(f"{count:,} messages; memory {peak():.0f} MiB")
    with Archive(path) as archive:
        number = str(archive.people()[0].number)
        session_id = next(archive.conversations()).session_id
        work: dict[str, Callable[[], object]] = {
            "the limit, oldest first": lambda: limit(path, folder / "limit", OLDEST_FIRST),
            "read all messages": lambda: sum(1 for _ in archive.messages()),
            "messages of one number": lambda: sum(1 for _ in archive.messages(number=number)),
            "messages of one conversation": lambda: archive.conversation(session_id),
            "search, 50 newest": lambda: sum(1 for _ in archive.search("invoice", limit=50)),
            "export to JSON lines": lambda: archive.export(folder / "x.jsonl"),
            "export to CSV": lambda: archive.export(folder / "x.csv", "csv"),
            "list conversations": lambda: sum(1 for _ in archive.conversations()),
            "list people": archive.people,
            "verify": archive.verify,
        }
        for name, one in work.items():
            spent, base = compare(one, lambda: limit(path, folder / "limit"), repeat)
            print(
                f"{name:30} {spent / base:7.3f}  {spent:8.3f} s, limit {base:7.3f} s, "
                f"{spent / count * 1e6:7.2f} µs a message, memory {peak():.0f} MiB",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
