"""Downloaded files are complete or absent, and Zoom does not choose their names."""

from __future__ import annotations

import base64
import errno
import hashlib
import io
import logging
import os
import re
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.faces import Face, Faces

from swagger_client.attachments._download import _expiry
from swagger_client.attachments._names import file_name
from swagger_client.exceptions import (
    ApiException,
    AttachmentException,
    DeadlineExceededException,
    DecodeException,
    ServiceException,
    TransportException,
)
from swagger_client.models import SmsAttachment
from swagger_client.sandbox import Attachment, Sandbox

CONTENT = b"not really a photograph" * 5000


class Sent:
    """A message with a file, and a client that downloads it."""

    def __init__(
        self, faces: Faces, zoom: Sandbox, attachment: Attachment, **settings: object
    ) -> None:
        self.zoom = zoom
        self.face: Face = faces(zoom.host, access_token=zoom.access_token, **settings)
        record = zoom.add_message(attachments=[attachment])
        self.ids = {"session_id": record.session_id, "message_id": record.message_id}
        self.attachment = self.fresh()

    def fresh(self) -> Any:
        message = self.face.call("sms_by_message_id", **self.ids)
        return message.attachments[0]

    def download(self, destination: object, **options: object) -> Any:
        return self.face.call("download_attachment", self.attachment, destination, **options)

    def asked(self, operation: str) -> int:
        return sum(one.operation == operation for one in self.zoom.requests)


@pytest.fixture
def sent(faces: Faces, zoom: Sandbox) -> Sent:
    return Sent(faces, zoom, zoom.attachment(CONTENT))


def test_a_file_in_a_directory(sent: Sent, tmp_path: Path) -> None:
    found = sent.download(tmp_path)
    assert re.fullmatch(f"{sent.attachment.id}(-[0-9a-f]{{12}})?.jpg", found.path.name)
    assert found.path.parent == tmp_path
    assert found.path.read_bytes() == CONTENT
    assert found.size == len(CONTENT)
    assert found.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert found.content_type == "image/jpeg"
    assert os.listdir(tmp_path) == [found.path.name]


def test_a_part_of_a_file_of_unknown_size_is_rejected(
    faces: Faces, zoom: Sandbox, tmp_path: Path
) -> None:
    sent = Sent(faces, zoom, zoom.attachment(CONTENT))
    sent.attachment.size = None
    headers = {"Content-Range": f"bytes 0-9/{len(CONTENT)}"}
    zoom.fault(status=200, body=CONTENT[:10], headers=headers, operation="download", times=None)
    with pytest.raises(AttachmentException, match="a part of the file"):
        sent.download(tmp_path)
    assert not os.listdir(tmp_path)


def test_a_file_at_a_path(sent: Sent, tmp_path: Path) -> None:
    path = tmp_path / "as I like it"
    path.write_bytes(b"what was here before")
    assert sent.download(str(path)).path == path
    assert path.read_bytes() == CONTENT
    assert os.listdir(tmp_path) == [path.name]


def test_a_reader_of_the_replaced_file_is_not_affected(sent: Sent, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"what was here before")
    with path.open("rb") as old:
        sent.download(path)
        assert old.read() == b"what was here before"
    assert path.read_bytes() == CONTENT


def test_the_bytes_are_on_the_disk_before_the_name_is(
    sent: Sent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[int, bool]] = []
    fsync = os.fsync

    def watched(number: int) -> None:
        flushed.append((os.fstat(number).st_size, (tmp_path / "photo.jpg").exists()))
        fsync(number)

    monkeypatch.setattr(os, "fsync", watched)
    sent.download(tmp_path / "photo.jpg")
    assert flushed[0] == (len(CONTENT), False)
    # And the directory after it.
    assert [named for _, named in flushed[1:]] == [True]


def test_an_open_file(sent: Sent) -> None:
    file = io.BytesIO()
    found = sent.download(file)
    assert found.path is None
    assert file.getvalue() == CONTENT


