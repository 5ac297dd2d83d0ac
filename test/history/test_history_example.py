"""The five lines of the example."""

from __future__ import annotations

import datetime
import re
import runpy
from pathlib import Path

import pytest

from swagger_client.sandbox import Sandbox

EXAMPLE = Path(__file__).parents[2] / "examples" / "every_message_since_january.py"


def test_every_message_since_january(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Sandbox(seed=7, years=1.5, messages=300) as zoom:
        monkeypatch.setenv("ZOOM_API_HOST", zoom.host)
        monkeypatch.setenv("ZOOM_ACCESS_TOKEN", zoom.access_token)
        runpy.run_path(str(EXAMPLE), run_name="__main__")
        printed = capsys.readouterr().out
        january = f"{datetime.date.today().year}-01-01"
        since = [message.date_time for message in zoom.messages() if message.date_time >= january]
        assert len(since) > 5
        assert sorted(re.findall(r"(?m)^[a-z_]+ (\S+Z) ", printed)) == since
