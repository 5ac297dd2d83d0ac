"""The hashes that chain an archive's records. All pure.

A record's hash covers a commitment to its content: SHA-256 over a random salt and the content. So
content and salt can be erased, and the chain can still be verified from the commitment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring_ascii
from typing import NamedTuple

SALT_BYTES = 16
#: Where salts come from, such as ``secrets.token_bytes``.
RandomBytes = Callable[[int], bytes]
#: Prefix of hashes in archive format 2, so that none is valid in format 1.
_FORM = 2


class Record(NamedTuple):
    """A link of a conversation's chain: a row of ``records``.

    :ivar str | None content: canonical JSON; None once it is erased.
    :ivar bytes | None salt: None once the content is erased, and in records of archive format 1.
    :ivar bytes | None commitment: stored when the content is erased.
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
        """Whether the hash covers the content itself, as in archive format 1."""
        return self.salt is None and self.commitment is None

    @property
    def is_well_formed(self) -> bool:
        """Whether it has content and salt, or a commitment in their place.

        A commitment beside a content would verify whatever the content says.
        """
        return is_well_formed(self.content, self.salt, self.commitment)


def is_well_formed(content: str | None, salt: bytes | None, commitment: bytes | None) -> bool:
    """Return whether a record has its content and salt, or their commitment, but not both."""
    if salt is None and commitment is None:  # format 1, which hashes the content itself
        return True
    return (content is None) == (salt is None) == (commitment is not None)


def commit(salt: bytes, content: str) -> bytes:
    """Return the commitment to a record's content."""
    # A damaged row may hold text where bytes were, and the other way round: another commitment.
    if not isinstance(salt, bytes) or not isinstance(content, str):
        return b""
    return hashlib.sha256(salt + content.encode("utf-8", "surrogateescape")).digest()


def link_hash(before: str, record: Record) -> str | None:
    """Return the hash of a record that follows the hash ``before`` in the chain.

    None for an erased record of archive format 1, whose hash covered the content.
    """
    if record.is_form_1:
        return None if record.content is None else _hash_list(before, *record[:6])
    commitment = record.commitment
    if record.content is not None and record.salt is not None:
        commitment = commit(record.salt, record.content)
    return chain_hash(before, record[:5], commitment)


def chain_hash(before: str, said: Iterable[str | int], commitment: bytes | None) -> str:
    """Hash the previous hash, the public fields of a record, and its commitment."""
    committed = commitment.hex() if isinstance(commitment, bytes) else ""
    return _hash_list(_FORM, before, *said, committed)


def run_digest(
    before: str,
    run: Iterable[object],
    heads: Iterable[Iterable[object]],
    account_head: str | None,
) -> str:
    """Return the digest of a run.

    :param before: the digest of the run before it.
    :param run: the run's row, without its digest.
    :param heads: the chains that it grew: conversation, length and last hash.
    :param account_head: the last hash of the account's chain; None for a run of format 1.
    """
    said: list[object] = [before, list(run), [list(head) for head in heads]]
    return _sha256(said if account_head is None else [_FORM, *said, account_head])


def _hash_list(*values: object) -> str:
    """Hash texts and integers, written as a JSON list; `json.dumps` would take twice as long."""
    # A damaged row may hold bytes where text was; its hash is another one then, and no error.
    parts = [encode_basestring_ascii(one) if type(one) is str else str(one) for one in values]
    return hashlib.sha256(f"[{','.join(parts)}]".encode()).hexdigest()


def _sha256(value: object) -> str:
    text = json.dumps(value, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
