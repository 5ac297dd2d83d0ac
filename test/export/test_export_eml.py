"""E-mail exports, read back by the `email` package, equal the archive field by field."""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
from email.message import EmailMessage
from pathlib import Path

import pytest

from swagger_client.archive import Archive, ArchivedMessage
from swagger_client.export.mime import fold_header, mailbox
from tools.example_account import HOSTILE, STORY


def read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.defects == []
    return message


@pytest.fixture(scope="module")
def exported(example_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eml") / "out"
    with Archive(example_database) as archive:
        archive.export(folder, "eml")
    return folder


@pytest.fixture(scope="module")
def mails(exported: Path) -> dict[str, EmailMessage]:
    """The e-mail messages by the ids of the text messages."""
    found = [read(path) for path in exported.rglob("*.eml")]
    by_id = {str(one["X-Zoom-Message-Id"]): one for one in found}
    assert len(by_id) == len(found)
    return by_id


def party_fields(value: str) -> list[str | None]:
    """Number, owner type, owner id and name of a participant's header."""
    number, kind, owner, name = value.split("; ", 3)
    return [field or None for field in (number, kind, owner, name)]


def check(mail: EmailMessage, message: ArchivedMessage, folder: Path) -> None:
    headers = {
        "X-Zoom-Session-Id": message.session_id,
        "X-Zoom-Session-Type": message.session_type,
        "X-Zoom-Message-Id": message.message_id,
        "X-Zoom-Date-Time": message.date_time,
        "X-Zoom-Direction": message.direction,
        "X-Zoom-Message-Type": str(message.message_type),
        "X-Zoom-Delivery-Status": message.delivery_status,
        "X-Archive-Run": str(message.run),
        "X-Archive-Seq": str(message.seq),
        "X-Archive-Record-Hash": message.hash,
        "X-Export-Selection": "all messages",
    }
    assert {name: mail[name] for name in headers} == headers
    assert mail["Date"].datetime == message.when
    people = [message.sender, *message.recipients]
    stored = [mail["X-Zoom-Sender"], *mail.get_all("X-Zoom-To", [])]
    assert [party_fields(one) for one in stored] == [
        [one.phone_number, one.owner_type, one.owner_id, one.display_name] for one in people
    ]
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_payload(decode=True) == (message.text or "").encode()

    parts = list(mail.iter_attachments()) if mail.is_multipart() else []
    assert len(parts) == len(message.attachments)
    for part, attachment in zip(parts, message.attachments, strict=True):
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if attachment.path is None:
            assert part.get_content_type() == "text/plain"
            assert str(attachment.reason).encode() in content
        else:
            assert content == (folder / attachment.path).read_bytes()
            assert hashlib.sha256(content).hexdigest() == attachment.sha256


def test_each_message_equals_its_email(example: Archive, mails: dict[str, EmailMessage]) -> None:
    messages = list(example.messages())
    assert len(mails) == len(messages)
    folder = example.attachments
    assert folder is not None
    for message in messages:
        check(mails[message.message_id], message, folder)


def test_addresses_ids_and_threads(mails: dict[str, EmailMessage]) -> None:
    mail = mails["IQ-story-00"]
    assert mail["From"].addresses[0].display_name == "Dana Whitfield"
    assert mail["From"].addresses[0].addr_spec == "+16175550142@sms.invalid"
    of_story = [one for name, one in mails.items() if name.startswith("IQ-story")]
    assert len({one["References"] for one in of_story}) == 1
    assert len({one["Message-ID"] for one in mails.values()}) == len(mails)
    assert "record 7 of run 1" in mails["IQ-story-05"]["X-Archive-Earlier-Version"]


def test_images_are_inline_and_others_attached(mails: dict[str, EmailMessage]) -> None:
    (photo,) = mails["IQ-story-05"].iter_attachments()
    assert photo.get_content_type() == "image/jpeg"
    assert photo.get_content_disposition() == "inline"
    assert photo.get_filename() == "F1-balcony.jpg"
    for mail in mails.values():
        if mail["X-Zoom-Session-Id"] == HOSTILE and mail.is_multipart():
            (part,) = mail.iter_attachments()
            assert part.get_content_disposition() == "attachment"
            assert part.get_content_type() in ("application/octet-stream", "text/plain")


def test_a_stranger_cannot_add_headers() -> None:
    folded = fold_header("Subject", "x\r\nBcc: victim@example.test\r\n\r\nbody")
    assert folded.count(b"\r\n") == 1
    address = mailbox('"Eve" <evil@example.test>,\r\nBcc: x', "+1@sms.invalid")
    parsed = email.message_from_bytes(
        fold_header("From", address) + b"\r\n", policy=email.policy.default
    )
    assert parsed.keys() == ["From"]
    assert [one.addr_spec for one in parsed["From"].addresses] == ["+1@sms.invalid"]


def test_names_of_an_address_book_are_shown_and_those_of_zoom_kept(
    example: Archive, tmp_path: Path
) -> None:
    book = tmp_path / "contacts.csv"
    book.write_text('number,name\n16175550142,"Müller, Jörg"\n', "utf-8")
    example.export(tmp_path / "out", "eml", names=book, session_id=STORY, timezone="Asia/Tokyo")
    mail = read(sorted((tmp_path / "out").rglob("*.eml"))[0])
    assert mail["From"].addresses[0].display_name == "Müller, Jörg"
    assert "Dana Whitfield" in mail["X-Zoom-Sender"]
    assert mail["X-Local-Time"] == "2026-03-02T17:12:00+09:00"
    assert mail["X-Zoom-Date-Time"] == "2026-03-02T08:12:00Z"


def test_the_manifest_counts_and_two_exports_are_equal(
    example: Archive, exported: Path, tmp_path: Path
) -> None:
    manifest = json.loads((exported / "manifest.json").read_text("utf-8"))
    assert manifest["messages"] == len(manifest["files"]) == len(list(example.messages()))
    assert manifest["missing_files"] == 1
    example.export(tmp_path / "again", "eml")
    for name in ("manifest.json", "SHA256SUMS"):
        assert (tmp_path / "again" / name).read_bytes() == (exported / name).read_bytes()
