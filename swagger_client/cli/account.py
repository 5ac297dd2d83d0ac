"""The account that a command works on: of the environment, of a file, or the sandbox's."""

from __future__ import annotations

import contextlib
import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path

from swagger_client.api import SMSApi
from swagger_client.api_client import ApiClient
from swagger_client.cli.conditions import NO_CREDENTIALS, UNUSABLE_CREDENTIALS
from swagger_client.cli.problems import ProblemError, problem_of_request
from swagger_client.cli.sandbox import sandbox_api
from swagger_client.configuration import Configuration
from swagger_client.exceptions import ApiException


@contextlib.contextmanager
def connected(options: Namespace) -> Iterator[SMSApi]:
    """Yield the API of the account that the options select.

    :raises ProblemError: when there are no credentials, they cannot be used, or a request
        in the block fails.
    """
    if options.sandbox:
        with sandbox_api(Path(options.database)) as api:
            yield api
        return
    try:
        configuration = Configuration.from_env(_environment(options.credentials_file))
    except ValueError as error:
        raise ProblemError(UNUSABLE_CREDENTIALS(message=error)) from None
    if configuration.credentials is None and not configuration.access_token:
        raise ProblemError(NO_CREDENTIALS())
    configuration.rate_plan = options.plan
    with ApiClient(configuration) as client:
        try:
            yield SMSApi(client)
        except ApiException as error:
            raise ProblemError(problem_of_request(error, configuration.host)) from error


def _environment(path: str | None) -> Mapping[str, str]:
    if path is None:
        return os.environ
    file = Path(path)
    try:
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise ValueError(f"{path} can be read by other users: chmod 600 {path}.")
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {error}.") from None
    values = dict(os.environ)
    for number, line in enumerate(lines, 1):
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not name or name.startswith("#"):
            continue
        if not equals or not name.startswith("ZOOM_"):
            # The line is not shown: it may hold a secret.
            raise ValueError(f"line {number} of {path} is not like ZOOM_ACCOUNT_ID=...")
        values[name.strip()] = value.strip().strip("\"'")
    return values
