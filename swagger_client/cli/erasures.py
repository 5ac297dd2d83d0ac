from __future__ import annotations

from argparse import Namespace
from typing import NamedTuple

from swagger_client.archive import Archive
from swagger_client.archive.canonical import stored_id
from swagger_client.archive.past_erasures import ERASURE
from swagger_client.cli.options import filters
from swagger_client.cli.text import plural, quote

#: The filters that are not applied to webhook events.
_NOT_APPLIED = ("sender", "direction", "status", "has_files", "since_run")


class Erased(NamedTuple):
    """The archived records whose content one erasure removed.

    :ivar seq: the number of the erasure's entry in the audit log of the archive.
    :ivar places: the erased records, as (conversation id, number in the hash chain).
    """

    seq: int
    at: str
    by: str
    reason: str
    places: frozenset[tuple[str, int]]

    @property
    def text(self) -> str:
        records = plural(len(self.places), "record")
        return f"Erased at {self.at} by {quote(self.by)}: {records}. Reason: {quote(self.reason)}"


def find_erasures(archive: Archive, session_id: str) -> list[Erased]:
    """Return the erasures that removed records of a conversation, the oldest first."""
    found = []
    for one in _read_erasures(archive):
        places = frozenset(place for place in one.places if place[0] == session_id)
        if places:
            found.append(one._replace(places=places))
    return found


def describe_omissions(archive: Archive, options: Namespace) -> list[str]:
    """Return a line for each erasure in the selected conversations, and one for accepted events."""
    lines = [
        f"Conversation {quote(one)}: {erased.text}"
        for one in options.session_id or ()
        for erased in find_erasures(archive, stored_id(one))
    ]
    selected = filters(options)
    count = len(archive.event_status(**selected).accepted)
    if count:
        others = [name for name in _NOT_APPLIED if name in selected]
        unchecked = ["--" + name.replace("_", "-") for name in others]
        unchecked += ["the words"] if getattr(options, "words", None) else []
        lines.append(
            f"Not included: {plural(count, 'message')} that Zoom's API does not return, only "
            "webhook events. `zoom-sms status` lists the conversations, `zoom-sms show ID` prints "
            "the texts." + (f" Not checked for them: {', '.join(unchecked)}." if unchecked else "")
        )
    return lines


def erased_since(archive: Archive, run: int) -> list[tuple[str, str]]:
    """Return (session id, message id) of messages stored up to ``run`` and erased later."""
    last = next((one for one in archive.runs() if one.run == run), None)
    end = 0 if last is None or last.account_seq is None else last.account_seq
    # An erasure ends its archive run just before it stores its tombstone, in one transaction.
    end += last is not None and last.kind == ERASURE
    places = {place for one in _read_erasures(archive) if one.seq > end for place in one.places}
    if not places:
        return []
    return sorted(
        {
            (one.session_id, one.item)
            for one in archive.tombstones()
            # The export of an archive run has only versions that this run and earlier runs stored.
            if one.kind == "message" and one.run <= run and (one.session_id, one.seq) in places
        }
    )


def _read_erasures(archive: Archive) -> list[Erased]:
    return [
        Erased(
            entry.seq,
            entry.at,
            str(entry.fields.get("by")),
            str(entry.fields.get("reason")),
            frozenset(_places(entry.fields.get("records"))),
        )
        for entry in archive.audit_log()
        if entry.kind == ERASURE
    ]


def _places(records: object) -> list[tuple[str, int]]:
    return [(str(one[0]), int(one[1])) for one in records] if isinstance(records, list) else []