def test_an_empty_file(faces: Faces, zoom: Sandbox, tmp_path: Path) -> None:
    found = Sent(faces, zoom, zoom.attachment(b"")).download(tmp_path)
    assert found.size == 0
    assert found.path.read_bytes() == b""


@pytest.mark.parametrize(
    ("known_as", "name", "kind"),
    [
        ("../../outside", "../x", "JPG"),
        ("/etc/passwd", "/etc/x", "PNG"),
        ("", "", "OTHER"),
        (None, None, None),
        ("x" * 5000, "y" * 5000 + ".jpg", "JPG"),
        ("CON", "nul.txt", "OTHER"),
        ("a\x00b\n", "a\x00.j\x00pg", "JPG"),
        ("a/b\\c:d", "x./../../y", "../../png"),
        ("ﬁle\u202egpj", "photo.jp\u202eg", "JPG"),
        (".", "..", "JPG"),
        ("..", ".", "JPG"),
        ("-rf", "x.JPEG", "JPG"),
    ],
)
def test_no_name_leads_out_of_the_directory(
    sent: Sent, tmp_path: Path, known_as: str | None, name: str | None, kind: str | None
) -> None:
    url = sent.attachment.download_url
    given = {"id": known_as, "name": name, "type": kind, "download_url": url}
    sent.attachment = SmsAttachment.from_dict(given)
    directory = tmp_path / "inside"
    directory.mkdir()
    found = sent.download(directory)
    assert found.path.parent == directory
    assert found.path.read_bytes() == CONTENT
    assert os.listdir(tmp_path) == ["inside"]
    assert os.listdir(directory) == [found.path.name]
    assert found.path.name.isascii()
    assert found.path.name.isprintable()
    assert len(found.path.name) < 150
    assert found.path.stem.upper() not in {"CON", "NUL", "", ".", ".."}


def test_ids_that_differ_only_in_invalid_characters_get_different_names(
    sent: Sent, tmp_path: Path
) -> None:
    url = sent.attachment.download_url
    for known_as in ("a/b", "a:b", "a_b"):
        sent.attachment = SmsAttachment.from_dict({"id": known_as, "download_url": url})
        sent.download(tmp_path)
    assert len(os.listdir(tmp_path)) == 3


@pytest.mark.parametrize("ids", [("IQ-cRH5P5", "iq-crh5p5", "IQ-CRH5P5"), ("A/b", "a/b", "a_b")])
def test_names_differ_where_case_does_not_count(
    sent: Sent, tmp_path: Path, ids: tuple[str, ...]
) -> None:
    """macOS and Windows take names for one file that differ only in case."""
    url = sent.attachment.download_url
    for known_as in ids:
        sent.attachment = SmsAttachment.from_dict({"id": known_as, "download_url": url})
        sent.download(tmp_path)
        sent.download(tmp_path)  # the same file again
    assert len({name.casefold() for name in os.listdir(tmp_path)}) == len(ids)


@given(st.lists(st.text("aAbB/_.-", min_size=1, max_size=4), unique=True, min_size=2))
def test_different_ids_never_share_a_name(ids: list[str]) -> None:
    names = {file_name(one, "x.jpg", "JPG", "0" * 64).casefold() for one in ids}
    assert len(names) == len(ids)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_an_expired_url_is_renewed(faces: Faces, tmp_path: Path, status: int) -> None:
    with Sandbox(seed=7, expired_download_status=status) as zoom:
        sent = Sent(faces, zoom, zoom.attachment(CONTENT))
        # So much later by Zoom's clock; this machine's thinks it still good.
        zoom.clock.advance(1000)
        before = sent.asked("sms_by_message_id")
        found = sent.download(tmp_path, **sent.ids)
        assert found.path.read_bytes() == CONTENT
        assert sent.asked("sms_by_message_id") == before + 1
        assert sent.asked("download") == 2
        with pytest.raises(AttachmentException) as caught:
            sent.download(tmp_path / "other")
        assert caught.value.status == status
        assert os.listdir(tmp_path) == [found.path.name]


