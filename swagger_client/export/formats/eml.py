"""The format EML: an e-mail file for each message, for systems that import e-mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from swagger_client.export.files import stable_id
from swagger_client.export.formats import FolderFormat
from swagger_client.export.mail_folder import MailFolder
from swagger_client.export.mime import DOMAIN, Header, address_of, date_header, mailbox, write_mail
from swagger_client.export.source import Conversation, ExportedMessage


class _Mails(MailFolder):
    def _write_conversation(self, conversation: Conversation, title: str, folder: Path) -> None:
        for place, row in enumerate(self._job.source.messages_of(conversation.session_id), 1):
            with (folder / f"{place:06}.eml").open("xb") as file:
                headers = list(self._headers(row, conversation, title))
                parts = [
                    self._part(attachment, f"F{number}")
                    for number, attachment in enumerate(row.message.attachments, 1)
                ]
                write_mail(file, headers, row.message.text or "", parts, boundary=f"=_{_id(row)}")
            self.messages += 1

    def _headers(
        self, row: ExportedMessage, conversation: Conversation, title: str
    ) -> Iterator[Header]:
        message, names = row.message, self._job.names
        sender = message.sender
        shown = names.name_of(sender.phone_number) or sender.display_name
        yield "From", mailbox(shown, address_of(sender))
        yield (
            "To",
            ", ".join(
                mailbox(names.name_of(one.phone_number) or one.display_name, address_of(one))
                for one in message.recipients
            )
            or f"unknown@{DOMAIN}",
        )
        yield from date_header(row.sent_at)
        yield "Subject", f"Text message: {title}"
        yield "Message-ID", f"<{_id(row)}@{DOMAIN}>"
        thread = f"<{stable_id(conversation.session_id)}@{DOMAIN}>"
        yield "References", thread
        yield "In-Reply-To", thread
        for name, value in self._fields(row):
            if value is not None and str(value) != "":
                yield name, str(value)

    def _fields(self, row: ExportedMessage) -> Iterator[tuple[str, object]]:
        """Yield e-mail headers (name, value) that describe a message and its archived record."""
        message = row.message
        yield "X-Zoom-Session-Id", message.session_id
        yield "X-Zoom-Session-Type", message.session_type
        yield "X-Zoom-Message-Id", message.message_id
        yield "X-Zoom-Date-Time", message.date_time
        yield "X-Zoom-Direction", message.direction
        yield "X-Zoom-Message-Type", message.message_type
        yield "X-Zoom-Delivery-Status", message.delivery_status
        for name, party in (("Sender", message.sender), *(("To", o) for o in message.recipients)):
            fields = (party.phone_number, party.owner_type, party.owner_id, party.display_name)
            yield f"X-Zoom-{name}", "; ".join(field or "" for field in fields)
        local = self._job.local(row.sent_at)
        yield "X-Local-Time", None if local is None else local.isoformat()
        yield "X-Archive-Run", message.run
        yield "X-Archive-Seq", message.seq
        yield "X-Archive-Copy", message.copy or None
        yield "X-Archive-Record-Hash", message.hash
        if row.has_versions:
            for version in self._job.source.versions(message):
                changed = ", ".join(version.changes)
                text = f"record {version.seq} of run {version.run}, then changed: {changed}"
                yield "X-Archive-Earlier-Version", text
        yield "X-Archive-Digest", self._job.statement.digest
        yield "X-Export-Selection", self._job.statement.selection


def _id(row: ExportedMessage) -> str:
    message = row.message
    return stable_id(message.session_id, message.message_id, message.copy)


FORMAT = FolderFormat(lambda job, folder: _Mails(job, folder).write("eml"))
