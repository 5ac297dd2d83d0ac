"""Options that are given several times: all values count, or the second one is an error."""

from __future__ import annotations

import json
from argparse import Action
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import Runner

from swagger_client.archive import Archive, ArchivedMessage, ArchiveHeldError, Filters
from swagger_client.cli import ExitStatus, commands
from swagger_client.cli.options import add_common
from swagger_client.cli.parser import parse, parser_of
from swagger_client.cli.problems import ProblemError
from swagger_client.sandbox import Sandbox

#: Values of which each option accepts one.
VALUES = ("2", "x.csv", "127.0.0.1:8080", "/x", "36h", "x")


def value_of(action: Action) -> str:
    """Return a value that an option accepts."""
    if action.choices is not None:
        return str(next(iter(action.choices)))
    for value in VALUES:
        try:
            (action.type or str)(value)  # type: ignore[operator]
        except Exception:  # not a value of this option
            continue
        return value
    raise AssertionError(f"no value is accepted by {action.option_strings}")


def needed_by(name: str, tested: Action) -> list[str]:
    """Return the arguments without which a command does not run."""
    parser = parser_of(name, commands.load(name))
    needed: list[str] = []
    for action in parser._actions:
        if not action.option_strings and action.nargs is None:
            needed.append(value_of(action))
        elif action.required and action.option_strings and action.dest != tested.dest:
            needed += [action.option_strings[0], value_of(action)]
    for group in parser._mutually_exclusive_groups:
        if group.required and tested.dest not in [one.dest for one in group._group_actions]:
            needed += [group._group_actions[0].option_strings[0], "x"]
    return needed


def all_options() -> Iterator[tuple[str, Action]]:
    for name in commands.names():
        parser = parser_of(name, commands.load(name))
        add_common(parser)
        for action in parser._actions:
            if action.option_strings and action.dest != "help":
                yield name, action


OPTIONS = [
    pytest.param(name, action, id=f"{name} {action.option_strings[0]}")
    for name, action in all_options()
    if (name, action.dest) != ("login", "sandbox")  # the sandbox has no login
]


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration file that both --config and --profile find under the name 2."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "zoom-sms").mkdir()
    for path in (tmp_path / "2", tmp_path / "zoom-sms" / "zoom-sms.toml"):
        path.write_text("[profiles.2]\n", "utf-8")
        path.chmod(0o600)


@pytest.mark.parametrize(("name", "action"), OPTIONS)
@pytest.mark.usefixtures("profile")
def test_no_value_of_an_option_is_dropped(name: str, action: Action) -> None:
    option, needed = action.option_strings[-1], needed_by(name, action)
    if action.nargs == 0:  # a flag that is repeated says the same
        values = [
            vars(parse([name, *needed, *[option] * times])[2])[action.dest] for times in (1, 2)
        ]
        assert values[1] == (2 if action.dest == "verbose" else values[0])
        return
    value = value_of(action)
    if vars(parse([name, *needed, option, value])[2])[action.dest] == [value]:
        both = parse([name, *needed, option, value, option, "other"])[2]
        assert vars(both)[action.dest] == [value, "other"]
        return
    with pytest.raises(ProblemError, match=f"^{action.option_strings[0]} was given twice") as error:
        parse([name, *needed, option, value, option, value])
    assert error.value.problem.status == ExitStatus.INVALID


@pytest.mark.parametrize("option", ["--database", "--profile", "--config", "--log-file"])
def test_option_before_and_after_the_command_is_given_twice(run: Runner, option: str) -> None:
    assert run(option, "x", "status", option, "y") == ExitStatus.INVALID
    assert f"{option} was given twice" in run.err
    assert run(option, "x", option, "y", "status") == ExitStatus.INVALID
    assert f"{option} was given twice" in run.err


def test_option_replaces_the_setting_of_a_profile_once(run: Runner, tmp_path: Path) -> None:
    config = tmp_path / "zoom-sms.toml"
    config.write_text('[profiles.main]\ndatabase = "main.sqlite3"\n', "utf-8")
    config.chmod(0o600)
    base = ["status", "--config", str(config)]
    assert parse(base)[2].database == str(tmp_path / "main.sqlite3")
    assert parse([*base, "--database", "other.sqlite3"])[2].database == "other.sqlite3"
    assert run(*base, "--database", "a", "--database", "b") == ExitStatus.INVALID
    assert "--database was given twice" in run.err


