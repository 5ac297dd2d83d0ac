"""Settings of a client: the generated face, and how long, how often and how fast to call."""

from __future__ import annotations

import base64
import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from swagger_client._version import __version__

if TYPE_CHECKING:
    from typing import Self

    from swagger_client.events import Event
    from swagger_client.oauth import Credentials

_HOST = "https://api.zoom.us/v2"
_LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"


class Configuration:
    """How to reach Zoom, and as whom. ``Configuration()`` is a copy of the default, if one is set.

    Copies share nothing that changes: not ``api_key``, not the logger. Only ``credentials`` is
    shared on purpose, so that all clients of one identity use one token.

    :ivar str host: base URL; plain ``http://`` on loopback only, see ``allow_http``.
    :ivar str access_token: bearer token, where ``credentials`` is not used; empty sends none.
    :ivar Credentials | None credentials: where tokens come from, see ``swagger_client.oauth``.
    :ivar int retries: further attempts after one whose failure may be transient (3; 0: none).
    :ivar float | tuple[float, float] timeout: seconds for an attempt, or a pair: seconds to
        connect, and to wait for the next bytes (10 and 60).
    :ivar float | None deadline: seconds for a whole call with its waits and retries (300); None: no
        end.
    :ivar int max_response_bytes: the largest answer that is read, decompressed.
    :ivar str | None rate_plan: "pro" or "business" keeps requests within that plan's rate.
    :ivar on_event: receives every event of :mod:`swagger_client.events`.
    :ivar bool allow_http: permits plain ``http://`` to other hosts than this machine.
    :ivar bool verify_ssl: False trusts any server's certificate; for tests alone.
    :ivar str | None ssl_ca_cert: a file of authorities to trust instead of certifi's.
    :ivar str | None cert_file: the client's certificate, where the server wants one.
    :ivar str | None key_file: the key of ``cert_file``.
    :ivar str | bool | None assert_hostname: the name that a certificate must be for, if not the
        host's; False does not look.
    :ivar str | None proxy: URL of an HTTP proxy, with user and password where it wants them.
    :ivar int connection_pool_maxsize: connections to a host that are kept open between calls.
    :ivar str safe_chars_for_path_param: characters of ids that are sent without encoding.
    :ivar refresh_api_key_hook: called with the configuration before each request that needs no
        ``credentials``, to set ``access_token`` anew.
    """

    _default: ClassVar[Configuration | None] = None

    def __new__(cls) -> Self:
        """A new configuration: a copy of the default when one is set."""
        made = super().__new__(cls)
        default = Configuration._default
        if default is not None:
            made.__setstate__(default.__getstate__())
        return made

    def __init__(self) -> None:
        if Configuration._default is not None:
            return
        self.host: str = _HOST
        self.temp_folder_path: str | None = None
        self.api_key: dict[str, str] = {}
        self.api_key_prefix: dict[str, str] = {}
        self.refresh_api_key_hook: Callable[[Configuration], object] | None = None
        self.username: str = ""
        self.password: str = ""
        self.access_token: str = ""

        self.verify_ssl: bool = True
        self.ssl_ca_cert: str | None = None
        self.cert_file: str | None = None
        self.key_file: str | None = None
        self.assert_hostname: str | bool | None = None
        self.connection_pool_maxsize: int = (os.cpu_count() or 1) * 5
        self.proxy: str | None = None
        self.safe_chars_for_path_param: str = ""

        self.credentials: Credentials | None = None
        self.retries: int = 3
        self.timeout: float | tuple[float, float] = (10.0, 60.0)
        self.deadline: float | None = 300.0
        self.max_response_bytes: int = 64 * 1024 * 1024
        self.rate_plan: str | None = None
        self.on_event: Callable[[Event], object] | None = None
        self.allow_http: bool = False

        self._debug = False
        self._logger_file: str | None = None
        self._logger_format = _LOG_FORMAT
        self.logger: dict[str, logging.Logger] = _loggers()

    @classmethod
    def set_default(cls, default: Configuration | None) -> None:
        """Make every later ``Configuration()`` a copy of ``default``; None undoes it."""
        Configuration._default = None if default is None else default.__copy__()

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read ZOOM_API_HOST and either ZOOM_ACCESS_TOKEN or a server-to-server app's three.

        The three are ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET; ZOOM_TOKEN_URL may
        name another token endpoint. What is not set keeps its default.

        :param environ: read these instead of the process's own.
        :raises ValueError: when only some of the three are set.
        """
        environ = os.environ if environ is None else environ
        configuration = cls()
        configuration.host = environ.get("ZOOM_API_HOST") or configuration.host
        configuration.access_token = environ.get("ZOOM_ACCESS_TOKEN") or configuration.access_token
        names = ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET")
        given = [environ.get(name, "") for name in names]
        missing = [name for name, value in zip(names, given, strict=True) if not value]
        if not missing:
            from swagger_client.oauth import TOKEN_URL, ServerToServerOAuth

            token_url = environ.get("ZOOM_TOKEN_URL") or TOKEN_URL
            configuration.credentials = ServerToServerOAuth(*given, token_url=token_url)
        elif len(missing) < len(names):
            raise ValueError(f"set {' and '.join(missing)} as well, or none of {', '.join(names)}")
        return configuration

    @property
    def logger_file(self) -> str | None:
        """A file that the package's log lines are appended to; None for none."""
        return self._logger_file

    @logger_file.setter
    def logger_file(self, value: str | None) -> None:
        self._logger_file = value
        self._set_up_logger()

    @property
    def debug(self) -> bool:
        """Whether the package logs each attempt; nobody else's logger is touched."""
        return self._debug

    @debug.setter
    def debug(self, value: bool) -> None:
        self._debug = value
        self._set_up_logger()

    @property
    def logger_format(self) -> str:
        """The format of the log lines, as of :class:`logging.Formatter`."""
        return self._logger_format

    @logger_format.setter
    def logger_format(self, value: str) -> None:
        self._logger_format = value
        self._set_up_logger()

    def _set_up_logger(self) -> None:
        logger = self.logger["package_logger"]
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
        logger.setLevel(logging.DEBUG if self._debug else logging.NOTSET)
        if self._logger_file:
            logger.addHandler(logging.FileHandler(self._logger_file, encoding="utf-8", delay=True))
        elif self._debug and not logger.hasHandlers():
            logger.addHandler(logging.StreamHandler())
        for handler in logger.handlers:
            handler.setFormatter(logging.Formatter(self._logger_format))

    def get_api_key_with_prefix(self, identifier: str) -> str | None:
        """The API key of that name behind its prefix, None when there is none."""
        if self.refresh_api_key_hook is not None:
            self.refresh_api_key_hook(self)
        key, prefix = self.api_key.get(identifier), self.api_key_prefix.get(identifier)
        return f"{prefix} {key}" if key and prefix else key

    def get_basic_auth_token(self) -> str:
        """The value of a basic Authorization header for ``username`` and ``password``."""
        credentials = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(credentials).decode("ascii")

    def auth_settings(self) -> dict[str, dict[str, str]]:
        """How each kind of authorization is sent, by its name in the API's description."""
        return {
            "OAuth": {
                "type": "oauth2",
                "in": "header",
                "key": "Authorization",
                "value": f"Bearer {self.access_token}" if self.access_token else "",
            }
        }

    def to_debug_report(self) -> str:
        """What to put into a bug report; holds no secret."""
        import platform

        return (
            "Python SDK Debug Report:\n"
            f"OS: {sys.platform} {platform.release()}\n"
            f"Python Version: {sys.version}\n"
            "Version of the API: 2\n"
            f"SDK Package Version: {__version__}"
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.host.partition('?')[0].rpartition('@')[2]}>"

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "logger"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(
            (name, dict(value) if isinstance(value, dict) else value)
            for name, value in state.items()
        )
        self.logger = _loggers()
        if self._debug or self._logger_file:
            self._set_up_logger()

    def __copy__(self) -> Self:
        made = object.__new__(type(self))
        made.__setstate__(self.__getstate__())
        return made

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self.__copy__()


class _Logger(logging.Logger):
    """A logger that no registry knows, so that its level is this configuration's alone."""

    def isEnabledFor(self, level: int) -> bool:
        # The inherited one caches, and only a registry would tell it of changes above it.
        return level > self.manager.disable and level >= self.getEffectiveLevel()


def _loggers() -> dict[str, logging.Logger]:
    """The package's logger, one for each configuration, under the one that users configure."""
    package = logging.getLogger("swagger_client")
    own = _Logger(package.name)
    own.parent = package
    return {"package_logger": own, "urllib3_logger": logging.getLogger("urllib3")}
