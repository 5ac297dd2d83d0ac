"""The temporary file of a backup."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.archives import SINCE, api_of

from swagger_client.archive import Archive, VerifyReport, backup
from swagger_client.sandbox import Sandbox


def test_names_that_differ_only_in_case_share_no_temporary_file(
    archive: Archive, zoom: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    seen: set[str] = set()
    verify = backup._verify

    def observe(part: Path, folder: Path | None) -> VerifyReport:
        seen.add(part.name.lower())  # as a file system that ignores case
        return verify(part, folder)

    monkeypatch.setattr(backup, "_verify", observe)
    for name in ("Sms.db", "sms.DB"):
        archive.back_up(tmp_path / name)
    assert len(seen) == 2
    assert not list(tmp_path.glob(".*"))
