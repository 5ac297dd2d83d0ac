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

    :ivar str summary: a one-line description for the help.
    :ivar str group: the heading in the help, one of :data:`GROUPS`.
    :ivar add_arguments: adds the command's options to a parser.
    :ivar run: runs the command. The function prints through the console and returns the problems
        found, which decide the exit status. If it raises an exception, the exception becomes a
        problem.
    :ivar str on_interrupt: the sentence printed after Ctrl-C: what the interrupted command left
        behind.
    :ivar bool prints_rows: True for a command that prints a list: with ``--json``, each row is
        printed on one line, and problems go to standard error. False for a command with one result:
        with ``--json``, the result contains the problems.
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
    """Import a command and return it.

    :param name: one of :func:`names`.
    """
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    command = module.COMMAND
    assert isinstance(command, Command)
    return command
