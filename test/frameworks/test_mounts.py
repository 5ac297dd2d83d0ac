"""Secrets and archives on mounts like those of systemd, Docker and Kubernetes.

The mounts are real, in a private mount namespace, and the command runs as a user without rights.
This needs root.
"""

from __future__ import annotations

import os
import shlex
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import ROOT, Ended, environment_of
from support.mounts import NEEDS, can_mount

from swagger_client.sandbox import Sandbox

USER = 10001


pytestmark = [
    pytest.mark.skipif(not can_mount(), reason=NEEDS),
    pytest.mark.extended,
]


def let_everybody_in(path: str) -> str:
    """Return shell lines that let all users enter a folder inside of a private folder."""
    private = [one for one in reversed(Path(path).parents) if not one.stat().st_mode & 0o001]
    if not private:
        return ""
    folder, outer = shlex.quote(path), shlex.quote(str(private[0]))
    return (
        f"held=$(mktemp -d); mount --bind {folder} $held; mount -t tmpfs -o mode=755 tmpfs {outer}"
        f"; mkdir -p {folder}; mount --move $held {folder}"
    )


def run_mounted(zoom: Sandbox, prepare: str, command: str, **environment: str) -> Ended:
    """Run shell lines that mount, then a command as a user without rights.

    ``/mnt`` is an empty folder in memory. ``zoom-sms`` is the program.
    """
    program = f"{shlex.quote(sys.executable)} -m swagger_client"
    user = f"setpriv --reuid {USER} --regid {USER} --clear-groups"
    script = [
        *{let_everybody_in(path): None for path in (sys.base_prefix, sys.prefix, str(ROOT))},
        "mount -t tmpfs -o mode=755 tmpfs /mnt",
        "cd /mnt",
        prepare,
        f"exec {user} {command.replace('zoom-sms', program)}",
    ]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-e", "-c", "\n".join(script)],
        capture_output=True, text=True, check=False,
        env={
            "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1",
            **environment,
        },
    )  # fmt: skip
    assert zoom.client_secret not in done.stdout + done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def secrets(zoom: Sandbox, folder: str, *, mode: str, owner: str = "0:0") -> str:
    """Return shell lines that write a file for each secret, and zoom.env with all of them."""
    values = environment_of(zoom)
    files = {**values, "zoom.env": "\n".join(f"{name}={value}" for name, value in values.items())}
    lines = [f"mkdir -p {folder}"]
    for name, content in files.items():
        path = f"{folder}/{name}"
        lines += [
            f"printf '%s\\n' {shlex.quote(content)} > {path}",
            f"chown {owner} {path}",
            f"chmod {mode} {path}",
        ]
    return "\n".join(lines)


CREDENTIALS = "/mnt/credentials"
READ_ONLY = "mount -t tmpfs -o nosuid,nodev,noexec tmpfs {0}\n{1}\nmount -o remount,ro,bind {0}"


# A service with User=: the service manager's folder is read-only and the user's own.
@pytest.mark.parametrize("named", ["zoom.env", ""], ids=["a file", "the folder"])
def test_systemd_credentials(zoom: Sandbox, named: str) -> None:
    owner = f"{USER}:{USER}"
    files = secrets(zoom, CREDENTIALS, mode="0400", owner=owner)
    files += f"\nchown {owner} {CREDENTIALS}; chmod 0500 {CREDENTIALS}"
    done = run_mounted(
        zoom,
        f"mkdir {CREDENTIALS}\n" + READ_ONLY.format(CREDENTIALS, files),
        f"zoom-sms doctor --credentials-file {CREDENTIALS}/{named}",
        CREDENTIALS_DIRECTORY=CREDENTIALS,
    )
    assert done.status == 0, done


def access_list(*, user: int) -> str:
    """Return a POSIX access list that lets a user read a file of root, like setfacl."""
    none = 0xFFFFFFFF
    entries = [(0x01, 4, none), (0x02, 4, user), (0x04, 0, none), (0x10, 4, none), (0x20, 0, none)]
    return (struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *one) for one in entries)).hex()


# Newer versions of systemd leave the files to root, and let the user read them by an access list.
def test_systemd_credentials_with_an_access_list(zoom: Sandbox) -> None:
    files = secrets(zoom, CREDENTIALS, mode="0400")
    set_list = (
        "import os, sys\nfor path in sys.argv[2:]:\n"
        "    os.setxattr(path, 'system.posix_acl_access', bytes.fromhex(sys.argv[1]))"
    )
    python = f"{shlex.quote(sys.executable)} -c {shlex.quote(set_list)}"
    files += f"\n{python} {access_list(user=USER)} {CREDENTIALS}/*"
    prepare = f"mkdir {CREDENTIALS}\n" + READ_ONLY.format(CREDENTIALS, files)
    command = f"zoom-sms doctor --credentials-file {CREDENTIALS}/zoom.env"
    done = run_mounted(zoom, prepare, command)
    assert done.status == 0, done
    # The same without the list cannot be read.
    done = run_mounted(zoom, prepare.replace(python, "true"), command)
    assert done.status == 2, done
    assert "Permission denied" in done.err


