"""Every code block and command of the documents is executed by a test, or listed with a reason."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from support.command_line import environment_of, run_in_shell
from support.pages import ALL_PAGES, NOT_RUN_COMMANDS, PAGES, ROOT, all_blocks, blocks, is_run

from swagger_client._security import credentials_file
from swagger_client.sandbox import Sandbox

#: Blocks that no test of this folder executes, and why.
NOT_RUN = {
    ("CONTRIBUTING.md", "diff"): "test/release applies them",
    ("CONTRIBUTING.md", "text"): "a tree of folders; the test below looks for them",
    ("docs/MIGRATING.md", "py"): "it sends requests to Zoom; test/contract runs such code",
    ("docs/WAREHOUSE.md", "text"): "a drawing; commands and code are run by test/integrations",
    ("docs/WEBHOOKS.md", "console"): "it serves until it is stopped; test/webhooks runs it",
    ("docs/WEBHOOKS.md", "py"): "test/webhooks serves them with the real frameworks",
    ("docs/WORKERS.md", "text"): "a drawing; the code is run by test/integrations",
    ("docs/export/data-teams.md", "text"): "a part of the output; test/cli reads all of it",
    ("docs/export/lawyers.md", "text"): "it needs a copy; test/cli runs the commands on one",
    ("docs/run/secrets.md", "bash"): "the test below runs it, with a stand-in for Vault",
    (
        "docs/run/erase-a-person.md",
        "text",
    ): "it exits with 2, as nothing is erased; test/cli runs it",
    ("docs/start/user-app.md", "py"): "the code comes from a browser; test/oauth does the same",
}
SCHEDULE = ROOT / "docs/run/schedule.md"
CRON = re.compile(r"MAILTO=\S+|(?:[\d*/,-]+ +){5}(\S.*)")


def ini(code: str) -> configparser.ConfigParser:
    """Parse a unit of systemd."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(code)
    return parser


PARSERS: dict[str, Callable[[str], object]] = {
    "toml": tomllib.loads,
    "ini": ini,
    "yaml": yaml.safe_load,
    "properties": lambda code: credentials_file.parse(code, "the page"),
}


@pytest.mark.parametrize(
    "page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in ALL_PAGES]
)
def test_every_block_is_executed_or_listed(page: Path) -> None:
    name = page.relative_to(ROOT).as_posix()
    for language, code in all_blocks(page):
        if language in PARSERS:
            PARSERS[language](code)
        elif language == "sh":
            for line in code.splitlines():
                listed = line.startswith(tuple(NOT_RUN_COMMANDS))
                assert listed or (is_run(line) and page in PAGES), f"{name}: {line}"
        elif language == "python":
            assert page in PAGES, f"{name}: {code[:60]}"
        elif (page, language) == (SCHEDULE, "py"):
            pass  # the task of Airflow, run below
        elif language == "text" and all(map(CRON.fullmatch, code.splitlines())):
            pass  # lines of cron, run below
        elif not language.startswith("{"):
            assert (name, language) in NOT_RUN, f"{name}: {language}: {code[:60]}"


def test_no_reason_is_left_over() -> None:
    found = {
        (page.relative_to(ROOT).as_posix(), language)
        for page in ALL_PAGES
        for language, _ in all_blocks(page)
    }
    assert NOT_RUN.keys() - found == set()


