"""Finds the archive run, or the record of the audit log, to which a digest belongs.

A digest is a hash over the whole archive at a certain time.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

_DIGEST = re.compile("[0-9a-f]{64}")


class FoundDigest(NamedTuple):
    """A digest found in the archive, and the archive run or audit log record that has it.

    :ivar str digest: the digest, in hexadecimal.
    :ivar int | None run: the number of the run that has this digest; None for an audit log record.
    :ivar int | None account_seq: the number of the audit log record with this hash; None for a run.
    :ivar str at: the time, in UTC, at which the run finished or the record was stored. For an
        unfinished run, it is the time at which the run started.
    """

    digest: str
    run: int | None
    account_seq: int | None
    at: str


def check_digests(digest: str | Sequence[str] | None) -> list[str]:
    """Return digests in lower case; raise ValueError if one is not 64 hexadecimal digits."""
    given = [digest] if isinstance(digest, str) else digest or ()
    digests = [one.strip().lower() for one in given]
    for one in digests:
        if not _DIGEST.fullmatch(one):
            raise ValueError(f"a digest must have 64 hexadecimal digits (0-9, a-f), not {one!r}")
    return digests


def find_digest(connection: sqlite3.Connection, digest: str) -> FoundDigest | None:
    for run, at in connection.execute(
        "SELECT run, finished_at FROM runs WHERE digest = ?", (digest,)
    ):
        return FoundDigest(digest, run, None, at)
    for seq, at in connection.execute(
        "SELECT seq, at FROM account_records WHERE hash = ?", (digest,)
    ):
        return FoundDigest(digest, None, seq, at)
    return None
