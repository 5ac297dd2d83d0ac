"""Builds of a release are reproducible: the same bytes for every user, folder and time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from datetime import datetime, timezone
from pathlib import Path

import pytest

from swagger_client import __version__
from tools import build_release

ROOT = Path(__file__).parent.parent.parent
MIDNIGHT = datetime(2026, 11, 23, tzinfo=timezone.utc)

# One worker builds all of them.
pytestmark = pytest.mark.xdist_group("release")


def checkout(project: Path, folder: Path, umask: int, when: float) -> Path:
    """Copy the project with another umask and other file times."""
    shutil.copytree(project, folder)
    for path in [folder, *folder.rglob("*")]:
        path.chmod((0o777 if path.is_dir() else 0o666) & ~umask)
        os.utime(path, (when, when))
    return folder


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, bytes]]:
    """Build twice, with different folders, umasks, times, locales and time zones."""
    project = tmp_path_factory.mktemp("project") / "here"
    unwanted = (".*", "*.egg-info", "__pycache__", "build", "dist", "test", "benchmarks")
    shutil.copytree(ROOT, project, ignore=shutil.ignore_patterns(*unwanted))
    made = []
    for name, umask, when, zone in (
        ("a", 0o022, 1e9, "UTC"),
        ("deeper/b", 0o077, 2e9, "Asia/Tokyo"),
    ):
        folder = tmp_path_factory.mktemp("build")
        source = checkout(project, folder / name, umask, when)
        subprocess.run(
            [sys.executable, "-m", "tools.build_release", folder / "out"],
            cwd=source,
            check=True,
            umask=umask,
            env={**os.environ, "TZ": zone, "PYTHONHASHSEED": str(umask)},
        )
        made.append({path.name: path.read_bytes() for path in (folder / "out").iterdir()})
    return made


def test_two_builds_have_the_same_bytes(builds: list[dict[str, bytes]]) -> None:
    one, other = builds
    assert one.keys() == other.keys()
    assert sorted(one) == [
        f"swagger_client-{__version__}-py3-none-any.whl",
        f"swagger_client-{__version__}.tar.gz",
    ]
    assert [name for name in one if one[name] != other[name]] == []


def test_built_files_are_complete(builds: list[dict[str, bytes]], tmp_path: Path) -> None:
    for name, content in builds[0].items():
        (tmp_path / name).write_bytes(content)
    wheel, source = sorted(tmp_path.iterdir())
    with zipfile.ZipFile(wheel) as opened:
        assert opened.testzip() is None
        assert "swagger_client/py.typed" in opened.namelist()
        assert {member.date_time for member in opened.infolist()} == {(2026, 11, 23, 0, 0, 0)}
    with tarfile.open(source) as opened:
        names = {member.name.partition("/")[2] for member in opened}
        assert {(member.uname, member.uid, member.mtime) for member in opened} == {
            ("", 0, MIDNIGHT.timestamp())
        }
        assert {member.mode for member in opened} <= {0o644, 0o755}
    assert {"openapi/zoom-phone-sms.yaml", "CHANGELOG.md", "swagger_client/py.typed"} <= names
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
    subprocess.run([*install, tmp_path / "site", wheel], check=True)
    shown = subprocess.run(
        [sys.executable, "-c", "import swagger_client; print(swagger_client.__file__)"],
        cwd=tmp_path / "site",
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout.startswith(str(tmp_path))


def test_release_date_is_read_from_the_newest_release() -> None:
    text = "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2027-02-03\n\n## [1.0.0] - 2026-11-23\n"
    assert build_release.release_date(text) == datetime(2027, 2, 3, tzinfo=timezone.utc)
    with pytest.raises(ValueError, match="no heading like"):
        build_release.release_date("## [Unreleased]\n")


def test_changelog_has_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    build_release.release_date(changelog)
    assert "\n## [Unreleased]\n" in changelog
    assert ".dev" in __version__ or f"\n## [{__version__}] - " in changelog


def test_wrong_arguments_print_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert build_release.main(["--help"]) == 2
    assert build_release.main(["a", "b"]) == 2
    assert capsys.readouterr().err.count("usage: ") == 2
