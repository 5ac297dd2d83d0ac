"""Settings of a client: host, credentials, timeouts, retries, request rate, proxy and TLS."""

from __future__ import annotations

import base64
import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Self

from swagger_client._flow.effects import Clock
from swagger_client._flow.pacing import PLANS, Pacer, Slot
from swagger_client._flow.retry import RateLimit
from swagger_client._flow.tokens import TokenCache
from swagger_client._operation import check_deadline, check_retries, check_timeout
from swagger_client._security.frames import hide_locals
from swagger_client._security.urls import check_url, http_parts, without_user
from swagger_client._version import __version__

if TYPE_CHECKING:
    import ssl

    from swagger_client._security.pacer_file import FilePacer
    from swagger_client.events import Event
    from swagger_client.oauth import Credentials

__all__ = ["Clock", "Configuration", "FilePacer", "Pacer", "RateLimit", "Slot"]

_HOST = "https://api.zoom.us/v2"
_LOG_FORMAT = "%(asctime)s %(levelname)s %(message)s"
_ALLOW_HTTP = ", or set configuration.allow_http = True"


class Configuration:
    """Settings and credentials of a client. ``Configuration()`` copies the default, if set.

    Copies share no mutable state: neither ``api_key`` nor the logger. Only ``credentials`` and
    ``pacer`` are shared on purpose, so that all clients of one account use one token and one rate.

    :ivar str host: base URL; plain ``http://`` on loopback only, see ``allow_http``.
    :ivar str access_token: bearer token, where ``credentials`` is not used; empty sends none.
    :ivar Credentials | None credentials: where tokens come from, see ``swagger_client.oauth``.
    :ivar int retries: attempts after the first one, for transient failures (3; 0: none).
    :ivar float | tuple[float, float] timeout: seconds for an attempt, or a pair: seconds to
        connect, and to wait for the next bytes (10 and 60).
    :ivar float | None deadline: seconds for a whole call with its waits and retries (300); None: no
        limit.
    :ivar int max_response_bytes: the largest response body that is read, decompressed.
    :ivar str | None rate_plan: "pro" or "business" keeps requests within that plan's rate.
    :ivar Pacer | None pacer: shares the permitted rate with other processes, such as a
        :class:`FilePacer`; None paces each client alone.
    :ivar on_event: called with every event of :mod:`swagger_client.events`.
    :ivar bool allow_http: permits plain ``http://`` to hosts other than this machine.
    :ivar bool verify_ssl: False trusts any server certificate; for tests only.
    :ivar str | None ssl_ca_cert: a file of certificate authorities to trust instead of certifi's.
    :ivar str | None cert_file: the client certificate, where the server requires one.
    :ivar str | None key_file: the key of ``cert_file``.
    :ivar str | bool | None assert_hostname: the name that the server certificate must contain; None
        for the name of the host. False disables the check.
    :ivar ssl.SSLContext | None ssl_context: how to verify servers, instead of ``verify_ssl``,
        ``ssl_ca_cert``, ``cert_file`` and ``key_file``.
    :ivar str | None proxy: URL of an HTTP proxy, with user and password where it requires them.
    :ivar bool trust_env: False ignores proxies and certificate authorities of the environment.
    :ivar int connection_pool_maxsize: connections to a host that are kept open between calls.
    :ivar str safe_chars_for_path_param: characters of ids that are sent without encoding.
    :ivar refresh_api_key_hook: called with the configuration before each request that does not use
        ``credentials``, to update ``access_token``.
    """

    _default: ClassVar[Configuration | None] = None
    #: Whether the settings were checked since one of them was changed.
    _valid = False

    @hide_locals
    def __new__(cls) -> Self:
        """Make a configuration: a copy of the default when one is set."""
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
        self.ssl_context: ssl.SSLContext | None = None
        self.connection_pool_maxsize: int = (os.cpu_count() or 1) * 5
        self.proxy: str | None = None
        self.trust_env: bool = True
        self.safe_chars_for_path_param: str = ""

        self.credentials: Credentials | None = None
        self.retries: int = 3
        self.timeout: float | tuple[float, float] = (10.0, 60.0)
        self.deadline: float | None = 300.0
        self.max_response_bytes: int = 8 * 1024 * 1024
        self.rate_plan: str | None = None
        self.pacer: Pacer | None = None
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
    @hide_locals
    def from_env(
        cls, environ: Mapping[str, str] | None = None, *, token_cache: TokenCache | None = None
    ) -> Self:
        """Read ZOOM_API_HOST and either ZOOM_ACCESS_TOKEN or a server-to-server app's credentials.

        The credentials are ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET;
        ZOOM_TOKEN_URL may name another token endpoint. What is not set keeps its default. Processes
        of one user share a token, see :func:`swagger_client.oauth.default_token_cache`. Spaces,
        quotes and line breaks around a value are removed. Instead of the value of a variable, the
        variable with ``_FILE`` after its name can name a file that contains the value.

        :param environ: read these variables instead of the process's own.
        :param token_cache: the cache in which the token is shared; None uses the default cache.
        :raises ValueError: if no credentials are set, if one or two of the three are missing, or if
            a value cannot be used.
        """
        environ = os.environ if environ is None else environ
        from swagger_client._security.credentials_file import read_environment

        given = read_environment(environ)
        configuration = cls()
        configuration.host = given.get("ZOOM_API_HOST", configuration.host)
        configuration.access_token = given.get("ZOOM_ACCESS_TOKEN", configuration.access_token)
        names = ("ZOOM_ACCOUNT_ID", "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET")
        values = [given.get(name, "") for name in names]
        missing = [name for name, value in zip(names, values, strict=True) if not value]
        if not missing:
            from swagger_client.oauth import TOKEN_URL, ServerToServerOAuth, default_token_cache

            configuration.credentials = ServerToServerOAuth(
                *values,
                token_url=given.get("ZOOM_TOKEN_URL", TOKEN_URL),
                cache=default_token_cache(environ) if token_cache is None else token_cache,
            )
        elif len(missing) < len(names):
            raise ValueError(f"set {' and '.join(missing)} as well, or none of {', '.join(names)}")
        elif not configuration.access_token:
            raise ValueError(
                "no credentials: set ZOOM_ACCESS_TOKEN, or ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and "
                "ZOOM_CLIENT_SECRET of a server-to-server OAuth app"
            )
        return configuration

    def __setattr__(self, name: str, value: object) -> None:
        # A token changes often, and is checked when it is sent.
        if name != "access_token":
            self.__dict__["_valid"] = False
        super().__setattr__(name, value)

    @hide_locals
    def _validate(self) -> None:
        """Check all settings before a call, if a setting was changed since the last check.

        :raises TypeError: for a setting of the wrong type.
        :raises ValueError: for any other setting that cannot be used.
        """
        if self._valid:
            return
        check_url(
            "configuration.host", self.host, allow_http=self.allow_http, otherwise=_ALLOW_HTTP
        )
        check_retries(self.retries)
        check_deadline(self.deadline)
        check_timeout(self.timeout)
        _check_max_response_bytes(self.max_response_bytes)
        _check_proxy(self.proxy)
        if self.rate_plan is not None and self.rate_plan not in PLANS:
            raise ValueError(
                f"configuration.rate_plan must be one of {list(PLANS)}, not {self.rate_plan!r}"
            )
        for name in ("ssl_ca_cert", "cert_file", "key_file"):
            _check_file(f"configuration.{name}", getattr(self, name))
        if self.credentials is not None and not hasattr(self.credentials, "_acquire"):
            raise TypeError(
                "configuration.credentials must be an object from swagger_client.oauth, not "
                f"{type(self.credentials).__name__}"
            )
        self.__dict__["_valid"] = True

    @hide_locals
    def without_secrets(self) -> Self:
        """Return a copy that can be pickled or logged: without tokens, credentials and passwords.

        Pickles of a configuration, a client or credentials contain their secrets in clear. Send
        this copy to other processes, and set ``credentials`` there. ``pacer`` and
        ``refresh_api_key_hook`` are left out, too, as they may hold secrets.
        """
        copy = self.__copy__()
        copy.access_token = copy.username = copy.password = ""
        copy.api_key, copy.credentials, copy.pacer = {}, None, None
        copy.refresh_api_key_hook, copy.ssl_context = None, None
        copy.host = without_user(copy.host)
        copy.proxy = without_user(copy.proxy) if copy.proxy else copy.proxy
        return copy

    @property
    def logger_file(self) -> str | None:
        """The file to append log lines to; None writes none."""
        return self._logger_file

    @logger_file.setter
    def logger_file(self, value: str | None) -> None:
        self._logger_file = value
        self._set_up_logger()

    @property
    def debug(self) -> bool:
        """Whether this package logs each HTTP attempt; urllib3's logger is not changed."""
        return self._debug

    @debug.setter
    def debug(self, value: bool) -> None:
        self._debug = value
        self._set_up_logger()

    @property
    def logger_format(self) -> str:
        """The format of the log lines, as in :class:`logging.Formatter`."""
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

    @hide_locals
    def get_api_key_with_prefix(self, identifier: str) -> str | None:
        """Return an API key with its prefix; None if it is not configured."""
        if self.refresh_api_key_hook is not None:
            self.refresh_api_key_hook(self)
        key, prefix = self.api_key.get(identifier), self.api_key_prefix.get(identifier)
        return f"{prefix} {key}" if key and prefix else key

    @hide_locals
    def get_basic_auth_token(self) -> str:
        """Return the basic Authorization header for ``username`` and ``password``."""
        credentials = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(credentials).decode("ascii")

    @hide_locals
    def auth_settings(self) -> dict[str, dict[str, str]]:
        """Return the name and the value of the header for each kind of authorization."""
        return {
            "OAuth": {
                "type": "oauth2",
                "in": "header",
                "key": "Authorization",
                "value": f"Bearer {self.access_token}" if self.access_token else "",
            }
        }

    def to_debug_report(self) -> str:
        """Return versions to put into a bug report; contains no secret."""
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

    @hide_locals
    def __getstate__(self) -> dict[str, object]:
        left_out = ("logger", "_valid")
        return {name: value for name, value in self.__dict__.items() if name not in left_out}

    @hide_locals
    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(
            (name, dict(value) if isinstance(value, dict) else value)
            for name, value in state.items()
        )
        self.logger = _loggers()
        if self._debug or self._logger_file:
            self._set_up_logger()

    @hide_locals
    def __copy__(self) -> Self:
        copy = object.__new__(type(self))
        copy.__setstate__(self.__getstate__())
        return copy

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self.__copy__()


