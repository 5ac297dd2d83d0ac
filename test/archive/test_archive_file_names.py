"""Archived files have the same suffix as files of `download_attachment`."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.archives import SINCE, api_of, small_account

from swagger_client.archive import Archive
from swagger_client.attachments._names import file_suffix

NAMES = {
    "Contract.pdf": ("OTHER", ".pdf"),
    "voice.mp3": ("AUDIO", ".mp3"),
    "clip.3gp": ("VIDEO", ".3gp"),
    "IMG_1.HEIC": ("OTHER", ".heic"),
    "card.vcf": ("OTHER", ".vcf"),
    "cat.png": ("PNG", ".png"),
    "run.exe": ("OTHER", ".bin"),
    "page.html": ("OTHER", ".bin"),
    "picture.svg": ("JPG/JPEG", ".jpg"),
}


def test_archived_and_downloaded_files_have_the_same_suffix(tmp_path: Path) -> None:
    with small_account() as zoom, Archive(tmp_path / "sms.sqlite3") as archive:
        files = [zoom.attachment(n.encode(), name=n, type=kind) for n, (kind, _) in NAMES.items()]
        session_id = zoom.sessions()[0].session_id
        sent = zoom.add_message(session_id, text="files", attachments=files)
        api = api_of(zoom)
        archive.mirror(api, since=SINCE, attachments=tmp_path / "files")
        message_id = sent.message_id
        listed = api.sms_by_message_id(session_id, message_id).attachments or []
        downloaded = {
            one.name: api.download_attachment(
                one, tmp_path, session_id=session_id, message_id=message_id
            ).path
            for one in listed
        }
        (message,) = (m for m in archive.messages() if m.message_id == sent.message_id)

    for one in message.attachments:
        expected = NAMES[str(one.name)][1]
        path = downloaded[one.name]
        assert path is not None
        assert Path(str(one.path)).suffix == path.suffix == expected


@pytest.mark.parametrize("name", [None, 5, "", "no suffix", "x.PDF "])
def test_unknown_suffixes_become_bin(name: object) -> None:
    assert file_suffix(name, None) == ".bin"
