"""Render the site's reference pages from the code: names, commands, settings, tables."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import griffe

from swagger_client import exceptions, export
from swagger_client.api._operations import OPERATIONS
from swagger_client.archive import Archive
from swagger_client.cli import commands
from tools import public_api
from tools.render_docs import table

#: Public modules that have pages of their own, in Markdown.
_ELSEWHERE = ("swagger_client.models",)
#: Commands whose real output the CLI page shows. They run in this order in one folder.
EXAMPLES = {
    "doctor": ["zoom-sms doctor --sandbox"],
    "archive": ["zoom-sms archive --sandbox --from 2026-11-01 --attachments files"],
    "verify": ["zoom-sms verify --sandbox"],
    "search": ["zoom-sms search --sandbox --limit 3 thanks"],
    "status": ["zoom-sms status --sandbox"],
    "runs": ["zoom-sms runs --sandbox"],
    "sessions": ["zoom-sms sessions --sandbox --limit 3"],
    "people": ["zoom-sms people --sandbox --limit 3"],
    "backup": ["zoom-sms backup --sandbox copy.sqlite3"],
    "hold": ["zoom-sms hold --sandbox --reason 'Case 17' --from 2026-11-01"],
    "audit": ["zoom-sms audit --sandbox --limit 3"],
    "export": ["zoom-sms export --sandbox --format csv --output messages.csv"],
}
_MOST_LINES = 30
#: The granular scopes that ``zoom-sms archive`` needs.
NEEDED = (
    "phone:read:list_sms_sessions:admin",
    "phone:read:sms_session:admin",
    "phone:read:sms_message:admin",
)


def pages() -> dict[str, str]:
    """Return the rendered pages, by their paths on the site."""
    return {
        **_python_pages(),
        "start/scopes.md": scopes_page(),
        "reference/cli.md": cli_page(),
        "reference/exceptions.md": exceptions_page(),
        "reference/database.md": database_page(),
        "reference/export-columns.md": export_columns_page(),
    }


# Public names of Python.


def _python_pages() -> dict[str, str]:
    modules = public_names()
    made = {f"reference/python/{module}.md": _module_page(module, names)
            for module, names in modules.items()}  # fmt: skip
    listed = [(f"[`{module}`]({module}.md)", _summary(module)) for module in modules]
    index = (
        "# Python\n\nEvery public name, from its docstring. The models have pages of their own: "
        "[Models](../../MODELS.md).\n\n"
        + table(("Module", "What it is"), listed)
        + "\n\n```{toctree}\n:hidden:\n:glob:\n\nswagger_client*\n```\n"
    )
    return {**made, "reference/python/index.md": index}


def public_names() -> dict[str, list[str]]:
    """Return the documented names of each public module, each name once."""
    package = griffe.load(public_api.PACKAGE, search_paths=[public_api.ROOT])
    assert isinstance(package, griffe.Module)
    found: dict[str, str] = {}
    for path, one in public_api.public_objects(package, public_api.PACKAGE):
        module = path.rpartition(".")[0]
        if isinstance(one, griffe.Module) or not isinstance(_owner(package, module), griffe.Module):
            continue
        if path.startswith(_ELSEWHERE) or one.path.startswith(_ELSEWHERE[0]):
            continue
        # A name is documented where it is defined if that is public, else where it is exported.
        if one.path not in found or path == one.path:
            found[one.path] = path
    modules: dict[str, list[str]] = {}
    for path in sorted(found.values()):
        module, _, name = path.rpartition(".")
        if not hasattr(importlib.import_module(module), name):
            continue  # an alias for type checkers
        modules.setdefault(module, []).append(name)
    return modules


def _owner(package: griffe.Module, path: str) -> griffe.Object | griffe.Alias:
    inside = path.removeprefix(package.path).removeprefix(".")
    return package[inside] if inside else package


def _module_page(module: str, names: Sequence[str]) -> str:
    imported = importlib.import_module(module)
    doc = inspect.cleandoc(imported.__doc__ or "").replace("``", "`")
    doc = re.sub(r":(?:class|meth|func|mod|data):`~?([^`]+)`", r"`\1`", doc)
    lines = [f"# {module}", "", doc, "", "```{eval-rst}", f".. py:module:: {module}", ""]
    for name in names:
        value = getattr(imported, name)
        if inspect.isclass(value):
            kind = "autoexception" if issubclass(value, BaseException) else "autoclass"
            lines += [f".. {kind}:: {module}.{name}", "   :members:", "   :show-inheritance:"]
            if not issubclass(value, tuple):
                lines.append("   :undoc-members:")
        elif callable(value) and not isinstance(value, type(list[int])):
            lines.append(f".. autofunction:: {module}.{name}")
        else:
            lines.append(f".. py:data:: {name}")
        lines.append("")
    return "\n".join([*lines, "```", ""])


def _summary(module: str) -> str:
    doc = importlib.import_module(module).__doc__ or ""
    return doc.strip().partition("\n")[0].replace("``", "`")


# Scopes.


def scopes_page() -> str:
    """Return docs/start/scopes.md with what ``doctor`` says when a scope is missing."""
    rows = [
        (f"`{row.name}`", _scope_list(row.granular_scopes), _scope_list(row.scopes))
        for row in OPERATIONS
    ]
    parts = [
        (public_api.ROOT / "docs/start/scopes.md").read_text(encoding="utf-8"),
        "\n## Which scopes for which method\n",
        table(("Method", "Granular scopes", "Classic scopes"), rows),
        "\n## What doctor says when a scope is missing",
    ]
    for missing in (None, *NEEDED):
        title = "All are there" if missing is None else f"Without {missing}"
        parts += [f"\n### {title}\n", "```console", "$ zoom-sms doctor", _doctor(missing), "```"]
    return "\n".join([*parts, ""])


def _scope_list(scopes: Iterable[str]) -> str:
    return ", ".join(f"`{scope}`" for scope in scopes)


def _doctor(missing: str | None) -> str:
    """Return the output of ``doctor`` for an app that lacks a scope."""
    from swagger_client.sandbox import Sandbox

    scopes = [scope for scope in NEEDED if scope != missing]
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(seed=7, sessions=20, messages=200, years=0.1, scopes=scopes) as zoom,
    ):
        variables = {
            "ZOOM_ACCOUNT_ID": zoom.account_id,
            "ZOOM_CLIENT_ID": zoom.client_id,
            "ZOOM_CLIENT_SECRET": zoom.client_secret,
            "ZOOM_TOKEN_URL": zoom.token_url,
            "ZOOM_API_HOST": zoom.host,
        }
        return run_command("zoom-sms doctor", Path(folder), variables)


# The command line.


def cli_page() -> str:
    """Return a page with the real output of commands on a made-up account."""
    parts = [
        "# Commands and their output",
        "",
        "The output below is real: a script runs each command when this site is built. `--sandbox`",
        "makes a command work on a made-up account, so you can repeat every line. "
        "[Options, exit statuses and conditions](../COMMANDS.md).",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in EXAMPLES.items():
            if name in commands.names():
                parts += ["", f"## {name}", "", f"{commands.load(name).summary}."]
                for line in lines:
                    parts += ["", "```console", f"$ {line}", run_command(line, Path(folder)), "```"]
    return "\n".join([*parts, ""])


def run_command(line: str, folder: Path | None, variables: Mapping[str, str] | None = None) -> str:
    """Run a command and return what it prints.

    :param variables: environment variables beside the usual ones.
    """
    done = subprocess.run(
        [sys.executable, "-m", "swagger_client", *shlex.split(line)[1:]],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("ZOOM_")},
            "COLUMNS": "88",
            "NO_COLOR": "1",
            "PYTHONPATH": str(public_api.ROOT),
            "HOME": str(folder or Path.home()),
            **(variables or {}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = done.stdout.rstrip().splitlines()
    if folder is not None and len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"... {len(lines) - _MOST_LINES} more lines"]
    # Folders of this build mean nothing to readers.
    return (
        re.sub(re.escape(str(folder)) + "/?", "", "\n".join(lines)) if folder else "\n".join(lines)
    )


def exceptions_page() -> str:
    """Return the page of the exceptions of calls."""
    kinds = [
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type)
        and issubclass(kind, exceptions.ApiException)
        and kind.__module__ == exceptions.__name__
    ]
    rows = (
        (
            f"`{kind.__name__}`",
            f"`{kind.__bases__[0].__name__}`",
            _one_line(kind.__doc__),
            kind.advice.replace("|", "\\|") if isinstance(kind.advice, str) else "",
        )
        for kind in kinds
    )
    return f"""\
