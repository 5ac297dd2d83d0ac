"""Imports follow the layers, load little, and use declared dependencies only."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "swagger_client"

#: The packages and modules of each layer, lowest first. A layer imports its own and lower ones.
LAYERS = (
    {"_flow", "_lazy", "_operation", "_security", "_version"},
    {"models", "exceptions", "events"},
    {"_wire"},
    {"configuration", "oauth"},
    {"rest", "_serialization"},
    {"api_client", "_compat"},
    {"api", "swagger_client"},
    {"history", "attachments", "aio", "webhooks"},
    {"archive"},
    {"export", "integrations"},
    {"web"},
    {"cli", "__main__"},
)
LAYER = {name: number for number, layer in enumerate(LAYERS) for name in layer}
#: Methods of ``SMSApi`` that delegate to a higher layer; they import it when they are called.
DEFERRED = {
    "api/history_methods.py": {"history", "attachments"},
    "archive/archive.py": {"export"},
}
REQUIRED = {"urllib3", "certifi", "dateutil", "six"}
#: Packages of extras, and the test runner: imported where they are used, not at the top.
OPTIONAL = {
    "dlt",
    "redis",
    "jinja2",
    "pyarrow",
    "pydantic_core",
    "pytest",
    "rich",
    "starlette",
    "typing_extensions",
    "uvicorn",
}
#: Not imported by ``import swagger_client``: slow, or with side effects.
HEAVY = {
    "asyncio", "certifi", "concurrent.futures", "dataclasses", "dateutil", "inspect",
    "multiprocessing", "pprint", "pyarrow", "pydantic_core", "pytest", "rich", "sqlite3",
    "swagger_client.aio", "swagger_client.archive", "swagger_client.cli", "swagger_client.history",
    "swagger_client.oauth", "swagger_client.sandbox", "swagger_client.webhooks",
    "typing_extensions",
}  # fmt: skip


class Import(NamedTuple):
    importer: Path
    module: str
    line: int
    at_top: bool

    @property
    def package(self) -> str:
        """Return the imported package; ``swagger_client`` for the top modules."""
        parts = self.module.split(".")
        return parts[1] if len(parts) > 1 else "swagger_client"

    def __str__(self) -> str:
        return f"{self.importer.relative_to(ROOT)}:{self.line} imports {self.module}"


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def package_of(path: Path) -> str:
    """Return the package of a module, or its own name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return "swagger_client" if parts[0] == "__init__" else parts[0]


def imports_of(path: Path, *, typing: bool = False) -> Iterator[Import]:
    """Yield the imports that a module executes; with ``typing``, those for type checkers too."""
    relative = path.relative_to(ROOT).with_suffix("").parts
    package = ".".join(relative[:-1])
    tree = ast.parse(path.read_text("utf-8"))
    tops = {id(node) for node in tree.body}
    for node in ast.walk(tree) if typing else running(tree):
        at_top = id(node) in tops
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, alias.name, node.lineno, at_top)
        elif isinstance(node, ast.ImportFrom):
            module = resolve_name("." * node.level + (node.module or ""), package)
            for alias in node.names:
                below = PACKAGE.parent.joinpath(*module.split("."), alias.name)
                is_module = below.with_suffix(".py").exists() or (below / "__init__.py").exists()
                name = f"{module}.{alias.name}" if is_module else module
                yield Import(path, name, node.lineno, at_top)


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes below a node, without the bodies of ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield from (other, *running(other))
        else:
            yield child
            yield from running(child)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    package, name = package_of(path), path.relative_to(PACKAGE).as_posix()
    if package == "sandbox":
        return
    assert package in LAYER, f"give {package} a place in LAYERS"
    for found in imports_of(path, typing=True):
        if found.module.split(".")[0] != "swagger_client":
            continue
        if found.package == "sandbox":
            assert package == "cli", f"{found}: only the command line may start a sandbox"
        elif found.at_top or found.package not in DEFERRED.get(name, ()):
            assert LAYER[found.package] <= LAYER[package], f"{found}, which is a higher layer"


