from __future__ import annotations

import contextlib
import os
import re
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from swagger_client._security.credentials_file import (
    has_credentials,
    read_environment,
    read_file,
    run_command,
)
from swagger_client._security.pacer_file import check_rate_file
from swagger_client._security.regular_file import open_regular_file
from swagger_client._security.token_file import check_token_file
from swagger_client._security.urls import PlainHttpError
from swagger_client._version import check_extra
from swagger_client._wire.proxy import check_proxy
from swagger_client.api import SMSApi
from swagger_client.api_client import ApiClient
from swagger_client.cli.authorization import login_file, user_credentials
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.arguments import (
    NO_CREDENTIALS,
    UNUSABLE_CONNECTION,
    UNUSABLE_CREDENTIALS,
)
from swagger_client.cli.conditions.requests import CREDENTIALS_REJECTED, LOGIN_REJECTED
from swagger_client.cli.options import setting_name
from swagger_client.cli.problems import (
    ProblemError,
    problem_of_request,
    problem_of_url,
    with_options,
)
from swagger_client.cli.sandbox import sandbox_api
from swagger_client.configuration import Configuration, FilePacer, Pacer
from swagger_client.exceptions import ApiException, InvalidArgumentException
from swagger_client.oauth import AuthorizationCodeOAuth, TokenCache, default_token_cache

_HOST = "ZOOM_API_HOST"
#: Environment variables that say where processes share access tokens. They are read even if the
#: credentials come from a file or a command.
_FOR_TOKENS = ("ZOOM_TOKEN_CACHE", "XDG_RUNTIME_DIR", "ZOOM_REDIS_PASSWORD")


@contextlib.contextmanager
def connected(options: Namespace) -> Iterator[SMSApi]:
    if options.sandbox:
        with sandbox_api(Path(options.database)) as api:
            yield api
        return
    configuration = configure(options)
    with ApiClient(configuration) as client:
        try:
            yield SMSApi(client)
        except InvalidArgumentException:  # an argument of the user's; nothing was sent
            raise
        except ApiException as error:
            raise ProblemError(problem_of_connection(error, configuration)) from error


def problem_of_connection(error: ApiException, configuration: Configuration) -> Problem:
    """Return the problem for a failed request; its text names the host or the login that failed."""
    problem = problem_of_request(error, _failed_host(error, configuration))
    is_login = isinstance(configuration.credentials, AuthorizationCodeOAuth)
    if is_login and problem.condition is CREDENTIALS_REJECTED:
        return LOGIN_REJECTED(message=problem.values["message"])
    return problem


def _failed_host(error: ApiException, configuration: Configuration) -> str:
    """Return the name of the host whose request failed: the token host or the API host."""
    api = urlsplit(configuration.host).hostname or "Zoom"
    of_tokens = urlsplit(getattr(configuration.credentials, "token_url", "")).hostname or api
    is_named = re.search(rf"(?<![\w.-]){re.escape(of_tokens)}(?![\w.-])", str(error.reason))
    return of_tokens if is_named else api


def configure(options: Namespace) -> Configuration:
    values = variables(options)
    cache = _shared_token_cache(options, values)
    user = user_credentials(values, login_file(options.login_file, options.profile), cache)
    if user is None and not has_credentials(values):
        raise ProblemError(NO_CREDENTIALS())
    configuration = base_configuration(
        options, values, with_credentials=user is None, token_cache=cache
    )
    configuration.pacer = _shared_pacer(options, values)
    if user is not None:
        configuration.credentials = user
    return configuration


def _shared_pacer(options: Namespace, values: Mapping[str, str]) -> Pacer | None:
    """Return the pacer shared with other processes, or None if no option requests one.

    :raises OSError: if the rate file has other content.
    """
    if options.redis is not None:
        check_extra("redis", "redis")
        from swagger_client.integrations.redis import RedisPacer

        account = values.get("ZOOM_ACCOUNT_ID") or options.profile
        return RedisPacer(options.redis, account=account, plan=options.plan, **_password(values))
    if options.rate_file is None:
        return None
    check_rate_file(Path(options.rate_file))
    return FilePacer(options.rate_file, plan=options.plan)


