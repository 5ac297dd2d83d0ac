"""Read credentials from environment variables, a file, a folder of secrets or a command.

An error message names the file and line of an invalid value, but never shows the value.
"""

from __future__ import annotations

import codecs
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from swagger_client._flow.effects import Hidden
from swagger_client._security.frames import hide_locals
from swagger_client._security.redaction import hide_runs, redact
from swagger_client._security.regular_file import open_regular_file

#: The variables that are read. With ``_FILE`` after its name, a variable has the path of a file.
NAMES = (
    "ZOOM_ACCOUNT_ID",
    "ZOOM_CLIENT_ID",
    "ZOOM_CLIENT_SECRET",
    "ZOOM_ACCESS_TOKEN",
    "ZOOM_API_HOST",
    "ZOOM_TOKEN_URL",
    "ZOOM_REDIS_PASSWORD",
)
#: The variables with URLs, which are not credentials.
_ENDPOINTS = ("ZOOM_API_HOST", "ZOOM_TOKEN_URL")
_MAX_BYTES = 64 * 1024
_COMMAND_SECONDS = 60
#: How many bytes of a command's standard error, from the end, an error message shows.
_MAX_ERROR_BYTES = 500
_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


@hide_locals
def read_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Read credentials from environment variables, or from files whose paths are in variables.

    A value is in a variable such as ``ZOOM_CLIENT_SECRET``, or in a file whose path is in
    ``ZOOM_CLIENT_SECRET_FILE``.

    :raises ValueError: if a value has a control character, or a file is empty or not private.
    """
    values: dict[str, str] = {}
    for name in NAMES:
        path = environ.get(f"{name}_FILE", "").strip()
        if environ.get(name):
            values[name] = _clean(environ[name], name)
        elif path:
            values[name] = _clean(_decode(_read(Path(path)), path), path)
            if not values[name]:
                raise ValueError(f"{path} is empty, but {name}_FILE names it")
    return _reveal_public({name: value for name, value in values.items() if value})


@hide_locals
def has_credentials(environ: Mapping[str, str]) -> bool:
    """Return whether a variable contains a credential, or the path of a file with a credential."""
    names = [name for name in NAMES if name not in _ENDPOINTS]
    return any(environ.get(name) or environ.get(f"{name}_FILE", "").strip() for name in names)


@hide_locals
def read_file(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read credentials from a file, or from a folder with one file for each variable.

    A file has lines such as ``ZOOM_ACCOUNT_ID=…``. In a folder, as Docker, Kubernetes and systemd
    provide it for secrets, the name of each file is the name of a variable.

    :raises ValueError: if a file cannot be read, has an invalid line, or is not private.
    """
    place = Path(path)
    if place.is_dir():
        found = {
            entry.name.upper().replace("-", "_"): entry
            for entry in sorted(place.iterdir())
            if not entry.name.startswith(".")
        }
        values: dict[str, str] = {
            name: _clean(_decode(_read(found[name]), str(found[name])), str(found[name]))
            for name in NAMES
            if name in found
        }
        if not values:
            raise ValueError(f"{path} contains no file with a name such as {NAMES[0]}")
        return _reveal_public(values)
    return parse(_decode(_read(place), str(path)), str(path))


@hide_locals
def run_command(command: Sequence[str]) -> dict[str, str]:
    """Run a program without a shell; it must print lines such as ``ZOOM_ACCOUNT_ID=…``.

    :raises ValueError: if the program fails, runs longer than a minute, or prints other lines.
    """
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_COMMAND_SECONDS,
            check=True,
        )
    # The messages of these exceptions are not shown, as they may contain arguments and output.
    except subprocess.CalledProcessError as error:
        reason = f"ended with status {error.returncode}{_end_of_errors(error.stderr)}"
    except subprocess.TimeoutExpired:
        reason = f"took longer than {_COMMAND_SECONDS} seconds"
    except OSError as error:
        reason = f"cannot be started: {error.strerror}"
    else:
        source = f"the output of {command[0]}"
        if len(done.stdout) > _MAX_BYTES:
            raise ValueError(f"{source} is longer than {_MAX_BYTES} bytes")
        return parse(_decode(done.stdout, source), source)
    raise ValueError(f"credentials-command {command[0]} {reason}") from None


