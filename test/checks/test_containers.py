"""The container recipe builds and runs, and linters accept all recipes."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from support.command_line import environment_of
from support.mounts import NEEDS, can_mount

from swagger_client.sandbox import Sandbox

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
    check = last.partition("HEALTHCHECK")[2]
    assert 'CMD ["zoom-sms", "status", "--quiet", "--max-age", "36h"]' in check
    compose = yaml.safe_load((ROOT / "docker/compose.yaml").read_text("utf-8"))
    service = compose["services"]["archive"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["healthcheck"]["test"] == ["CMD", *json.loads(health_check())]


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, such as ``("RUN", "useradd …")``."""
    text = (ROOT / "docker/Dockerfile").read_text("utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in lines]


def health_check() -> str:
    """Return the command of the health check, as JSON."""
    return dict(instructions())["HEALTHCHECK"].partition("CMD ")[2]


def build_script() -> str:
    """Return the instructions as shell lines, to run with this machine's files as base image."""
    lines = []
    for name, value in instructions():
        if name == "RUN":
            lines.append(value)
        elif name == "WORKDIR":
            lines.append(f"mkdir -p {value}; cd {value}")
        elif name == "COPY" and value == ". .":
            lines.append(f"git -C {shlex.quote(str(ROOT))} archive HEAD | tar -x")
        elif name == "ENV":
            lines.append(f"export {value}")
    return "\n".join(lines)


IN_THE_CONTAINER = """
set -e
zoom-sms --help >/dev/null
touch /a-file 2>/dev/null && exit 99
if zoom-sms status --quiet 2>/dev/null; then exit 98; fi
zoom-sms archive --from 2026-01-01 --attachments files
{healthcheck}
zoom-sms verify
zoom-sms export --format html --output transcript
zoom-sms export --format parquet --output messages.parquet
id -u
"""


# There is no daemon to build it with: each step runs above a copy of this machine's file system.
@pytest.mark.extended
@pytest.mark.skipif(not can_mount(), reason=NEEDS)
def test_container_builds_and_runs_on_a_read_only_root() -> None:
    known = dict(instructions())
    check = json.loads(health_check())
    command = shlex.quote(IN_THE_CONTAINER.format(healthcheck=shlex.join(check)))
    environment = dict(one.split("=", 1) for one in shlex.split(known["ENV"]))
    python = shlex.quote(sys.base_prefix)
    path = environment.pop("PATH").replace("$PATH", "/usr/bin:/bin")
    user = known["USER"]
    script = f"""
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
mount --rbind /proc /mnt/root/proc
mount --rbind /dev /mnt/root/dev
mount -t tmpfs tmpfs /mnt/root/tmp
for folder in {" ".join(shlex.quote(str(one)) for one in Path(sys.base_prefix).parents)}; do
  chmod o+x /mnt/root/$folder
done
PATH={python}/bin:$PATH chroot /mnt/root sh -e -c {shlex.quote(build_script())}
mount -t tmpfs -o uid={user},mode=0700 tmpfs /mnt/root/{known["VOLUME"]}
mount -o remount,ro /mnt/root
chroot /mnt/root setpriv --reuid {user} --regid {user} --clear-groups \\
  --bounding-set=-all --no-new-privs env --ignore-environment --chdir={known["WORKDIR"]} \\
  PATH={path} {shlex.join(f"{k}={v}" for k, v in environment.items())} $ZOOM sh -c {command}
"""
    with Sandbox(seed=7) as zoom:
        account = shlex.join(f"{name}={value}" for name, value in environment_of(zoom).items())
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-e", "-c", script.replace("$ZOOM", account)],
            capture_output=True, text=True, check=False, cwd="/",
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.splitlines()[-1] == user
