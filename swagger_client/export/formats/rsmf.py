"""The format RSMF 2.0, for e-discovery: a file for each day of a conversation."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from swagger_client.archive import Party
from swagger_client.export.files import stable_id
from swagger_client.export.formats import FolderFormat
from swagger_client.export.job import Job
from swagger_client.export.mail_folder import MailFolder
from swagger_client.export.mime import (
    DOMAIN,
    Header,
    Part,
    address_of,
    date_header,
    mailbox,
    write_mail,
)
from swagger_client.export.source import Conversation, ExportedMessage, to_iso
from swagger_client.export.transcript import STATUSES

VERSION = "2.0.0"
#: The limits of one RSMF file: events, and bytes of attachments. Base64 adds a third to the bytes.
_MOST_EVENTS, _MOST_BYTES = 10_000, 1_400_000_000
_EPOCH = (1980, 1, 1, 0, 0, 0)
_DIRECTIONS = {"In": "incoming", "Out": "outgoing"}

Json = dict[str, object]


class _Event(NamedTuple):
    """A message with its attachments: an event of an RSMF file."""

    row: ExportedMessage
    parts: tuple[Part, ...]

    @property
    def bytes(self) -> int:
        return sum(part.size for part in self.parts)


class _Participants:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._ids: dict[Party, str] = {}

    def id_of(self, party: Party) -> str:
        return self._ids.setdefault(party, f"P{len(self._ids) + 1}")

    def __iter__(self) -> Iterator[Party]:
        return iter(self._ids)

    def objects(self) -> list[Json]:
        return [self._object(party, name) for party, name in self._ids.items()]

    def label(self, party: Party) -> str:
        """Return the name of a participant, from the address book or else from Zoom."""
        return self._job.names.name_of(party.phone_number) or party.label

    def _object(self, party: Party, name: str) -> Json:
        found: Json = {
            "id": name,
            "display": self.label(party),
            "email": address_of(party),
            "custom": _custom(
                phone_number=party.phone_number,
                name_at_zoom=party.display_name,
                extension=party.owner_type,
            ),
        }
        return found | ({"account_id": party.owner_id} if party.owner_id else {})


class _Files(MailFolder):
    """Writes an RSMF file for each day of each conversation."""

    def _write_conversation(self, conversation: Conversation, title: str, folder: Path) -> None:
        rows = self._job.source.messages_of(conversation.session_id)
        for day, of_day in groupby(rows, key=self._day):
            for part, events in enumerate(_split_into_files(map(self._event, of_day)), 1):
                name = day if part == 1 else f"{day}-{part}"
                self._write_file(folder / f"{name}.rsmf", conversation, title, name, events)

    def _day(self, row: ExportedMessage) -> str:
        at = row.sent_at
        return "undated" if at is None else f"{self._job.local(at) or at:%Y-%m-%d}"

    def _event(self, row: ExportedMessage) -> _Event:
        self.messages += 1
        parts: list[Part] = []
        for number, attachment in enumerate(row.message.attachments, 1):
            prefix = stable_id(attachment.attachment_id, row.message.message_id)[:12]
            parts.append(self._part(attachment, f"{prefix}-{number}"))
        return _Event(row, tuple(parts))

    def _write_file(
        self,
        path: Path,
        conversation: Conversation,
        title: str,
        day: str,
        events: Sequence[_Event],
    ) -> None:
        people = _Participants(self._job)
        for one in conversation.participants:
            people.id_of(one)
        manifest = self._manifest(conversation, title, people, events)
        attachments = [part for event in events for part in event.parts]
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".zip") as archive:
            _write_zip(archive.name, manifest, attachments)
            headers = list(self._headers(conversation, title, day, people, events))
            boundary = f"=_{stable_id(conversation.session_id, day)}"
            part = Part("rsmf.zip", "rsmf.zip", "application/zip", Path(archive.name))
            with path.open("xb") as file:
                text = self._transcript(title, people, events)
                write_mail(file, headers, text, [part], boundary=boundary)

    def _headers(
        self,
        conversation: Conversation,
        title: str,
        day: str,
        people: _Participants,
        events: Sequence[_Event],
    ) -> Iterator[Header]:
        mailboxes = [mailbox(people.label(one), address_of(one)) for one in people]
        times = [event.row.sent_at for event in events]
        yield "From", mailboxes[0] if mailboxes else f"unknown@{DOMAIN}"
        yield "To", ", ".join(mailboxes[1:]) or f"unknown@{DOMAIN}"
        yield from date_header(times[0])
        yield "Subject", f"Text messages: {title}, {day}"
        yield "Message-ID", f"<{stable_id(conversation.session_id, day)}@{DOMAIN}>"
        yield "X-RSMF-Version", VERSION
        yield "X-RSMF-Generator", self._job.statement.generator
        if times[0] is not None and times[-1] is not None:
            yield "X-RSMF-BeginDate", to_iso(times[0])
            yield "X-RSMF-EndDate", to_iso(times[-1])
        yield "X-RSMF-EventCount", str(len(events))
        yield "X-RSMF-AttachmentCount", str(sum(len(event.parts) for event in events))
        yield "X-RSMF-Application", "SMS"
        if mailboxes:
            yield "X-RSMF-Custodian", mailboxes[0]
        yield "X-RSMF-Participants", ", ".join(mailboxes)
        yield "X-RSMF-EventCollectionID", conversation.session_id

    def _transcript(self, title: str, people: _Participants, events: Sequence[_Event]) -> str:
        """Return the messages as plain text, for the body of the e-mail."""
        lines = [title, f"Times in UTC. Selection: {self._job.statement.selection}", ""]
        for event in events:
            message = event.row.message
            status = STATUSES.get(message.delivery_status or "", message.delivery_status)
            mark = f"  [{status}]" if status else ""
            time = message.date_time or "no time"
            lines.append(f"{time}  {people.label(message.sender)}{mark}")
            lines += [message.text or "", *(f"[file: {part.name}]" for part in event.parts), ""]
        return "\n".join(lines)

    def _manifest(
        self,
        conversation: Conversation,
        title: str,
        people: _Participants,
        events: Sequence[_Event],
    ) -> Json:
        described = [self._describe(event, conversation, people) for event in events]
        statement = self._job.statement
        of_conversation: Json = {
            "id": conversation.session_id,
            "display": title,
            "platform": "sms",
            "type": "direct",
            "participants": [people.id_of(one) for one in people],
            "custom": _custom(
                session_type=conversation.session_type,
                chain_records=conversation.records,
                chain_hash=conversation.hash,
                archive=statement.archive,
                archive_digest=statement.digest,
                archive_last_run=statement.last_run,
                selection=statement.selection,
                names=statement.names,
            ),
        }
        if conversation.participants:
            of_conversation["custodian"] = people.id_of(conversation.participants[0])
        return {
            "version": VERSION,
            "participants": people.objects(),
            "conversations": [of_conversation],
            "events": described,
            "eventcollectionid": conversation.session_id,
        }

    def _describe(self, event: _Event, conversation: Conversation, people: _Participants) -> Json:
        message, at = event.row.message, event.row.sent_at
        sender = people.id_of(message.sender)
        recipients = [people.id_of(one) for one in message.recipients]
        local = self._job.local(at)
        found: Json = {
            "id": message.message_id
            if not message.copy
            else f"{message.message_id}/{message.copy}",
            "type": "message",
            "participant": sender,
            "conversation": conversation.session_id,
            "body": message.text or "",
            "custom": _custom(
                date_time=message.date_time,
                local_time=None if local is None else local.isoformat(),
                message_type=message.message_type,
                delivery_status=message.delivery_status,
                recipients=", ".join(people.label(one) for one in message.recipients),
                record_seq=message.seq,
                record_run=message.run,
                record_hash=message.hash,
                **{
                    f"sha256_{number}": attachment.sha256
                    for number, attachment in enumerate(message.attachments, 1)
                },
            ),
        }
        if at is not None:
            found["timestamp"] = to_iso(at)
        if message.direction in _DIRECTIONS:
            found["direction"] = _DIRECTIONS[message.direction]
        if event.parts:
            found["attachments"] = [
                {"id": part.name, "display": part.label, "size": part.size} for part in event.parts
            ]
        if message.delivery_status == "delivered" and recipients:
            found["read_receipts"] = [
                {"participant": one, "action": "delivered"} for one in recipients
            ]
        return found | self._edits(event.row, sender)

    def _edits(self, row: ExportedMessage, sender: str) -> Json:
        """Return the earlier versions of a message as RSMF "edits" (changes of an event)."""
        if not row.has_versions:
            return {}
        return {
            "edits": [
                {
                    "participant": sender,
                    "timestamp": version.started_at,
                    "previous": _edit_text(version.changes, 0),
                    "new": _edit_text(version.changes, 1),
                }
                for version in self._job.source.versions(row.message)
            ]
        }


def _edit_text(changes: dict[str, tuple[object, object]], side: int) -> str:
    """Describe the changed values: the old values (``side`` 0) or the new values (1)."""
    if set(changes) == {"message"}:
        return str(changes["message"][side] or "")
    return "; ".join(f"{name}: {values[side]}" for name, values in changes.items())


def _custom(**values: object) -> list[Json]:
    """Return values as custom properties, without empty values, which RSMF forbids."""
    return [
        {"name": name, "value": str(value)}
        for name, value in values.items()
        if value is not None and str(value)
    ]


def _split_into_files(events: Iterable[_Event]) -> Iterator[list[_Event]]:
    """Divide the messages of a day into lists that fit the size limits of one file."""
    part: list[_Event] = []
    size = 0
    for event in events:
        if part and (len(part) == _MOST_EVENTS or size + event.bytes > _MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(event)
        size += event.bytes
    if part:
        yield part


def _write_zip(path: str, manifest: Json, attachments: Sequence[Part]) -> None:
    """Write the zip file with fixed times, so that equal contents give equal bytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        archive.writestr(_entry("rsmf_manifest.json"), text.encode())
        for part in sorted(attachments, key=lambda one: one.name):
            with part.open() as content, archive.open(_entry(part.name), "w") as target:
                shutil.copyfileobj(content, target)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system, entry.external_attr = 3, 0o600 << 16
    return entry


FORMAT = FolderFormat(lambda job, folder: _Files(job, folder).write("rsmf"))
