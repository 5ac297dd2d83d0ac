"""A file through which several processes of one user share an access token."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import threading
from pathlib import Path
from typing import IO

from swagger_client._flow.tokens import AccessToken
from swagger_client._security.checks import is_token
from swagger_client._security.file_lock import lock_file, unlock_file
from swagger_client._security.urls import zoom_origin


class FileTokenCache:
    """Shares a token between processes; the file is readable by its owner alone.

    Only one process at a time fetches a token, the others read what it got.

    :param path: the file; its folder must exist. Where it cannot be written, each process fetches
        a token of its own.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def for_identity(self, identity: str) -> FileTokenStore:
        """The part of the cache that belongs to one app and account."""
        return FileTokenStore(self.path, hashlib.sha256(identity.encode()).hexdigest()[:16])


class FileTokenStore:
    """The token of one identity in a :class:`FileTokenCache`."""

    def __init__(self, path: Path, identity: str) -> None:
        self.path = path
        self._identity = identity
        self._start()

    def _start(self) -> None:
        self._process = os.getpid()
        self._busy = threading.Lock()
        self._lock_file: IO[bytes] | None = None

    def __getstate__(self) -> tuple[Path, str]:
        return self.path, self._identity

    def __setstate__(self, state: tuple[Path, str]) -> None:
        FileTokenStore.__init__(self, *state)

    def load(self) -> AccessToken | None:
        """The token of this identity, None when there is none that can be trusted."""
        try:
            with self.path.open(encoding="utf-8") as file:
                if os.name == "posix" and os.fstat(file.fileno()).st_mode & 0o077:
                    return None
                kept = json.load(file)
            if kept["identity"] != self._identity or not is_token(kept["value"]):
                return None
            return AccessToken(
                kept["value"],
                float(kept["expires_at"]),
                float(kept["renew_at"]),
                zoom_origin(kept["api_url"]),
            )
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return None

    def save(self, token: AccessToken) -> None:
        """Keep a token for the other processes; a full disk costs them a request, no more."""
        kept = {"identity": self._identity, **token._asdict()}
        with contextlib.suppress(OSError):
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    json.dump(kept, file)
                os.replace(name, self.path)
            except OSError:
                os.unlink(name)

    def try_lock(self) -> bool:
        """Take the right to fetch a token, if no other process or thread has it."""
        if self._process != os.getpid():
            # What a parent was about when it forked is not this process's.
            self._start()
        if not self._busy.acquire(blocking=False):
            return False
        try:
            self._lock_file = lock_file(self.path.with_name(self.path.name + ".lock"))
        except BlockingIOError:
            self._busy.release()
            return False
        except OSError:
            pass  # nothing can be shared here, and no other process will come
        return True

    def unlock(self) -> None:
        """Give the right back."""
        if self._process != os.getpid():
            return
        if self._lock_file is not None:
            unlock_file(self._lock_file)
            self._lock_file = None
        self._busy.release()
