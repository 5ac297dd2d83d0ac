from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from swagger_client._wire.proxy import environment_proxy, proxy_address
from swagger_client.api import SMSApi
from swagger_client.archive import Archive, ArchiveError, OtherAccountError, Outage, OutageException
from swagger_client.archive.compare import check_archive_account
from swagger_client.cli.account import connected, credentials_source, problem_of_connection
from swagger_client.cli.all_profiles import add_all_profiles, run_for_profiles
from swagger_client.cli.commands import Command
from swagger_client.cli.completeness import check_folder, finished_runs
from swagger_client.cli.conditions import Problem, arguments, events, requests
from swagger_client.cli.console import Console
from swagger_client.cli.options import add_zoom, setting_name
from swagger_client.cli.problems import ProblemError, describe_failure, problem_of
from swagger_client.cli.text import escape, plural
from swagger_client.configuration import Configuration
from swagger_client.exceptions import (
    ApiException,
    BadRequestException,
    DecodeException,
    ForbiddenException,
    InvalidArgumentException,
    NotFoundException,
)
from swagger_client.models import InlineResponse20073, InlineResponse20074
from swagger_client.rest import trust_of

_MOST_SECONDS_APART = 60
_LEAST_SPACE = 1 << 30
#: Seconds to connect, to wait for bytes, and for a whole call, so that a check stays short.
_TIMEOUT, _DEADLINE = (5.0, 10.0), 20.0
#: An id that no conversation has. Zoom's error for it says whether a scope is missing.
_NO_ID = "zoom-sms-doctor"
_PAGE_SIZE = 10


class Finding(NamedTuple):
    """The result of one check of ``doctor``; ``problem`` is None if the check passed."""

    check: str
    found: str
    problem: Problem | None = None

    def as_object(self) -> dict[str, object]:
        problem = None if self.problem is None else self.problem.as_object()
        return {
            "check": self.check,
            "ok": self.problem is None,
            "found": self.found,
            "problem": problem,
        }


def _add_arguments(parser: ArgumentParser) -> None:
    add_all_profiles(parser, "check the accounts of all profiles")
    add_zoom(parser)


def _run(options: Namespace, console: Console) -> list[Problem]:
    return run_for_profiles("doctor", _check, options, console)


def _check(options: Namespace, console: Console) -> tuple[dict[str, object], list[Problem]]:
    findings = []
    for finding in _findings(options):
        findings.append(finding)
        console.print(_line(finding), following="     ")
    result: dict[str, object] = {"checks": [finding.as_object() for finding in findings]}
    return result, [finding.problem for finding in findings if finding.problem is not None]


def _line(finding: Finding) -> str:
    mark = "ok" if finding.problem is None else "FIX"
    return f"{mark:4} {finding.check}: {escape(finding.found)}"


def _findings(options: Namespace) -> Iterator[Finding]:
    yield from _sqlite()
    yield from _database(Path(options.database), options.attachments)
    try:
        with connected(options) as api:
            configuration = api.api_client.configuration
            configuration.retries, configuration.timeout = 1, _TIMEOUT
            configuration.deadline = _DEADLINE
            yield Finding("credentials", f"from {credentials_source(options)}")
            yield (connection := _check_connection(configuration, options))
            if connection.problem is None:  # otherwise no request can be sent
                yield from _account(Path(options.database), api)
                yield from _zoom(api)
    except ProblemError as error:
        problem = error.problem
        is_connection = problem.condition is arguments.UNUSABLE_CONNECTION
        yield Finding("connection" if is_connection else "credentials", problem.what, problem)


def _check_connection(configuration: Configuration, options: Namespace) -> Finding:
    """Check the proxy and the trusted certificate authorities, without sending a request."""
    environment = os.environ if configuration.trust_env else {}
    try:
        proxy = configuration.proxy or environment_proxy(configuration.host, environment)
        trust = trust_of(configuration)
        is_plain = urlsplit(configuration.host).scheme == "http"
        if not is_plain and configuration.ssl_context is None:
            trust.new_context()
    except ValueError as error:
        message = f"{error}."
        return Finding("connection", message, arguments.UNUSABLE_CONNECTION(message=message))
    if is_plain:
        found = f"to {configuration.host}, without TLS: no proxy and no certificate is tested"
        return Finding("connection", found)
    way = "without a proxy"
    if proxy:
        way = f"through the proxy {proxy_address(proxy)}"
    trusted = trust.file or trust.folder or "the operating system's store"
    is_option = trust.source == "configuration.ssl_ca_cert"
    source = setting_name(options, "ca_file") if is_option else trust.source
    return Finding("connection", f"{way}, trusting {trusted} ({source})")


