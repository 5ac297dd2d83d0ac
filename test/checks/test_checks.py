"""Linters and type checkers run as tests, so one command checks everything."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from swagger_client.sandbox import Sandbox

ROOT = Path(__file__).parent.parent.parent
#: By default pyright looks for packages in the first Python of PATH.
HERE = ["--pythonpath", sys.executable]
USER_SCRIPT = "test/typed/user_script.py"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "."], id="style"),
        pytest.param(["ruff", "format", "--check", "."], id="format"),
        pytest.param(["mypy"], id="types as mypy sees them"),
        pytest.param(
            ["pyright", *HERE],
            id="types as pyright sees them",
            marks=pytest.mark.skipif(
                find_spec("dlt") is None,
                reason="without dlt, pyright takes integrations/dlt.py for it",
            ),
        ),
    ],
)
def test_checker_reports_nothing(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_checkers_see_the_types_of_responses(checker: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import swagger_client\n"
        "def f(api: swagger_client.SMSApi) -> int:\n"
        "    return api.sms_session_details('id').sms_histories[0].sender.phone_number\n"
        "def g(api: swagger_client.SMSApi) -> None:\n"
        "    api.account_sms_session(pagesize=5)\n"
        "swagger_client.SmsMesage\n"
        "swagger_client.rest.ApiException().status.real\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", checker, *(HERE if checker == "pyright" else ()), str(wrong)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert [line for line in range(1, 8) if f"wrong.py:{line}:" in done.stdout] == [3, 5, 6, 7]


def test_user_script_runs() -> None:
    with Sandbox(seed=7) as zoom:
        done = subprocess.run(
            [sys.executable, USER_SCRIPT, zoom.host, zoom.access_token],
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert "'phone_number': '1'" in done.stdout


def test_ci_runs_the_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    command = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1]
    assert command.startswith("python3 -m venv .venv && ")
    assert command.endswith(" -m pytest -n auto")
    assert f"```sh\n{command}\n```" in readme
