from __future__ import annotations

import difflib
import itertools
import re
import shutil
import sys
from argparse import (
    REMAINDER,
    SUPPRESS,
    Action,
    ArgumentParser,
    HelpFormatter,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Sequence
from typing import Any, NoReturn

from swagger_client._version import __version__
from swagger_client.cli import commands
from swagger_client.cli.commands import GROUPS, Command
from swagger_client.cli.conditions.arguments import INVALID_ARGUMENT, UNKNOWN_COMMAND
from swagger_client.cli.exit_status import MEANINGS
from swagger_client.cli.options import add_common, resolve
from swagger_client.cli.problems import ProblemError
from swagger_client.cli.text import wrap

_DESCRIPTION = "Archive, verify, search and export the text messages of a Zoom Phone account."
_CREDENTIALS = (
    "Credentials come from the environment (ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET, "
    "or ZOOM_ACCESS_TOKEN), from a file (--credentials-file) or from a profile, never from an "
    "argument. `zoom-sms COMMAND --help` shows a command's options."
)
#: Options for a real Zoom account, which cannot be combined with --sandbox.
_NOT_IN_SANDBOX = ("profile", "all_profiles", "credentials_file", "host", "proxy", "ca_file")
#: During parsing, the attribute of the namespace that collects the options given so far.
_GIVEN = " given"
#: More characters of choices are listed in the help text of the option, not in its name.
_LONGEST_CHOICES = 16
#: In fewer columns, the description of an option is below its name.
_NARROW = 56
#: What people type for a command that has another name.
_OTHER_NAMES = {
    "accounts": "status", "check": "doctor", "contacts": "people", "conversations": "sessions",
    "coverage": "status", "delete": "erase", "download": "archive", "find": "search",
    "history": "runs", "info": "status", "list": "sessions", "log": "audit", "logs": "audit",
    "messages": "search", "open": "browse", "read": "show", "serve": "browse", "sync": "archive",
    "users": "people", "view": "browse", "viewer": "browse", "web": "browse", "webhooks": "listen",
}  # fmt: skip
#: The least similarity of a mistyped command or option to the suggested one. A lower value would
#: suggest unrelated ones, such as erase for coverage.
_LEAST_SIMILARITY = 0.7
_COLORS = re.compile("\x1b\\[[0-9;]*m")
#: What argparse puts before the name of an option in an error.
_ARGUMENT = re.compile(r"^argument (?=-)")
#: An option, a group of options or a word of the usage.
_USAGE_PART = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|\S+")
#: Stands for a space at which a line must not be broken. It is not one for str.isspace().
_NO_BREAK = "\x00"


class _StoreOnce(Action):
    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        given: set[str] = vars(namespace).setdefault(_GIVEN, set())
        if option_string is not None:
            if self.dest in given:
                parser.error(f"{self.option_strings[0]} was given twice; give it once")
            given.add(self.dest)
        setattr(namespace, self.dest, values)


class _HelpFormatter(HelpFormatter):
    """Formats the help of a command so that every line fits the terminal."""

    def __init__(self, prog: str, **options: Any) -> None:
        super().__init__(prog, **options)
        if self._width < _NARROW:
            self._max_help_position = 8

    def _format_usage(self, *arguments: Any, **options: Any) -> str:
        columns, self._width = self._width, 1_000_000
        try:
            line = _COLORS.sub("", super()._format_usage(*arguments, **options)).strip()
        finally:
            self._width = columns
        parts = _USAGE_PART.findall(line)
        # Words of a part stay together where the part fits.
        kept = [one.replace(" ", _NO_BREAK) if len(one) + 4 <= columns else one for one in parts]
        wrapped = wrap(" ".join(kept), columns, following=" " * 4)
        return wrapped.replace(_NO_BREAK, " ") + "\n\n"

    def _metavar_formatter(self, action: Action, default_metavar: str) -> Any:
        if not _has_long_choices(action):
            return super()._metavar_formatter(action, default_metavar)
        name = action.dest.rpartition("_")[2].upper()
        return lambda size: (name,) * size

    def _expand_help(self, action: Action) -> str:
        text = super()._expand_help(action)
        if _has_long_choices(action):
            text += f"; one of {', '.join(map(str, action.choices or ()))}"
        return text

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(" ".join(text.split()), width).split("\n")


def _has_long_choices(action: Action) -> bool:
    return len(",".join(map(str, action.choices or ()))) > _LONGEST_CHOICES


class _Parser(ArgumentParser):
    """A parser that suggests similar options, and rejects an option that is given twice."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name in (None, "store"):
            self.register("action", name, _StoreOnce)

    def error(self, message: str) -> NoReturn:
        unknown = message.partition("unrecognized arguments: ")[2].split()
        said = self._describe_unknown(unknown) if unknown else _ARGUMENT.sub("", message)
        said = said[:1].upper() + said[1:]
        command = self.prog.partition(" ")[2] or "COMMAND"
        raise ProblemError(INVALID_ARGUMENT(message=said, command=command))

    def _describe_unknown(self, words: list[str]) -> str:
        """Describe unknown arguments, without the values of options: they may be secrets."""
        name = next((one for one in words if one.startswith("-")), None)
        if name is None:
            return f"unexpected argument {words[0]}"
        name = name.partition("=")[0]
        known = [text for action in self._actions for text in action.option_strings]
        near = difflib.get_close_matches(name, known, 1, _LEAST_SIMILARITY)
        return f"there is no option {name}" + (f". Did you mean {near[0]}?" if near else "")


def parse(arguments: Sequence[str] | None) -> tuple[str, Command, Namespace]:
    """Parse a command line: return the command's name, the command and its options.

    :raises ProblemError: if an argument is invalid, the command unknown or a profile unusable.
    :raises SystemExit: after printing the help.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    # `--` ends the options of the command. argparse would also remove it before the command.
    end = given.index("--") if "--" in given else len(given)
    program = _program()
    options = program.parse_args(given[:end])
    name, rest = vars(options).pop("command"), vars(options).pop("rest")
    if name is None or (name == "help" and not rest):
        print(_help(program), end="")
        raise SystemExit(0)
    if name == "help":
        return parse([rest[0], "--help"])
    if name not in commands.names():
        raise ProblemError(UNKNOWN_COMMAND(name=name, suggestion=_suggestion(name)))
    command = commands.load(name)
    parser = parser_of(name, command)
    add_common(parser)
    parser.parse_args([*rest, *given[end:]], options)
    vars(options).pop(_GIVEN, None)
    _check_not_empty(parser, options)
    _check_sandbox(name, options)
    return name, command, resolve(options)


def is_json(arguments: Sequence[str]) -> bool:
    """Return whether ``--json`` was passed. The other arguments may be invalid."""
    return "--json" in itertools.takewhile(lambda one: one != "--", arguments)


def prints_one_result(arguments: Sequence[str]) -> bool:
    """Return whether the command prints one JSON object, not rows; options may be invalid."""
    named = next((one for one in arguments if one in commands.names()), None)
    return named is not None and not commands.load(named).prints_rows


def _check_not_empty(parser: ArgumentParser, options: Namespace) -> None:
    """Exit with an error for an empty argument, for example from an unset variable."""
    for action in parser._actions:
        value = getattr(options, action.dest, None)
        if any(
            isinstance(one, str) and not one.strip()
            for one in (value if isinstance(value, list) else [value])
        ):
            name = action.option_strings[-1] if action.option_strings else action.dest
            parser.error(f"argument {name}: the value is empty; pass a value or omit it")


def _check_sandbox(command: str, options: Namespace) -> None:
    """Reject options that the sandbox would ignore, such as a proxy."""
    if not getattr(options, "sandbox", False):
        return
    if command == "login":
        message = "The sandbox needs no login. To log in at Zoom, leave out --sandbox."
        raise ProblemError(INVALID_ARGUMENT(message=message, command=command))
    for name in _NOT_IN_SANDBOX:
        if getattr(options, name, None):
            message = (
                f"--sandbox and --{name.replace('_', '-')} cannot be combined: the sandbox is an "
                "account of its own on this machine, reached without a proxy and without TLS."
            )
            raise ProblemError(INVALID_ARGUMENT(message=message, command=command))


def parser_of(name: str, command: Command) -> _Parser:
    parser = _Parser(
        prog=f"zoom-sms {name}",
        description=f"{command.summary}.",
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )
    command.add_arguments(parser)
    return parser


def _program() -> _Parser:
    parser = _Parser(
        prog="zoom-sms",
        usage="zoom-sms COMMAND [options]",
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("-h", "--help", dest="command", action="store_const", const="help")
    parser.add_argument("--version", action="version", version=f"zoom-sms {__version__}")
    parser.add_argument("command", nargs="?", help=SUPPRESS)
    parser.add_argument("rest", nargs=REMAINDER, help=SUPPRESS)
    add_common(parser)
    return parser


def _help(program: ArgumentParser) -> str:
    columns = shutil.get_terminal_size().columns - 2
    loaded = {name: commands.load(name) for name in commands.names()}
    width = max(map(len, loaded)) + 2
    lines = [wrap(_DESCRIPTION, columns)]
    for group in GROUPS:
        lines += ["", f"{group}:"]
        lines += [
            _row(name, width, command.summary, columns)
            for name, command in loaded.items()
            if command.group == group
        ]
    program.description = "\n".join(lines)
    statuses = [_row(f"{status:>2}", 4, text, columns) for status, text in MEANINGS.items()]
    program.epilog = "\n".join([wrap(_CREDENTIALS, columns), "", "exit status:", *statuses])
    return program.format_help()


def _row(name: str, width: int, text: str, columns: int) -> str:
    return wrap(f"  {name:{width}}{text}", columns, following=" " * (width + 2))


def _suggestion(name: str) -> str:
    near = difflib.get_close_matches(name, commands.names(), 1, _LEAST_SIMILARITY)
    meant = _OTHER_NAMES.get(name) or next(iter(near), None)
    return f"Did you mean `zoom-sms {meant}`? " if meant else ""
