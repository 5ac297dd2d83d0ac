from __future__ import annotations

import contextlib
import webbrowser
from argparse import ArgumentParser, Namespace

from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.opening import listen, note_unmatched, opened
from swagger_client.cli.options import add_attachments, add_timezone, port_number
from swagger_client.export.job import load_zone
from swagger_client.export.names import Names, read_names


def _add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--port", type=port_number, default=0, help="the port to use (default: a free port)")
    add("--no-open", action="store_true", help="print the URL, but do not open a browser")
    add_attachments(parser)
    add_timezone(parser)
    add("--names", metavar="FILE", help="an address book: CSV with number,name or vCard")


def _run(options: Namespace, console: Console) -> list[Problem]:
    from swagger_client.web.server import check_packages, serve

    check_packages()

    names = Names() if options.names is None else read_names(options.names)
    zone = load_zone(options.timezone)

    def announce(address: str) -> None:
        console.announce(f"Read {options.database} in a browser: {address}")
        console.print("The URL works once, on this machine only. Press Ctrl-C to stop the viewer.")
        if not options.no_open:
            webbrowser.open(address)

    with (
        opened(options, console) as archive,
        listen("127.0.0.1", options.port, option="--port") as listener,
        contextlib.suppress(KeyboardInterrupt),
    ):
        note_unmatched(archive, names, console)
        serve(
            archive.path,
            attachments=archive.attachments,
            names=names,
            zone=zone,
            listener=listener,
            announce=announce,
        )
    return []


COMMAND = Command(
    summary="Read the archive in a browser",
    group="Read",
    add_arguments=_add_arguments,
    run=_run,
)
