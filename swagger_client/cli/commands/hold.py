from __future__ import annotations

from argparse import ArgumentParser, Namespace

from swagger_client.archive import Archive, Hold
from swagger_client.cli.commands import Command
from swagger_client.cli.conditions import Problem
from swagger_client.cli.console import Console
from swagger_client.cli.opening import opened
from swagger_client.cli.options import add_people, add_timezone, filters, positive
from swagger_client.cli.text import plural, quote


def _add_arguments(parser: ArgumentParser) -> None:
    add = parser.add_mutually_exclusive_group().add_argument
    add("--list", action="store_true", help="list all holds")
    add("--release", metavar="HOLD", type=positive, help="release the hold with this number")
    parser.add_argument("--reason", metavar="TEXT", help="the reason, which is recorded")
    group = parser.add_argument_group("which messages to hold")
    add_people(group)
    add = group.add_argument
    add("--from", dest="since", metavar="DATE", help="only messages from this day on")
    add("--to", dest="until", metavar="DATE", help="only messages up to this day")
    add_timezone(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    _reject_selection(options)
    with opened(options, console) as archive:
        holds = archive.holds() if options.list else [_add_or_release(archive, options)]
        digest = archive.account_digest()
    console.result({"holds": [hold._asdict() for hold in holds], "account_digest": digest})
    for hold in holds:
        console.print(_line(hold))
    if options.list:
        console.print(f"{plural(len(holds), 'hold')}.")
    else:
        console.print("The number of a hold is the number of its entry in the audit log.")
        console.print(f"Digest of the audit log: {digest} (store it elsewhere)")
    return []


def _reject_selection(options: Namespace) -> None:
    if not options.list and options.release is None:
        return
    for option in ("number", "session_id", "user_id", "since", "until", "timezone"):
        if getattr(options, option) is not None:
            reason = "--list shows all holds" if options.list else "--release ends a whole hold"
            raise ValueError(f"`{option}` cannot be used here, because {reason}; leave it out")


def _add_or_release(archive: Archive, options: Namespace) -> Hold:
    if options.reason is None:
        raise ValueError("--reason is missing; pass the reason, which is recorded")
    if options.release is not None:
        return archive.release_hold(options.release, reason=options.reason)
    selected = filters(options)
    return archive.hold(
        reason=options.reason,
        number=options.number,
        session_id=options.session_id,
        user_id=options.user_id,
        since=selected.get("since"),
        until=selected.get("until"),
    )


def _line(hold: Hold) -> str:
    state = "in force" if hold.released_at is None else f"released {hold.released_at}"
    held = ", ".join(
        f"{name} {quote(value) if isinstance(value, str) else ' or '.join(map(quote, value))}"
        for name, value in hold.selection.items()
    )
    return (
        f"Hold {hold.hold}, {state}: {held}. By {quote(hold.by)} at {hold.at}: {quote(hold.reason)}"
    )


COMMAND = Command(
    summary="Put messages under a legal hold, so that they cannot be erased",
    group="Evidence",
    add_arguments=_add_arguments,
    run=_run,
)
