from __future__ import annotations

from importlib import import_module


class LazyModule:
    """Stands for a module, and imports it when one of its attributes is first read.

    So this package is imported fast, without modules that most programs use later or never.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> object:
        return getattr(import_module(self._name), attribute)
