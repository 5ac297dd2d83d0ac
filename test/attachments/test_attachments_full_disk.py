"""A disk that is full while a file is written: one exception that says what to do, and no rest."""

from __future__ import annotations

import errno
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.faces import Faces

from swagger_client.exceptions import (
    ApiException,
    InvalidArgumentException,
    StorageException,
)
from swagger_client.models import SmsAttachment
from swagger_client.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of file sizes")
_CONTENT = b"x" * 300_000


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let writing beyond this size fail, as it does on a full disk."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def attachment(faces: Faces, zoom: Sandbox) -> SmsAttachment:
    record = zoom.add_message(attachments=[zoom.attachment(_CONTENT)])
    face = faces(zoom.host, access_token=zoom.access_token)
    message = face.call("sms_by_message_id", record.session_id, record.message_id)
    zoom.clear_requests()
    found: SmsAttachment = message.attachments[0]
    return found


@pytest.mark.parametrize("name", ["", "picture.png"])
def test_a_disk_that_becomes_full_is_a_typed_exception(
    faces: Faces, zoom: Sandbox, attachment: SmsAttachment, tmp_path: Path, name: str
) -> None:
    face = faces(zoom.host, access_token=zoom.access_token)
    with files_of_at_most(200_000), pytest.raises(StorageException) as caught:
        face.call("download_attachment", attachment, tmp_path / name)
    error = caught.value
    assert isinstance(error, OSError)
    assert isinstance(error, ApiException)
    assert (error.errno, error.filename) == (errno.EFBIG, str(tmp_path / name))
    assert "Free disk space" in str(error)
    assert os.listdir(tmp_path) == []
    again = pickle.loads(pickle.dumps(error))
    assert (again.errno, again.filename, str(again)) == (error.errno, error.filename, str(error))


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no full device")
def test_an_open_file_on_a_full_disk_is_a_typed_exception(
    faces: Faces, zoom: Sandbox, attachment: SmsAttachment
) -> None:
    face = faces(zoom.host, access_token=zoom.access_token)
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(StorageException) as caught:
        face.call("download_attachment", attachment, full)
    assert caught.value.errno == errno.ENOSPC


def test_a_path_that_does_not_exist_stays_an_error_of_the_system(
    faces: Faces, zoom: Sandbox, attachment: SmsAttachment, tmp_path: Path
) -> None:
    face = faces(zoom.host, access_token=zoom.access_token)
    with pytest.raises(FileNotFoundError):
        face.call("download_attachment", attachment, tmp_path / "nowhere" / "x")


@pytest.mark.parametrize(
    "options",
    [
        {"max_bytes": 0},
        {"max_bytes": "many"},
        {"session_id": "s"},
        {"message_id": "m"},
        {"session_id": "s", "message_id": ".."},
    ],
)
def test_an_argument_that_cannot_be_right_is_both_errors(
    faces: Faces, zoom: Sandbox, tmp_path: Path, options: dict[str, object]
) -> None:
    face = faces(zoom.host, access_token=zoom.access_token)
    for destination in (tmp_path, f"{tmp_path}/missing/"):
        with pytest.raises(InvalidArgumentException) as caught:
            face.call("download_attachment", SmsAttachment(id="a"), destination, **options)
        assert isinstance(caught.value, ValueError)
    assert zoom.requests == []
