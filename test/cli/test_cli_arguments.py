"""Mistakes on the command line."""

from __future__ import annotations

import re

import pytest
from support.command_line import Runner

from swagger_client.cli import ExitStatus, commands


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["archive", "--from", "2026-01-01"], "There are no credentials"),
        (["archive", "--sandbox", "--from", "soon"], "must be like 2026-01-31"),
        (["archive", "--sandbox", "--reread-days", "few"], "takes a number or 'all'"),
        (["archive", "--sandbox", "--session-type", "users"], "invalid choice"),
        (["archive", "--access-token", "x"], "unrecognized arguments"),
        (["archive", "--client-secret", "x"], "unrecognized arguments"),
        (["verify"], "There is no archive at sms.sqlite3"),
        (["search", "--sandbox", "!!"], "at least one word"),
        (["show", "--sandbox", "nobody"], "has no conversation 'nobody'"),
        (["export", "--sandbox", "--number", "x"], "no digit"),
        (["export", "--sandbox", "--format", "parquet"], "name a file"),
        (["export", "--sandbox", "-o", ""], "name a file"),
        (["export", "--sandbox", "-o", "."], "is a folder"),
        (["export", "--sandbox", "-o", ".."], "Is a directory"),
        (["export", "--sandbox", "-o", "nowhere/x.csv"], "nowhere/x.csv: No such file"),
        (["export", "--sandbox", "-o", "sandbox.sqlite3", "--format", "csv"], "itself"),
        (["archive", "--sandbox", "--database", ""], "name a file"),
        (["archive", "--sandbox", "--database", "."], "is a folder"),
        (["search", "--sandbox", "a", "--limit", "0"], "at least 1"),
        (["search", "--sandbox", "a", "--limit", "-1"], "at least 1"),
        (["show", "--sandbox", "\udcff"], "has no conversation"),
    ],
)
def test_an_invalid_argument_is_named(run: Runner, arguments: list[str], message: str) -> None:
    assert run(*arguments) == ExitStatus.INVALID
    assert message in run.err


def test_without_a_command_help_is_printed(run: Runner) -> None:
    assert run() == ExitStatus.COMPLETE
    assert run.err == ""
    printed = run.out
    for name in commands.names():
        assert re.search(rf"^  {name} +[A-Z]", printed, re.MULTILINE)
    for arguments in (["--help"], ["-h"], ["help"]):
        assert run(*arguments) == ExitStatus.COMPLETE
        assert run.out == printed


@pytest.mark.parametrize("name", commands.names())
def test_every_command_has_help(run: Runner, name: str) -> None:
    assert run(name, "--help") == ExitStatus.COMPLETE
    assert f"usage: zoom-sms {name}" in run.out
    assert commands.load(name).group in commands.GROUPS


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("serch", "search"), ("archiv", "archive"), ("verfy", "verify"), ("exports", "export")],
)
def test_a_mistyped_command_gets_a_suggestion(run: Runner, typed: str, meant: str) -> None:
    assert run(typed, "--sandbox") == ExitStatus.INVALID
    assert f"There is no command {typed}." in run.err
    assert f"Did you mean `zoom-sms {meant}`?" in run.err


def test_a_mistyped_option_gets_a_suggestion(run: Runner) -> None:
    assert run("export", "--fromat=csv") == ExitStatus.INVALID
    assert "Did you mean --format?" in run.err


def test_common_options_may_stand_before_the_command(run: Runner) -> None:
    assert run("--sandbox", "--json", "archive", "-q") == ExitStatus.COMPLETE
    assert run.out.startswith('{"run": 1')
    assert run.err == ""


def test_ids_need_not_be_text(run: Runner) -> None:
    assert run("search", "--sandbox", "tomorrow", "--limit", "9" * 30) == ExitStatus.COMPLETE
    assert re.search(r"\d+ messages found\.", run.out)
    assert run("search", "--sandbox", "\udcff") == ExitStatus.COMPLETE
    assert "No message matches." in run.out
