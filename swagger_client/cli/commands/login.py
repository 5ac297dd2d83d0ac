from __future__ import annotations

import webbrowser
from argparse import ArgumentParser, Namespace
from functools import partial

from swagger_client.api import SMSApi
from swagger_client.api.login import DeviceCode, login_with_device_code
from swagger_client.api_client import ApiClient
from swagger_client.cli.account import base_configuration, problem_of_connection, variables
from swagger_client.cli.authorization import create_app_credentials, login_file, receive_code
from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.conditions.arguments import NO_APP
from swagger_client.cli.console import Console
from swagger_client.cli.options import add_zoom, port_number
from swagger_client.cli.text import escape
from swagger_client.exceptions import ApiException
from swagger_client.oauth import AuthorizationCodeOAuth, AuthorizationRequest

_SECONDS = 300.0
_PORT = 8765


def _add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--port",
        type=port_number,
        default=_PORT,
        help=f"the port of the redirect URL (default: {_PORT}); register "
        f"http://127.0.0.1:{_PORT}/ as a redirect URL of the app",
    )
    add("--no-browser", action="store_true", help="print the URL, but do not open a browser")
    add("--device", action="store_true", help="print a code to enter on another device")
    add_zoom(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    values = variables(options)
    if not values.get("ZOOM_CLIENT_ID"):
        return [NO_APP()]
    file = login_file(options.login_file, options.profile)
    app = create_app_credentials(values, file)
    before = file.stat().st_mtime_ns if file.exists() else None
    configuration = base_configuration(options, values)
    configuration.credentials = app
    with ApiClient(configuration) as client:
        if options.device:
            login_with_device_code(client, app, partial(_show_code, console))
        else:
            _log_in_with_browser(options, console, app)
        try:
            SMSApi(client).account_sms_session(page_size=1)
        except ApiException as error:
            if not file.exists() or file.stat().st_mtime_ns == before:
                return [problem_of_connection(error, configuration)]
    console.result({"login_file": str(file)})
    console.print(f"Logged in. The login is stored in {escape(str(file))}; only you can read it.")
    return []


def _log_in_with_browser(options: Namespace, console: Console, app: AuthorizationCodeOAuth) -> None:
    def show(request: AuthorizationRequest) -> None:
        console.instruct(f"Give consent in a browser on this machine: {request.url}")
        if not options.no_browser:
            webbrowser.open(request.url)

    def request_of(redirect_uri: str) -> AuthorizationRequest:
        return app.start_authorization(redirect_uri=redirect_uri)

    request, code = receive_code(request_of, show, port=options.port, seconds=_SECONDS)
    app.exchange_code(code, request=request, state=request.state)


def _show_code(console: Console, code: DeviceCode) -> None:
    console.instruct(
        f"Enter {escape(code.user_code)} on {escape(code.verification_uri)} "
        f"within {code.expires_in / 60:.0f} minutes."
    )


COMMAND = Command(
    summary="Authorize the app as a user, in a browser or on another device",
    group="Setup",
    add_arguments=_add_arguments,
    run=_run,
    on_interrupt="No login was stored.",
)