def _sqlite() -> Iterator[Finding]:
    version = sqlite3.sqlite_version
    try:
        with contextlib.closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("CREATE VIRTUAL TABLE t USING fts5 (a)")
    except sqlite3.Error:
        yield Finding("SQLite", f"{version} without FTS5", arguments.NO_FTS5())
    else:
        yield Finding("SQLite", version)


def _database(path: Path, attachments: str | None) -> Iterator[Finding]:
    if path.exists():
        yield _archive(path)
        yield from _folder(path, attachments)
        yield from _events(path)
    else:
        yield Finding("database", f"{path} does not exist yet; the first run creates it")
    folder = path.resolve().parent
    if not folder.is_dir():
        problem = arguments.UNUSABLE_PATH(path=folder, reason="No such folder")
        yield Finding("disk", problem.what, problem)
        return
    free = shutil.disk_usage(folder).free
    full = arguments.LITTLE_SPACE(path=folder) if free < _LEAST_SPACE else None
    yield Finding("disk", f"{free / (1 << 30):.1f} GiB free", full)


def _archive(path: Path) -> Finding:
    try:
        with Archive(path) as archive:
            runs = archive.runs()
    except ArchiveError as error:
        problem = problem_of(error, "doctor")
        assert problem is not None
        return Finding("database", problem.what, problem)
    finished = [run for run in runs if run.finished_at is not None]
    if not finished:
        return Finding("database", f"{path} has no finished run")
    # Other runs, such as an erasure, archive nothing.
    ends = [run.span_to for run in finished_runs(finished) if run.span_to]
    found = f"{plural(len(finished), 'run')}, "
    found += f"archived up to {max(ends)}" if ends else "none of which archived the account"
    if len(finished) < len(runs):
        found += "; one run has not finished: if it is no longer active, the next run finishes it"
    return Finding("database", found)


def _folder(path: Path, attachments: str | None) -> Iterator[Finding]:
    """Yield whether ``attachments``, or else the stored folder of files, can be used."""
    try:
        with Archive(path) as archive:
            folder, problems = archive.attachments, check_folder(archive, attachments)
    except ArchiveError:
        return  # _archive reports this error
    if folder is not None:
        problem = problems[0] if problems else None
        found = attachments or str(folder) if problem is None else problem.what
        yield Finding("folder of files", found, problem)


def _events(path: Path) -> Iterator[Finding]:
    try:
        with Archive(path) as archive:
            status = archive.event_status()
    except ArchiveError:
        return  # _archive reports this error
    if status.received_at is None and status.validated_at is None:
        return
    found = f"last received {status.received_at or 'never'}, "
    found += f"URL last validated {status.validated_at or 'never'}"
    off = None
    if status.may_be_off(datetime.now(timezone.utc)):
        last = max(filter(None, (status.received_at, status.validated_at)))
        off = events.SUBSCRIPTION_OFF(received_at=last)
    yield Finding("webhook events", found, off)


def _account(path: Path, api: SMSApi) -> Iterator[Finding]:
    """Check that the credentials belong to the account of the archive."""
    if not path.exists():
        return
    try:
        with Archive(path) as archive:
            is_checked = check_archive_account(archive, api)
            found = "the archive's account" if is_checked else "cannot be checked"
    except OtherAccountError as error:
        problem = arguments.OTHER_ACCOUNT(message=error)
        yield Finding("account", problem.what, problem)
    except (ArchiveError, ApiException):
        return  # _archive or _zoom reports this error
    else:
        yield Finding("account", found)


def _zoom(api: SMSApi) -> Iterator[Finding]:
    """Send each kind of request that ``zoom-sms archive`` sends; yield a result for each."""
    session_ids: list[str] = []
    clock: list[Finding] = []

    def list_sessions() -> str:
        before, started = api.api_client.clock.time(), time.monotonic()
        page, _, headers = api.account_sms_session_with_http_info(
            page_size=_PAGE_SIZE, session_type="all"
        )
        _check_page(page, page.sms_sessions)
        local = before + (time.monotonic() - started) / 2
        clock.extend(_check_clock(local, headers.get("Date")))
        session_ids.extend(one.session_id for one in page.sms_sessions or () if one.session_id)
        return "the account's conversations can be listed"

    first = _attempt(api, "Zoom", list_sessions)
    if first.problem is not None and not _lacks_scopes(first):
        yield first
        return
    messages = _check_reading(api, session_ids)
    lacking = [one for one in (first, *messages) if _lacks_scopes(one)]
    yield from (one for one in (first, *clock, *messages) if one not in lacking)
    if lacking:
        problem = _join_scope_problems([one.problem for one in lacking if one.problem is not None])
        yield Finding("scopes", problem.what, problem)