@pytest.fixture
def two(archived: Sandbox) -> list[tuple[str, str]]:
    """The numbers and conversations of two customers."""
    found: dict[str, str] = {}
    for message in archived.messages():
        if message.direction == "In":
            found[message.sender.phone_number or ""] = message.session_id
    return list(found.items())[:2]


def ids(messages: list[ArchivedMessage]) -> set[tuple[str, str, int]]:
    return {(one.session_id, one.message_id, one.copy) for one in messages}


@pytest.mark.parametrize(("option", "place"), [("--number", 0), ("--session", 1)])
def test_search_and_export_match_any_of_several_values(
    run: Runner, two: list[tuple[str, str]], option: str, place: int
) -> None:
    (one, other) = (pair[place] for pair in two)
    name = {"--number": "number", "--session": "session_id"}[option]
    with Archive("sms.sqlite3") as archive:
        first, second, both = (
            ids(
                list(
                    archive.messages(
                        **Filters(number=chosen) if place == 0 else Filters(session_id=chosen)
                    )
                )
            )
            for chosen in (one, other, [one, other])
        )
        assert first - second
        assert second - first
        assert both == first | second

    assert run("search", option, one, option, other, "--json") == ExitStatus.COMPLETE
    lines = [json.loads(line) for line in run.out.splitlines()]
    assert {(x["session_id"], x["message_id"], x["copy"]) for x in lines} == first | second

    status = run("export", option, one, option, other, "--format", "rsmf", "-o", "out")
    assert status == ExitStatus.INCOMPLETE  # files were not archived
    manifest = json.loads(Path("out/manifest.json").read_text("utf-8"))
    assert manifest["messages"] == len(first | second)
    assert f"{one} or {other}" in manifest["selection"]

    assert run("audit", "--json") == ExitStatus.COMPLETE
    entries = [json.loads(line)["fields"] for line in run.out.splitlines()]
    recorded = [entry["selection"][name] for entry in entries if "selection" in entry]
    assert recorded == [[one, other], [one, other]]


def test_several_options_narrow_each_other(run: Runner, two: list[tuple[str, str]]) -> None:
    (number, _), (_, session) = two
    assert run("search", "--number", number, "--session", session) == ExitStatus.COMPLETE
    assert "No message matches." in run.out


def test_unknown_value_among_several_is_an_error(run: Runner, two: list[tuple[str, str]]) -> None:
    number = two[0][0]
    assert run("search", "--number", number, "--number", "+19999999999") == ExitStatus.INVALID
    assert "'+19999999999'" in run.err


def test_empty_list_of_values_is_an_error(archived: Sandbox) -> None:
    with Archive("sms.sqlite3") as archive, pytest.raises(ValueError, match="`number` is an empty"):
        archive.count(number=[])


def test_hold_protects_every_given_number(run: Runner, two: list[tuple[str, str]]) -> None:
    numbers = [number for number, _ in two]
    options = [word for number in numbers for word in ("--number", number)]
    assert run("hold", "--reason", "case 1", *options) == ExitStatus.COMPLETE
    assert f"number {numbers[0]} or {numbers[1]}" in run.out
    assert run("hold", "--list", "--json") == ExitStatus.COMPLETE
    (hold,) = json.loads(run.out)["holds"]
    assert hold["selection"] == {"number": numbers}
    for number in numbers:
        assert run("erase", "--number", number, "--reason", "x", "--yes") == ExitStatus.INVALID
        assert "hold" in run.err
    with Archive("sms.sqlite3") as archive, pytest.raises(ArchiveHeldError, match=" or "):
        archive.propose_erasure(number=numbers[0])


def test_hold_of_an_unknown_number_among_others_is_an_error(
    run: Runner, two: list[tuple[str, str]]
) -> None:
    options = ["--number", two[0][0], "--number", "+19999999999"]
    assert run("hold", "--reason", "case 1", *options) == ExitStatus.INVALID
    assert "'+19999999999'" in run.err
    assert run("hold", "--list") == ExitStatus.COMPLETE
    assert "0 holds." in run.out


def test_erasure_erases_accesses_that_named_the_number_among_others(
    run: Runner, two: list[tuple[str, str]]
) -> None:
    numbers = [number for number, _ in two]
    assert run("search", "--number", numbers[0], "--number", numbers[1]) == ExitStatus.COMPLETE
    assert run("erase", "--number", numbers[1], "--reason", "x", "--yes") == ExitStatus.COMPLETE
    assert "1 audit entry" in run.out
    assert run("verify") == ExitStatus.COMPLETE
