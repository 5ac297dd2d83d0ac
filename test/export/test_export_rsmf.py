"""RSMF exports fit the published schema, and equal the archive field by field."""

from __future__ import annotations

import email
import email.policy
import io
import json
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest

from swagger_client.archive import Archive
from swagger_client.export.formats import rsmf
from tools.example_account import LONG, STORY

SCHEMA = json.loads((Path(__file__).parent / "data" / "rsmf_schema_2_0_0.json").read_text("utf-8"))


class Rsmf(NamedTuple):
    path: Path
    mail: EmailMessage
    archive: zipfile.ZipFile
    manifest: dict[str, Any]


def read(path: Path) -> Rsmf:
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail.defects == []
    (part,) = mail.iter_attachments()
    assert part.get_filename() == "rsmf.zip"
    assert part.get_content_disposition() == "attachment"
    assert part["Content-Transfer-Encoding"] == "base64"
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return Rsmf(path, mail, archive, json.loads(archive.read("rsmf_manifest.json")))


@pytest.fixture(scope="module")
def exported(example_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rsmf") / "out"
    with Archive(example_database) as archive:
        archive.export(folder, "rsmf")
    return folder


@pytest.fixture(scope="module")
def files(exported: Path) -> list[Rsmf]:
    return [read(path) for path in sorted(exported.rglob("*.rsmf"))]


def custom(of: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in of["custom"]}


def test_every_manifest_fits_the_published_schema(files: list[Rsmf]) -> None:
    validator = jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
    problems = [str(p) for one in files for p in validator.iter_errors(one.manifest)]
    assert problems == []
    assert list(validator.iter_errors({**files[0].manifest, "events": [{}]}))


def test_every_reference_in_a_manifest_leads_somewhere(files: list[Rsmf]) -> None:
    for one in files:
        people = {person["id"] for person in one.manifest["participants"]}
        (conversation,) = one.manifest["conversations"]
        assert set(conversation["participants"]) | {conversation["custodian"]} <= people
        for event in one.manifest["events"]:
            assert event["participant"] in people
            assert event["conversation"] == conversation["id"]
            for receipt in event.get("read_receipts", ()):
                assert receipt["participant"] in people
        named = [a["id"] for e in one.manifest["events"] for a in e.get("attachments", ())]
        assert sorted([*named, "rsmf_manifest.json"]) == sorted(one.archive.namelist())


def test_events_equal_the_archive(example: Archive, files: list[Rsmf]) -> None:
    events = {event["id"]: (event, one) for one in files for event in one.manifest["events"]}
    messages = list(example.messages())
    assert len(events) == len(messages)
    folder = example.attachments
    assert folder is not None
    for message in messages:
        event, file = events[message.message_id]
        people = {one["id"]: one for one in file.manifest["participants"]}
        sender = people[event["participant"]]
        assert event["conversation"] == message.session_id
        assert event["body"] == (message.text or "")
        assert event["timestamp"] == message.date_time
        assert event["direction"] == {"In": "incoming", "Out": "outgoing"}[str(message.direction)]
        assert sender["display"] == message.sender.label
        assert sender.get("account_id") == message.sender.owner_id
        assert custom(sender).get("phone_number") == message.sender.phone_number
        values = custom(event)
        assert values["record_hash"] == message.hash
        assert values["record_seq"] == str(message.seq)
        assert values["record_run"] == str(message.run)
        assert values["delivery_status"] == message.delivery_status
        delivered = {one["participant"] for one in event.get("read_receipts", ())}
        assert bool(delivered) == (message.delivery_status == "delivered")
        attached = event.get("attachments", [])
        for one, attachment in zip(attached, message.attachments, strict=True):
            content = file.archive.read(one["id"])
            assert one["size"] == len(content)
            if attachment.path is None:
                assert str(attachment.reason).encode() in content
            else:
                assert content == (folder / attachment.path).read_bytes()
                assert values[f"sha256_{message.attachments.index(attachment) + 1}"]


def test_earlier_versions_are_edits(files: list[Rsmf]) -> None:
    (event,) = [e for f in files for e in f.manifest["events"] if e["id"] == "IQ-story-05"]
    (edit,) = event["edits"]
    assert edit["previous"] == "delivery_status: delivered"
    assert edit["new"] == "delivery_status: failed_to_deliver"


def test_headers_and_text_describe_the_file(example: Archive, files: list[Rsmf]) -> None:
    story = [one for one in files if "dana-whitfield" in str(one.path)]
    assert [one.path.stem for one in story] == [
        "2026-03-02", "2026-03-03", "2026-03-04", "2026-03-10",
    ]  # fmt: skip
    one = story[1]
    assert one.mail["X-RSMF-Version"] == "2.0.0"
    assert one.mail["X-RSMF-EventCount"] == str(len(one.manifest["events"])) == "4"
    assert one.mail["X-RSMF-AttachmentCount"] == "2"
    assert one.mail["X-RSMF-BeginDate"] == "2026-03-03T10:40:00Z"
    assert one.mail["X-RSMF-EndDate"] == "2026-03-03T11:01:00Z"
    assert one.mail["X-RSMF-Application"] == "SMS"
    assert one.mail["X-RSMF-EventCollectionID"] == STORY
    assert one.mail["From"].addresses[0].domain == "sms.invalid"
    body = one.mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "2026-03-03T10:54:00Z  Dana Whitfield\nBeautiful!! 😍" in text
    assert "[Not delivered]" in text
    values = custom(one.manifest["conversations"][0])
    assert values["archive_digest"] == example.runs()[-1].digest
    assert values["selection"] == "all messages"


def test_a_day_with_more_events_than_a_file_may_have_is_divided(
    example: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rsmf, "_MOST_EVENTS", 7)
    example.export(tmp_path / "out", "rsmf", session_id=LONG, until="2026-01-05")
    found = [read(path) for path in sorted((tmp_path / "out").rglob("*.rsmf"))]
    counts = [len(one.manifest["events"]) for one in found]
    assert sorted(counts)[1:] == [7] * (len(counts) - 1)
    assert sum(counts) == len(list(example.messages(session_id=LONG, until="2026-01-05"))) > 14
    assert {"2026-01-05.rsmf", "2026-01-05-2.rsmf"} <= {one.path.name for one in found}
    assert len({one.mail["Message-ID"] for one in found}) == len(found)


def test_a_day_with_more_bytes_than_a_file_may_have_is_divided(
    example: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rsmf, "_MOST_BYTES", 4000)
    example.export(tmp_path / "out", "rsmf", session_id=STORY)
    assert len(list((tmp_path / "out").rglob("2026-03-03*.rsmf"))) == 2


def test_two_exports_have_the_same_bytes(example: Archive, exported: Path, tmp_path: Path) -> None:
    example.export(tmp_path / "again", "rsmf")
    for name in ("manifest.json", "SHA256SUMS"):
        assert (tmp_path / "again" / name).read_bytes() == (exported / name).read_bytes()
    assert {path.suffix for path in exported.rglob("*") if path.is_file()} == {".rsmf", ".json", ""}
