"""Let a user authorize the app, in a browser on this machine or on another device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from swagger_client._flow.effects import Failure, Request, Sleep
from swagger_client._flow.exchange import UNLABELLED, exchange
from swagger_client._security.error_body import parse_error
from swagger_client._security.urls import is_loopback
from swagger_client.api._callback import CallbackServer
from swagger_client.api_client import ApiClient
from swagger_client.exceptions import (
    ApiException,
    DeadlineExceededException,
    DecodeException,
    UnauthorizedException,
)
from swagger_client.oauth import AuthorizationCodeOAuth
from swagger_client.oauth._credentials import json_object

if TYPE_CHECKING:
    from swagger_client._flow.effects import Flow
    from swagger_client._flow.exchange import Call
    from swagger_client._operation import CallOptions

__all__ = ["DeviceCode", "login_in_browser", "login_with_device_code"]

#: The seconds between two requests for the token, and how many seconds a response "slow_down" adds.
_INTERVAL, _SLOW_DOWN = 5.0, 5.0


class DeviceCode(NamedTuple):
    """A code that a user enters on a web page, on any device, to authorize the app.

    :ivar str user_code: the code to enter.
    :ivar str verification_uri: the URL of the page on which to enter the code.
    :ivar float expires_in: the number of seconds for which the code is valid.
    """

    user_code: str
    verification_uri: str
    expires_in: float


def login_in_browser(
    client: ApiClient,
    app: AuthorizationCodeOAuth,
    *,
    open_browser: Callable[[str], object] | None = None,
    timeout: float = 300.0,
) -> None:
    """Let a user authorize the app in a browser on this machine, and fetch the first token.

    The app's ``redirect_uri`` must be a URL of this machine with a port, such as
    ``http://127.0.0.1:8976/callback``, and must be registered for the app. This function runs a
    server at that URL until Zoom's consent page redirects the user's browser to it.

    :param client: the client that sends the token request; its ``credentials`` are not used.
    :param app: the credentials that receive the token. Their ``on_refresh_token`` is called.
    :param open_browser: a function that opens a URL; None for ``webbrowser.open``. If the machine
        may have no browser, pass a function that also prints the URL.
    :param timeout: how many seconds to wait for the redirect.
    :raises ValueError: if ``redirect_uri`` is not an ``http`` URL of this machine with a port.
    :raises OSError: if the port cannot be opened.
    :raises UnauthorizedException: if the user declines, or Zoom issues no token.
    :raises DeadlineExceededException: if the browser is not redirected in time.
    """
    address = urlsplit(app.redirect_uri)
    if address.scheme != "http" or not is_loopback(address.hostname or "") or not address.port:
        raise ValueError(
            f"redirect_uri is {app.redirect_uri!r}. Use a URL of this machine with a port, such as "
            "http://127.0.0.1:8976/callback, and register it for the app"
        )
    request = app.start_authorization()
    if open_browser is None:
        import webbrowser

        open_browser = webbrowser.open
    with CallbackServer(address.port, host=address.hostname or "", path=address.path) as server:
        server.state = request.state
        open_browser(request.url)
        received = server.wait(request.state, timeout, client.clock.monotonic)
    if received is None:
        raise DeadlineExceededException(reason=f"the user did not return within {timeout:.0f} s")
    if "code" not in received:
        raise UnauthorizedException(reason="the user did not authorize the app")
    app.exchange_code(received["code"], request=request)
    client._driver.run(app._acquire(_call(client, Request("GET", "", (), {}))))


def login_with_device_code(
    client: ApiClient,
    app: AuthorizationCodeOAuth,
    show: Callable[[DeviceCode], object],
    *,
    device_url: str | None = None,
) -> None:
    """Let a user authorize the app with a code on another device, and fetch the first token.

    :param client: the client that sends the requests; its ``credentials`` are not used.
    :param app: the credentials that receive the token. Their ``on_refresh_token`` is called.
    :param show: a function that is called once with the code, and must show it to the user.
    :param device_url: the URL from which to request the code. By default, it is the app's
        ``token_url`` with ``devicecode`` instead of ``token`` at the end.
    :raises UnauthorizedException: if the user declines, or Zoom issues no token.
    :raises DeadlineExceededException: if the code expires before the user enters it.
    """
    url = app.token_url.rpartition("/")[0] + "/devicecode" if device_url is None else device_url
    client._driver.run(_device_flow(client, app, show, url))


def _device_flow(
    client: ApiClient, app: AuthorizationCodeOAuth, show: Callable[[DeviceCode], object], url: str
) -> Flow[None]:
    request = app._authenticated(url, [])._replace(query=[("client_id", app.client_id)])
    response = yield from exchange(_call(client, request))
    fields = json_object(response)
    code, user_code = fields.get("device_code"), fields.get("user_code")
    page, interval = fields.get("verification_uri"), _seconds(fields.get("interval"), _INTERVAL)
    if not (isinstance(code, str) and isinstance(user_code, str) and isinstance(page, str)):
        raise DecodeException(response.status, "the response contains no device code")
    expires_in = _seconds(fields.get("expires_in"), 300.0)
    end = client.clock.monotonic() + expires_in
    show(DeviceCode(str(user_code), str(page), expires_in))
    grant = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", code),
    ]
    while True:
        yield Sleep(interval)
        if client.clock.monotonic() > end:
            raise DeadlineExceededException(reason="the code expired before the user entered it")
        rejection: Failure | None = None
        try:
            response = yield from exchange(_call(client, app._authenticated(app.token_url, grant)))
        except Failure as failure:
            rejection = failure
        if rejection is not None:
            error = _oauth_error(rejection)
            if error not in ("slow_down", "authorization_pending"):
                # Not raised in the except block, because its context would contain the response.
                raise app._explain(rejection)
            interval += _SLOW_DOWN if error == "slow_down" else 0.0
            continue
        now = client.clock.time()
        app._holder.reset()
        app._holder.settle(app._holder.read(app, response, now), None, now)
        return


def _call(client: ApiClient, request: Request) -> Call:
    options: CallOptions = {"_retries": client.configuration.retries}
    return client._make_call("login", UNLABELLED, request, options)


def _seconds(value: object, default: float) -> float:
    return float(value) if isinstance(value, int | float) and 0 < value <= 3600 else default


def _oauth_error(failure: Failure) -> str | None:
    """Return the field ``error`` of an OAuth error response, or None."""
    body = failure.body if isinstance(failure, ApiException) else None
    error = parse_error(body).get("error")
    return error if isinstance(error, str) else None
