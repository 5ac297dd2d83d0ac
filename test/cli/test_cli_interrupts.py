"""Ctrl-C while the program imports its modules prints one line and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import ROOT

#: Raises KeyboardInterrupt when a module is imported, as Ctrl-C at that time does.
FINDER = """
import os, sys
class Interrupter:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ.get("INTERRUPT_AT"):
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupter())
"""
SCRIPT = "import sys; from zoom_sms import main; sys.exit(main())"
MODULES = (
    "swagger_client.models",
    "swagger_client.rest",
    "urllib3",
    "swagger_client.cli",
    "swagger_client.cli.main",
    "swagger_client.archive",
    "swagger_client.cli.commands.status",
)


def run_program(
    arguments: list[str], folder: Path, interrupt_at: str
) -> subprocess.CompletedProcess[str]:
    (folder / "sitecustomize.py").write_text(FINDER)
    (folder / "zoom-sms").write_text(SCRIPT)
    path = os.pathsep.join([str(folder), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "INTERRUPT_AT": interrupt_at}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("module", MODULES)
def test_an_interrupt_during_imports_is_one_line(tmp_path: Path, module: str) -> None:
    ended = run_program(["zoom-sms", "status"], tmp_path, module)
    assert (ended.returncode, ended.stderr, ended.stdout) == (75, "Interrupted\n", "")


def test_an_interrupt_during_imports_of_the_module_is_one_line(tmp_path: Path) -> None:
    ended = run_program(["-m", "swagger_client", "status"], tmp_path, "swagger_client.archive")
    assert (ended.returncode, ended.stderr, ended.stdout) == (75, "Interrupted\n", "")


def test_an_interrupt_of_another_program_is_its_own(tmp_path: Path) -> None:
    ended = run_program(["-c", "import swagger_client"], tmp_path, "swagger_client.rest")
    assert "Traceback" in ended.stderr


def test_a_second_interrupt_does_not_change_the_exit_status() -> None:
    script = (
        "import os, signal, sys, zoom_sms\n"
        "status = zoom_sms.main()\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.exit(1)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, "status", "--database", "no-such-file"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "There is no archive at no-such-file" in ended.stderr
    assert "Traceback" not in ended.stderr
