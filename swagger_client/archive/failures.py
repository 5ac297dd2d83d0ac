"""What could not be read at Zoom: conversations, and files of messages."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Literal, NamedTuple


class Failure(NamedTuple):
    """A conversation, or a file of a message, that is missing from the archive.

    :ivar str kind: "conversation" or "file".
    :ivar str | None message_id: the message of a file.
    :ivar str | None name: the name of a file.
    :ivar int attempts: how often it was tried; a failure that may be transient is not counted.
    :ivar str | None reason: why it failed; None for a file that was not tried yet.
    """

    kind: Literal["conversation", "file"]
    session_id: str
    message_id: str | None
    name: str | None
    attempts: int
    reason: str | None


def read_failures(connection: sqlite3.Connection, *, with_files: bool) -> Iterator[Failure]:
    """Yield what is missing and was not accepted by a person.

    :param with_files: whether files are archived too.
    """
    for session_id, attempts, reason in connection.execute(
        "SELECT session_id, max(attempts), reason FROM gaps WHERE state <> 'accepted' "
        "GROUP BY session_id ORDER BY session_id"
    ):
        yield Failure("conversation", session_id, None, None, attempts, reason)
    if not with_files:
        return
    for row in connection.execute(
        "SELECT m.session_id, m.message_id, a.name, a.attempts, a.reason "
        "FROM attachments a JOIN messages m USING (message) "
        "WHERE a.state IN ('pending', 'failed') ORDER BY m.session_id, m.seq, a.position"
    ):
        yield Failure("file", *row)
