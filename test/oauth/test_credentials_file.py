"""Credentials of files, folders, the environment and commands pass through one parser."""

from __future__ import annotations

import codecs
import os
import sys
from pathlib import Path

import pytest

from swagger_client import Configuration
from swagger_client._security import credentials_file
from swagger_client._security.credentials_file import (
    parse,
    read_environment,
    read_file,
    run_command,
)

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
GOOD = {"ZOOM_CLIENT_SECRET": "sEcReT"}


@pytest.mark.parametrize(
    "line",
    [
        "ZOOM_CLIENT_SECRET=sEcReT",
        "export ZOOM_CLIENT_SECRET=sEcReT",
        "  ZOOM_CLIENT_SECRET = sEcReT  ",
        'ZOOM_CLIENT_SECRET="sEcReT"',
        "ZOOM_CLIENT_SECRET='sEcReT' # of the app",
        "ZOOM_CLIENT_SECRET=sEcReT # of the app",
        "ZOOM_CLIENT_SECRET=sEcReT\t#of the app",
        "# a comment\n\nZOOM_CLIENT_SECRET=sEcReT\r\n",
    ],
)
def test_a_line_may_be_written_in_several_ways(line: str) -> None:
    assert parse(line, "file") == GOOD


@pytest.mark.parametrize("value", ["a#b", "#b", "a=b==", "it's", 'say"so'])
def test_a_value_may_contain_signs_that_have_a_meaning_elsewhere(value: str) -> None:
    expected = {"ZOOM_CLIENT_SECRET": value}
    assert parse(f"ZOOM_CLIENT_SECRET={value}", "file") == expected


def test_a_hash_within_quotes_begins_no_comment() -> None:
    assert parse("ZOOM_CLIENT_SECRET='a # b'", "file") == {"ZOOM_CLIENT_SECRET": "a # b"}


@pytest.mark.parametrize(
    "line",
    [
        "sEcReT",
        "PATH=sEcReT",
        "ZOOM CLIENT=sEcReT",
        "ZOOM_CLIENT_SECRET='sEcReT",
        "ZOOM_CLIENT_SECRET='a' sEcReT",
        "ZOOM_CLIENT_SECRET=sEc\0ReT",
        "ZOOM_CLIENT_SECRET=sEcReT\nZOOM_CLIENT_SECRET=other",
    ],
)
def test_any_other_line_is_an_error_that_does_not_show_it(line: str) -> None:
    with pytest.raises(ValueError, match=r"line [12] of file") as caught:
        parse(line, "file")
    assert "sEcReT" not in str(caught.value)


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_file_may_come_from_any_editor(tmp_path: Path, mark: bytes, end: bytes) -> None:
    path = tmp_path / "acme.env"
    path.write_bytes(mark + b"ZOOM_CLIENT_SECRET=sEcReT" + end)
    path.chmod(0o600)
    assert read_file(path) == GOOD


def test_a_file_may_come_from_powershell(tmp_path: Path) -> None:
    path = tmp_path / "acme.env"
    path.write_text("ZOOM_CLIENT_SECRET=sEcReT\r\n", encoding="utf-16")
    path.chmod(0o600)
    assert read_file(path) == GOOD


@posix
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440, 0o640, 0o444])
def test_files_as_containers_mount_them_are_read(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "acme.env"
    path.write_text("ZOOM_CLIENT_SECRET=sEcReT")
    path.chmod(mode)
    assert read_file(path) == GOOD


@posix
@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602, 0o666])
def test_a_file_that_others_can_change_or_that_can_be_protected_is_rejected(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "acme.env"
    path.write_text("ZOOM_CLIENT_SECRET=sEcReT")
    path.chmod(mode)
    with pytest.raises(ValueError, match="chmod 600"):
        read_file(path)


@posix
def test_a_kubernetes_secret_is_a_folder_with_links(tmp_path: Path) -> None:
    data = tmp_path / "..2026_01_01"
    data.mkdir()
    (data / "ZOOM_CLIENT_SECRET").write_text("sEcReT\n")
    (data / "zoom-account-id").write_text("acme")
    for file in data.iterdir():
        file.chmod(0o440)
    (tmp_path / "..data").symlink_to(data.name)
    for name in ("ZOOM_CLIENT_SECRET", "zoom-account-id"):
        (tmp_path / name).symlink_to(f"..data/{name}")
    assert read_file(tmp_path) == {**GOOD, "ZOOM_ACCOUNT_ID": "acme"}


def test_a_folder_without_credentials_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="contains no file with a name"):
        read_file(tmp_path)


@posix
@pytest.mark.parametrize("kind", ["fifo", "missing", "large", "latin-1"])
def test_a_large_or_binary_credentials_file_is_an_error(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "acme.env"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind != "missing":
        path.write_bytes(b"x" * 100_000 if kind == "large" else b"ZOOM_CLIENT_SECRET=\xe9\xe9")
        path.chmod(0o600)
    with pytest.raises(ValueError, match=r"acme\.env"):
        read_file(path)


def test_the_environment_is_read_in_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "id"
    path.write_text("the-id\n")
    path.chmod(0o600)
    environ = {
        "ZOOM_CLIENT_SECRET": ' "sEcReT" \n',
        "ZOOM_CLIENT_ID_FILE": str(path),
        "ZOOM_ACCOUNT_ID": "",
        "OTHER": "x",
    }
    assert read_environment(environ) == {**GOOD, "ZOOM_CLIENT_ID": "the-id"}
    with pytest.raises(ValueError, match="ZOOM_CLIENT_SECRET contains a line break") as caught:
        read_environment({"ZOOM_CLIENT_SECRET": "sEcReT\nmore"})
    assert "sEcReT" not in str(caught.value)


def test_an_empty_file_of_the_environment_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("\n")
    path.chmod(0o600)
    with pytest.raises(ValueError, match=r"secret is empty, but ZOOM_CLIENT_SECRET_FILE names it"):
        read_environment({"ZOOM_CLIENT_SECRET_FILE": str(path)})


def test_a_configuration_of_the_environment_has_clean_values() -> None:
    configuration = Configuration.from_env({"ZOOM_ACCESS_TOKEN": "token\n"})
    assert configuration.access_token == "token"
    assert "token" not in repr(vars(configuration)["access_token"])


def test_a_command_prints_the_credentials() -> None:
    program = "print('ZOOM_CLIENT_SECRET=sEcReT')"
    assert run_command([sys.executable, "-c", program]) == GOOD


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("print('sEcReT')", "line 1 of the output of .* does not have the form ZOOM_ACCOUNT_ID="),
        ("print('sEcReT'); exit(3)", "credentials-command .* ended with status 3"),
        ("print('x' * 10**5)", "the output of .* is longer than"),
        (
            "import time; print('sEcReT'); time.sleep(20)",
            "took longer than 0.05 seconds",
        ),
    ],
)
def test_a_command_that_fails_is_an_error_without_its_output(
    program: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "sleep" in program:
        monkeypatch.setattr(credentials_file, "_COMMAND_SECONDS", 0.05)
    with pytest.raises(ValueError, match=message) as caught:
        run_command([sys.executable, "-c", program])
    assert "sEcReT" not in str(caught.value)
    assert caught.value.__cause__ is None
