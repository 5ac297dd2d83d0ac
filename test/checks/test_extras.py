"""Missing optional packages cause clear errors, and tests run without pytest plugins."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from swagger_client.export.formats import load
from swagger_client.export.render import import_jinja2
from swagger_client.integrations.redis import RedisTokenCache

ROOT = Path(__file__).parent.parent.parent


def parquet(folder: Path) -> None:
    form = load("parquet")
    form.check()  # type: ignore[union-attr]


def viewer(folder: Path) -> None:
    from swagger_client.web.server import check_packages

    check_packages()


def warehouse(folder: Path) -> None:
    from swagger_client.integrations.dlt import zoom_sms_archive

    zoom_sms_archive(folder / "sms.sqlite3")


@pytest.mark.parametrize(
    ("package", "extra", "use"),
    [
        ("jinja2", "html", lambda folder: import_jinja2()),
        ("pyarrow", "parquet", parquet),
        ("uvicorn", "web", viewer),
        ("starlette", "web", viewer),
        ("jinja2", "web", viewer),
        ("redis", "redis", lambda folder: RedisTokenCache("redis://127.0.0.1:1").load("a")),
        ("dlt", "dlt", warehouse),
    ],
)
def test_missing_package_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    package: str,
    extra: str,
    use: Callable[[Path], object],
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    text = (
        f"{package} is not installed. Install this client again with the extra `{extra}`: "
        f"pip install 'PACKAGE[{extra}]', where PACKAGE is the wheel or the source folder of this "
        "client."
    )
    with pytest.raises(ImportError, match=re.escape(text)):
        use(tmp_path)


def test_no_error_names_a_package_of_an_index() -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "swagger_client").rglob("*.py")]
    assert [text for text in texts if re.search(r"swagger[-_]client\[", text)] == []


def test_an_example_of_tests_runs_without_pytest_xdist() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider",
         "examples/test_my_report.py"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no:xdist" not in done.stdout


def test_tests_of_this_project_are_collected_without_pytest_xdist() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "no:cacheprovider",
         "--collect-only", "test/packaging", "test/release"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
