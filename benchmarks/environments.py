"""Create a virtual environment for each client, and generate the generated clients."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTION = ROOT / "openapi" / "zoom-phone-sms.yaml"
_CORE = ("urllib3>=2.8", "python-dateutil>=2.8.2", "six>=1.16", "certifi")


class Environment(NamedTuple):
    """The environment of a client.

    ``module`` is its module in ``contestants``. ``path`` is added to the import path. ``only``
    selects the benchmarks whose names contain this text.
    """

    name: str
    module: str
    python: Path
    path: Path
    only: str = ""


class Unavailable(Exception):
    """Raised if a client cannot be installed or generated. The text has the reason."""


def own(python: str, folder: Path) -> list[Environment]:
    """Return the environment of this package with its core dependencies."""
    plain = _venv(python, folder / "plain", _CORE)
    return [
        Environment("this package", "ours", plain, ROOT),
    ]


def openapi_generator(python: str, folder: Path, description: Path) -> Environment:
    """Return the environment of the client that openapi-generator generates.

    :raises Unavailable: if it cannot be generated or installed.
    """
    home = folder / "openapi-generator"
    tool = _venv(python, home / "tool", ("openapi-generator-cli",))
    made = home / "made"
    _run(
        tool.parent / "openapi-generator-cli", "generate", "-i", description, "-g", "python",
        "-o", made, "--package-name", "openapi_generator_client",
    )  # fmt: skip
    python_there = _venv(python, home / "venv", ("-r", str(made / "requirements.txt")))
    return Environment("openapi-generator", "openapi_generator", python_there, made)


def openapi_python_client(python: str, folder: Path, description: Path) -> Environment:
    """Return the environment of the client that openapi-python-client generates.

    :raises Unavailable: if it cannot be generated or installed.
    """
    home = folder / "openapi-python-client"
    tool = _venv(python, home / "tool", ("openapi-python-client",))
    made, settings = home / "made", home / "settings.yaml"
    settings.write_text(
        "package_name_override: openapi_python_client_client\npost_hooks: []\n", encoding="utf-8"
    )
    _run(
        tool.parent / "openapi-python-client", "generate", "--path", description, "--meta", "none",
        "--output-path", made / "openapi_python_client_client", "--overwrite",
        "--config", settings,
    )  # fmt: skip
    python_there = _venv(python, home / "venv", ("httpx", "attrs", "python-dateutil", "urllib3"))
    return Environment("openapi-python-client", "openapi_python_client", python_there, made)


def run_worker(environment: Environment, arguments: Sequence[str]) -> subprocess.Popen[str]:
    """Start ``benchmarks.worker`` in an environment."""
    settings = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(environment.path), str(ROOT)]),
        # Compiled modules are kept, as an installed package's are, but not in this tree.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(environment.python.parent.parent / "pycache"),
    }
    return subprocess.Popen(
        [
            str(environment.python),
            "-m",
            "benchmarks.worker",
            environment.module,
            *arguments,
            environment.only,
        ],
        cwd=environment.path,
        env=settings,
        stdout=subprocess.PIPE,
        text=True,
    )


def _venv(python: str, folder: Path, packages: Sequence[str]) -> Path:
    """Return the interpreter of a virtual environment with ``packages``."""
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    done = folder / "installed"
    if not done.exists():
        _run(python, "-m", "venv", folder)
        _run(scripts / "python", "-m", "pip", "install", "--quiet", *packages)
        done.touch()
    return scripts / "python"


def _run(*command: str | Path) -> None:
    try:
        subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise Unavailable(f"there is no {command[0]} here") from None
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines() or ["nothing said"]
        raise Unavailable(f"{Path(command[0]).name} failed: {said[-1][:80]}") from None
