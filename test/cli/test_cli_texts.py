"""Texts of the library name options where the command line shows them."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import ROOT, Runner

from swagger_client.cli import ExitStatus
from swagger_client.cli.problems import with_options
from swagger_client.configuration import Configuration
from swagger_client.rest import trust_of

#: Settings that no option and no variable sets, so that no command can get them wrong.
NOT_SET_BY_COMMANDS = {"allow_http", "credentials", "max_response_bytes", "on_event", "verify_ssl"}


def raised_texts() -> Iterator[str]:
    """The literal parts of what the library raises."""
    for path in (ROOT / "swagger_client").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Raise):
                for part in ast.walk(node):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value


def test_no_text_that_a_command_shows_names_the_configuration() -> None:
    texts = [text for text in raised_texts() if "configuration." in text]
    assert len(texts) > 3
    for text in texts:
        named = set(re.findall(r"configuration\.(\w+)", with_options(text)))
        assert named <= NOT_SET_BY_COMMANDS, text


@pytest.mark.parametrize(
    ("variables", "options", "named"),
    [
        ({"ZOOM_API_HOST": "http://zoom.example/v2"}, [], "ZOOM_API_HOST (or --host)"),
        ({}, ["--host", "http://zoom.example/v2"], "ZOOM_API_HOST (or --host)"),
        ({"ZOOM_TOKEN_URL": "http://zoom.example/t"}, [], "ZOOM_TOKEN_URL"),
    ],
)
def test_plain_http_is_an_error_that_names_the_option(
    run: Runner,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    options: list[str],
    named: str,
) -> None:
    app = {"ZOOM_ACCOUNT_ID": "a", "ZOOM_CLIENT_ID": "b", "ZOOM_CLIENT_SECRET": "c" * 8}
    for name, value in {**app, **variables}.items():
        monkeypatch.setenv(name, value)
    assert run("archive", "--from", "2026-01-01", *options) == ExitStatus.INVALID
    assert f"{named} is an unencrypted http:// URL of zoom.example." in run.err
    assert "configuration." not in run.err
    assert "localhost" in run.err


@pytest.mark.parametrize("value", ["zoom.example", "https://zoom.example/t?x=1"])
def test_an_invalid_url_is_an_error_that_names_the_option(
    run: Runner, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    for name in ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET"):
        monkeypatch.setenv(name, "abcdefgh")
    assert run("archive", "--from", "2026-01-01", "--host", value) == ExitStatus.INVALID
    assert "--host" in run.err
    assert "configuration." not in run.err
    monkeypatch.setenv("ZOOM_TOKEN_URL", value)
    assert run("archive", "--from", "2026-01-01") == ExitStatus.INVALID
    assert "ZOOM_TOKEN_URL" in run.err
    assert "token_url" not in run.err


# Pipes, which nobody writes to or reads from.


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


def test_a_pipe_as_a_file_of_authorities_is_an_error(
    run: Runner, monkeypatch: pytest.MonkeyPatch, pipe: str
) -> None:
    monkeypatch.setenv("ZOOM_ACCESS_TOKEN", "abcdefabcdef")
    assert run("archive", "--from", "2026-01-01", "--ca-file", pipe) == ExitStatus.INVALID
    assert f"--ca-file names {pipe}, which cannot be read: it is not a regular file" in run.err
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        with monkeypatch.context() as patched:
            for other in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"):
                patched.delenv(other, raising=False)
            patched.setenv(name, pipe)
            with pytest.raises(ValueError, match=f"{name} names {pipe}, which cannot be read"):
                trust_of(Configuration())


def test_a_pipe_as_an_address_book_is_an_error(run: Runner, pipe: str) -> None:
    assert run("export", "--sandbox", "--names", pipe) == ExitStatus.INVALID
    assert f"{pipe} cannot be read: it is not a regular file" in run.err


def test_a_pipe_without_a_reader_as_log_file_is_an_error(run: Runner, pipe: str) -> None:
    assert run("doctor", "--sandbox", "--log-file", pipe) == ExitStatus.INVALID
    assert pipe in run.err


def test_a_log_may_go_to_a_device(run: Runner) -> None:
    assert run("doctor", "--log-file", os.devnull) == ExitStatus.INVALID
    assert "There are no credentials" in run.err