def test_no_import_cycles_typing_included() -> None:
    """Modules import each other in one direction only, also in ``if TYPE_CHECKING``."""
    graph: dict[str, set[str]] = {}
    for path in modules():
        name = path.relative_to(PACKAGE).as_posix()
        graph[module_name(path)] = {
            found.module
            for found in imports_of(path, typing=True)
            if found.package not in DEFERRED.get(name, ())
        }
    assert list(cycles(graph)) == []


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def cycles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield one cycle for each module in an import cycle."""
    for start in graph:
        ways = [[start]]
        seen: set[str] = set()
        while ways:
            way = ways.pop(0)
            for following in graph[way[-1]] & graph.keys():
                if following == start and len(way) > 1:
                    yield [*way, start]
                    ways = []
                    break
                if following not in seen:
                    seen.add(following)
                    ways.append([*way, following])


def test_cycles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c", "d"}, "c": {"a"}, "d": set()}
    assert [set(cycle) for cycle in cycles(graph)] == [{"a", "b", "c"}] * 3


def test_sandbox_imports_only_the_standard_library() -> None:
    for path in modules():
        if package_of(path) == "sandbox":
            for found in imports_of(path):
                inside = found.module.startswith("swagger_client.sandbox")
                top = found.module.split(".")[0]
                plugin = path.name == "pytest_plugin.py" and top == "swagger_client_pytest"
                assert inside or plugin or top in sys.stdlib_module_names, str(found)


def test_decisions_import_only_pure_modules() -> None:
    acting = {"socket", "ssl", "http", "asyncio", "subprocess", "os", "time", "random", "logging"}
    drivers = {"drivers.py", "concurrent.py", "async_driver.py"}
    for path in modules():
        if package_of(path) == "_flow" and path.name not in drivers:
            for found in imports_of(path):
                top = found.module.split(".")[0]
                inside = found.module.startswith("swagger_client._flow")
                plugin = path.name == "pytest_plugin.py" and top == "swagger_client_pytest"
                assert inside or plugin or top in sys.stdlib_module_names, str(found)
                assert top not in acting, f"{found}: a decision never acts"


def test_package_imports_only_declared_dependencies() -> None:
    for path in modules():
        for found in imports_of(path):
            top = found.module.split(".")[0]
            own = top in ("swagger_client", "swagger_client_pytest")
            if own or top in sys.stdlib_module_names or top in REQUIRED:
                continue
            assert top in OPTIONAL, str(found)
            assert not found.at_top, f"{found} at the top: without the extra it fails"


def test_package_uses_all_required_dependencies() -> None:
    tops = {found.module.split(".")[0] for path in modules() for found in imports_of(path)}
    assert tops >= REQUIRED


def test_walk_skips_imports_for_type_checkers() -> None:
    code = "if TYPE_CHECKING:\n    import a\nelse:\n    import b\ndef f():\n    import c\n"
    seen = [
        alias.name
        for node in running(ast.parse(code))
        if isinstance(node, ast.Import)
        for alias in node.names
    ]
    assert seen == ["b", "c"]


def test_import_is_light() -> None:
    # What urllib3 itself loads does not count.
    loaded = imported_by("import swagger_client") - imported_by("import urllib3")
    assert "swagger_client.api_client" in loaded
    assert HEAVY & loaded == set()


def imported_by(code: str) -> set[str]:
    """Return the modules that code loads, and their packages."""
    command = [sys.executable, "-X", "importtime", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    return names | {name.partition(".")[0] for name in names}


def test_import_and_construction_have_no_side_effects() -> None:
    code = """
import logging, socket, sys, threading
opened = []
class Socket(socket.socket):
    def __init__(self, *args, **options):
        opened.append(args)
        super().__init__(*args, **options)
socket.socket = Socket
import swagger_client
opened.clear()  # urllib3 looks whether there is IPv6
with swagger_client.ApiClient(swagger_client.Configuration()) as client:
    swagger_client.SMSApi(client)
assert threading.active_count() == 1, threading.enumerate()
assert not opened
assert not logging.getLogger().handlers
assert not logging.getLogger("swagger_client").handlers
assert "multiprocessing" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True)


def test_every_public_name_is_exported() -> None:
    code = """
import swagger_client
from swagger_client import *
for name in swagger_client.__all__:
    assert name in dir(swagger_client)
    assert globals()[name] is getattr(swagger_client, name)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True)