def test_a_url_that_has_expired_by_its_own_date_is_not_requested(
    sent: Sent, tmp_path: Path
) -> None:
    url = "http://127.0.0.1:1/file?jwt=e30.eyJleHAiOjEwMDB9.c2ln"  # {"exp": 1000}
    sent.attachment = SmsAttachment.from_dict({"id": sent.attachment.id, "download_url": url})
    assert sent.download(tmp_path, **sent.ids).size == len(CONTENT)
    assert sent.asked("download") == 1


def test_a_missing_url_is_fetched_with_the_message(sent: Sent, tmp_path: Path) -> None:
    sent.attachment = SmsAttachment.from_dict({"id": sent.attachment.id, "type": "JPG"})
    assert sent.download(tmp_path, **sent.ids).size == len(CONTENT)
    with pytest.raises(ValueError, match="session_id"):
        sent.download(tmp_path)


def test_a_url_is_renewed_only_once(sent: Sent, tmp_path: Path) -> None:
    sent.zoom.fault(operation="download", status=403, times=None)
    before = sent.asked("sms_by_message_id")
    with pytest.raises(AttachmentException):
        sent.download(tmp_path, **sent.ids)
    assert sent.asked("download") == 2
    assert sent.asked("sms_by_message_id") == before + 1
    assert os.listdir(tmp_path) == []


def test_a_file_that_its_message_no_longer_has_is_an_error(sent: Sent, tmp_path: Path) -> None:
    given = {"id": "gone", "download_url": None}
    sent.attachment = SmsAttachment.from_dict(given)
    with pytest.raises(AttachmentException, match="no longer"):
        sent.download(tmp_path, **sent.ids)
    assert os.listdir(tmp_path) == []


def without_ids(sent: Sent, names: list[str]) -> list[dict[str, object]]:
    """Give the message files with these names and without ids; return the files."""
    contents = [sent.zoom.attachment(name.encode()) for name in names]
    record = sent.zoom.add_message(sent.ids["session_id"], attachments=contents)
    sent.ids["message_id"] = record.message_id
    urls = [one.download_url for one in sent.face.call("sms_by_message_id", **sent.ids).attachments]
    files: list[dict[str, object]] = [
        {"name": name.split()[0], "type": "JPG", "download_url": url}
        for name, url in zip(names, urls, strict=True)
    ]
    body = {"message_id": record.message_id, "attachments": files}
    sent.zoom.fault(operation="sms_by_message_id", status=200, body=body, times=None)
    return files


# Compared by their ids alone, both are None, and the second gets the content of the first.
def test_files_without_ids_are_renewed_by_all_that_describes_them(
    sent: Sent, tmp_path: Path
) -> None:
    for file in without_ids(sent, ["contract.jpg", "passport.jpg"]):
        expired = {**file, "download_url": "http://127.0.0.1:1/f?jwt=e30.eyJleHAiOjEwMDB9.c2ln"}
        sent.attachment = SmsAttachment.from_dict(expired)
        path = tmp_path / str(file["name"])
        sent.download(path, **sent.ids)
        assert path.read_bytes() == str(file["name"]).encode()


def test_an_ambiguous_file_is_an_error(sent: Sent, tmp_path: Path) -> None:
    file, _ = without_ids(sent, ["photo.jpg one", "photo.jpg other"])
    sent.attachment = SmsAttachment.from_dict({**file, "download_url": None})
    with pytest.raises(AttachmentException, match="2 attachments with the same id"):
        sent.download(tmp_path, **sent.ids)
    assert os.listdir(tmp_path) == []


