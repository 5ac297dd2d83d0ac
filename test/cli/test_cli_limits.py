"""Limits of the operating system are named as such, not as a full disk or as damage."""

from __future__ import annotations

import errno
import json
import os
import resource
from pathlib import Path

import pytest
from support.archives import SINCE
from support.command_line import Runner, environment_of, run_in_shell

from swagger_client.archive import Archive
from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


@pytest.fixture
def archived(run: Runner, zoom: Sandbox) -> Sandbox:
    assert run("archive", "--from", SINCE, "--attachments", "files") == ExitStatus.COMPLETE
    return zoom


@pytest.mark.parametrize(
    ("command", "limit"),
    [
        ("archive", 6),
        ("export -o o.csv", 6),
        ("backup copy.sqlite3", 6),
        ("take-over files", 6),
    ],
)
def test_too_many_open_files_are_no_full_disk_and_no_damage(
    archived: Sandbox, command: str, limit: int
) -> None:
    ended = run_in_shell(
        f"ulimit -n {limit}; zoom-sms {command} --json", **environment_of(archived)
    )
    assert ended.status == ExitStatus.UNFINISHED
    (problem,) = json.loads(ended.out)["problems"]
    assert problem["condition"] == "too-many-open-files"
    assert "ulimit -n" in problem["cure"]


def test_verify_reports_no_damage_if_it_cannot_open_the_files(archived: Sandbox) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    def forbid(done: int, total: int) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))

    with Archive("sms.sqlite3") as archive:
        try:
            with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
                archive.verify(progress=forbid)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert archive.verify().problems == []


@pytest.mark.parametrize("limit", range(7, 16))
def test_every_limit_of_open_files_is_named_or_suffices(archived: Sandbox, limit: int) -> None:
    ended = run_in_shell(
        f"ulimit -n {limit}; zoom-sms backup b.sqlite3", **environment_of(archived)
    )
    assert ended.status in (ExitStatus.COMPLETE, ExitStatus.UNFINISHED)
    if ended.status:
        assert "ulimit -n" in ended.err
        assert not list(Path().glob("*b.sqlite3*"))


def test_a_limit_of_the_file_size_is_no_full_disk(archived: Sandbox) -> None:
    ended = run_in_shell("ulimit -f 4; zoom-sms export -o o.csv --json", **environment_of(archived))
    assert ended.status == ExitStatus.UNFINISHED
    (problem,) = json.loads(ended.out)["problems"]
    assert problem["condition"] == "file-too-large"
