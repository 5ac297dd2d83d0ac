"""Whether tests can make real mounts on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess

NEEDS = "needs root, unshare and setpriv to make mounts"


def can_mount() -> bool:
    """Return whether this process may mount in a namespace of its own and become another user."""
    if shutil.which("unshare") is None or shutil.which("setpriv") is None or os.geteuid() != 0:
        return False
    trial = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0
