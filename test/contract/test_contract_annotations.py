"""Annotations of all public classes and functions resolve when the program runs."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterator
from typing import Any

import pytest

import swagger_client

#: Packages whose modules are public, too; of others, what they export.
OPEN = ("swagger_client.api.", "swagger_client.models.")


def public_modules() -> Iterator[str]:
    yield "swagger_client"
    for module in pkgutil.walk_packages(swagger_client.__path__, "swagger_client."):
        private = any(part.startswith("_") for part in module.name.split("."))
        if not private and (module.name.count(".") == 1 or module.name.startswith(OPEN)):
            yield module.name


def members(module: str) -> Iterator[tuple[str, Any]]:
    loaded = importlib.import_module(module)
    names = getattr(loaded, "__all__", None) or [n for n in vars(loaded) if not n.startswith("_")]
    for name in names:
        member = getattr(loaded, name)
        if getattr(member, "__module__", "").startswith("swagger_client"):
            yield f"{module}.{name}", member


def callables(path: str, member: Any) -> Iterator[tuple[str, Any]]:
    if inspect.isfunction(member):
        yield path, member
    if not inspect.isclass(member):
        return
    yield path, member
    for owner in inspect.getmro(member):
        if owner.__module__.startswith("swagger_client"):
            for name, held in vars(owner).items():
                function = inspect.unwrap(
                    getattr(held, "fget", None) or getattr(held, "__func__", held)
                )
                if inspect.isfunction(function) and (
                    name == "__init__" or not name.startswith("_")
                ):
                    yield f"{path}.{name}", function


@pytest.mark.parametrize("module", list(public_modules()))
def test_annotations_resolve(module: str) -> None:
    try:
        found = dict(members(module))
    except ImportError as error:
        pytest.skip(f"needs an extra: {error}")
    unresolved = {}
    for path, member in found.items():
        for name, target in callables(path, member):
            try:
                typing.get_type_hints(target)
            except NameError as error:
                unresolved[name] = str(error)
    assert unresolved == {}
