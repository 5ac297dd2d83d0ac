"""``zoom-sms.toml``: where it is found, its profiles, and what wins over what."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.archives import SINCE, small_account
from support.command_line import Runner, environment_of, use_account

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus, profiles
from swagger_client.cli.commands import status
from swagger_client.sandbox import Sandbox

POSIX = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")


@pytest.fixture
def two_accounts() -> Iterator[tuple[Sandbox, Sandbox]]:
    with small_account() as one, small_account(seed=6, messages=40) as other:
        yield one, other


def write_config(text: str, path: str = "config.toml") -> str:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o600)
    return path


def write_credentials(zoom: Sandbox, path: str) -> None:
    file = Path(path)
    file.write_text("".join(f"{name}={value}\n" for name, value in environment_of(zoom).items()))
    file.chmod(0o600)


def profiles_of(*accounts: Sandbox) -> str:
    text = ""
    for number, zoom in enumerate(accounts):
        write_credentials(zoom, f"credentials{number}")
        text += f'[profiles.p{number}]\ncredentials-file = "credentials{number}"\n'
        text += f'database = "p{number}.sqlite3"\n'
    return write_config(text)


def test_two_accounts_are_archived_in_one_command(
    run: Runner, two_accounts: tuple[Sandbox, Sandbox]
) -> None:
    config = profiles_of(*two_accounts)
    status = run("archive", "--all-profiles", "--config", config, "--from", SINCE, "--json")
    assert status == ExitStatus.COMPLETE
    report = json.loads(run.out)
    assert report["complete"] is True
    for number, zoom in enumerate(two_accounts):
        expected = len(zoom.messages())
        assert report["profiles"][f"p{number}"]["new_messages"] == expected
        with Archive(f"p{number}.sqlite3") as archive:
            assert len(list(archive.messages())) == expected


def test_a_profile_that_fails_does_not_stop_the_others(
    run: Runner, two_accounts: tuple[Sandbox, Sandbox]
) -> None:
    config = profiles_of(*two_accounts)
    two_accounts[0].fault(operation="oauth_token", status=401, times=None)
    assert run("archive", "--all-profiles", "--config", config, "--from", SINCE) == (
        ExitStatus.INVALID
    )
    assert "error: profile p0: Zoom rejected the credentials" in run.err
    assert f"Archived {len(two_accounts[1].messages())} new messages" in run.out


def test_status_and_doctor_report_on_all_profiles(
    run: Runner, two_accounts: tuple[Sandbox, Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = profiles_of(*two_accounts)
    assert run("archive", "--profile", "p1", "--config", config, "--from", SINCE) == 0
    assert run("status", "--all-profiles", "--config", config, "--json") == ExitStatus.INVALID
    report = json.loads(run.out)
    assert report["profiles"].keys() == {"p1"}
    assert report["profiles"]["p1"]["messages"] == len(two_accounts[1].messages())
    assert [(one["profile"], one["condition"]) for one in report["problems"]] == [
        ("p0", "no-archive")
    ]
    monkeypatch.setattr(status, "_now", lambda: datetime.now(timezone.utc) + timedelta(days=3))
    stale = ["status", "--all-profiles", "--config", config, "--max-age", "36h"]
    assert run(*stale) == ExitStatus.INVALID
    assert "error: profile p0: There is no archive" in run.err
    assert "incomplete: profile p1: The last complete archive run ended at" in run.err

    two_accounts[0].fault(operation="oauth_token", status=401, times=None)
    assert run("doctor", "--all-profiles", "--config", config, "--json") == ExitStatus.INVALID
    report = json.loads(run.out)
    assert report["profiles"].keys() == {"p0", "p1"}
    assert {one["profile"] for one in report["problems"]} >= {"p0"}
    assert "credentials-rejected" in {one["condition"] for one in report["problems"]}


def test_an_account_that_needs_correction_is_reported_beside_an_outage(
    run: Runner, two_accounts: tuple[Sandbox, Sandbox]
) -> None:
    config = profiles_of(*two_accounts)
    two_accounts[0].fault(operation="oauth_token", status=401, times=None)
    two_accounts[1].fault(operation="account_sms_session", status=503, times=None)
    archive = ["archive", "--all-profiles", "--config", config, "--from", SINCE]
    assert run(*archive) == ExitStatus.UNFINISHED
    assert "error: profile p0: Zoom rejected the credentials" in run.err
    assert "not finished: profile p1: " in run.err


def test_a_profile_that_is_not_in_the_file_is_named_with_those_that_are(run: Runner) -> None:
    config = write_config("[profiles.acme]\n[profiles.initech]\n")
    assert run("status", "--config", config, "--profile", "acne") == ExitStatus.INVALID
    text = " ".join(run.err.split())
    assert "config.toml has no profile acne. Did you mean acme? Its profiles: acme, initech." in (
        text
    )


@pytest.mark.parametrize("source", ["profile", "option"])
def test_a_missing_ca_file_is_named_with_its_source(
    source: str, run: Runner, zoom_now: Sandbox
) -> None:
    setting = 'ca-file = "missing.pem"' if source == "profile" else ""
    config = write_config(f"[profiles.acme]\n{setting}\n")
    option = ["--ca-file", "missing.pem"] if source == "option" else []
    assert run("doctor", "--config", config, *option) == ExitStatus.INVALID
    named = "ca-file of profile acme" if source == "profile" else "--ca-file"
    text = " ".join(run.out.split())
    assert re.search(rf"FIX connection: {named} names \S*missing.pem, which cannot be read", text)
    assert "ok connection" not in text


@pytest.mark.parametrize("source", ["profile", "option", "environment"])
@pytest.mark.parametrize("command", ["doctor", "archive"])
def test_a_ca_file_without_a_certificate_is_named_and_no_disk_is_blamed(
    source: str, command: str, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZOOM_API_HOST", "https://127.0.0.1:1/v2")
    monkeypatch.setenv("ZOOM_ACCESS_TOKEN", "token")
    Path("der.pem").write_bytes(b"0\x82\x01\n")
    if source == "environment":
        monkeypatch.setenv("SSL_CERT_FILE", "der.pem")
    setting = 'ca-file = "der.pem"' if source == "profile" else ""
    config = write_config(f"[profiles.acme]\n{setting}\n")
    option = ["--ca-file", "der.pem"] if source == "option" else []
    since = ["--from", SINCE] if command == "archive" else []
    assert run(command, *since, "--config", config, *option) == ExitStatus.INVALID
    text = " ".join((run.out + run.err).split())
    assert re.search(r"names \S*der.pem, which contains no certificate", text)
    assert "disk is full" not in text


@POSIX
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no XDG folders")
def test_a_user_folder_that_is_relative_or_unknown_is_no_crash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", "/home/dana")
    relative = {"XDG_CONFIG_HOME": "relative", "XDG_CONFIG_DIRS": ":::"}
    assert profiles.user_folder(relative) == Path("/home/dana/.config/zoom-sms")
    monkeypatch.setenv("HOME", "nowhere")
    assert profiles.find(None, relative) is None
    assert not profiles.user_folder(relative).exists()


def test_a_configuration_file_of_nested_brackets_is_rejected(run: Runner) -> None:
    assert run("status", "--config", write_config("a = " + "[" * 5000)) == ExitStatus.INVALID
    assert "config.toml cannot be used: the file contains too many nested brackets" in " ".join(
        run.err.split()
    )


def test_a_missing_ca_file_of_the_environment_is_found_without_tls(
    run: Runner, zoom_now: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("doctor") == ExitStatus.COMPLETE
    assert "without TLS: no proxy and no certificate is tested" in run.out
    monkeypatch.setenv("SSL_CERT_FILE", "/nope.pem")
    assert run("doctor") == ExitStatus.INVALID
    assert "SSL_CERT_FILE names /nope.pem, which does not exist" in " ".join(run.out.split())


@pytest.mark.parametrize(
    "option", ["--profile", "--credentials-file", "--host", "--proxy", "--ca-file"]
)
def test_the_sandbox_rejects_the_options_that_it_would_ignore(run: Runner, option: str) -> None:
    assert run("doctor", "--sandbox", option, "https://x") == ExitStatus.INVALID
    assert f"--sandbox and {option} cannot be combined" in run.err


@pytest.mark.parametrize(
    ("arguments", "databases", "message"),
    [
        (["--database", "x"], ["a", "b"], "--all-profiles and --database cannot be combined"),
        (["--profile", "p0"], ["a", "b"], "--all-profiles and --profile cannot be combined"),
        (["--attachments", "x"], ["a", "b"], "--all-profiles and --attachments cannot be"),
        (["--sandbox"], ["a", "b"], "--sandbox and --all-profiles cannot be combined"),
        ([], ["a", "a"], "have the same database"),
        ([], ["a"], "has no `database`"),
    ],
)
def test_profiles_have_an_archive_each(
    run: Runner, arguments: list[str], databases: list[str], message: str
) -> None:
    tables = [f'[profiles.p{n}]\ndatabase = "{name}"\n' for n, name in enumerate(databases)]
    config = write_config("".join([*tables, '[profiles.last]\nplan = "pro"\n']))
    assert run("archive", "--all-profiles", "--config", config, *arguments) == ExitStatus.INVALID
    assert message in run.err


def test_a_file_in_another_encoding_is_named(run: Runner) -> None:
    Path("config.toml").write_text('[profiles.a]\ndatabase = "a"\n', encoding="utf-16")
    Path("config.toml").chmod(0o600)
    assert run("status", "--config", "config.toml") == ExitStatus.INVALID
    assert "config.toml cannot be used: the file is not UTF-8; save it as UTF-8." in run.err


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="folders of freedesktop.org")
def test_the_file_is_found_in_configuration_folders_only(
    run: Runner, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_config('[profiles.here]\ndatabase = "here.sqlite3"\n', "zoom-sms.toml")
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    assert Path("sms.sqlite3").exists()

    system = write_config('[profiles.s]\ndatabase = "s.sqlite3"\n', "etc/zoom-sms/zoom-sms.toml")
    monkeypatch.setenv("XDG_CONFIG_DIRS", f"relative:{tmp_path / 'etc'}")
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    assert Path(system).with_name("s.sqlite3").exists()

    user = write_config(
        '[profiles.u]\ndatabase = "u.sqlite3"\n', "home/.config/zoom-sms/zoom-sms.toml"
    )
    assert run("archive", "--from", SINCE) == ExitStatus.COMPLETE
    assert Path(user).with_name("u.sqlite3").exists()


# As in a container that runs with any number as its user.
@POSIX
def test_a_user_without_a_home_folder_has_no_configuration_there(
    run: Runner, zoom_now: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_entry(user: int) -> object:
        raise KeyError(user)

    monkeypatch.setattr("pwd.getpwuid", no_entry)
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert run("doctor") == ExitStatus.COMPLETE
    config = write_config('[profiles.main]\ndatabase = "~/sms.sqlite3"\n')
    assert run("doctor", "--config", config) == ExitStatus.INVALID
    assert "database of profile main begins with ~" in run.err


def test_an_option_wins_over_a_profile_and_that_over_the_environment(
    run: Runner, two_accounts: tuple[Sandbox, Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two_accounts
    use_account(one, monkeypatch)
    write_credentials(other, "other")
    config = write_config(
        'default-profile = "o"\n[profiles.o]\ncredentials-file = "other"\n'
        'database = "of-the-profile"\n[profiles.e]\ndatabase = "e"\nplan = "pro"\n'
    )
    assert run("archive", "--config", config, "--from", SINCE) == ExitStatus.COMPLETE
    with Archive("of-the-profile") as archive:
        assert len(list(archive.messages())) == len(other.messages())
    assert one.requests == []

    arguments = ["--config", config, "--profile", "e", "--from", SINCE]
    assert run("archive", *arguments) == ExitStatus.COMPLETE
    assert run("archive", *arguments, "--database", "given") == ExitStatus.COMPLETE
    for path in ("e", "given"):
        with Archive(path) as archive:
            assert len(list(archive.messages())) == len(one.messages())


def test_credentials_are_never_mixed(
    run: Runner, two_accounts: tuple[Sandbox, Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two_accounts
    use_account(one, monkeypatch)
    token_only = Path("token")
    token_only.write_text(f"ZOOM_API_HOST={other.host}\nZOOM_ACCESS_TOKEN={other.access_token}\n")
    token_only.chmod(0o600)
    arguments = ["--from", SINCE, "--database", "other"]
    assert run("archive", "--credentials-file", "token", *arguments) == ExitStatus.COMPLETE
    assert one.requests == []
    assert one.token_requests == 0
    with Archive("other") as archive:
        assert len(list(archive.messages())) == len(other.messages())

    half = Path("half")
    half.write_text(f"ZOOM_ACCOUNT_ID={other.account_id}\n")
    half.chmod(0o600)
    assert run("archive", "--credentials-file", "half", *arguments) == ExitStatus.INVALID
    assert one.token_requests == 0


def test_commands_share_a_token_through_the_cache(run: Runner, zoom: Sandbox) -> None:
    config = write_config('[profiles.p]\ntoken-cache = "tokens"\n')
    for _ in range(3):
        assert run("archive", "--config", config, "--from", SINCE) == ExitStatus.COMPLETE
    assert zoom.token_requests == 1
    assert zoom.client_secret not in Path("tokens").read_text()


@POSIX
def test_commands_of_one_user_share_a_token_by_default(
    run: Runner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    with small_account() as zoom:
        write_credentials(zoom, "credentials")
        for _ in range(3):
            status = run("archive", "--credentials-file", "credentials", "--from", SINCE)
            assert status == ExitStatus.COMPLETE
        assert zoom.token_requests == 1


def test_a_command_can_print_the_credentials(run: Runner, zoom: Sandbox) -> None:
    write_credentials(zoom, "secrets")
    for name in environment_of(zoom):
        os.environ.pop(name)
    code = "import sys; sys.stdout.write(open('secrets').read())"
    command = json.dumps([sys.executable, "-c", code])
    config = write_config(f"[profiles.p]\ncredentials-command = {command}\n")
    assert run("archive", "--config", config, "--from", SINCE, "-vv") == ExitStatus.COMPLETE
    assert zoom.client_secret not in run.out + run.err


def test_a_command_that_fails_is_named_with_its_status_and_error(run: Runner) -> None:
    code = "import sys; print('sEcReT'); print('oops', file=sys.stderr); sys.exit(1)"
    command = json.dumps([sys.executable, "-c", code])
    config = write_config(f"[profiles.p]\ncredentials-command = {command}\n")
    assert run("archive", "--config", config, "--from", SINCE) == ExitStatus.INVALID
    assert f"credentials-command {sys.executable} ended with status 1: oops" in (
        " ".join(run.err.split())
    )
    assert "sEcReT" not in run.out + run.err
    config = write_config('[profiles.p]\ncredentials-command = ["no-such-program"]\n')
    assert run("archive", "--config", config, "--from", SINCE) == ExitStatus.INVALID
    assert "no-such-program cannot be started: No such file" in " ".join(run.err.split())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file has no profile"),
        ("[profiles]", "the file has no profile"),
        ("x = 1\n[profiles.p]", "unknown setting x outside of the profiles"),
        ("default_profile = 'p'\n[profiles.p]", "did you mean default-profile?"),
        ("[profile.p]", "did you mean profiles?"),
        (
            "[profiles.p]\n[profiles.q]",
            "no default-profile; select a profile with --profile (p, q)",
        ),
        (
            "[profiles.p]\ncredentials-command = ['no-such-program']",
            "cannot be started: No such",
        ),
        ("[profiles.p]\ndatabse = 'x'", "did you mean database?"),
        ("[profiles.p]\ndatabase = 1", "database of profile p must be text"),
        ("[profiles.p]\ndatabase = ''", "database of profile p must be text"),
        ('[profiles.p]\ndatabase = "a\\u0000b"', "must be text, without the character NUL"),
        ("[profiles.p]\ntimeout = true", "must be a number of seconds above 0"),
        ("[profiles.p]\ndeadline = 0", "must be a number of seconds above 0"),
        ("[profiles.p]\nplan = 'free'", "must be pro or business"),
        ("[profiles.p]\ncredentials-command = 'op read'", "must be a list like"),
        ("[profiles.p]\ncredentials-command = []", "must be a list like"),
        (
            "[profiles.p]\ncredentials-command = ['x']\ncredentials-file = 'y'",
            "both credentials-file and credentials-command",
        ),
        (
            "default-profile = 'q'\n[profiles.p]",
            "default-profile is 'q', but there is no such profile",
        ),
        ("profiles = 3", "the file has no profile"),
        ("[profiles.p", "cannot be used"),
    ],
)
def test_an_invalid_setting_in_the_file_is_named(run: Runner, text: str, message: str) -> None:
    config = write_config(text)
    assert run("doctor", "--config", config) == ExitStatus.INVALID
    assert message in run.err
    assert "zoom-sms: " not in run.err


@POSIX
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_change_is_rejected(run: Runner, mode: int) -> None:
    config = write_config("[profiles.p]\n")
    Path(config).chmod(mode)
    assert run("doctor", "--config", config) == ExitStatus.INVALID
    assert "chmod go-w" in run.err


@POSIX
def test_a_pipe_is_no_configuration_file(run: Runner) -> None:
    os.mkfifo("pipe")
    for path in ("/dev/null", "pipe"):
        assert run("doctor", "--config", path) == ExitStatus.INVALID
        assert "not a regular file" in run.err


def test_every_setting_is_an_option_of_some_command() -> None:
    from swagger_client.cli.parser import parse

    _, _, archive = parse(["archive"])
    for name, key in profiles.KEYS.items():
        if name not in ("time-zone", "names"):
            assert hasattr(archive, key.option), name


def test_two_profiles_with_one_database_do_not_stop_the_others(run: Runner, zoom: Sandbox) -> None:
    Path("link").symlink_to(".")
    databases = {"a": "shared.db", "b": "link/shared.db", "sound": "own.db", "bare": None}
    tables = [
        f"[profiles.{name}]\n" + (f"database = {path!r}\n" if path else "plan = 'pro'\n")
        for name, path in databases.items()
    ]
    config = write_config("".join(tables))
    command = ["archive", "--all-profiles", "--from", SINCE, "--json", "--config", str(config)]
    assert run(*command) == ExitStatus.INVALID
    result = json.loads(run.out)
    assert list(result["profiles"]) == ["sound"]
    assert [one["profile"] for one in result["problems"]] == ["a", "b", "bare"]
    assert "profiles a and b have the same database" in result["problems"][0]["what"]
    assert {one["condition"] for one in result["problems"]} == {"unusable-configuration"}
    assert Path("own.db").exists()
    assert not Path("shared.db").exists()