def _check_reading(api: SMSApi, session_ids: list[str]) -> list[Finding]:
    """Check that Zoom permits reading a conversation and a message.

    If Zoom lists no conversation, the requests use an invented id. Zoom's error then says that the
    id does not exist, or that the access token lacks a scope.
    """
    message_ids: list[str] = []

    def read_session() -> str:
        failed: list[Exception] = []
        for session_id in session_ids:
            try:
                page = api.sms_session_details(session_id, page_size=1)
                _check_page(page, page.sms_histories)
            except (ApiException, ValueError) as error:  # ValueError: the id is not valid in a URL
                if _affects_all_requests(error):
                    raise
                failed.append(error)
                continue
            message_ids.extend(m.message_id for m in page.sms_histories or () if m.message_id)
            session_ids[:] = [session_id]
            return "messages can be read"
        rejected = [
            error
            for error in failed
            if isinstance(error, ApiException) and not isinstance(error, InvalidArgumentException)
        ]
        if rejected:  # every conversation failed, which is an outage
            reason = describe_failure(rejected[-1])
            outage = Outage("conversations", len(rejected), len(session_ids), reason)
            raise OutageException(outage, rejected[-1])
        return _ignoring_missing(lambda: api.sms_session_details(_NO_ID, page_size=1))

    def read_message() -> str:
        if message_ids:
            with contextlib.suppress(ValueError):
                api.sms_by_message_id(session_ids[0], message_ids[0])
                return "download links of files can be renewed"
        return _ignoring_missing(lambda: api.sms_by_message_id(_NO_ID, _NO_ID))

    return [_attempt(api, "messages", read_session), _attempt(api, "files", read_message)]


def _check_page(page: InlineResponse20073 | InlineResponse20074, items: object) -> None:
    """Raise DecodeException if a response is not a page of a list."""
    if items is None and page.next_page_token is None and page.page_size is None:
        raise DecodeException(
            200, "expected a paginated list, but there are no items, next_page_token or page_size"
        )


def _affects_all_requests(error: Exception) -> bool:
    item = ForbiddenException | NotFoundException | BadRequestException | DecodeException
    if isinstance(error, InvalidArgumentException) or not isinstance(error, ApiException):
        return False
    return not isinstance(error, item) or bool(error.missing_scopes)


def _ignoring_missing(request: Callable[[], object]) -> str:
    try:
        request()
    except (NotFoundException, BadRequestException) as error:
        if error.missing_scopes:
            raise
    return "permitted; the last 30 days have none to test with"


def _lacks_scopes(finding: Finding) -> bool:
    problem = finding.problem
    return problem is not None and problem.condition is requests.MISSING_SCOPES


def _join_scope_problems(problems: list[Problem]) -> Problem:
    wanted = dict.fromkeys(problem.values["scopes"] for problem in problems)
    verb = "was" if len(problems) == 1 else "were"
    return requests.MISSING_SCOPES(
        message=f"{plural(len(problems), 'request')} of a run {verb} rejected",
        scopes="; and ".join(wanted),
    )


def _check_clock(local: float, date: str | None) -> list[Finding]:
    """Compare this machine's clock with the Date header of a response from Zoom."""
    try:
        zoom = parsedate_to_datetime(date or "").timestamp()
    except (ValueError, OverflowError):
        return []
    apart = round(zoom - local)
    if abs(apart) <= _MOST_SECONDS_APART:
        return [Finding("clock", f"{abs(apart)} s from Zoom's")]
    difference = f"{abs(apart)} s {'behind' if apart > 0 else 'ahead of'} Zoom's"
    problem = arguments.CLOCK_WRONG(difference=difference)
    return [Finding("clock", difference, problem)]


def _attempt(api: SMSApi, check: str, request: Callable[[], str]) -> Finding:
    try:
        return Finding(check, request())
    except ApiException as error:
        problem = problem_of_connection(error, api.api_client.configuration)
        return Finding(check, problem.what, problem)


COMMAND = Command(
    summary="Check everything that a run needs, and print what to correct",
    group="Setup",
    add_arguments=_add_arguments,
    run=_run,
)
