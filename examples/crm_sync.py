"""Copy new text messages into your own SQLite database. Run it every five minutes.

    python examples/crm_sync.py crm.sqlite3
    python examples/crm_sync.py try.sqlite3 --sandbox

A run lists the conversations that changed since the last run, and reads the new messages of each
with its sync token. If a run fails, the next run reads the same messages again. Messages are stored
by their id. It reads the account of the environment variables, or a made-up account with
--sandbox.
"""

from __future__ import annotations

import sqlite3
import sys
from contextlib import ExitStack, closing
from datetime import datetime, timedelta, timezone

import swagger_client
from swagger_client.sandbox import Sandbox

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    session_id TEXT, message_id TEXT, sent_at TEXT, direction TEXT, sender TEXT, text TEXT,
    PRIMARY KEY (session_id, message_id, sent_at));
CREATE TABLE IF NOT EXISTS sync (session_id TEXT PRIMARY KEY, token TEXT);
CREATE TABLE IF NOT EXISTS last_run (started_at TEXT);
"""
#: Zoom may list a message late, so each run looks a day further back than the last one began.
OVERLAP = timedelta(days=1)


def sync(api: swagger_client.SMSApi, database: sqlite3.Connection) -> int:
    """Store new messages; return the number of messages read."""
    database.executescript(SCHEMA)
    started = datetime.now(timezone.utc)
    last = database.execute("SELECT started_at FROM last_run ORDER BY rowid DESC").fetchone()
    # After a run with a wrong clock, the last run may seem to have begun in the future.
    since = started - timedelta(days=30)
    if last:
        since = min(datetime.fromisoformat(last[0]), started) - OVERLAP
    tokens = dict(database.execute("SELECT session_id, token FROM sync"))
    count = 0
    for session in api.iter_account_sms_session(
        _from=since, session_type="all", filter_type="sent_received_message_time"
    ):
        new = api.iter_sms_session_sync(session.session_id, tokens.get(session.session_id))
        rows = [
            (session.session_id, one.message_id, one.date_time, one.direction,
             one.sender.phone_number if one.sender else None, one.message)
            for one in new
        ]  # fmt: skip
        with database:  # the messages and the token that covers them, or neither
            database.executemany("REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?)", rows)
            database.execute(
                "REPLACE INTO sync VALUES (?, ?)", (session.session_id, new.sync_token)
            )
        count += len(rows)
    with database:
        database.execute("INSERT INTO last_run VALUES (?)", (started.isoformat(),))
    return count


def main(path: str = "crm.sqlite3", *options: str) -> None:
    """Run one sync."""
    with ExitStack() as stack:
        if "--sandbox" in options:
            zoom = stack.enter_context(Sandbox(seed=7))
            configuration = swagger_client.Configuration()
            configuration.host, configuration.access_token = zoom.host, zoom.access_token
        else:
            try:
                configuration = swagger_client.Configuration.from_env()
            except ValueError as error:
                sys.exit(f"{error}. With --sandbox, a made-up account is read.")
        client = stack.enter_context(swagger_client.ApiClient(configuration))
        database = stack.enter_context(closing(sqlite3.connect(path)))
        print(sync(swagger_client.SMSApi(client), database), "messages read")


if __name__ == "__main__":
    main(*sys.argv[1:])
