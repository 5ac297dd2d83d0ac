"""The container recipe, the compose file and the hooks of pre-commit pass their linters."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.extended
@pytest.mark.parametrize(
    "command",
    [
        ["hadolint", "docker/Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker/compose.yaml"],
        ["pre-commit", "validate-config", ".pre-commit-config.yaml"],
    ],
    ids=lambda command: command[0],
)
def test_linter_reports_nothing(command: list[str]) -> None:
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_container_has_no_rights() -> None:
    recipe = (ROOT / "docker/Dockerfile").read_text("utf-8")
    last = recipe.rpartition("\nFROM ")[2]
    assert "\nUSER 10001\n" in last
    assert 'CMD ["zoom-sms", "status", "--quiet"]' in last.partition("HEALTHCHECK")[2]
    compose = yaml.safe_load((ROOT / "docker/compose.yaml").read_text("utf-8"))
    service = compose["services"]["archive"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
