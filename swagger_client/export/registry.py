"""The formats: each is a module in `formats` with a ``FORMAT``, found by its name."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import IO, NamedTuple

from swagger_client.export import formats
from swagger_client.export.job import Job

#: The names of all formats, which are the names of their modules.
FORMATS: tuple[str, ...] = tuple(sorted(one.name for one in pkgutil.iter_modules(formats.__path__)))


class TextFormat(NamedTuple):
    """A format that is one file of text, and can be written to a stream.

    :ivar write: writes the messages of a job and returns their number.
    :ivar has_mark: whether files for people begin with a byte order mark.
    :ivar takes_plain: whether it has a plain form for programs.
    """

    write: Callable[[Job, IO[str]], int]
    has_mark: bool = False
    takes_plain: bool = False

    def encoding(self, *, plain: bool) -> str:
        """Name the encoding of its files."""
        return "utf-8-sig" if self.has_mark and not plain else "utf-8"


class FileFormat(NamedTuple):
    """A format that is one binary file.

    :ivar check: raises ImportError when the packages of its extra are missing.
    """

    write: Callable[[Job, Path], int]
    check: Callable[[], object]


class FolderFormat(NamedTuple):
    """A format that fills a new folder.

    :ivar check: raises ImportError when the packages of its extra are missing.
    """

    write: Callable[[Job, Path], int]
    check: Callable[[], object]


Format = TextFormat | FileFormat | FolderFormat


def load(name: str) -> Format:
    """Import a format by its name.

    :raises ValueError: when there is no such format.
    """
    if name not in FORMATS:
        raise ValueError(f"there is no format {name!r}: use one of {', '.join(FORMATS)}")
    found: Format = import_module(f"{formats.__name__}.{name}").FORMAT
    return found
