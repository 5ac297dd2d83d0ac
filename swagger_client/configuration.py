"""The settings of a client: host, credentials, timeouts, retries, request rate, proxy and TLS."""

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
from swagger_client._security.urls import PROXY_FORM, check_url, is_proxy_url, without_user
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
    """The settings and credentials of a client.

    If :meth:`set_default` was called, ``Configuration()`` returns a copy of that default. A copy
    has the same ``credentials`` and ``pacer`` objects as the original, so that all clients of an
    account share one token and one request rate. It shares no other mutable state.

    :ivar str host: the base URL. ``http://`` is accepted only for this machine; see ``allow_http``.
    :ivar str access_token: the bearer token, if ``credentials`` is None; empty for no token.
    :ivar Credentials | None credentials: fetches tokens; see :mod:`swagger_client.oauth`.
    :ivar int retries: how often a call is retried after a transient failure; 3 by default.
    :ivar float | tuple[float, float] timeout: seconds for an attempt; or a pair: seconds to
        connect, and seconds to wait for the next bytes. The default is (10, 60).
    :ivar float | None deadline: seconds for a call with waits and retries (300); None for no limit.
    :ivar int max_response_bytes: the largest accepted response body, decompressed, in bytes.
    :ivar str | None rate_plan: the account's plan, "pro" or "business". The client does not exceed
        the request rate of that plan. With None, there is no limit until Zoom sends a 429.
    :ivar Pacer | None pacer: an object that shares the permitted request rate between processes,
        such as a :class:`FilePacer`; None if each client paces its own requests.
    :ivar on_event: a function that is called with each event of :mod:`swagger_client.events`.
    :ivar bool allow_http: whether to accept ``http://`` for hosts other than this machine.
    :ivar bool verify_ssl: whether to verify server certificates. Use False only in tests.
    :ivar str | None ssl_ca_cert: a file of certificate authorities to trust instead of certifi's.
    :ivar str | None cert_file: the client certificate, if the server requires one.
    :ivar str | None key_file: the private key for ``cert_file``.
    :ivar str | bool | None assert_hostname: the name that the server certificate must contain; None
        for the name of the host. False disables the check.
    :ivar ssl.SSLContext | None ssl_context: replaces ``verify_ssl``, ``ssl_ca_cert``, ``cert_file``
        and ``key_file``.
    :ivar str | None proxy: the URL of an HTTP proxy, with user and password if it requires them.
    :ivar bool trust_env: whether environment variables such as ``HTTPS_PROXY`` and
        ``SSL_CERT_FILE`` set the proxy and the certificate authorities.
    :ivar int connection_pool_maxsize: how many connections to a host stay open between calls.
    :ivar str safe_chars_for_path_param: characters of ids that are sent without encoding.
    :ivar refresh_api_key_hook: a function that is called with the configuration before each request
        that does not use ``credentials``. It can set a new ``access_token``.
    """

    _default: ClassVar[Configuration | None] = None
    #: Whether all settings were checked after the last change.
    _valid = False

    def __new__(cls) -> Self:
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
        """Let every later ``Configuration()`` return a copy of ``default``.

        :param default: the configuration to copy, or None to remove the default.
        """
        Configuration._default = None if default is None else default.__copy__()

    @classmethod
    @hide_locals
    def from_env(
        cls, environ: Mapping[str, str] | None = None, *, token_cache: TokenCache | None = None
    ) -> Self:
        """Create a configuration from environment variables.

        Set either ZOOM_ACCESS_TOKEN, or the credentials of a server-to-server app: ZOOM_ACCOUNT_ID,
        ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET. ZOOM_API_HOST and ZOOM_TOKEN_URL are optional. To
        read a value from a file, set a variable such as ZOOM_CLIENT_SECRET_FILE to the path of the
        file instead. Spaces, quotes and line breaks around values are removed.

        :param environ: the variables to use instead of the process's environment.
        :param token_cache: shares the token between processes; None uses
            :func:`swagger_client.oauth.default_token_cache`.
        :raises ValueError: if there is neither ZOOM_ACCESS_TOKEN nor any of the app's credentials,
            if only some of the app's three credentials are set, or if a value is invalid.
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

    @hide_locals
    def __setattr__(self, name: str, value: object) -> None:
        # A token changes often, and is checked when it is sent, so it needs no check of all.
        if name != "access_token":
            self.__dict__["_valid"] = False
        super().__setattr__(name, value)

    @hide_locals
    def _validate(self) -> None:
        """Raise an exception if a setting is invalid. Calls do this after a setting has changed."""
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
        """Return a copy without tokens, credentials and passwords.

        A pickle of a configuration, client or credentials contains the secrets in clear. So send
        this copy to other processes, and set ``credentials`` there. In the copy, ``pacer``,
        ``ssl_context`` and ``refresh_api_key_hook`` are None, because they may contain secrets.
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
        """The path of the file to which log lines are appended; None for no file."""
        return self._logger_file

    @logger_file.setter
    def logger_file(self, value: str | None) -> None:
        self._logger_file = value
        self._set_up_logger()

    @property
    def debug(self) -> bool:
        """Whether this package logs each HTTP attempt; urllib3's own log level is not changed."""
        return self._debug

    @debug.setter
    def debug(self, value: bool) -> None:
        self._debug = value
        self._set_up_logger()

    @property
    def logger_format(self) -> str:
        """The format of the log lines, in the form that :class:`logging.Formatter` accepts."""
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
        """Return an API key with its prefix, or None if the key is not configured."""
        if self.refresh_api_key_hook is not None:
            self.refresh_api_key_hook(self)
        key, prefix = self.api_key.get(identifier), self.api_key_prefix.get(identifier)
        return f"{prefix} {key}" if key and prefix else key

    @hide_locals
    def get_basic_auth_token(self) -> str:
        """Return the header for HTTP basic authentication with ``username`` and ``password``."""
        credentials = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(credentials).decode("ascii")

    def auth_settings(self) -> dict[str, dict[str, str]]:
        """Return the header to send for each kind of authorization. The only kind is "OAuth"."""
        return {
            "OAuth": {
                "type": "oauth2",
                "in": "header",
                "key": "Authorization",
                "value": f"Bearer {self.access_token}" if self.access_token else "",
            }
        }

    def to_debug_report(self) -> str:
        """Return the versions of Python and this package for a bug report, without secrets."""
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
    """Raise an exception if a proxy URL is invalid, without showing the URL or its password."""
    if proxy is None or proxy == "":
        return
    if not isinstance(proxy, str):
        raise TypeError(f"configuration.proxy must be a str, not {type(proxy).__name__}")
    if not is_proxy_url(proxy):
        raise ValueError(f"configuration.proxy must be {PROXY_FORM}")


def _check_file(name: str, path: str | None) -> None:
    if not path:
        return
    from swagger_client._security.regular_file import open_regular_file

    try:
        open_regular_file(path, follow_links=True).close()
    except OSError as error:
        raise ValueError(f"{name} cannot be read: {error.strerror}") from None


def __getattr__(name: str) -> object:
    if name == "FilePacer":  # imported on first use, because few programs need it
        from swagger_client._security.pacer_file import FilePacer

        return FilePacer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Logger(logging.Logger):
    """A logger of one configuration, whose level does not affect other configurations."""

    def isEnabledFor(self, level: int) -> bool:
        # The inherited method caches its result, and logging resets only registered loggers.
        return level >= self.getEffectiveLevel() and level > self.manager.disable


def _loggers() -> dict[str, logging.Logger]:
    """Create the ``logger`` dict of a configuration, with a child logger of `swagger_client`."""
    package = logging.getLogger("swagger_client")
    own = _Logger(package.name)
    own.parent = package
    return {"package_logger": own, "urllib3_logger": logging.getLogger("urllib3")}
