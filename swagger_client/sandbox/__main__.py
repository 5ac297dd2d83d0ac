"""Run a sandbox from the command line: `python -m swagger_client.sandbox --port 8080`."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from random import Random

from .generate import Size
from .sandbox import Sandbox
from .subscriptions import SubscriptionError
from .vocabulary import SENTENCES

__all__ = ["main"]

_DESCRIPTION = "Serve a made-up Zoom Phone account on 127.0.0.1 until Ctrl-C."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sandbox until the process receives SIGINT (Ctrl-C) or SIGTERM.

    :param arguments: the command-line arguments without the program's name; `sys.argv[1:]` if None.
    :returns: the exit status: 0 after a signal, 1 when the sandbox cannot start.
    """
    options = _parser().parse_args(arguments)
    try:
        zoom = Sandbox(
            seed=options.seed,
            port=options.port,
            plan=options.plan,
            users=options.users,
            queues=options.queues,
            receptionists=options.receptionists,
            sessions=options.sessions,
            messages=options.messages,
            years=options.years,
            request_log=1000,
        ).start()
    except (OSError, ValueError, OverflowError) as error:
        print(f"The sandbox cannot start on port {options.port}: {error}", file=sys.stderr)
        return 1
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    try:
        print(_greeting(zoom), flush=True)
        if options.webhook is None or _subscribe(zoom, options.webhook, done):
            _add_messages(zoom, options.message_every, done)
    finally:
        zoom.stop()
    return 0


def _subscribe(zoom: Sandbox, url: str, done: threading.Event) -> bool:
    """Subscribe a webhook receiver; retry every second while it rejects the subscription.

    :param done: set when the process receives a signal.
    :returns: True once the receiver is subscribed, False if the signal came first.
    """
    reason = ""
    while not done.is_set():
        try:
            zoom.subscribe(url)
        except SubscriptionError as error:
            if str(error) != reason:
                reason = str(error)
                print(f"Cannot subscribe yet, retrying: {reason}", file=sys.stderr, flush=True)
            done.wait(1)
        else:
            print(f"Sending events to {url}", flush=True)
            return True
    return False


def _add_messages(zoom: Sandbox, interval: float | None, done: threading.Event) -> None:
    """Add a random message every `interval` seconds until a signal arrives.

    :param interval: in seconds; None adds no messages.
    :param done: set when the process receives a signal.
    """
    rng = Random()
    while not done.wait(3600 if interval is None else interval):
        sessions = zoom.sessions()
        if interval is not None and sessions:
            zoom.add_message(
                rng.choice(sessions).session_id,
                text=rng.choice(SENTENCES).format(n=rng.randrange(10_000), d=rng.randrange(1, 29)),
                direction=rng.choice(("In", "Out")),
            )


def _parser() -> argparse.ArgumentParser:
    size = Size()
    parser = argparse.ArgumentParser(
        prog="python -m swagger_client.sandbox",
        description=_DESCRIPTION,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=int, default=8080, help="port to listen on; 0 selects a free port")
    add("--seed", type=int, default=0, help="the same number gives the same account")
    add("--plan", choices=("pro", "business"), help="apply the rate limits of this Zoom plan")
    add("--users", type=int, default=size.users, help="people with Zoom Phone")
    add("--queues", type=int, default=size.queues, help="call queues")
    add("--receptionists", type=int, default=size.receptionists, help="auto receptionists")
    add("--sessions", type=int, default=size.sessions, help="conversations")
    add(
        "--messages", type=int, default=size.messages, help="messages in all conversations together"
    )
    add("--years", type=float, default=size.years, help="age of the oldest messages")
    add("--webhook", metavar="URL", help="send webhook events to this URL")
    add(
        "--message-every",
        metavar="SECONDS",
        type=_interval,
        help="add a message to a random conversation every SECONDS",
    )
    return parser


def _interval(given: str) -> float:
    """Parse a number of seconds above 0."""
    number = float(given)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError("pass a number of seconds above 0")
    return number


def _greeting(zoom: Sandbox) -> str:
    """Return the text printed at the start: shell variables and an example request."""
    variables = {
        "ZOOM_API_HOST": zoom.host,
        "ZOOM_TOKEN_URL": zoom.token_url,
        "ZOOM_ACCOUNT_ID": zoom.account_id,
        "ZOOM_CLIENT_ID": zoom.client_id,
        "ZOOM_CLIENT_SECRET": zoom.client_secret,
        "ZOOM_WEBHOOK_SECRET": zoom.webhook_secret,
    }
    exports = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    lines = [
        f"# The sandbox serves {len(zoom.sessions())} conversations. Paste these lines into a "
        "shell:",
        *exports,
        "# To use an access token instead of the client id and secret:",
        f"export ZOOM_ACCESS_TOKEN={shlex.quote(zoom.access_token)}",
        "# Example request:",
        'curl -H "Authorization: Bearer $ZOOM_ACCESS_TOKEN" '
        '"$ZOOM_API_HOST/phone/sms/sessions?page_size=2"',
        "# Press Ctrl-C to stop the sandbox.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
