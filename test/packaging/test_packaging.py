"""The built files contain what they should, and the wheel works in an empty environment."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from swagger_client import __version__ as VERSION

ROOT = Path(__file__).parent.parent.parent
USER_SCRIPT = ROOT / "test" / "typed" / "user_script.py"
#: Some files of a source distribution outside the package: what builds, tests and documents it.
BESIDE = {
    "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "MANIFEST.in", "PKG-INFO", "README.md",
    "SECURITY.md", "docs/SMSApi.md", "docs/conf.py", "docs/index.md", "docker/Dockerfile",
    "examples/quickstart.py", "openapi/zoom-phone-sms.yaml", "pyproject.toml", "requirements.txt",
    "setup.cfg", "setup.py", "test-requirements.txt", "test/conftest.py",
    "test/drift/published.json", "tools/build_site.py", "tox.ini",
}  # fmt: skip

# One worker builds and installs once.
pytestmark = pytest.mark.xdist_group("packaging")


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a command in a clean environment; return its output."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**kept, **pip, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project as a new user clones it, without built or cached files."""
    made = tmp_path_factory.mktemp("clone") / "project"
    unwanted = shutil.ignore_patterns(
        ".*cache", ".git", ".hypothesis", ".venv", ".tox", "*.egg-info", "__pycache__", "build",
        "dist",
    )  # fmt: skip
    shutil.copytree(ROOT, made, ignore=unwanted)
    return made


