"""Lazy imports of modules that only annotations need."""

from __future__ import annotations

from importlib import import_module


class LazyModule:
    """Imports a module when an attribute of it is first read, as ``typing.get_type_hints`` does."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> object:
        return getattr(import_module(self._name), attribute)