def _end_of_errors(output: bytes | None) -> str:
    """Return the end of a command's standard error, after a colon; empty if there is none."""
    said = (output or b"")[-_MAX_ERROR_BYTES:].decode("utf-8", "replace")
    line = hide_runs(redact(" ".join(said.split())))
    return f": {line}" if line else ""


@hide_locals
def parse(text: str, source: str) -> dict[str, str]:
    """Parse lines such as ``ZOOM_ACCOUNT_ID=…``. Blank lines and comments are skipped.

    :param source: where the text comes from, for error messages.
    """
    values: dict[str, str] = {}
    for number, untrimmed in enumerate(text.splitlines(), 1):
        line = untrimmed.strip()
        if not line or line.startswith("#"):
            continue
        where = f"line {number} of {source}"
        match = _LINE.fullmatch(line)
        if match is None or not match[1].startswith("ZOOM_"):
            # The line is not shown, because it may contain a secret.
            raise ValueError(f"{where} does not have the form ZOOM_ACCOUNT_ID=...")
        if match[1] in values:
            raise ValueError(f"{where} sets {match[1]} a second time. Remove one of the lines")
        values[match[1]] = _clean(_without_comment(match[2], where), where)
    return _reveal_public(values)


def _without_comment(value: str, where: str) -> str:
    """Remove the comment after a value. It begins with a ``#`` after a space."""
    quote = value[:1]
    if quote in ("'", '"'):
        end = value.find(quote, 1)
        rest = value[end + 1 :].strip()
        if end < 0 or (rest and not rest.startswith("#")):
            raise ValueError(
                f"{where} has a value that begins with a quote, but does not end with one. "
                "Add the quote"
            )
        return value[: end + 1]
    return re.split(r"\s#", value, maxsplit=1)[0]


def _clean(value: str, where: str) -> Hidden:
    """Remove surrounding spaces, quotes and the byte order mark from a value."""
    value = value.strip().strip("\ufeff").strip()
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        value = value[1:-1].strip()
    if not value.isprintable():
        raise ValueError(
            f"the value in {where} contains a line break or another control character. The value "
            "is not shown here"
        )
    return Hidden(value)


def _reveal_public(values: Mapping[str, str]) -> dict[str, str]:
    """Convert the values that are not secret from ``Hidden`` to plain ``str``."""
    secret = ("ZOOM_CLIENT_SECRET", "ZOOM_ACCESS_TOKEN")
    return {name: value if name in secret else str(value) for name, value in values.items()}


def _decode(content: bytes, source: str) -> str:
    """Decode the content of a file: UTF-8, or UTF-16 with a byte order mark."""
    utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{source} is neither UTF-8 nor UTF-16 with a byte order mark") from None


def _read(path: Path) -> bytes:
    try:
        with open_regular_file(path, follow_links=True) as file:
            if os.name == "posix":
                _check_access(path, os.fstat(file.fileno()))
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > _MAX_BYTES:
        raise ValueError(f"{path} is larger than {_MAX_BYTES} bytes")
    return content


def _check_access(path: Path, status: os.stat_result) -> None:
    """Raise a ValueError if other users own or can change a file, or if all users can read it.

    A file that this user cannot write is accepted even if all users can read it, because containers
    provide secrets in files with the mode 0440 or 0444.
    """
    if status.st_uid not in (os.geteuid(), 0):
        raise ValueError(f"{path} belongs to another user. Use a file of your own")
    if status.st_mode & 0o022:
        raise ValueError(f"{path} can be changed by other users. Run chmod 600 {path}")
    if status.st_mode & 0o004 and status.st_mode & 0o200 and status.st_uid == os.geteuid():
        read_only = os.statvfs(path).f_flag & getattr(os, "ST_RDONLY", 1)
        if not read_only:
            raise ValueError(f"{path} can be read by other users. Run chmod 600 {path}")
