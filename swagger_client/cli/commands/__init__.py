"""The commands of ``zoom-sms``, one module each.

A module ``commands/erase_all.py`` is the command ``zoom-sms erase-all``. It defines ``COMMAND``, a
:class:`Command`; nothing else has to be edited to add a command. A module is imported when its
command runs, or for the help of the whole program, so a command imports optional packages and
servers inside its ``run``.
"""

from __future__ import annotations

import importlib
import pkgutil
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from typing import NamedTuple

from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console

#: The headings under which the help lists the commands, in this order.
GROUPS = ("Archive", "Read", "Evidence", "Setup")


class Command(NamedTuple):
    """A command of the command line.

    :ivar str summary: its description in one line, for the list of commands.
    :ivar str group: one of :data:`GROUPS`.
    :ivar add_arguments: adds its options to a parser; see :mod:`swagger_client.cli.options`.
    :ivar run: runs the command. It prints through the console and returns the problems that it
        found: they decide the exit status. An exception becomes a problem too.
    :ivar str on_interrupt: the effect of an interrupt, in one sentence.
    :ivar bool prints_rows: whether it prints many results; with ``--json`` each is a line then, and
        problems go to standard error. Else it prints one result, with its problems inside.
    """

    summary: str
    group: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Console], Iterable[Problem]]
    on_interrupt: str = "Nothing was changed."
    prints_rows: bool = False


def names() -> list[str]:
    """Return the names of all commands."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Command:
    """Import a command.

    :param name: one of :func:`names`.
    """
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    command = module.COMMAND
    assert isinstance(command, Command)
    return command
