"""``zoom-sms export``."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.archives import SINCE
from support.command_line import ROOT, Runner, alter

from swagger_client.cli import ExitStatus
from swagger_client.sandbox import Sandbox


def test_an_export_to_the_output_is_utf8_csv(archived: Sandbox) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "swagger_client", "export", "--format", "csv"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
    )
    assert done.stdout.startswith(b"\xef\xbb\xbf")
    read = list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8-sig"), newline="")))
    assert len(read) == len(archived.messages())


def test_messages_without_a_time_are_missing_from_a_span(run: Runner, archived: Sandbox) -> None:
    run("export", "-o", "all.jsonl")
    count = len(Path("all.jsonl").read_text().splitlines())
    assert run("export", "--from", SINCE) == ExitStatus.COMPLETE
    assert run.err == ""
    alter("UPDATE messages SET date_time = 'soon', sent_at = NULL WHERE message <= 2")

    for output in ([], ["-o", "x.jsonl"]):
        assert run("export", "--from", SINCE, *output) == ExitStatus.INCOMPLETE
        assert "incomplete: 2 messages are missing from the result" in run.err
    assert len(Path("x.jsonl").read_text().splitlines()) == count - 2
    assert run("export") == ExitStatus.COMPLETE
    assert (len(run.out.splitlines()), run.err) == (count, "")


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        (["-o", "x.csv"], b'\xef\xbb\xbf"session_id"'),
        (["-o", "x.CSV"], b'\xef\xbb\xbf"session_id"'),
        (["-o", "x.jsonl"], b'{"session_id"'),
        (["-o", "x.ndjson"], b'{"session_id"'),
        (["-o", "x", "--format", "jsonl"], b'{"session_id"'),
        (["-o", "x.csv.", "--format", "jsonl"], b'{"session_id"'),
        (["-o", "x.txt", "--format", "csv"], b'\xef\xbb\xbf"session_id"'),
    ],
)
def test_the_suffix_decides_the_format(
    run: Runner, archived: Sandbox, arguments: list[str], begins: bytes
) -> None:
    assert run("export", *arguments) == ExitStatus.COMPLETE
    assert Path(arguments[1]).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "x.csv", "--format", "jsonl"], "contradicts --format jsonl"),
        (["-o", "x.parquet", "--format", "csv"], "contradicts --format csv"),
        (["-o", "x.txt"], "is unknown; pass --format"),
        (["-o", "x.xlsx"], "is unknown; pass --format"),
        (["-o", "x.csv."], "x.csv.: the name has no suffix; pass --format, one of csv, eml, html"),
        (["-o", "x.csv "], "is unknown; pass --format"),
        (["-o", "x.json.gz"], "is unknown; pass --format"),
        (["-o", "x.json"], "is unknown; pass --format"),
        (["-o", "x"], "x: the name has no suffix; pass --format"),
        (["-o", "x."], "has no suffix; pass --format"),
        (["-o", "..csv."], "has no suffix; pass --format"),
        (["-o", "jsonl"], "has no suffix; pass --format"),
    ],
)
def test_a_suffix_and_a_format_must_agree(
    run: Runner, archived: Sandbox, arguments: list[str], message: str
) -> None:
    assert run("export", *arguments) == ExitStatus.INVALID
    assert message in run.err
    assert not Path(arguments[1]).exists()


def test_a_reader_that_closes_the_pipe_is_not_an_error(archived: Sandbox) -> None:
    command = f"{sys.executable} -m swagger_client export | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == b""


@pytest.mark.parametrize("name", ["folder/", ".csv/"])
def test_a_file_is_not_exported_to_the_name_of_a_folder(
    run: Runner, archived: Sandbox, name: str
) -> None:
    assert run("export", "--format", "csv", "-o", name) == ExitStatus.INVALID
    assert "is a folder, but the format" in run.err
    assert not Path(name).exists()


def test_a_name_that_is_a_suffix_says_the_format(run: Runner, archived: Sandbox) -> None:
    assert run("export", "-o", ".csv") == ExitStatus.COMPLETE
    assert Path(".csv").read_bytes().startswith(b"\xef\xbb\xbf")
