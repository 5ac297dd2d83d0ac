from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeGuard

from swagger_client import exceptions
from swagger_client._security.disk import DISK_FULL, FILE_TOO_LARGE, PATH_ERRORS, TOO_MANY_FILES
from swagger_client._security.error_body import PHONE_NOT_ENABLED, PROXY_LOGIN, utc_text
from swagger_client._security.redaction import redact
from swagger_client._security.urls import PlainHttpError
from swagger_client.archive import (
    ArchiveDamagedError,
    ArchiveError,
    ArchiveHeldError,
    ArchiveLockedError,
    ArchiveOutdatedError,
    ArchiveStorageError,
    FolderMissingError,
    ForeignFolderError,
    NotAnArchiveError,
    OtherAccountError,
    Outage,
    OutageException,
    UnknownValueError,
    UnsupportedSqliteError,
)
from swagger_client.cli.conditions import Condition, Problem, archive, arguments, requests, results
from swagger_client.exceptions import ApiException, ProxyException, TransportException

#: The condition of each exception class, subclasses before their base classes.
_BY_EXCEPTION: tuple[tuple[type[ApiException], Condition], ...] = (
    (exceptions.UnauthorizedException, requests.CREDENTIALS_REJECTED),
    (exceptions.ForbiddenException, requests.FORBIDDEN),
    (exceptions.NotFoundException, requests.NOT_FOUND),
    (exceptions.BadRequestException, requests.BAD_REQUEST),
    (exceptions.RedirectException, requests.REDIRECTED),
    (exceptions.ResponseTooLargeException, requests.RESPONSE_TOO_LARGE),
    (exceptions.DecodeException, requests.UNREADABLE_RESPONSE),
    (exceptions.TLSException, requests.TLS_FAILED),
    (exceptions.ProxyException, requests.PROXY_FAILED),
    (exceptions.DeadlineExceededException, requests.TIMED_OUT),
    (exceptions.TransportException, requests.NETWORK_FAILED),
    (exceptions.RateLimitException, requests.RATE_LIMITED),
    (exceptions.ServiceException, requests.ZOOM_FAILED),
    (exceptions.ApiException, requests.REQUEST_FAILED),
)
_BY_ARCHIVE_ERROR: tuple[tuple[type[ArchiveError], Condition], ...] = (
    (ArchiveDamagedError, archive.ARCHIVE_DAMAGED),
    (ArchiveLockedError, archive.ARCHIVE_LOCKED),
    (FolderMissingError, results.FOLDER_MISSING),
    (ForeignFolderError, archive.FOREIGN_FOLDER),
    (ArchiveStorageError, archive.STORAGE_FAILED),
    (ArchiveOutdatedError, archive.ARCHIVE_OUTDATED),
    (UnsupportedSqliteError, archive.UNSUPPORTED_SQLITE),
    (ArchiveHeldError, archive.HELD),
    (OtherAccountError, arguments.OTHER_ACCOUNT),
    (ArchiveError, archive.NOT_AN_ARCHIVE),
)
_REJECTED = (
    exceptions.BadRequestException,
    exceptions.ForbiddenException,
    exceptions.NotFoundException,
)
#: The name of an exception class at the start of a message.
_CLASS = re.compile(r"\b[A-Za-z]{1,40}(?:[eE]rror|Exception|[tT]imeout): ")
#: A granular scope, such as phone:read:sms_session or phone:read:sms_session:admin.
_GRANULAR = re.compile(r"[a-z_]+:[a-z]+:(?!admin$|master$)[a-z_]+")
#: The first word of a message that is certainly not a value, such as the name of a file.
_OPENING = re.compile(r"(?:an?|the|there|this|no|it)\b")
_PARAMETER = re.compile(r"`([a-z_]{1,40})`|\bconfiguration\.([a-z_]{1,40})\b")
#: The command-line option or environment variable for each parameter of the library.
_OPTIONS = {
    "since": "--from",
    "until": "--to",
    "_from": "--from",
    "to": "--to",
    "number": "--number",
    "session_id": "--session",
    "user_id": "--user",
    "reread_days": "--reread-days",
    "session_type": "--session-type",
    "attachments": "--attachments",
    "limit": "--limit",
    "direction": "--direction",
    "status": "--status",
    "sender": "--sender",
    "names": "--names",
    "timezone": "--timezone",
    "since_run": "--since-run",
    "proxy": "--proxy",
    "host": "--host",
    "token_url": "ZOOM_TOKEN_URL",
    "ssl_ca_cert": "--ca-file",
    "rate_plan": "--plan",
    "timeout": "--timeout",
    "deadline": "--deadline",
}