def test_folders_of_the_tree_exist() -> None:
    (tree,) = blocks(ROOT / "CONTRIBUTING.md", "text")
    above = ""
    for line in tree.splitlines():
        name = line.split()[0]
        if not line.startswith(" "):
            above = name
            assert (ROOT / name).exists(), line
        elif name.endswith("/"):
            assert (ROOT / above / name).exists(), line


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Return a function that moves absolute paths in a text to a folder of the test."""
    with Sandbox(seed=7, sessions=20, messages=60) as zoom:

        def moved(text: str) -> str:
            return re.sub(r"/(srv|etc)/", rf"{tmp_path}/\1/", text)

        for folder in ("srv/sms", "srv/crm", "etc/zoom-sms", "etc/xdg/zoom-sms"):
            (tmp_path / folder).mkdir(parents=True)
        secrets = tmp_path / "etc/zoom-sms/main.env"
        secrets.write_text("".join(f"{k}={v}\n" for k, v in environment_of(zoom).items()))
        config = tmp_path / "etc/xdg/zoom-sms/zoom-sms.toml"
        named = f'[profiles.main]\ncredentials-file = "{secrets}"'  # as the page says of cron
        text = moved(blocks(SCHEDULE, "toml")[0])
        config.write_text(text.replace("[profiles.main]", named))
        for file in (secrets, config):
            file.chmod(0o600)
        shutil.copy(ROOT / "examples/crm_sync.py", tmp_path / "srv/crm")
        exports = [f"export {name}={value}" for name, value in environment_of(zoom).items()]
        (tmp_path / "srv/crm/zoom.env").write_text("\n".join(exports))
        yield moved
        assert zoom.requests


def cron_lines(page: str) -> list[str]:
    """Return the commands of the cron lines of a page."""
    lines = [line for code in blocks(ROOT / "docs" / page, "text") for line in code.splitlines()]
    return [found[1] for found in map(CRON.fullmatch, lines) if found and found[1]]


def commands_of_pages() -> list[tuple[str, str]]:
    """Return shell commands in order, and the folder to run them in."""
    service = ini(blocks(SCHEDULE, "ini")[0])["Service"]
    (job,) = (yaml.safe_load(one) for one in blocks(ROOT / "docs/run/containers.md", "yaml"))
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    compose = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())["services"]["archive"]
    once = re.sub(r"sleep \d+", "exit", compose["command"][0].replace("$$", "$"))
    return [
        *(("/", line) for line in cron_lines("run/schedule.md")),
        ("/", cron_lines("read/own-database.md")[0]),
        ("/srv/systemd/", service["ExecStart"].replace("%i", "main")),
        ("/srv/kubernetes/", shlex.join(["zoom-sms", *container["args"]])),
        ("/srv/compose/", once),
        ("/srv/compose/", once),
    ]


# Each on a new machine, where no run was before; that of compose.yaml twice.
def test_scheduled_commands_run(machine: Callable[[str], str], tmp_path: Path) -> None:
    secrets = tmp_path / "etc/zoom-sms/main.env"
    account = credentials_file.read_file(secrets)
    (tmp_path / "etc/credentials").mkdir()
    shutil.copy(secrets, tmp_path / "etc/credentials/main.env")
    for folder, command in commands_of_pages():
        if "--profile" in command:
            environment = {
                "XDG_CONFIG_DIRS": str(tmp_path / "etc/xdg"),
                "CREDENTIALS_DIRECTORY": str(tmp_path / "etc/credentials"),
            }
        else:
            environment = account
        Path(machine(folder)).mkdir(exist_ok=True)
        # What prints the end of the log hides the exit status.
        program = machine(re.sub(r"/opt/[\w-]+/bin/| \|\| (tail|cat) .*", "", command))
        program = program.replace(" python ", f" {shlex.quote(sys.executable)} ")
        done = run_in_shell(f"cd {machine(folder)}; {program}", **environment)
        logs = [path.read_text() for path in tmp_path.rglob("*.log")]
        assert done.status == 0, (command, done, logs)
    names = {path.parent.name for path in (tmp_path / "srv").rglob("*.sqlite3")}
    assert names == {"sms", "crm", "kubernetes", "compose"}


def test_the_task_of_airflow_runs(
    machine: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow is too large to be installed here; its decorator is a stand-in."""
    sdk = types.ModuleType("airflow.sdk")
    monkeypatch.setattr(sdk, "task", lambda **_: lambda function: function, raising=False)
    monkeypatch.setitem(sys.modules, "airflow.sdk", sdk)
    (code,) = blocks(SCHEDULE, "py")
    values = credentials_file.read_file(tmp_path / "etc/zoom-sms/main.env")
    names: dict[str, object] = {"secrets_of": lambda account: values}
    exec(compile(machine(code), "<task>", "exec"), names)
    function = names["archive_sms"]
    assert callable(function)
    assert re.fullmatch("[0-9a-f]{64}", str(function("acme")))
    assert (tmp_path / "srv/sms/acme.sqlite3").exists()


def units() -> dict[str, str]:
    """Return the systemd units of the page, by file name."""
    page = SCHEDULE.read_text("utf-8")
    return dict(re.findall(r"`/etc/systemd/system/([^`]+)`.*?\n```ini\n(.*?)```", page, re.S))


def commands_of_units() -> dict[str, str]:
    """Return the command of each service of the page that runs the program."""
    found = {name: ini(text) for name, text in units().items() if name.endswith(".service")}
    return {
        name: unit["Service"]["ExecStart"].removeprefix("/opt/zoom-sms/bin/")
        for name, unit in found.items()
        if "/zoom-sms " in unit["Service"]["ExecStart"]
    }


def test_the_units_archive_verify_and_check_every_account(
    machine: Callable[[str], str], tmp_path: Path
) -> None:
    (tmp_path / "etc/credentials").mkdir()
    for profile in ("main", "emea"):
        secrets = tmp_path / "etc/zoom-sms/main.env"
        shutil.copy(secrets, tmp_path / f"etc/credentials/{profile}.env")
    environment = {
        "XDG_CONFIG_DIRS": str(tmp_path / "etc/xdg"),
        "CREDENTIALS_DIRECTORY": str(tmp_path / "etc/credentials"),
    }
    commands = commands_of_units()
    check = commands.pop("zoom-sms-check.service")
    jobs = [commands.pop("zoom-sms@.service"), commands.pop("zoom-sms-verify@.service")]
    assert commands == {}
    for profile in ("main", "emea"):
        for job in jobs:
            done = run_in_shell(job.replace("%i", profile), **environment)
            assert done.status == 0, done
        # While one account has no archive, the check of all fails.
        done = run_in_shell(check, **environment)
        assert done.status == (2 if profile == "main" else 0), done


def test_the_script_for_vault_prints_credentials(tmp_path: Path) -> None:
    (script,) = blocks(ROOT / "docs/run/secrets.md", "bash")
    (tmp_path / "vault-token").write_text("token")
    for name, text in {
        "zoom-credentials": script,
        "vault": '#!/bin/sh\n[ "$VAULT_TOKEN" = token ] && echo "$3 of $4"\n',
    }.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o700)
    environment = f"PATH={tmp_path}:/usr/bin:/bin", f"CREDENTIALS_DIRECTORY={tmp_path}"
    command = ["env", *environment, str(tmp_path / "zoom-credentials"), "main"]
    found = credentials_file.run_command(command)
    assert found["ZOOM_CLIENT_ID"] == "-field=ZOOM_CLIENT_ID of secret/zoom/main"
    assert len(found) == 3


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    assert len(units()) == len(blocks(SCHEDULE, "ini")) == 7
    for name, text in units().items():
        file = tmp_path / name.replace("@.", "@an-instance.")
        file.write_text(text.replace("/opt/zoom-sms/bin/zoom-sms", sys.executable))
    for file in sorted(tmp_path.iterdir()):
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(file)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), file.name
