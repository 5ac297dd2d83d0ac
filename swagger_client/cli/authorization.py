"""Users' authorizations: received by ``zoom-sms login``, then stored in a file.

The file holds the refresh token, readable by its owner alone. Zoom replaces the refresh token
with each access token, so the file is replaced too.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from swagger_client._security.disk import sync_file
from swagger_client._security.frames import hide_locals
from swagger_client._security.token_file import read_private_file
from swagger_client.api._callback import CallbackServer
from swagger_client.cli import profiles
from swagger_client.cli.conditions.arguments import (
    LOGIN_FAILED,
    LOGIN_TIMED_OUT,
    UNUSABLE_CREDENTIALS,
)
from swagger_client.cli.problems import ProblemError
from swagger_client.oauth import (
    AUTHORIZE_URL,
    TOKEN_URL,
    AuthorizationCodeOAuth,
    AuthorizationRequest,
    TokenCache,
    default_token_cache,
)

_MOST_BYTES = 1 << 16


def login_file(options_file: str | None, profile: str | None) -> Path:
    """Return the path of a login: the profile's file, else a file in the user's folder."""
    if options_file is not None:
        return Path(options_file)
    return profiles.user_folder() / f"login-{profile or 'default'}.json"


@hide_locals
def user_credentials(
    values: Mapping[str, str], file: Path, cache: TokenCache | None = None
) -> AuthorizationCodeOAuth | None:
    """Return the credentials of the user who has logged in; None if nobody has.

    :param values: the variables with the app's client id and secret.
    :param cache: shares the user's tokens instead of the default file.
    :raises ProblemError: when the file cannot be used.
    """
    if not values.get("ZOOM_CLIENT_ID") or values.get("ZOOM_ACCOUNT_ID") or not file.exists():
        return None
    try:
        stored = json.loads(read_private_file(file, _MOST_BYTES))
        token = str(stored["refresh_token"])
        if stored["client_id"] != values["ZOOM_CLIENT_ID"]:
            raise ValueError(f"{file} is the login of another app")
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = error if isinstance(error, OSError | ValueError) else "it is incomplete"
        message = f"{reason}. Log in again: `zoom-sms login`."
        raise ProblemError(UNUSABLE_CREDENTIALS(message=message)) from None
    return app_of(values, file, refresh_token=token, cache=cache)


@hide_locals
def app_of(
    values: Mapping[str, str],
    file: Path,
    *,
    refresh_token: str | None = None,
    cache: TokenCache | None = None,
) -> AuthorizationCodeOAuth:
    """Return an app's credentials, which keep each new refresh token in a file."""
    token_url = values.get("ZOOM_TOKEN_URL") or TOKEN_URL
    client_id = values["ZOOM_CLIENT_ID"]
    known = token_url.removesuffix("/token") + "/authorize" if token_url != TOKEN_URL else None
    return AuthorizationCodeOAuth(
        client_id,
        values.get("ZOOM_CLIENT_SECRET") or None,
        refresh_token=refresh_token,
        on_refresh_token=lambda token: _store(file, client_id, token),
        token_url=token_url,
        authorize_url=known or AUTHORIZE_URL,
        cache=default_token_cache(values) if cache is None else cache,
    )


@hide_locals
def _store(file: Path, client_id: str, refresh_token: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes a file for its owner alone.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            json.dump({"client_id": client_id, "refresh_token": refresh_token}, opened)
            opened.flush()
            sync_file(handle)
        os.replace(name, file)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def receive_code(
    request_of: Callable[[str], AuthorizationRequest],
    show: Callable[[AuthorizationRequest], object],
    *,
    port: int,
    seconds: float,
) -> tuple[AuthorizationRequest, str]:
    """Return an authorization request, and the code with which the user came back for it.

    :param request_of: makes the request for the URL to which the user is sent back.
    :param show: opens or prints the consent page.
    :param port: the port of this machine; 0 for any.
    :raises ValueError: when the port cannot be opened.
    :raises ProblemError: when the user did not consent, or did not come back in time.
    """
    try:
        server = CallbackServer(port)
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) else "there is no such port"
        message = f"port {port} cannot be opened: {reason}. Name another with --port"
        raise ValueError(message) from None
    with server:
        request = request_of(server.redirect_uri)
        server.state = request.state
        show(request)
        received = server.wait(request.state, seconds, time.monotonic)
    if received is None:
        raise ProblemError(LOGIN_TIMED_OUT(seconds=round(seconds)))
    if "code" not in received:
        raise ProblemError(LOGIN_FAILED(reason=str(received["error"])))
    return request, received["code"]
