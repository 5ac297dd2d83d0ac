"""Render docs/COMMANDS.md: the commands of zoom-sms, their options, statuses and conditions."""

from __future__ import annotations

import re
from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterator, Sequence

from swagger_client.cli import commands
from swagger_client.cli.conditions import CONDITIONS
from swagger_client.cli.exit_status import MEANINGS
from swagger_client.cli.options import add_common
from swagger_client.cli.parser import parser_of
from swagger_client.cli.profiles import KEYS

_INTRODUCTION = """\
# Commands of zoom-sms

Every command, its options, exit statuses and what can go wrong. [The archive](ARCHIVE.md) explains
what the commands do.

{table}

[Options of every command](#options-of-every-command), [exit statuses](#exit-statuses),
[conditions](#conditions), [configuration file](#configuration-file).
"""
_STATUSES = """\
## Exit statuses

{table}

If several apply, the exit status is the first of 65, 75, 2, 3, also with `--all-profiles`. For
example, it is 75 if the command must be run again for one account (75) and another account needs
a correction (2). The output shows the problems of both accounts. A job for each account has its own
exit status: see [Schedules](run/schedule.md#systemd).

With `--json`, a command with one result prints it as an object with the fields `complete`,
`status` and `problems`. A command with many results prints each result as a line, and each problem
as a line of standard error like `{{"problem": {{...}}}}`. A problem has the fields `condition`,
`status`, `what`, `cause` and `cure`. `condition` is a name from the table below; names do not
change between versions.
"""
_CONFIGURATION = """\
## Configuration file

`zoom-sms.toml` holds settings by profile. Name the file with `--config`, or put it into the folder
`zoom-sms` in your configuration folder (`~/.config`, `%APPDATA%`, `~/Library/Application Support`)
or in the system's configuration folder (`/etc/xdg`, `%PROGRAMDATA%`,
`/Library/Application Support`). The working directory is never searched. A file that other users
can change is rejected.

```toml
default-profile = "acme"

[profiles.acme]
credentials-command = ["op", "read", "op://archive/zoom/env"]
database = "/srv/sms/acme.sqlite3"
files = "/srv/sms/acme-files"
plan = "business"

[profiles.initech]
credentials-file = "initech.env"
database = "/srv/sms/initech.sqlite3"
proxy = "http://proxy.example.com:3128"
```

`--profile` selects a profile. Without `--profile`, a command uses the `default-profile`, or the
only profile in the file. If the file has several profiles and no `default-profile`, a command needs
`--profile` or `--database`. `--all-profiles` runs `archive`, `status` or `doctor` for all profiles.
An option takes precedence over the profile, and the profile over the environment. Credentials come
from one source as a whole: `--credentials-file`, else the profile, else the environment. Relative
paths start at the folder of the configuration file.

{table}
"""


def commands_page() -> str:
    """Return the text of docs/COMMANDS.md."""
    statuses = [(int(status), text) for status, text in MEANINGS.items()]
    settings = [(f"`{name}`", key.kind, key.doc) for name, key in KEYS.items()]
    parts = [
        _INTRODUCTION.format(table=_table(("Command", "What it does"), list(_summaries()))),
        *_commands(),
        _STATUSES.format(table=_table(("Status", "Meaning"), statuses)),
        _conditions(),
        _CONFIGURATION.format(table=_table(("Setting", "Kind", "Meaning"), settings)),
    ]
    return "\n".join(parts)


def _summaries() -> Iterator[tuple[str, str]]:
    """Yield a link to each command, and its summary, by group."""
    loaded = {name: commands.load(name) for name in commands.names()}
    for group in commands.GROUPS:
        for name, command in loaded.items():
            if command.group == group:
                yield f"[`{name}`](#zoom-sms-{name})", command.summary


def _commands() -> Iterator[str]:
    loaded = {name: commands.load(name) for name in commands.names()}
    for group in commands.GROUPS:
        yield f"## {group}\n"
        for name, command in loaded.items():
            if command.group == group:
                yield f"### zoom-sms {name}\n\n{command.summary}.\n"
                yield _arguments(parser_of(name, command))
    common = ArgumentParser(add_help=False)
    add_common(common)
    yield f"## Options of every command\n\n{_arguments(common)}"


def _arguments(parser: ArgumentParser) -> str:
    """Return the table of a parser's arguments; empty without arguments."""
    rows = [
        (f"`{_written(action)}`", (action.help or "").replace("<", "&lt;"))
        for action in parser._actions
        if action.help != SUPPRESS and "--help" not in action.option_strings
    ]
    return f"{_table(('Argument', 'Meaning'), rows)}\n" if rows else ""


def _written(action: Action) -> str:
    value = action.metavar or action.dest.upper()
    if action.choices:
        value = ",".join(map(str, action.choices))
    if not action.option_strings:
        return f"{action.metavar or action.dest}"
    names = ", ".join(action.option_strings)
    return names if action.nargs == 0 else f"{names} {value}"


def _conditions() -> str:
    rows = [
        (f"`{one.name}`", int(one.status), _placeholders(one.what), _placeholders(one.cause),
         _placeholders(one.cure))
        for one in CONDITIONS
    ]  # fmt: skip
    head = ("Condition", "Status", "What happened", "Usual cause", "What to do")
    return f"## Conditions\n\nWords in capitals stand for values.\n\n{_table(head, rows)}\n"


def _placeholders(text: str) -> str:
    text = text.replace("{suggestion}", "").replace("<", "&lt;")
    text = re.sub(r"(?<=\w)\{", " {", text)  # the value itself begins with a blank
    return re.sub(r"\{(\w+)\}", lambda field: field[1].upper(), text)


def _table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    lines = [" | ".join(head), " | ".join("-" * 13 for _ in head)]
    lines += [" | ".join(str(cell).replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join(lines)