def fail_for_directories(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    fsync = os.fsync

    def fail(number: int) -> None:
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError(code, os.strerror(code))
        fsync(number)

    monkeypatch.setattr(os, "fsync", fail)


def fail_to_flush(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def fail(number: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_that_cannot_flush_files_is_accepted(
    sent: Sent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    fail_to_flush(monkeypatch, code)
    assert sent.download(tmp_path).path.read_bytes() == CONTENT


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EBADF])
def test_a_disk_that_fails_to_flush_a_file_is_an_error(
    sent: Sent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    fail_to_flush(monkeypatch, code)
    with pytest.raises(OSError, match=os.strerror(code)):
        sent.download(tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_file_system_that_cannot_flush_directories_is_accepted(
    sent: Sent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_for_directories(monkeypatch, errno.EINVAL)
    assert sent.download(tmp_path).path.read_bytes() == CONTENT


def test_a_disk_that_fails_to_flush_a_directory_is_an_error(
    sent: Sent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_for_directories(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        sent.download(tmp_path)


@pytest.mark.parametrize("size", [len(CONTENT) - 1, len(CONTENT) + 1, 0])
def test_a_file_of_another_size_is_fetched_again_once_and_not_stored(
    faces: Faces, zoom: Sandbox, tmp_path: Path, size: int
) -> None:
    sent = Sent(faces, zoom, zoom.attachment(CONTENT, size=size))
    kept = tmp_path / "kept"
    kept.write_bytes(b"what was here before")
    for destination in (tmp_path, kept, file := io.BytesIO()):
        zoom.clear_requests()
        with pytest.raises(AttachmentException, match="announced"):
            sent.download(destination, **sent.ids)
        assert sent.asked("download") == 2
        assert sent.asked("sms_by_message_id") == 1
    assert file.getvalue() == b""
    assert kept.read_bytes() == b"what was here before"
    assert os.listdir(tmp_path) == ["kept"]


@pytest.mark.parametrize("truncate", [0, 1, len(CONTENT) - 1])
def test_a_truncated_file_is_fetched_again(sent: Sent, tmp_path: Path, truncate: int) -> None:
    sent.zoom.fault(operation="download", truncate=truncate, times=2)
    assert sent.download(tmp_path, _retries=3).path.read_bytes() == CONTENT
    sent.zoom.fault(operation="download", truncate=truncate, times=None)
    with pytest.raises(TransportException):
        sent.download(tmp_path / "other", _retries=1)
    assert len(os.listdir(tmp_path)) == 1


def test_transient_failures_are_retried(sent: Sent, tmp_path: Path) -> None:
    sent.zoom.fault(operation="download", status=503, times=2)
    assert sent.download(tmp_path).size == len(CONTENT)
    sent.zoom.fault(operation="download", status=503, times=None)
    with pytest.raises(ServiceException):
        sent.download(tmp_path, _retries=0)


def test_a_file_larger_than_allowed_is_rejected(sent: Sent, tmp_path: Path) -> None:
    with pytest.raises(AttachmentException, match="larger than"):
        sent.download(tmp_path, max_bytes=len(CONTENT) - 1)
    assert os.listdir(tmp_path) == []
    assert sent.asked("download") == 1
    assert sent.download(tmp_path, max_bytes=len(CONTENT)).size == len(CONTENT)


def test_a_dripping_server_is_abandoned_at_the_deadline(sent: Sent, tmp_path: Path) -> None:
    sent.zoom.fault(operation="download", drip=0.01, times=None)
    with pytest.raises(DeadlineExceededException):
        sent.download(tmp_path, _deadline=0.3)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("status", [204, 206, 300, 304])
def test_a_response_without_a_file_is_an_error(sent: Sent, tmp_path: Path, status: int) -> None:
    sent.zoom.fault(operation="download", status=status, times=None)
    with pytest.raises(ApiException):
        sent.download(tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("size", [None, len(CONTENT)])
@pytest.mark.parametrize(
    "page", ["<!DOCTYPE html>\n<p>Log in", "\ufeff \n<HTML lang=en>", "<html><head></head></html>"]
)
def test_a_login_page_is_not_stored_as_the_file(
    sent: Sent, tmp_path: Path, page: str, size: int | None
) -> None:
    sent.zoom.fault(operation="download", status=200, body=page, times=None)
    sent.attachment.size = size
    with pytest.raises(AttachmentException, match="HTML page") as raised:
        sent.download(tmp_path)
    assert raised.value.status == 200
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "kind", "size"),
    [("page.HTML", None, None), (None, "text/html", None), ("x.jpg", "JPG", 20)],
)
def test_a_file_that_is_an_html_page_is_stored(
    sent: Sent, tmp_path: Path, name: str | None, kind: str | None, size: int | None
) -> None:
    page = "<html>a page</html>\n"
    assert len(page) == 20
    sent.zoom.fault(operation="download", status=200, body=page, times=None)
    url = sent.attachment.download_url
    given = {"id": "a", "name": name, "type": kind, "size": size, "download_url": url}
    sent.attachment = SmsAttachment.from_dict(given)
    assert sent.download(tmp_path).path.read_text() == page


def test_an_unexpected_content_coding_is_an_error(sent: Sent, tmp_path: Path) -> None:
    sent.zoom.fault(operation="download", headers={"Content-Encoding": "gzip"}, times=None)
    with pytest.raises(AttachmentException, match="gzip"):
        sent.download(tmp_path)


def test_invalid_arguments_raise_before_anything_is_sent(sent: Sent, tmp_path: Path) -> None:
    sent.zoom.clear_requests()
    with pytest.raises(ValueError, match="both"):
        sent.download(tmp_path, session_id="a-session")
    with pytest.raises(ValueError, match="max_bytes"):
        sent.download(tmp_path, max_bytes=0)
    with pytest.raises(TypeError, match="destination"):
        sent.download(io.StringIO())
    with pytest.raises(TypeError, match="destination"):
        sent.download(17)
    with pytest.raises(TypeError, match="nonsense"):
        sent.download(tmp_path, nonsense=1)
    with pytest.raises(FileNotFoundError):
        sent.download(tmp_path / "no" / "such" / "directory")
    assert sent.zoom.requests == []


def test_a_destination_that_ends_in_a_separator_must_be_a_directory(
    sent: Sent, tmp_path: Path
) -> None:
    # Else each file would replace the one before.
    sent.zoom.clear_requests()
    for destination in (f"{tmp_path}/files/", f"{tmp_path}/files/.", f"{tmp_path}/files//"):
        with pytest.raises(ValueError, match="does not exist"):
            sent.download(destination)
    assert sent.zoom.requests == []
    assert sent.download(f"{tmp_path}/").path.parent == tmp_path


def test_a_pipe_or_device_is_not_replaced_by_a_file(sent: Sent, tmp_path: Path) -> None:
    sent.zoom.clear_requests()
    os.mkfifo(pipe := tmp_path / "pipe")
    with pytest.raises(ValueError, match="a pipe or a device"):
        sent.download(pipe)
    assert pipe.is_fifo()
    assert sent.zoom.requests == []


@pytest.mark.parametrize(
    ("name", "kind", "extension"),
    [
        ("photo.jpeg", "JPG", ".jpeg"),
        ("clip.MOV", "VIDEO", ".mov"),
        ("note.pdf", "OTHER", ".pdf"),
        ("invoice.pdf.exe", "PNG", ".png"),
        ("invoice.pdf.exe", "OTHER", ".bin"),
        ("page.html", None, ".bin"),
        ("shortcut.lnk", 5, ".bin"),
        (5, "GIF", ".gif"),
    ],
)
def test_no_name_makes_a_file_executable(
    sent: Sent, tmp_path: Path, name: object, kind: object, extension: str
) -> None:
    given = {**sent.attachment.to_dict(), "name": name, "type": kind}
    sent.attachment = SmsAttachment.from_dict(given)
    assert sent.download(tmp_path).path.suffix == extension


class Dribble(io.RawIOBase):
    """An unbuffered file that accepts only part of each write."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self.content = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int | None:
        taken = bytes(data)[: self.most or 0]
        self.content += taken
        return None if self.most is None else len(taken)


def test_an_unbuffered_file_gets_all_bytes(sent: Sent) -> None:
    file = Dribble(1000)
    sent.download(file)
    assert file.content == CONTENT


@pytest.mark.parametrize("most", [None, 0])
def test_a_destination_that_accepts_no_data_is_an_error(sent: Sent, most: int | None) -> None:
    with pytest.raises(OSError, match="accepted no data"):
        sent.download(Dribble(most))


def test_a_writer_whose_write_returns_none_is_accepted(sent: Sent) -> None:
    class Writer:
        content = b""

        def write(self, data: bytes) -> None:
            self.content += data

    writer = Writer()
    sent.download(writer)
    assert writer.content == CONTENT


@pytest.mark.parametrize(
    "attachments", [[None], [5, "x", [], {}], {"id": 1}, 5, "x", [{"id": 5, "download_url": 5}]]
)
def test_a_message_with_invalid_attachments_is_an_error(
    sent: Sent, tmp_path: Path, attachments: object
) -> None:
    body = {"message_id": sent.ids["message_id"], "attachments": attachments}
    sent.zoom.fault(operation="sms_by_message_id", status=200, body=body)
    given = {**sent.attachment.to_dict(), "id": 5, "download_url": 5}
    sent.attachment = SmsAttachment.from_dict(given)
    with pytest.raises((AttachmentException, DecodeException), match=r"no longer has|expected a"):
        sent.download(tmp_path, **sent.ids)
    assert os.listdir(tmp_path) == []


def test_an_id_that_is_a_number_can_name_a_file(sent: Sent, tmp_path: Path) -> None:
    sent.attachment = SmsAttachment.from_dict({**sent.attachment.to_dict(), "id": 5})
    assert sent.download(tmp_path).path.stem == "5"


def test_a_url_that_is_not_text_counts_as_missing(sent: Sent, tmp_path: Path) -> None:
    sent.attachment = SmsAttachment.from_dict({"id": "file", "download_url": 5})
    with pytest.raises(ValueError, match="no URL"):
        sent.download(tmp_path)


@pytest.mark.parametrize("expiry", ["9" * 400, "1e999", "null", '"soon"', "[]", "NaN"])
def test_an_unreadable_expiry_is_ignored(sent: Sent, tmp_path: Path, expiry: str) -> None:
    claims = base64.urlsafe_b64encode(f'{{"exp":{expiry}}}'.encode()).decode().rstrip("=")
    url = sent.attachment.download_url.partition("?")[0]
    given = {**sent.attachment.to_dict(), "download_url": f"{url}?jwt=a.{claims}.c"}
    sent.attachment = SmsAttachment.from_dict(given)
    assert sent.download(tmp_path, **sent.ids).size == len(CONTENT)
    assert sent.asked("download") == 2


def test_no_log_and_no_exception_shows_the_credential(
    sent: Sent, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    sent.face.client.configuration.debug = True
    secret = sent.attachment.download_url.partition("jwt=")[2]
    assert len(secret) > 50
    sent.download(tmp_path)
    echo = {"code": 403, "message": f"no: {secret} {sent.attachment.download_url}"}
    sent.zoom.fault(operation="download", status=403, body=echo, headers={"X-Echo": secret})
    sent.zoom.fault(operation="download", status=500, body=echo, after=1)
    sent.zoom.fault(operation="download", truncate=5, after=2)
    texts = []
    for _ in range(3):
        with pytest.raises(ApiException) as caught:
            sent.download(tmp_path, _retries=0)
        texts += [str(caught.value), repr(caught.value), repr(caught.value.__dict__)]
        trace = caught.value.__traceback__
        while trace is not None:
            if "swagger_client" in trace.tb_frame.f_code.co_filename:
                texts += [repr(value) for value in trace.tb_frame.f_locals.values()]
            trace = trace.tb_next
    printed = capfd.readouterr()
    everything = "\n".join([*texts, caplog.text, printed.out, printed.err])
    assert "download" in caplog.text
    for part in secret.split("."):
        assert part not in everything


@pytest.mark.clock
def test_the_expiry_of_a_hostile_url_takes_linear_time() -> None:
    start = time.monotonic()
    assert _expiry("https://x/" + "?jwt=" * 100_000) is None
    assert time.monotonic() - start < 5
