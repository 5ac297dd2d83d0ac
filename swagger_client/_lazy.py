from __future__ import annotations

from importlib import import_module


class LazyModule:
    """Stands for a module, and imports it when one of its attributes is first read.

    So importing this package stays fast, although annotations name classes of that module.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> object:
        return getattr(import_module(self._name), attribute)
