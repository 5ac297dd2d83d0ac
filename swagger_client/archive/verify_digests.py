"""Finds the run or audit entry to which a stored digest belongs."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

_DIGEST = re.compile("[0-9a-f]{64}")


class FoundDigest(NamedTuple):
    """A digest that still verifies: nothing that it covers was changed.

    :ivar int | None run: the run that it is the digest of.
    :ivar int | None account_seq: the entry of the account's log that it is the hash of.
    :ivar str | None at: when the run ended, or began if it is interrupted; when the entry was made.
    """

    digest: str
    run: int | None
    account_seq: int | None
    at: str


def check_digests(digest: str | Sequence[str] | None) -> list[str]:
    """Return digests in lower case.

    :raises ValueError: when one cannot be a digest.
    """
    given = [digest] if isinstance(digest, str) else digest or ()
    digests = [one.strip().lower() for one in given]
    for one in digests:
        if not _DIGEST.fullmatch(one):
            raise ValueError(f"the digest has 64 hexadecimal digits (0-9, a-f), unlike {one!r}")
    return digests


def find_digest(connection: sqlite3.Connection, digest: str) -> FoundDigest | None:
    """Return the run or audit entry with a digest; None if there is neither."""
    for run, at in connection.execute(
        "SELECT run, finished_at FROM runs WHERE digest = ?", (digest,)
    ):
        return FoundDigest(digest, run, None, at)
    for seq, at in connection.execute(
        "SELECT seq, at FROM account_records WHERE hash = ?", (digest,)
    ):
        return FoundDigest(digest, None, seq, at)
    return None
