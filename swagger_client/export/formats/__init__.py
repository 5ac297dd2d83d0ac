"""The export formats. Each module of this package defines one as its ``FORMAT``."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import IO, NamedTuple

from swagger_client.export.job import Job

#: The names of all formats. A format has the name of its module.
FORMATS: tuple[str, ...] = tuple(sorted(one.name for one in pkgutil.iter_modules(__path__)))


class TextFormat(NamedTuple):
    """A format that writes one text file, or to a text stream.

    :ivar has_mark: whether files begin with a byte order mark, unless written with ``plain``.
    :ivar takes_plain: whether the format accepts the option ``plain``.
    """

    write: Callable[[Job, IO[str]], int]
    has_mark: bool = False
    takes_plain: bool = False

    def byte_order_mark(self, *, plain: bool) -> str:
        """Return the Unicode byte order mark with which an export begins; empty if it has none."""
        return "\ufeff" if self.has_mark and not plain else ""


class FileFormat(NamedTuple):
    write: Callable[[Job, Path], int]
    #: Raises ImportError if a package for the format is missing.
    check: Callable[[], object]


class FolderFormat(NamedTuple):
    """A format that writes a folder with several files."""

    write: Callable[[Job, Path], int]
    #: Raises ImportError if a package for the format is missing.
    check: Callable[[], object] = lambda: None


Format = TextFormat | FileFormat | FolderFormat


def load(name: str) -> Format:
    if name not in FORMATS:
        raise ValueError(f"there is no format {name!r}: use one of {', '.join(FORMATS)}")
    found: Format = import_module(f"{__name__}.{name}").FORMAT
    return found
