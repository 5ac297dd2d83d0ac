"""Read the configuration file ``zoom-sms.toml``, with a profile for each account.

The option ``--config`` names the file. Without the option, the file is searched in the
configuration folders of the user and of the system. The working directory is not searched, because
a file there could set a proxy or a command without the user's knowledge.
"""

from __future__ import annotations

import difflib
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from swagger_client._security.regular_file import open_regular_file
from swagger_client._security.urls import is_server_url
from swagger_client.cli.conditions.arguments import UNKNOWN_PROFILE, UNUSABLE_CONFIGURATION
from swagger_client.cli.problems import ProblemError

FILE_NAME = "zoom-sms.toml"
PLANS = ("pro", "business")
_FOLDER = "zoom-sms"
_MOST_BYTES = 1 << 20

Value = str | float | list[str]


class Key(NamedTuple):
    """A setting that a profile can contain.

    :ivar str option: the command-line option whose value the setting provides.
    :ivar str kind: "text", "path", "plan", "seconds" or "words" (a list of texts).
    """

    option: str
    kind: str
    doc: str


#: The settings of a profile, by their names in the file.
KEYS: dict[str, Key] = {
    "database": Key("database", "path", "the archive file"),
    "files": Key("attachments", "path", "the folder of downloaded files"),
    "credentials-file": Key("credentials_file", "path", "the file with the credentials"),
    "credentials-command": Key(
        "credentials_command", "words", "a command that prints the credentials"
    ),
    "login-file": Key("login_file", "path", "the file in which `zoom-sms login` stores the login"),
    "host": Key("host", "text", "the base URL of the API"),
    "token-url": Key("token_url", "text", "the URL of token requests"),
    "proxy": Key("proxy", "text", "the URL of an HTTP proxy"),
    "ca-file": Key("ca_file", "path", "a PEM file with the certificate authorities to trust"),
    "plan": Key("plan", "plan", "pro or business: stay within the request rate of this plan"),
    "timeout": Key(
        "timeout", "seconds", "longest wait for a connection, and for each part of a response"
    ),
    "deadline": Key("deadline", "seconds", "longest time for a request with its retries"),
    "token-cache": Key("token_cache", "path", "a file in which processes share a token"),
    "rate-file": Key("rate_file", "path", "a file in which processes share the request rate"),
    "redis": Key("redis", "text", "the URL of a Redis server that shares token and request rate"),
    "time-zone": Key("timezone", "text", "the time zone of dates and printed times"),
    "names": Key("names", "path", "an address book (CSV or vCard)"),
}
_DEFAULT_PROFILE = "default-profile"


class Profile(NamedTuple):
    """A profile of the configuration file: command-line option values, by option name."""

    name: str
    settings: dict[str, Value]


class ConfigurationFile(NamedTuple):
    """The content of a configuration file; ``default`` is its ``default-profile``, if any."""

    path: Path
    profiles: dict[str, Profile]
    default: str | None

    @property
    def default_name(self) -> str | None:
        """The name of the default profile or of the only profile; None if there is neither."""
        return self.default or (next(iter(self.profiles)) if len(self.profiles) == 1 else None)

    def profile(self, name: str | None) -> Profile:
        """Return the named profile; if ``name`` is None, the default or the only profile."""
        if name is None:
            name = self.default_name
            if name is None:
                known = ", ".join(self.profiles)
                reason = (
                    f"the file has several profiles and no {_DEFAULT_PROFILE}; select a profile "
                    f"with --profile ({known})"
                )
                raise unusable(self.path, reason)
        if name not in self.profiles:
            near = difflib.get_close_matches(name, self.profiles, 1, 0.5)
            suggestion = f"Did you mean {near[0]}? " if near else ""
            known = ", ".join(self.profiles)
            raise ProblemError(
                UNKNOWN_PROFILE(path=self.path, name=name, suggestion=suggestion, known=known)
            )
        return self.profiles[name]


