from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from swagger_client._security.frames import hide_locals
from swagger_client._security.regular_file import check_content, read_head, write_private_file
from swagger_client._security.token_file import read_private_file
from swagger_client.api._callback import CallbackServer
from swagger_client.cli import profiles
from swagger_client.cli.conditions.arguments import (
    LOGIN_FAILED,
    LOGIN_TIMED_OUT,
    UNUSABLE_CREDENTIALS,
)
from swagger_client.cli.opening import address_problem
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
    """Return the path of the file that stores the user's refresh token."""
    if options_file is not None:
        return Path(options_file)
    return profiles.user_folder() / f"login-{profile or 'default'}.json"


@hide_locals
def user_credentials(
    values: Mapping[str, str], file: Path, cache: TokenCache | None = None
) -> AuthorizationCodeOAuth | None:
    """Return credentials with the refresh token in ``file``; None if there is no such file.

    It is also None with ZOOM_ACCOUNT_ID, because a server-to-server app uses no refresh token.
    """
    if not values.get("ZOOM_CLIENT_ID") or values.get("ZOOM_ACCOUNT_ID") or not file.exists():
        return None
    try:
        stored = json.loads(read_private_file(file, _MOST_BYTES))
        token = str(stored["refresh_token"])
        if stored["client_id"] != values["ZOOM_CLIENT_ID"]:
            raise ValueError(f"{file} has the login of another app")
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = error if isinstance(error, OSError | ValueError) else f"{file} is incomplete"
        message = f"{reason}. Log in again: `zoom-sms login`."
        raise ProblemError(UNUSABLE_CREDENTIALS(message=message)) from None
    return create_app_credentials(values, file, refresh_token=token, cache=cache)


@hide_locals
def create_app_credentials(
    values: Mapping[str, str],
    file: Path,
    *,
    refresh_token: str | None = None,
    cache: TokenCache | None = None,
) -> AuthorizationCodeOAuth:
    """Return OAuth credentials of the app; each new refresh token is stored in ``file``.

    :raises OSError: if ``file`` exists, and has other content than a login.
    """
    check_content(file, read_head(file), b"{}", b'{"client_id": "')
    token_url = values.get("ZOOM_TOKEN_URL") or TOKEN_URL
    client_id = values["ZOOM_CLIENT_ID"]
    known = token_url.removesuffix("/token") + "/authorize" if token_url != TOKEN_URL else None
    return AuthorizationCodeOAuth(
        client_id,
        values.get("ZOOM_CLIENT_SECRET") or None,
        refresh_token=refresh_token,
        on_refresh_token=lambda token: _store_refresh_token(file, client_id, token),
        token_url=token_url,
        authorize_url=known or AUTHORIZE_URL,
        cache=default_token_cache(values) if cache is None else cache,
    )


@hide_locals
def _store_refresh_token(file: Path, client_id: str, refresh_token: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    content = {"client_id": client_id, "refresh_token": refresh_token}
    write_private_file(file, json.dumps(content))


def receive_code(
    request_of: Callable[[str], AuthorizationRequest],
    show: Callable[[AuthorizationRequest], object],
    *,
    port: int,
    seconds: float,
) -> tuple[AuthorizationRequest, str]:
    """Show an authorization request to the user, and wait until Zoom's code arrives at ``port``."""
    try:
        server = CallbackServer(port)
    except OSError as error:
        raise address_problem(f"127.0.0.1:{port}", error, "--port") from None
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
