from __future__ import annotations

import getpass
import os
import platform

from swagger_client._version import __version__
from swagger_client.archive.canonical import JsonObject, plain_text


def actor() -> JsonObject:
    """Return the user name, host name and package version, for a record of the audit log."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError, ImportError):  # the user has no name, as in containers
        user = str(os.getuid()) if hasattr(os, "getuid") else "unknown"
    return {"by": plain_text(user), "host": plain_text(platform.node()), "version": __version__}