class ProblemError(Exception):
    """Ends a command with a problem, which the command line prints."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


def problem_of(error: Exception, command: str) -> Problem | None:
    """Convert an exception of a command to a problem; return None for an unexpected one."""
    if isinstance(error, ProblemError):
        return error.problem
    if (limit := _find_file_limit(error)) is not None:
        return archive.TOO_MANY_FILES(message=limit)
    if isinstance(error, exceptions.StorageException):
        return _problem_of_system(error)
    if isinstance(error, ApiException) and not isinstance(error, ValueError):
        return problem_of_request(error, "Zoom")
    cause = error.__cause__
    if isinstance(error, ArchiveStorageError) and _is_path_error(cause):
        return arguments.UNUSABLE_PATH(path=cause.filename, reason=_reason(cause))
    if isinstance(error, NotAnArchiveError) and _is_path_error(error.__context__):
        return archive.ARCHIVE_READ_ONLY(message=error)
    if isinstance(error, ArchiveError):
        if isinstance(cause, OSError) and cause.errno in DISK_FULL | FILE_TOO_LARGE:
            return _problem_of_system(cause)
        condition = next(row for kind, row in _BY_ARCHIVE_ERROR if isinstance(error, kind))
        return condition(message=error)
    if isinstance(error, ImportError):
        return arguments.MISSING_PACKAGE(message=error)
    if isinstance(error, PlainHttpError):
        return problem_of_url(error)
    if isinstance(error, UnknownValueError):
        return arguments.UNKNOWN_VALUE(message=_capitalize(with_options(str(error))))
    if isinstance(error, ValueError):
        message = _capitalize(with_options(str(error)))
        return arguments.INVALID_ARGUMENT(message=message, command=command)
    if isinstance(error, OSError):
        if error.errno is None:  # the library's own message
            return arguments.INVALID_ARGUMENT(message=error, command=command)
        return _problem_of_system(error)
    return None


def problem_of_url(error: PlainHttpError) -> Problem:
    """Return the problem for a setting that is an unencrypted ``http://`` URL."""
    setting = with_options(error.name)
    if setting == "--host":
        setting = "ZOOM_API_HOST (or --host)"
    return arguments.PLAIN_HTTP(setting=setting, host=error.host)


def with_options(message: str) -> str:
    """Replace Python parameters in a message by options, such as ``since`` by ``--from``."""
    return _PARAMETER.sub(lambda found: _OPTIONS.get(found[1] or found[2], found[0]), message)


def _capitalize(message: str) -> str:
    """Capitalize a message if it begins with a word such as "the", and not with a user's value."""
    return message[:1].upper() + message[1:] if _OPENING.match(message) else message


def problem_of_request(error: ApiException, host: str) -> Problem:
    if isinstance(error, OutageException):
        return problem_of_outage(error.outage)
    message = describe_failure(error)
    if error.missing_scopes:
        scopes = _describe_scopes(error.missing_scopes)
        return requests.MISSING_SCOPES(message=message, scopes=scopes)
    if error.code in PHONE_NOT_ENABLED:
        return requests.PHONE_NOT_ENABLED(message=message)
    when = "later" if error.retry_at is None else f"after {utc_text(error.retry_at)}"
    if error.daily:
        return requests.DAILY_LIMIT(message=message, when=when)
    if _is_gateway_response(error):
        return requests.BLOCKED(message=message, host=host)
    condition = next(row for kind, row in _BY_EXCEPTION if isinstance(error, kind))
    if isinstance(error, ProxyException):
        condition = _proxy_condition(error)
    if condition is requests.NETWORK_FAILED:
        condition = _network_condition(str(error.reason))
    if condition is requests.TLS_FAILED:
        condition = _tls_condition(str(error.reason).lower())
    return condition(message=message, host=host, when=when)


