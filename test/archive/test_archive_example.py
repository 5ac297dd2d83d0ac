"""The example program archives a made-up account."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_example_archives_and_proves(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ZOOM_")}
    done = subprocess.run(
        [
            sys.executable,
            str(ROOT / "examples" / "archive_account.py"),
            "example.sqlite3",
            "2026-01-01",
            "--sandbox",
        ],
        cwd=tmp_path,
        env={**environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert re.search(r"^[1-9]\d* new messages, changed: nothing$", done.stdout, re.MULTILINE)
    assert re.search(r"^[1-9]\d* records and [1-9]\d* files verified$", done.stdout, re.MULTILINE)
    assert (tmp_path / "example.sqlite3").is_file()
