"""A user's handler matches on event classes, and type checkers know all of them."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from swagger_client.webhooks import Webhook
from webhooks.sample_events import OBJECTS, SECRET, body, event, url_validation

ROOT = Path(__file__).parents[2]
HANDLER = ROOT / "test" / "typed" / "webhook_handler.py"


def test_a_handler_that_matches_on_types_handles_every_event() -> None:
    bodies = [event(name) for name in OBJECTS]
    bodies += [url_validation(), {"event": "phone.new"}]
    summary = runpy.run_path(str(HANDLER))["summary"]
    summaries = [summary(Webhook(SECRET).parse(body(one))) for one in bodies]
    assert summaries == [
        "In 15550100: Photos attached 📷 (queue queue-1)",
        "Out 15550100: Photos attached 📷",
        "Out 15550100: Photos attached 📷: 1101-not delivered",
        "+15550100",
        "+15550100",
        "ann@example.com violated No card numbers",
        "ann@example.com violated No card numbers",
        "qgg8vlvZRS6UYooatFL8Aw",
        "phone.new",
    ]


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
@pytest.mark.extended
def test_type_checkers_accept_the_handler(checker: str) -> None:
    command = [sys.executable, "-m", checker, str(HANDLER)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
@pytest.mark.extended
def test_type_checkers_notice_a_case_that_is_missing(checker: str, tmp_path: Path) -> None:
    source = HANDLER.read_text(encoding="utf-8")
    case = "        case UnknownEvent():\n            return event.event\n"
    assert case in source
    handler = tmp_path / "handler.py"
    handler.write_text(source.replace(case, ""), encoding="utf-8")
    options = ["--strict"] if checker == "mypy" else ["--pythonpath", sys.executable]
    command = [sys.executable, "-m", checker, *options, str(handler)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "UnknownEvent" in done.stdout