def problem_of_outage(outage: Outage) -> Problem:
    reason = f" ({without_class_names(outage.reason)})" if outage.reason else ""
    return results.OUTAGE(**{**outage._asdict(), "reason": reason})


def _is_gateway_response(error: ApiException) -> bool:
    """Return whether a gateway sent the error: Zoom's errors have a code or a message."""
    return isinstance(error, _REJECTED) and error.code is None and not error.message


def _describe_scopes(scopes: Sequence[str]) -> str:
    """Return a phrase such as "one of A, B" for scopes of which any one is sufficient."""
    granular = [one for one in scopes if _GRANULAR.match(one)]
    older = [one for one in scopes if one not in granular]
    granular.sort(key=lambda one: not one.endswith(":admin"))
    older.sort(key=lambda one: (one.endswith(":master"), not one.endswith(":admin")))
    if granular and older:
        return f"one of {', '.join(granular)} (an app with classic scopes: {', '.join(older)})"
    return f"one of {', '.join(granular + older)}" if len(scopes) > 1 else scopes[0]


def describe_failure(error: ApiException) -> str:
    """Describe a failed request in one sentence, without secrets."""
    said = error.message or error.reason or type(error).__name__
    known = {"HTTP": error.status, "code": error.code, "tracking id": error.tracking_id}
    details = ", ".join(f"{name} {value}" for name, value in known.items() if value is not None)
    if isinstance(error, TransportException):
        said = without_class_names(said)
    return redact(f"{said} ({details})" if details else said)


def without_class_names(text: str) -> str:
    """Remove exception class names, such as "ReadTimeoutError: ", from a message."""
    return _CLASS.sub("", text)


def _proxy_condition(error: ProxyException) -> Condition:
    if error.proxy_status in PROXY_LOGIN:
        return requests.PROXY_CREDENTIALS
    return requests.PROXY_FAILED if error.transient else requests.PROXY_FORBIDS


def _network_condition(reason: str) -> Condition:
    if "gaierror" in reason or "resolve" in reason:
        return requests.HOST_NOT_FOUND
    if re.search("time(d )?out", reason, re.IGNORECASE):
        return requests.TIMED_OUT
    return requests.NETWORK_FAILED


def _tls_condition(reason: str) -> Condition:
    if "hostname mismatch" in reason or "ip address mismatch" in reason:
        return requests.TLS_OTHER_HOST
    if "has expired" in reason or "not yet valid" in reason:
        return requests.TLS_EXPIRED
    if "certificate verify failed" in reason:
        return requests.TLS_UNTRUSTED
    return requests.TLS_FAILED


def _problem_of_system(error: OSError) -> Problem:
    path = str(error.filename) if error.filename is not None else "the output"
    if error.errno in DISK_FULL:
        return archive.DISK_FULL(path=path if error.filename else Path.cwd())
    if error.errno in FILE_TOO_LARGE:
        return archive.FILE_TOO_LARGE(path=path)
    if error.errno in PATH_ERRORS:
        return arguments.UNUSABLE_PATH(path=path, reason=_reason(error))
    return archive.STORAGE_FAILED(message=f"{path}: {_reason(error)}.")


def _find_file_limit(error: BaseException | None) -> str | None:
    """Return the system's message if too many open files caused an error, otherwise None."""
    for _ in range(10):
        if isinstance(error, TransportException):
            names = [os.strerror(number) for number in sorted(TOO_MANY_FILES)]
            return next((name for name in names if name in str(error.reason)), None)
        if isinstance(error, OSError) and error.errno in TOO_MANY_FILES:
            return _reason(error)
        error = None if error is None else error.__cause__
    return None


def _is_path_error(error: BaseException | None) -> TypeGuard[OSError]:
    return isinstance(error, OSError) and error.errno in PATH_ERRORS and error.filename is not None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).rstrip(".")