def find(given: str | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    if given is not None:
        return Path(given)
    return next((path for path in _search_paths(environ) if path.exists()), None)


def user_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the folder ``zoom-sms`` in the user's configuration folder."""
    found = next(_search_paths(environ), None)
    return Path("~", _FOLDER) if found is None else found.parent


def _search_paths(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the paths where a configuration file is searched, the user's own path first."""
    if sys.platform == "win32":
        folders = [environ.get("APPDATA"), environ.get("PROGRAMDATA")]
    elif sys.platform == "darwin":
        folders = ["~/Library/Application Support", "/Library/Application Support"]
    else:
        # The XDG specification treats a relative path like a missing one.
        own = environ.get("XDG_CONFIG_HOME") or ""
        folders = [own if os.path.isabs(own) else "~/.config"]
        folders += (environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    for folder in folders:
        path = Path(os.path.expanduser(folder or ""))
        # The XDG specification ignores relative paths. Without a home folder, ~ stays in the path.
        if path.is_absolute():
            yield path / _FOLDER / FILE_NAME


def read(path: Path) -> ConfigurationFile:
    try:
        table = tomllib.loads(_text(path))
    except UnicodeDecodeError:
        raise unusable(path, "the file is not UTF-8; save it as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise unusable(path, str(reason)) from None
    except RecursionError:
        raise unusable(path, "the file contains too many nested brackets") from None
    unknown = set(table) - {"profiles", _DEFAULT_PROFILE}
    if unknown:
        near = difflib.get_close_matches(min(unknown), ("profiles", _DEFAULT_PROFILE), 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        reason = f"there is an unknown setting {min(unknown)} outside of the profiles{hint}"
        raise unusable(path, reason)
    profiles = table.get("profiles", {})
    if not isinstance(profiles, dict) or not profiles:
        raise unusable(path, "the file has no profile; add a table such as [profiles.main]")
    default = table.get(_DEFAULT_PROFILE)
    if default is not None and default not in profiles:
        raise unusable(path, f"{_DEFAULT_PROFILE} is {default!r}, but there is no such profile")
    return ConfigurationFile(
        path, {name: _profile(path, name, value) for name, value in profiles.items()}, default
    )


def _text(path: Path) -> str:
    with open_regular_file(path, follow_links=True) as file:
        if os.name == "posix":
            status = os.fstat(file.fileno())
            if status.st_mode & 0o022:
                raise ValueError(f"other users may change the file; run chmod go-w {path}")
            if status.st_uid not in (0, os.geteuid()):
                raise ValueError("the file belongs to another user")
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ValueError("the file is larger than 1 MiB")
    return content.decode("utf-8-sig")


def _profile(path: Path, name: str, table: object) -> Profile:
    if not isinstance(table, dict):
        raise unusable(path, f"profile {name} is not a table; write it as [profiles.{name}]")
    settings: dict[str, Value] = {}
    for key, value in table.items():
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, 1, 0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise unusable(path, f"profile {name} has an unknown setting {key}{hint}")
        try:
            settings[KEYS[key].option] = _check_value(
                f"{key} of profile {name}", KEYS[key].kind, value, path.resolve().parent
            )
        except ValueError as error:
            raise unusable(path, str(error)) from None
    if {"credentials_file", "credentials_command"} <= settings.keys():
        raise unusable(
            path,
            f"profile {name} has both credentials-file and credentials-command; remove one of them",
        )
    reason = _sharing_problem(settings)
    if reason is not None:
        raise unusable(path, f"profile {name} {reason}")
    return Profile(name, settings)


def _sharing_problem(settings: Mapping[str, Value]) -> str | None:
    """Return why the settings for sharing the request rate are invalid, or None."""
    redis = str(settings.get("redis", ""))
    if not redis:
        return None
    if not is_server_url(redis, ("redis", "rediss", "unix")):
        return "has an invalid redis; write a URL like rediss://host:6379/0"
    if urlsplit(redis).password:
        return "has a password in redis; set ZOOM_REDIS_PASSWORD instead"
    if "plan" not in settings:
        return "has redis but no plan; set plan, which determines the shared request rate"
    if settings.keys() & {"rate_file", "token_cache"}:
        return "has redis, which replaces rate-file and token-cache; remove these two settings"
    return None


def _check_value(setting: str, kind: str, value: object, folder: Path) -> Value:
    """Return a setting's value; raise ValueError if it is not a ``kind``. Make paths absolute."""
    # Errors do not show the value, because the URL of a proxy may contain a password.
    if kind == "seconds":
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise ValueError(f"{setting} must be a number of seconds above 0")
        return float(value)
    if kind == "words":
        if not isinstance(value, list) or not value or not all(isinstance(v, str) for v in value):
            raise ValueError(f'{setting} must be a list like ["program", "argument"]')
        return list(value)
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError(f"{setting} must be text, without the character NUL")
    if kind == "plan" and value not in PLANS:
        raise ValueError(f"{setting} must be {' or '.join(PLANS)}")
    if kind != "path":
        return value
    path = Path(os.path.expanduser(value))
    if path.parts[:1] == ("~",):
        raise ValueError(
            f"{setting} begins with ~, but you have no home folder; write the whole path"
        )
    return str(folder / path)


def unusable(path: Path, reason: str) -> ProblemError:
    return ProblemError(UNUSABLE_CONFIGURATION(path=path, reason=reason))