def _check_max_response_bytes(value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(
            f"configuration.max_response_bytes must be an int, not {type(value).__name__}"
        )
    if value <= 0:
        raise ValueError(f"configuration.max_response_bytes must be above 0, not {value}")


def _check_proxy(proxy: object) -> None:
    """Validate a proxy URL; error texts do not show it, as it may contain a password."""
    if proxy is None or proxy == "":
        return
    if not isinstance(proxy, str):
        raise TypeError(f"configuration.proxy must be a str, not {type(proxy).__name__}")
    if http_parts(proxy) is None:
        raise ValueError("configuration.proxy must be a URL such as http://proxy.example:8080")


def _check_file(name: str, path: str | None) -> None:
    if not path:
        return
    from swagger_client._security.regular_file import open_regular_file

    try:
        open_regular_file(path, follow_links=True).close()
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from None


def __getattr__(name: str) -> object:
    if name == "FilePacer":  # few programs need it
        from swagger_client._security.pacer_file import FilePacer

        return FilePacer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Logger(logging.Logger):
    """A logger that `logging` does not register: its level affects one configuration only."""

    def isEnabledFor(self, level: int) -> bool:
        # The inherited method caches its result, and only the registry would invalidate it.
        return level > self.manager.disable and level >= self.getEffectiveLevel()


def _loggers() -> dict[str, logging.Logger]:
    """Return a logger for one configuration; records also go to the logger `swagger_client`."""
    package = logging.getLogger("swagger_client")
    own = _Logger(package.name)
    own.parent = package
    return {"package_logger": own, "urllib3_logger": logging.getLogger("urllib3")}