# Exceptions

Every call raises `ValueError` or `TypeError` for arguments that can only be a mistake, before
anything is sent, and one of these when it fails. `next_step` of an exception says what to do.
[Attributes](python/swagger_client.exceptions.md) · [Retries and limits](../RESILIENCE.md) ·
[What `zoom-sms` reports](../COMMANDS.md#conditions)

{table(("Exception", "Kind of", "Meaning", "Next step"), rows)}
"""


# Tables of data.


def database_page() -> str:
    """Return the page of the tables of an archive, read from a new one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sms.sqlite3"
        _make_archive(path)
        with closing(sqlite3.connect(path)) as connection:
            objects = connection.execute(
                "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')"
                " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'message_words_%'"
                " ORDER BY type, rootpage, name"
            ).fetchall()
            (form,) = connection.execute("PRAGMA user_version").fetchone()
            parts = [_table_section(connection, *one) for one in objects]
    return (
        f"# Database schema\n\nThe tables of an archive of format {form}, read from a new one when"
        " this site was built. What they mean, and how they are checked:\n"
        "[What verify proves](../explained/what-verify-proves.md).\n\n" + "\n\n".join(parts) + "\n"
    )


def _make_archive(path: Path) -> None:
    from swagger_client import ApiClient, Configuration, SMSApi
    from swagger_client.sandbox import Sandbox

    with Sandbox(seed=7, users=1, sessions=1, messages=2, years=0.02) as zoom:
        configuration = Configuration()
        configuration.host, configuration.access_token = zoom.host, zoom.access_token
        with ApiClient(configuration) as client, Archive(path) as archive:
            archive.mirror(SMSApi(client), since=zoom.clock.now().date())


def _table_section(connection: sqlite3.Connection, kind: str, name: str) -> str:
    columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
    rows = (
        (f"`{column}`", declared.lower() or "any", "yes" if not_null or key else "")
        for _, column, declared, not_null, _, key in columns
    )
    suffix = "" if kind == "table" else " (view)"
    return f"## {name}{suffix}\n\n" + table(("Column", "Type", "Never null"), rows)


def export_columns_page() -> str:
    """Return the page of the columns of exports."""
    rows = ((f"`{one.name}`", one.kind, _sentence(one.doc)) for one in export.COLUMNS)
    return f"""\
# Export columns

The same in JSON Lines, CSV and Parquet, in this order. New columns may come at the end; none moves
or changes its kind. [The formats](../EXPORT.md).

{table(("Column", "Kind", "Meaning"), rows)}
"""


def _sentence(text: str) -> str:
    return text.replace("|", "\\|")


def _one_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0].replace("``", "`")


def names(modules: dict[str, list[str]]) -> Iterable[str]:
    """Yield the full name of everything that the Python pages document."""
    for module, listed in modules.items():
        for name in listed:
            yield f"{module}.{name}"
