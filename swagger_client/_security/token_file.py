from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NamedTuple

from swagger_client._security.file_lock import lock_file, locked_file, unlock_file
from swagger_client._security.frames import hide_locals
from swagger_client._security.regular_file import check_content, read_head, write_private_file

#: A larger file was not written by FileTokenCache.
_MAX_BYTES = 1024 * 1024


class FileTokenCache:
    """Shares access tokens between the processes of one user on one machine.

    The tokens are stored in a file that only its owner can read. One process at a time fetches a
    token for the same credentials, and the other processes read it from the file. A file is ignored
    if it belongs to another user, if other users can read it, or if it is a link or a device. A
    file with other content is never replaced; then tokens are not shared.

    :param path: the file, in an existing folder. If it is not writable, tokens are not shared.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._start()

    def _start(self) -> None:
        self._process = os.getpid()
        self._threads: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def __getstate__(self) -> Path:
        return self.path

    def __setstate__(self, state: Path) -> None:
        FileTokenCache.__init__(self, state)

    @hide_locals
    def load(self, key: str) -> str | None:
        """Return the text stored for a key; None if it is missing or others can read the file."""
        entry = self._read().get(key)
        value = entry.get("value") if isinstance(entry, dict) else None
        return value if isinstance(value, str) else None

    def acquire(self, key: str) -> object | None:
        """Try once to acquire the lease, which is the right to fetch a new token.

        :returns: the lease, or None if another process or thread holds it.
        """
        if self._process != os.getpid():
            # After a fork, the threads that hold locks do not exist in this process.
            self._start()
        # Lock files are never deleted, so keys share them: there are at most 256.
        bucket = key[:2]
        with self._lock:
            thread_lock = self._threads.setdefault(bucket, threading.Lock())
        if not thread_lock.acquire(blocking=False):
            return None
        try:
            file = lock_file(self.path.with_name(f"{self.path.name}.{bucket}.lock"))
        except BlockingIOError:
            thread_lock.release()
            return None
        except OSError:
            file = None  # the folder is not writable, so processes cannot share tokens in it
        return _Lease(os.getpid(), thread_lock, file)

    @hide_locals
    def save(self, key: str, value: str, lease: object, *, expires_at: float) -> None:
        """Store a token until ``expires_at`` (Unix seconds). Errors of the file are ignored."""
        lock = self.path.with_name(f"{self.path.name}.lock")
        with contextlib.suppress(OSError), locked_file(lock):
            check_token_file(self.path)
            entries = {name: entry for name, entry in self._read().items() if _is_useful(entry)}
            entries[key] = {"value": value, "expires_at": expires_at}
            write_private_file(self.path, json.dumps(entries))

    def release(self, key: str, lease: object) -> None:
        """Release the lease, so that another process or thread can acquire it and fetch a token."""
        if isinstance(lease, _Lease) and lease.process == os.getpid():
            if lease.file is not None:
                unlock_file(lease.file)
            lease.thread_lock.release()

    def _read(self) -> dict[str, object]:
        try:
            content = read_private_file(self.path, _MAX_BYTES)
            values = json.loads(content)
        except (OSError, ValueError, RecursionError):
            return {}
        return values if isinstance(values, dict) else {}


def check_token_file(path: Path) -> None:
    """Raise an OSError if a file is not a token cache: storing a token would lose its content."""
    head = read_head(path)
    key = b"".join(head.split(b'"')[1:2])
    # The second beginning is that of version 1.0.
    check_content(path, head, b"{}", b'{"identity": "', b'{"%b": {"value": "' % key)


def _is_useful(entry: object) -> bool:
    expires_at = entry.get("expires_at") if isinstance(entry, dict) else None
    return isinstance(expires_at, int | float) and expires_at > time.time()


@hide_locals
def default_token_cache(environ: Mapping[str, str] | None = None) -> FileTokenCache | None:
    """Return the token cache that the processes of this user share by default.

    The environment variable ZOOM_TOKEN_CACHE is the path of the cache's file; if it is empty, there
    is no cache. If it is not set, the file is ``zoom-tokens.json`` in the folder XDG_RUNTIME_DIR,
    which only the user can access, and which is deleted when the user logs out.

    :param environ: the variables to use instead of ``os.environ``.
    :returns: the cache, or None if it is disabled or there is no such folder.
    """
    environ = os.environ if environ is None else environ
    if "ZOOM_TOKEN_CACHE" in environ:
        path = environ["ZOOM_TOKEN_CACHE"].strip()
        return FileTokenCache(path) if path else None
    folder = environ.get("XDG_RUNTIME_DIR", "")
    if os.name != "posix" or not os.path.isabs(folder):
        return None
    try:
        status = os.lstat(folder)
    except OSError:
        return None
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    owned = status.st_uid == os.geteuid()
    return FileTokenCache(os.path.join(folder, "zoom-tokens.json")) if private and owned else None


class _Lease(NamedTuple):
    """The right of one thread to fetch a token, with the locks that the thread holds."""

    process: int
    thread_lock: threading.Lock
    file: IO[bytes] | None


def read_private_file(path: str | os.PathLike[str], max_bytes: int) -> bytes:
    """Read a file of at most ``max_bytes``; raise a PermissionError if others can access it."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, flags | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise PermissionError(f"{path} is not a regular file")
        if os.name == "posix":
            if status.st_uid != os.geteuid():
                raise PermissionError(f"{path} belongs to another user")
            if status.st_mode & 0o077:
                raise PermissionError(
                    f"{path} can be read or changed by others. Run `chmod 600 {path}`"
                )
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(f"{path} is larger than {max_bytes} bytes")
    return content
