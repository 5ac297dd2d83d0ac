"""Wrong arguments on the command line."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from support.archives import NOW, SINCE
from support.command_line import Runner

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus, commands
from swagger_client.sandbox import Sandbox


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["archive", "--from", "2026-01-01"], "There are no credentials"),
        (["archive", "--sandbox", "--from", "soon"], "must be like 2026-01-31"),
        (["archive", "--sandbox", "--reread-days", "few"], "pass a number or 'all'"),
        (["archive", "--sandbox", "--session-type", "users"], "invalid choice"),
        (["archive", "--access-token", "x"], "There is no option --access-token."),
        (["archive", "--client-secret", "x"], "There is no option --client-secret."),
        (["verify"], "There is no archive at sms.sqlite3"),
        (["search", "--sandbox", "!!"], "at least one word"),
        (["show", "--sandbox", "nobody"], "has no conversation 'nobody'"),
        (["export", "--sandbox", "--number", "x"], "no digit"),
        (["export", "--sandbox", "--format", "parquet"], "name a file"),
        (["export", "--sandbox", "-o", ""], "the file name is empty"),
        (["export", "--sandbox", "-o", "."], "is a folder"),
        (["export", "--sandbox", "-o", "..", "--format", "csv"], "Is a directory"),
        (["export", "--sandbox", "-o", "nowhere/x.csv"], "nowhere/x.csv: No such file"),
        (["export", "--sandbox", "-o", "sandbox.sqlite3", "--format", "csv"], "of the archive"),
        (["archive", "--sandbox", "--database", ""], "the file name is empty"),
        (["archive", "--sandbox", "--database", "."], "is a folder"),
        (["search", "--sandbox", "a", "--limit", "0"], "1 or more"),
        (["search", "--sandbox", "a", "--limit", "-1"], "1 or more"),
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


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_the_help_of_every_command_fits_the_terminal(
    run: Runner, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for name in ("", *commands.names()):
        run(*([name] if name else []), "--help")
        assert max(map(len, run.out.splitlines())) <= columns, run.out
        assert run.out.startswith(f"usage: zoom-sms {name}".rstrip())


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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("coverage", "status"), ("view", "browse"), ("delete", "erase"), ("webhooks", "listen")],
)
def test_another_name_of_a_command_gets_a_suggestion(run: Runner, typed: str, meant: str) -> None:
    assert run(typed) == ExitStatus.INVALID
    assert f"Did you mean `zoom-sms {meant}`?" in run.err


@pytest.mark.parametrize("typed", ["xyzzy", "bogus", "average"])
def test_an_unrelated_command_is_not_suggested(run: Runner, typed: str) -> None:
    assert run(typed) == ExitStatus.INVALID
    assert "Did you mean" not in run.err


def test_the_value_of_an_unknown_option_is_not_printed(run: Runner) -> None:
    for arguments in (["--access-token", "s3cret"], ["--access-token=s3cret"]):
        assert run("archive", *arguments, "--json") == ExitStatus.INVALID
        assert "--access-token" in run.out
        assert "s3cret" not in run.out + run.err


#: Errors that are found before the command runs.
INVALID = (
    ["erase"],
    ["erase", "--reason", "x"],
    ["verify", "now"],
    ["compare", "--sample", "many"],
    ["status", "--max-age", "1x"],
    ["browse", "--port", "x"],
    ["hold", "--release", "x"],
    ["login", "--port", "99999"],
    ["login", "--sandbox"],
    ["archive", "--plan", "free"],
    ["doctor", "--sandbox", "--proxy", "http://127.0.0.1:1"],
    ["status", "--profile", "none"],
)


@pytest.mark.parametrize("arguments", INVALID, ids=" ".join)
def test_invalid_arguments_are_reported_like_other_errors(
    run: Runner, arguments: list[str]
) -> None:
    assert run(*arguments) == ExitStatus.INVALID
    assert run.out == ""
    assert re.match(r"\S+Z error: ", run.err)
    assert "usage:" not in run.err
    assert not re.search(r"invalid \w+ value", run.err)  # the name of a Python function
    assert run(*arguments, "--json") == ExitStatus.INVALID
    result = json.loads(run.out)
    assert result["complete"] is False
    assert result["status"] == ExitStatus.INVALID
    assert len(result["problems"]) == 1
    assert run.err == ""


@pytest.mark.parametrize(
    "arguments", [["search", "--limit", "x"], ["show"], ["xyzzy"]], ids=" ".join
)
def test_invalid_arguments_of_a_list_are_json_on_standard_error(
    run: Runner, arguments: list[str]
) -> None:
    assert run(*arguments, "--json") == ExitStatus.INVALID
    assert run.out == ""
    assert json.loads(run.err)["problem"]["status"] == ExitStatus.INVALID


def test_common_options_are_accepted_before_the_command(run: Runner) -> None:
    assert run("--sandbox", "--json", "archive", "-q") == ExitStatus.COMPLETE
    assert run.out.startswith('{"run": 1')
    assert run.err == ""


def test_ids_need_not_be_text(run: Runner) -> None:
    assert run("search", "--sandbox", "tomorrow", "--limit", "9" * 30) == ExitStatus.COMPLETE
    assert re.search(r"\d+ messages found\.", run.out)
    assert run("search", "--sandbox", "\udcff") == ExitStatus.COMPLETE
    assert "No message matches." in run.out


#: Arguments that a script passes when its variable is not set, or is mistyped.
EMPTY = (
    ["archive", "--from"],
    ["archive", "--attachments"],
    ["archive", "--profile"],
    ["archive", "--host"],
    ["archive", "--proxy"],
    ["archive", "--ca-file"],
    ["archive", "--credentials-file"],
    ["archive", "--reread-days"],
    ["verify", "--attachments"],
    ["search"],
    ["search", "--session"],
    ["search", "--number"],
    ["search", "--user"],
    ["search", "--sender"],
    ["search", "--status"],
    ["search", "--from"],
    ["search", "--to"],
    ["sessions", "--session"],
    ["show"],
    ["export", "-o"],
    ["export", "-o", "x.csv", "--names"],
    ["export", "-o", "x.csv", "--timezone"],
    ["compare", "--session"],
    ["hold", "--reason", "r", "--session"],
    ["hold", "--reason", "r", "--number"],
    ["hold", "--reason", "r", "--user"],
    ["hold", "--reason", "r", "--from"],
    ["erase", "--reason", "r", "--session"],
    ["erase", "--reason", "r", "--message"],
    ["erase", "--reason", "r", "--number"],
    ["backup"],
)


@pytest.mark.parametrize("arguments", EMPTY, ids=" ".join)
@pytest.mark.parametrize("value", ["", " ", "\t"])
def test_an_empty_argument_is_an_error(run: Runner, arguments: list[str], value: str) -> None:
    assert run(*arguments, value) == ExitStatus.INVALID
    assert "is empty" in run.err


#: Options that name what an archive may not have, and what they are called.
NAMED = (
    (["hold", "--reason", "r", "--session"], "conversation"),
    (["hold", "--reason", "r", "--number"], "number"),
    (["hold", "--reason", "r", "--user"], "user"),
    (["erase", "--reason", "r", "--session"], "conversation"),
    (["erase", "--reason", "r", "--message"], "message"),
    (["erase", "--reason", "r", "--number"], "number"),
    (["compare", "--session"], "conversation"),
    (["search", "--session"], "conversation"),
    (["search", "--number"], "number"),
    (["search", "--user"], "user"),
    (["search", "--sender"], "number"),
    (["search", "--status"], "delivery status"),
    (["sessions", "--user"], "user"),
    (["show"], "conversation"),
    (["export", "-o", "x.csv", "--session"], "conversation"),
    (["export", "-o", "x.csv", "--since-run"], "run"),
)


@pytest.mark.parametrize("arguments", [one for one, _ in NAMED], ids=" ".join)
def test_an_unknown_value_is_an_error_that_names_its_kind(
    run: Runner, archived: Sandbox, arguments: list[str]
) -> None:
    kind = next(kind for one, kind in NAMED if one == arguments)
    value = {"number": "+15550199999", "run": "99"}.get(kind, "nosuch")
    with Archive("sms.sqlite3") as archive:
        before = len(archive.audit_log()), archive.holds()
        assert run(*arguments, value, "--json") == ExitStatus.INVALID
        shown = json.loads((run.out + run.err).splitlines()[-1])
        problem = shown["problem"] if "problem" in shown else shown["problems"][0]
        assert problem["condition"] == "unknown-value"
        assert kind in problem["what"]
        assert (len(archive.audit_log()), archive.holds()) == before


def test_a_hold_may_lie_in_the_future(run: Runner, archived: Sandbox) -> None:
    assert run("hold", "--from", "2030-01-01", "--reason", "r") == ExitStatus.COMPLETE
    session_id = archived.sessions()[0].session_id
    assert run("hold", "--session", session_id, "--from", "2030", "--reason", "r") == 0


def test_a_conversation_that_only_zoom_knows_is_compared(run: Runner, archived: Sandbox) -> None:
    made = archived.add_message(at=NOW - timedelta(days=2))
    assert run("compare", "--session", made.session_id) == ExitStatus.INCOMPLETE
    assert "missing in archive" in run.out


def test_two_hyphens_end_the_options_of_a_command(run: Runner, zoom: Sandbox) -> None:
    zoom.add_session(session_id="-x")
    zoom.add_message("-x", text="minus -5 degrees", at=zoom.clock.now())
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    assert run("show", "--", "-x") == ExitStatus.COMPLETE
    assert "minus -5 degrees" in run.out
    assert run("search", "--limit", "5", "--", "minus", "-5") == ExitStatus.COMPLETE
    assert "minus -5 degrees" in run.out


@pytest.mark.parametrize(
    ("arguments", "condition"),
    [
        (["status", "--max-age", "soon"], "invalid-argument"),
        (["doctor", "--config", "broken.toml"], "unusable-configuration"),
        (["archive", "--profile", "nosuch", "--config", "good.toml"], "unknown-profile"),
    ],
)
def test_an_error_in_the_command_line_is_json_if_asked_for(
    run: Runner, arguments: list[str], condition: str
) -> None:
    for name, text in (("broken", "[profiles.a"), ("good", "[profiles.a]\ndatabase = 'a.db'\n")):
        Path(f"{name}.toml").write_text(text)
        Path(f"{name}.toml").chmod(0o600)
    assert run(*arguments, "--json") == ExitStatus.INVALID
    report = json.loads(run.out)
    assert (report["complete"], report["status"]) == (False, 2)
    assert [problem["condition"] for problem in report["problems"]] == [condition]


@pytest.mark.parametrize(
    ("arguments", "condition"),
    [
        (["serach", "word"], "unknown-command"),
        (["search", "--limit", "0"], "invalid-argument"),
        (["--nosuch"], "invalid-argument"),
    ],
)
def test_an_error_of_a_command_with_rows_is_a_line_of_json(
    run: Runner, arguments: list[str], condition: str
) -> None:
    assert run(*arguments, "--json") == ExitStatus.INVALID
    assert run.out == ""
    problem = json.loads(run.err)["problem"]
    assert problem["condition"] == condition
    assert problem["cure"]


def test_a_database_in_a_missing_folder_has_a_wrong_path(run: Runner, zoom: Sandbox) -> None:
    for command in (["archive", "--from", SINCE], ["doctor"]):
        assert run(*command, "--database", "nosuch/sms.sqlite3", "--json") == ExitStatus.INVALID
        problems = json.loads(run.out)["problems"]
        (problem,) = [one for one in problems if one["condition"] == "unusable-path"]
        assert problem["what"].endswith("nosuch: No such folder.")
        assert not Path("nosuch").exists()


def test_a_file_that_is_no_database_is_described(run: Runner) -> None:
    Path("messages.csv").write_text("number,name\n" * 1000)
    assert run("status", "--database", "messages.csv") == ExitStatus.DAMAGED
    assert "messages.csv is not an SQLite database: it is another kind of file" in run.err