def _shared_token_cache(options: Namespace, values: Mapping[str, str]) -> TokenCache | None:
    """Return the token cache on the profile's Redis server or in a file; None if there is none.

    :raises OSError: if the file has other content.
    """
    if options.redis is None:
        cache = default_token_cache(values)
        if cache is not None:
            check_token_file(cache.path)
        return cache
    check_extra("redis", "redis")
    from swagger_client.integrations.redis import RedisTokenCache

    return RedisTokenCache(options.redis, **_password(values))


def _password(values: Mapping[str, str]) -> dict[str, Any]:
    password = read_environment(values).get("ZOOM_REDIS_PASSWORD")
    return {} if password is None else {"password": password}


def variables(options: Namespace) -> dict[str, str]:
    """Read the ``ZOOM_…`` environment variables; options and the profile override them."""
    values = dict(_read_credential_variables(options))
    for name in _FOR_TOKENS:
        if name in os.environ:
            values.setdefault(name, os.environ[name])
    settings = {
        "ZOOM_API_HOST": options.host,
        "ZOOM_TOKEN_URL": options.token_url,
        "ZOOM_TOKEN_CACHE": options.token_cache,
    }
    values.update((name, value) for name, value in settings.items() if value is not None)
    return values


def base_configuration(
    options: Namespace,
    values: Mapping[str, str],
    *,
    with_credentials: bool = False,
    token_cache: TokenCache | None = None,
) -> Configuration:
    """Create a client configuration; it has credentials only if ``with_credentials`` is True."""
    try:
        if with_credentials:
            configuration = Configuration.from_env(values, token_cache=token_cache)
        else:
            configuration = Configuration()
            hosts = {name: text for name, text in values.items() if name.startswith(_HOST)}
            configuration.host = read_environment(hosts).get(_HOST, configuration.host)
    except PlainHttpError as error:
        raise ProblemError(problem_of_url(error)) from None
    except ValueError as error:
        message = with_options(str(error))
        raise ProblemError(UNUSABLE_CREDENTIALS(message=message)) from None
    _check_ca_file(options)
    configuration.rate_plan = options.plan
    configuration.proxy = _checked_proxy(options) or configuration.proxy
    configuration.ssl_ca_cert = options.ca_file or configuration.ssl_ca_cert
    configuration.timeout = options.timeout or configuration.timeout
    configuration.deadline = options.deadline or configuration.deadline
    return configuration


def _checked_proxy(options: Namespace) -> str | None:
    """Return the proxy's URL, or reject it before any request is sent."""
    try:
        name = setting_name(options, "proxy")
        return check_proxy(name, options.proxy) if options.proxy else None
    except ValueError as error:
        raise ProblemError(UNUSABLE_CONNECTION(message=f"{error}.")) from None


def _check_ca_file(options: Namespace) -> None:
    """Reject an unusable CA file before any request is sent."""
    if not options.ca_file:
        return
    from swagger_client._wire.trust import Trust

    try:
        open_regular_file(options.ca_file, follow_links=True).close()
    except OSError as error:
        message = (
            f"{setting_name(options, 'ca_file')} names {options.ca_file}, which cannot be read: "
            f"{error.strerror}."
        )
        raise ProblemError(UNUSABLE_CONNECTION(message=message)) from None
    try:
        Trust(setting_name(options, "ca_file"), options.ca_file).new_context()
    except ValueError as error:
        raise ProblemError(UNUSABLE_CONNECTION(message=f"{error}.")) from None


def credentials_source(options: Namespace) -> str:
    """Return a phrase such as "the environment" that names the credentials' source."""
    if options.sandbox:
        return "the sandbox"
    if options.credentials_file is not None:
        return f"the file {options.credentials_file}"
    if options.credentials_command is not None:
        return f"the credentials-command of profile {options.profile}"
    if user_credentials(os.environ, login_file(options.login_file, options.profile)):
        return "the environment, with the login of `zoom-sms login`"
    return "the environment"


def _read_credential_variables(options: Namespace) -> Mapping[str, str]:
    try:
        if options.credentials_file is not None:
            return read_file(options.credentials_file)
        if options.credentials_command is not None:
            return run_command(options.credentials_command)
    except ValueError as error:
        raise ProblemError(UNUSABLE_CREDENTIALS(message=error)) from None
    return os.environ
