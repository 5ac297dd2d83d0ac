"""A token file is read only if nobody else can have written or read it."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from swagger_client._security.file_lock import lock_file, unlock_file
from swagger_client.oauth import FileTokenCache

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
FAR = 4e9


def save(cache: FileTokenCache, key: str, expires_at: float = FAR) -> None:
    lease = cache.acquire(key)
    cache.save(key, "value", lease, expires_at=expires_at)
    cache.release(key, lease)


def stored(path: Path) -> FileTokenCache:
    cache = FileTokenCache(path)
    save(cache, "key")
    assert cache.load("key") == "value"
    return cache


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o602])
def test_a_file_that_others_can_access_is_not_read(tmp_path: Path, mode: int) -> None:
    cache = stored(tmp_path / "tokens.json")
    cache.path.chmod(mode)
    assert cache.load("key") is None


@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="changes the owner")
def test_a_file_of_another_user_is_not_read(tmp_path: Path) -> None:
    cache = stored(tmp_path / "tokens.json")
    os.chown(cache.path, 65534, 65534)
    assert cache.load("key") is None


def test_a_link_is_neither_read_nor_followed(tmp_path: Path) -> None:
    cache = stored(tmp_path / "tokens.json")
    target = tmp_path / "target"
    cache.path.rename(target)
    cache.path.symlink_to(target)
    before = target.read_bytes()
    assert cache.load("key") is None
    save(cache, "other")
    assert target.read_bytes() == before


@pytest.mark.parametrize("mode", [0o600, 0o644])
@pytest.mark.parametrize(
    "content",
    [
        b"SQLite format 3\0", b"my notes", b"number,name", b"null",
        b'{"editor.tabSize": 2}', b'{"a": {"value": 1}}', b'{\n  "name": "app"\n}', b"{// a\n}",
        b'{"client_id": "app", "refresh_token": "x"}', b'["a"]', b'{"monotonic": 1, "lanes": {}}',
    ],
)  # fmt: skip
def test_a_file_with_other_content_is_never_replaced(
    tmp_path: Path, content: bytes, mode: int
) -> None:
    cache = FileTokenCache(tmp_path / "tokens.json")
    cache.path.write_bytes(content)
    cache.path.chmod(mode)
    save(cache, "key")
    assert cache.path.read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0\0\0", b"{}", b'{"ke', b'{"key": {"value": "a", "expires_at": 1.0}}',
        b'{"identity": "a", "value": "b", "expires_at": 1.0, "renew_at": 1.0, "api_url": null}',
    ],
)  # fmt: skip
def test_an_empty_or_truncated_file_and_that_of_version_1_are_replaced(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "tokens.json").write_bytes(content)
    (tmp_path / "tokens.json").chmod(0o600)
    stored(tmp_path / "tokens.json")


# Opening a pipe for reading blocks until somebody writes, and renaming a file replaces the pipe.
def test_a_pipe_is_neither_read_nor_replaced(tmp_path: Path) -> None:
    cache = FileTokenCache(tmp_path / "tokens.json")
    os.mkfifo(cache.path, 0o600)
    assert cache.load("key") is None
    save(cache, "key")
    assert cache.path.is_fifo()
    assert cache.load("key") is None


def test_values_that_have_expired_are_removed(tmp_path: Path) -> None:
    cache = stored(tmp_path / "tokens.json")
    save(cache, "old", expires_at=1.0)
    save(cache, "new")
    assert set(json.loads(cache.path.read_text())) == {"key", "new"}


def test_an_old_temporary_file_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    old, young = tmp_path / ".tokens.a1.part", tmp_path / ".tokens.b2.part"
    for path in (old, young):
        path.write_text("a token")
    os.utime(old, (0, 0))
    cache = FileTokenCache(tmp_path / "tokens")
    lease = cache.acquire("k" * 64)
    cache.save("k" * 64, "value", lease, expires_at=4e9)
    cache.release("k" * 64, lease)
    assert not old.exists()
    assert young.exists(), "a process may still be writing it"


def test_one_caller_has_the_lease(tmp_path: Path) -> None:
    one, other = (FileTokenCache(tmp_path / "tokens.json") for _ in range(2))
    lease = one.acquire("key")
    assert lease is not None
    assert one.acquire("key") is None
    assert other.acquire("key") is None
    one.release("key", lease)
    lease = other.acquire("key")
    assert lease is not None
    other.release("key", lease)


def test_a_lock_that_is_never_released_does_not_block(tmp_path: Path) -> None:
    path = tmp_path / "token.json"
    cache = FileTokenCache(path)
    held = lock_file(path.with_name("token.json.lock"))  # as by a process that was stopped
    saving = threading.Thread(
        target=cache.save, args=("ab", "token", None), kwargs={"expires_at": 9e9}, daemon=True
    )
    saving.start()
    saving.join(30)
    assert not saving.is_alive()
    assert cache.load("ab") is None
    unlock_file(held)
    cache.save("ab", "token", None, expires_at=9e9)
    assert cache.load("ab") == "token"
