"""Hashes the records of an archive, so that an altered record is noticed.

The records of a conversation form a hash chain: the hash of each record covers the hash of the
record before it. A record's hash does not cover the content directly, but a commitment: SHA-256
over a random salt and the content. When content and salt are erased, the commitment is kept, and
the chain can still be verified.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable
from json.encoder import encode_basestring_ascii
from typing import NamedTuple

#: Format 2 puts this number before the hashed values, so that its hashes differ from format 1's.
_FORM = 2


class Record(NamedTuple):
    """A record of a conversation's hash chain: a row of the table ``records``.

    :ivar str | None content: canonical JSON; None after it was erased.
    :ivar bytes | None salt: random bytes; None if the content was erased, or in archive format 1.
    :ivar bytes | None commitment: the hash of salt and content; None until the content is erased.
    :ivar int record: the row number in ``records``; no hash covers it.
    """

    session_id: str
    seq: int
    kind: str
    item: str
    run: int
    content: str | None
    salt: bytes | None
    commitment: bytes | None
    hash: str
    record: int

    @property
    def is_form_1(self) -> bool:
        """Whether this record has archive format 1: the hash covers the content itself."""
        return self.salt is None and self.commitment is None

    @property
    def is_well_formed(self) -> bool:
        """Whether the record has either content and salt, or only their hash (commitment).

        If a record with content and commitment, but no salt, were accepted, its content could be
        altered unnoticed, because the record's hash covers only the commitment.
        """
        return is_well_formed(self.content, self.salt, self.commitment)


def is_well_formed(content: str | None, salt: bytes | None, commitment: bytes | None) -> bool:
    """Return whether a record has either content and salt, or only their hash."""
    if salt is None and commitment is None:  # format 1, which hashes the content itself
        return True
    return (content is None) == (salt is None) == (commitment is not None)


def new_salt() -> bytes:
    return secrets.token_bytes(16)


def commit(salt: bytes, content: str) -> bytes:
    """Return the commitment to a record's content: a hash of salt and content."""
    # In a damaged row, salt or content may have another type. An empty commitment never matches.
    if not isinstance(salt, bytes) or not isinstance(content, str):
        return b""
    return hashlib.sha256(salt + content.encode("utf-8", "surrogateescape")).digest()


def link_hash(before: str, record: Record) -> str | None:
    """Hash a record and the previous record's hash; None for an erased record of format 1."""
    content, salt, commitment = record.content, record.salt, record.commitment
    if salt is None and commitment is None:  # format 1
        return None if content is None else _hash_list(before, *record[:6])
    if content is not None and salt is not None:
        commitment = commit(salt, content)
    return chain_hash(before, record[:5], commitment)


def chain_hash(before: str, public: Iterable[str | int], commitment: bytes | None) -> str:
    """Hash the previous record's hash, a record's `public` fields, and its commitment."""
    committed = commitment.hex() if isinstance(commitment, bytes) else ""
    return _hash_list(_FORM, before, *public, committed)


def run_digest(
    before: str,
    run: Iterable[object],
    heads: Iterable[Iterable[object]],
    account_head: str | None,
) -> str:
    """Compute the digest of an archive run: a hash over all arguments.

    :param before: the digest of the run before it; empty for the first run.
    :param run: the values of the run's row in the table ``runs``, except its digest.
    :param heads: the id, last record number and last hash of each conversation of the run.
    :param account_head: the last hash of the audit log; None in archive format 1.
    """
    start: list[object] = [before, list(run)]
    end = "]]"
    if account_head is not None:
        start, end = [_FORM, *start], f"],{_json(account_head)}]"
    # The heads are hashed one by one: there may be a million of them.
    sha256 = hashlib.sha256(f"{_json(start)[:-1]},[".encode("ascii"))
    separator = ""
    for head in heads:
        sha256.update(f"{separator}{_json(list(head))}".encode("ascii"))
        separator = ","
    sha256.update(end.encode("ascii"))
    return sha256.hexdigest()


def _hash_list(*values: object) -> str:
    """Hash the JSON list of some texts and integers, twice as fast as with ``json.dumps``."""
    # In a damaged row, a value may be bytes. The hash must differ then, without an error.
    parts = [encode_basestring_ascii(one) if type(one) is str else str(one) for one in values]
    return hashlib.sha256(f"[{','.join(parts)}]".encode()).hexdigest()


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=str)