@pytest.fixture(scope="module")
def built(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    run(
        sys.executable, "-W", "error", "-m", "build", "--no-isolation", "-o", folder, ".", cwd=clone
    )
    return folder


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python in an environment with only the wheel and its dependencies."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=True)
    made = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    (wheel,) = built.glob("*.whl")
    run(made, "-m", "pip", "install", "-q", wheel, cwd=folder)
    return made


def modules() -> set[str]:
    package = ROOT / "swagger_client"
    sources = {path.relative_to(ROOT).as_posix() for path in package.rglob("*.py")}
    data = {path.relative_to(ROOT).as_posix() for path in package.glob("*/templates/*")}
    return sources | data | {"swagger_client/py.typed", "swagger_client_pytest.py", "zoom_sms.py"}


def test_wheel_contains_the_package_only(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == modules()
    assert wheel.name == f"swagger_client-{VERSION}-py3-none-any.whl"


def test_source_distribution_is_complete(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        files = {member.name.partition("/")[2] for member in opened if member.isfile()}
    assert files >= modules() | BESIDE
    assert {name for name in files if re.search(r"\.py[co]$|\.env$|\.sqlite3", name)} == set()


def test_metadata_lists_the_dependencies(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        folder = next(name for name in opened.namelist() if name.endswith("/METADATA")).partition(
            "/"
        )[0]
        metadata = opened.read(f"{folder}/METADATA").decode()
        entries = opened.read(f"{folder}/entry_points.txt").decode()
    head = metadata.partition("\n\n")[0]
    for line in ("Name: swagger-client", f"Version: {VERSION}", "Requires-Python: >=3.11"):
        assert line in head
    needs = re.findall(r"^Requires-Dist: ([\w-]+)(.*)$", head, re.M)
    required = {name: rest for name, rest in needs if "extra" not in rest}
    assert required == {
        "urllib3": ">=2.8", "python-dateutil": ">=2.8.2", "six": ">=1.16",
        "certifi": required["certifi"],
    }  # fmt: skip
    extras = {
        (rest.partition("extra == ")[2].strip('"'), name) for name, rest in needs if "extra" in rest
    }
    assert extras >= {("cli", "rich"), ("parquet", "pyarrow")}
    assert "swagger_client_sandbox = swagger_client_pytest" in entries
    assert "zoom-sms = zoom_sms:main" in entries
    assert "# swagger_client" in metadata


def test_links_of_the_readme_work_on_a_package_index() -> None:
    source = (ROOT / "setup.py").read_text("utf-8").partition("\nsetup(")[0]
    names: dict[str, Any] = {"__file__": str(ROOT / "setup.py"), "__name__": "setup"}
    exec(compile(source, "setup.py", "exec"), names)
    readme = (ROOT / "README.md").read_text("utf-8")
    relative = re.compile(r"\]\((?!https?://|#)([^)]+)\)")
    assert relative.findall(readme)
    assert relative.findall(names["for_index"](readme, "")) == []
    home = "https://example.com/project"
    absolute = names["for_index"](readme, home)
    assert relative.findall(absolute) == []
    paths = re.findall(rf"\({home}/(?:blob|raw)/HEAD/([^)#]+)", absolute)
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []
    named = re.findall(r" \(`([\w./-]+)`\)", names["for_index"](readme, ""))
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.extended
def test_package_index_accepts_the_files(built: Path) -> None:
    """Twine renders the README as an index does; nothing in it leads nowhere."""
    pytest.importorskip("twine")
    run(sys.executable, "-m", "twine", "check", "--strict", *built.iterdir(), cwd=built)
    from readme_renderer import markdown

    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (one for one in opened.namelist() if one.endswith(".dist-info/METADATA"))
        page = markdown.render(opened.read(name).decode().partition("\n\n")[2])
    assert page is not None
    targets = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert [one for one in targets if not re.match("https?://|#", one)] == []
    assert page.count("<table>") > 1


def test_installed_wheel_imports_without_extras(python: Path, tmp_path: Path) -> None:
    printed = run(python, "-W", "error", "-c",
        "import swagger_client; print(swagger_client.__version__, swagger_client.__file__)",
        cwd=tmp_path)  # fmt: skip
    assert printed.startswith(f"{VERSION} ")
    assert str(python.parent.parent) in printed
    installed = run(python, "-m", "pip", "list", "--format", "freeze", cwd=tmp_path)
    names = {line.partition("==")[0].lower().replace("_", "-") for line in installed.splitlines()}
    assert names >= {"swagger-client", "certifi", "python-dateutil", "six", "urllib3"}
    assert names & {"rich", "pyarrow", "pytest", "typing-extensions"} == set()


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_installed_wheel_types_a_user_script(checker: str, python: Path, tmp_path: Path) -> None:
    script = shutil.copy(USER_SCRIPT, tmp_path)
    option = {"mypy": ["--strict", "--python-executable"], "pyright": ["--pythonpath"]}[checker]
    run(sys.executable, "-m", checker, *option, python, script, cwd=tmp_path)


def test_quickstart_prints_six_typed_responses(clone: Path) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (command,) = re.findall(r"^.*examples/quickstart\.py$", readme, re.M)
    for _ in range(2):
        printed = run("bash", "-c", command, cwd=clone)
        assert re.findall(r"^(\w+) -> (\w+)$", printed, re.M) == [
            ("account_sms_session", "InlineResponse20073"),
            ("sms_session_details", "InlineResponse20074"),
            ("sms_session_sync", "InlineResponse20075"),
            ("sms_by_message_id", "InlineResponse20076"),
            ("user_sms_session", "InlineResponse20088"),
            ("get_sms_sessions", "InlineResponse20089"),
        ]


def test_wheel_installs_the_pytest_fixture(python: Path, tmp_path: Path) -> None:
    """A test of another project finds `zoom_sandbox` without any configuration."""
    (tmp_path / "test_theirs.py").write_text(
        "import swagger_client\n"
        "def test_it(zoom_sandbox):\n"
        "    configuration = swagger_client.Configuration()\n"
        "    configuration.host = zoom_sandbox.host\n"
        "    configuration.access_token = zoom_sandbox.access_token\n"
        "    api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))\n"
        "    assert api.account_sms_session().sms_sessions\n"
    )
    theirs = tmp_path / "site"
    run(python, "-m", "pip", "install", "-q", "--target", theirs, "pytest", cwd=tmp_path)
    printed = run(python, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                  cwd=tmp_path, PYTHONPATH=str(theirs))  # fmt: skip
    assert "1 passed" in printed
