"""The commands of ``zoom-sms``, one module each.

To add the command ``zoom-sms erase-all``, create the module ``commands/erase_all.py`` with a
:class:`Command` named ``COMMAND``. No other file has to change. ``zoom-sms --help`` imports every
module, so a command imports optional packages and servers only when it runs.
"""

from __future__ import annotations

import importlib
import pkgutil
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from typing import NamedTuple

from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console

#: The headings of the help, in order. Each command belongs to one of them.
GROUPS = ("Archive", "Read", "Evidence", "Setup")


class Command(NamedTuple):
    """A command of the command line.

    :ivar run: the function that runs the command. It prints on the console, and returns the errors
        and warnings, which decide the exit status.
    :ivar str on_interrupt: the sentence to print after Ctrl-C: what the command left behind.
    :ivar bool prints_rows: True if the command prints a list. ``--json`` then prints each row on
        one line, and problems on standard error. If False, ``--json`` prints one object, which
        contains the problems.
    """

    summary: str
    group: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Console], Iterable[Problem]]
    on_interrupt: str = "Nothing was changed."
    prints_rows: bool = False


def names() -> list[str]:
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Command:
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    command = module.COMMAND
    assert isinstance(command, Command)
    return command