# Kubernetes: a volume in memory whose links lead through ..data; with fsGroup, and without.
@pytest.mark.parametrize(("mode", "owner"), [("0440", f"0:{USER}"), ("0644", "0:0")])
def test_kubernetes_secret(zoom: Sandbox, mode: str, owner: str) -> None:
    files = secrets(zoom, f"{CREDENTIALS}/..2026_01_01", mode=mode, owner=owner)
    files += f"\ncd {CREDENTIALS}; ln -s ..2026_01_01 ..data"
    files += "\nfor name in $(ls ..data); do"
    files += "\n  ln -s ..data/$name $name\ndone\ncd /"
    prepare = f"mkdir {CREDENTIALS}\n" + READ_ONLY.format(CREDENTIALS, files)
    for command in (
        f"zoom-sms doctor --credentials-file {CREDENTIALS}",
        f"zoom-sms doctor --credentials-file {CREDENTIALS}/zoom.env",
    ):
        done = run_mounted(zoom, prepare, command)
        assert done.status == 0, done


# Docker: each file is a read-only mount of its own, root's and readable by everybody.
@pytest.mark.parametrize("by", ["folder", "variables"])
def test_docker_secrets(zoom: Sandbox, by: str) -> None:
    prepare = secrets(zoom, "/mnt/host", mode="0444")
    prepare += f"\nmkdir {CREDENTIALS}"
    for name in environment_of(zoom):
        target = f"{CREDENTIALS}/{name.lower()}"
        prepare += f"\ntouch {target}; mount --bind /mnt/host/{name} {target}"
        prepare += f"; mount -o remount,ro,bind {target}"
    if by == "folder":
        done = run_mounted(zoom, prepare, f"zoom-sms doctor --credentials-file {CREDENTIALS}")
    else:
        variables = {
            f"{name}_FILE": f"{CREDENTIALS}/{name.lower()}" for name in environment_of(zoom)
        }
        done = run_mounted(zoom, prepare, "zoom-sms doctor", **variables)
    assert done.status == 0, done


# A file of the user's own that all can read: on a read-only mount nobody can protect it better.
@pytest.mark.parametrize(("read_only", "status"), [(True, 0), (False, 2)])
def test_own_file_that_others_can_read(zoom: Sandbox, read_only: bool, status: int) -> None:
    files = secrets(zoom, CREDENTIALS, mode="0644", owner=f"{USER}:{USER}")
    prepare = f"mkdir {CREDENTIALS}\n" + READ_ONLY.format(CREDENTIALS, files)
    if not read_only:
        prepare = prepare.rpartition("\n")[0]
    done = run_mounted(zoom, prepare, f"zoom-sms doctor --credentials-file {CREDENTIALS}/zoom.env")
    assert done.status == status, done
    assert ("chmod 600" in done.err) is not read_only


ROOT_READ_ONLY = f"""
mkdir /mnt/data /mnt/tmp
chown {USER} /mnt/data /mnt/tmp
mount --bind /mnt/data /mnt/data
mount --bind /mnt/tmp /mnt/tmp
awk '{{print $5}}' /proc/self/mountinfo | grep -v -e ^/proc -e ^/mnt/ | sort -u \\
  | while read -r path; do mount -o remount,ro,bind "$path" 2>/dev/null || true; done
touch /usr/a-file 2>/dev/null && exit 99
touch /mnt/a-file 2>/dev/null && exit 99
cd /mnt/data
"""
COMMANDS = """
set -e
zoom-sms archive --from 2026-01-01 --attachments files --quiet
zoom-sms verify
zoom-sms status --quiet
zoom-sms export --format csv --output messages.csv
zoom-sms search the
"""


# As in the container recipe: nothing can be written but the volume and /tmp.
def test_archive_with_a_read_only_root(zoom: Sandbox) -> None:
    command = f"env TMPDIR=/mnt/tmp sh -c {shlex.quote(COMMANDS)}"
    done = run_mounted(zoom, ROOT_READ_ONLY, command, **environment_of(zoom))
    assert done.status == 0, done


READING = """
set -e
zoom-sms verify
zoom-sms status
zoom-sms search the
zoom-sms sessions
zoom-sms export --format jsonl --output -
"""


# An auditor gets the archive as a read-only mount; SQLite can make no file next to it.
def test_read_an_archive_on_a_read_only_mount(zoom: Sandbox) -> None:
    prepare = f"""
mkdir /mnt/a; chown {USER} /mnt/a; mount --bind /mnt/a /mnt/a; cd /mnt/a
setpriv --reuid {USER} --regid {USER} --clear-groups \\
  {shlex.quote(sys.executable)} -m swagger_client archive --from 2026-01-01 --quiet
mount -o remount,ro,bind /mnt/a; cd /mnt/a
"""
    done = run_mounted(zoom, prepare, f"sh -c {shlex.quote(READING)}", **environment_of(zoom))
    assert done.status == 0, done


# The log of a copy that was made during a run cannot be read there. Without it, messages are
# missing.
def test_a_copy_with_its_log_on_a_read_only_mount(zoom: Sandbox) -> None:
    hold = (
        "import shutil, sqlite3; c = sqlite3.connect('sms.sqlite3'); "
        "c.execute('CREATE TABLE t (a)'); "
        "[shutil.copy('sms.sqlite3' + s, 'copy.sqlite3' + s) for s in ('', '-wal')]"
    )
    prepare = f"""
mkdir /mnt/a; chown {USER} /mnt/a; mount --bind /mnt/a /mnt/a; cd /mnt/a
setpriv --reuid {USER} --regid {USER} --clear-groups \\
  {shlex.quote(sys.executable)} -m swagger_client archive --from 2026-01-01 --quiet
{shlex.quote(sys.executable)} -c {shlex.quote(hold)}; chown {USER} /mnt/a/*
mount -o remount,ro,bind /mnt/a; cd /mnt/a
"""
    command = "zoom-sms status --database copy.sqlite3"
    done = run_mounted(zoom, prepare, command, **environment_of(zoom))
    assert done.status == 2, done
    assert "copy.sqlite3-wal contains changes" in done.err
