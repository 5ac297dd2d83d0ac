"""``zoom-sms migrate``, ``backup``, ``erase``, ``hold`` and ``audit``."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from support.command_line import ROOT, Runner

from swagger_client.cli import ExitStatus

FORM_1 = ROOT / "test" / "archive" / "form1" / "form1.db.gz"


def test_migrate_brings_an_older_archive_to_this_form(run: Runner) -> None:
    Path("sms.sqlite3").write_bytes(gzip.decompress(FORM_1.read_bytes()))
    assert run("migrate", "--json") == ExitStatus.COMPLETE
    report = json.loads(run.out)
    assert (report["from_form"], report["to_form"]) == (1, 2)
    assert run("verify", "--database", report["copy"]) == ExitStatus.INVALID
    assert run("migrate") == ExitStatus.COMPLETE
    assert "has form 2 already" in run.out
    assert run("migrate", "--database", "none") == ExitStatus.INVALID
    assert not Path("none").exists()
