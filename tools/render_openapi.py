"""Render `openapi/zoom-phone-sms.yaml` from the operations table and the models.

It also renders `openapi/zoom-phone-sms-webhooks.yaml` from `tools/webhook_schema.py`. Webhooks have
their own file because they need OpenAPI 3.1, which many client generators cannot read yet.

`python -m tools.render_openapi` writes both files. `--check` only compares, and exits with 1 if a
file is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from swagger_client import models
from swagger_client._operation import ErrorCode, Operation, Parameter
from swagger_client._version import __version__
from swagger_client.api._operations import (
    ACCOUNT_SMS_SESSION,
    ANYWHERE,
    DATE,
    GET_SMS_SESSIONS,
    OPERATIONS,
    SMS_BY_MESSAGE_ID,
    SMS_SESSION_DETAILS,
    SMS_SESSION_SYNC,
    USER_SMS_SESSION,
)
from swagger_client.models._model import Field, Model
from tools import webhook_schema

Json = dict[str, Any]

TARGET = Path(__file__).parent.parent / "openapi" / "zoom-phone-sms.yaml"
HEADER = "# Rendered by `python -m tools.render_openapi`. Edit the code, not this file.\n"

_ABOUT = """\
Reads the text messages of a Zoom Phone account: conversations ("sessions"), their messages, and
single messages with their attachments. This description is our own, kept by the maintainers of
`swagger_client`. Where the two differ, Zoom's documentation counts.

**Lists** are paginated. Send `next_page_token` back with the same parameters within 15 minutes;
on the last page the token is empty, null or missing. **Syncs** start with `FSync` and continue with
the `sync_token` of the previous response.

**Values grow.** The known values of a field are listed as `x-extensible-enum`. Zoom adds values and
fields; accept both. Fields may be missing.

**Errors** have a JSON body with a `code` that is independent of the HTTP status. `x-zoom-codes`
lists the known codes of each status. The header `x-zm-trackingid` identifies the request.

**Rate limits** are per account and shared by all its apps. `x-rate-limit-label` names the limit
that an operation counts against.
"""

_SERVERS = {
    "https://api.zoom.us/v2": "Global",
    "https://api-{region}.zoom.us/v2": "Regional",
    "https://api.zoomgov.com/v2": "For government",
}
_REGIONS = ("au", "ca", "eu", "in", "sa", "sg", "us")

_OAUTH = (
    "A bearer token. Besides the authorization code flow (with PKCE), Zoom supports "
    "server-to-server apps (`account_credentials`) and devices, at the same token URL. One of the "
    "scopes that an operation lists is sufficient."
)
_JSON_TYPES = {"str": "string", "int": "integer", "bool": "boolean"}
_STATUSES = {
    400: "The request is invalid.",
    401: "The token is invalid or has expired.",
    403: "The account is not allowed to do this.",
    404: "The resource does not exist.",
    429: "Too many requests. Wait, then retry.",
}
_UTC_OR_DATE = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$"


def description() -> Json:
    """Return the whole description as plain values."""
    schemas: Json = {}
    for operation in OPERATIONS:
        _add_schema(schemas, getattr(models, operation.response_type))
    schemas["Error"] = _error_schema()
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Zoom Phone SMS",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "MIT", "url": "https://opensource.org/license/mit"},
        },
        "servers": [_server(url, about) for url, about in _SERVERS.items()],
        "tags": [{"name": "SMS", "description": "Conversations and their messages."}],
        "paths": {
            operation.path: {operation.method.lower(): _operation(operation)}
            for operation in OPERATIONS
        },
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "headers": _headers(),
            "securitySchemes": {"OAuth": _security_scheme()},
        },
    }


def text() -> str:
    """Return the description as YAML."""
    return HEADER + yaml.dump(
        description(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )


class _Dumper(yaml.SafeDumper):
    """Writes values without aliases, and long texts as blocks."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _block(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _block)


# Operations.


def _operation(operation: Operation[Any]) -> Json:
    made: Json = {
        "operationId": operation.operation_id,
        "tags": ["SMS"],
        "summary": operation.summary,
        "description": operation.doc,
        "x-rate-limit-label": operation.label,
        # Each scope is an alternative: one is sufficient.
        "security": [{"OAuth": [scope]} for scope in _scopes(operation)],
        "parameters": [_parameter(parameter) for parameter in operation.parameters],
    }
    links = _links(operation)
    content = {"schema": _reference(operation.response_type)}
    made["responses"] = {
        "200": {
            "description": "Success.",
            "headers": _tracking(),
            "content": {"application/json": content},
            **({"links": links} if links else {}),
        },
        **_errors(operation.errors),
    }
    return made


def _parameter(parameter: Parameter) -> Json:
    made: Json = {"name": parameter.key, "in": parameter.place, "description": parameter.doc}
    if parameter.required or parameter.required_by_zoom:
        made["required"] = True
    schema: Json = {"type": "string" if parameter.kind == DATE else _JSON_TYPES[parameter.kind]}
    if parameter.kind == DATE:
        schema["pattern"] = _UTC_OR_DATE
    for name, value in (("minimum", parameter.least), ("maximum", parameter.most)):
        if value is not None:
            schema[name] = value
    if parameter.one_of:
        schema["enum"] = list(parameter.one_of)
    if parameter.default is not None:
        schema["default"] = parameter.default
    return {**made, "schema": schema, "example": parameter.example}


def _errors(errors: Iterable[ErrorCode]) -> Json:
    by_status: dict[int, list[ErrorCode]] = {}
    for error in dict.fromkeys((*errors, *ANYWHERE)):
        by_status.setdefault(error.status, []).append(error)
    return {str(status): _error(status, by_status[status]) for status in sorted(by_status)}


def _error(status: int, errors: list[ErrorCode]) -> Json:
    meanings: dict[int, str] = {}
    for error in errors:
        known = meanings.get(error.code)
        meanings[error.code] = f"{known} Or: {error.meaning}" if known else error.meaning
    listed = "".join(f"- `{code}`: {meaning}\n" for code, meaning in meanings.items())
    return {
        "description": f"{_STATUSES[status]}\n\n{listed}",
        "x-zoom-codes": list(meanings),
        "headers": {**_tracking(), **(_limit_headers() if status == 429 else {})},
        "content": {"application/json": {"schema": _reference("Error")}},
    }


def _links(operation: Operation[Any]) -> Json:
    """Return the links of a response: to the next page or sync, and to the listed resources."""
    body = "$response.body#"
    same = {
        one.key: f"$request.{one.place}.{one.key}"
        for one in operation.parameters
        if one.key not in ("next_page_token", "sync_token", "sync_type")
    }
    links: Json = {}
    if operation.paging == "token":
        links["nextPage"] = _link(operation, {**same, "next_page_token": f"{body}/next_page_token"})
    elif operation.paging == "sync":
        onward = {"sync_type": "ISync", "sync_token": f"{body}/sync_token"}
        links["whatIsNew"] = _link(operation, {**same, **onward})
    if operation is ACCOUNT_SMS_SESSION:
        owner = {"userId": f"{body}/sms_sessions/0/participants/0/owner/id"}
        links["ownersSessions"] = _link(USER_SMS_SESSION, owner)
        links["ownersSyncedSessions"] = _link(GET_SMS_SESSIONS, {**owner, "sync_type": "FSync"})
    if operation.items == "sms_sessions":
        first = {"sessionId": f"{body}/sms_sessions/0/session_id"}
        links["messages"] = _link(SMS_SESSION_DETAILS, first)
        links["syncedMessages"] = _link(SMS_SESSION_SYNC, first)
    elif operation.items == "sms_histories":
        message = f"{body}/sms_histories/0/message_id"
        here = {"sessionId": same["sessionId"], "messageId": message}
        links["message"] = _link(SMS_BY_MESSAGE_ID, here)
    return links


def _link(operation: Operation[Any], parameters: Json) -> Json:
    return {"operationId": operation.operation_id, "parameters": parameters}


# Schemas.


def _add_schema(schemas: Json, model: type[Model]) -> None:
    if model.__name__ in schemas:
        return
    schemas[model.__name__] = _object(model, {})
    for field in model.__fields__:
        if field.model is not None and not field.within:
            _add_schema(schemas, field.model)


def _object(model: type[Model], within: Mapping[str, tuple[object, ...]]) -> Json:
    return {
        "type": "object",
        "description": (model.__doc__ or "").replace("``", "`"),
        "properties": {
            field.key: _field(field, within.get(field.name, field.one_of))
            for field in model.__fields__
        },
    }


def _field(field: Field, one_of: tuple[object, ...]) -> Json:
    doc = [field.doc]
    if one_of:
        doc.append(f"Known today: {', '.join(f'`{value}`' for value in one_of)}.")
    if field.required:
        doc.append("Documented as always present, but seen null and missing.")
    made = _value(field)
    made["description"] = " ".join(doc)
    if field.nullable:
        made["nullable"] = True
    if one_of:
        made["x-extensible-enum"] = list(one_of)
    if field.example is not None:
        made["example"] = field.example
    return made


def _value(field: Field) -> Json:
    model = field.model
    if model is None:
        item: Json = {"type": _JSON_TYPES[field.swagger_type]}
    elif field.within:
        item = _object(model, field.within)
    elif field.many:
        item = _reference(model.__name__)
    else:
        item = {
            "allOf": [_reference(model.__name__)]
        }  # which permits a description beside the reference
    if not field.many:
        return item
    limit = {} if field.max_items is None else {"maxItems": field.max_items}
    return {"type": "array", "items": item, **limit}


def _error_schema() -> Json:
    detail = {
        "type": "object",
        "properties": {
            "field": {"type": "string", "description": "The invalid parameter."},
            "message": {"type": "string", "description": "What is wrong with it."},
        },
    }
    return {
        "type": "object",
        "description": "Why a request failed.",
        "required": ["code", "message"],
        "properties": {
            "code": {"type": "integer", "description": "Zoom's own code.", "example": 300},
            "message": {"type": "string", "description": "What went wrong, for people."},
            "errors": {
                "type": "array",
                "description": "The invalid parameters. Often missing.",
                "items": detail,
            },
        },
    }


# What all operations share.


def _server(url: str, about: str) -> Json:
    if "{region}" not in url:
        return {"url": url, "description": about}
    region = {"default": "us", "enum": list(_REGIONS), "description": "Where the account is."}
    return {"url": url, "description": about, "variables": {"region": region}}


def _headers() -> Json:
    number, word = {"type": "integer"}, {"type": "string"}
    return {
        "TrackingId": {"description": "Identifies the request to Zoom's support.", "schema": word},
        "RetryAfter": {
            "description": "When to retry: an ISO 8601 time, an HTTP date, or seconds.",
            "schema": {**word, "example": "2020-05-31T00:00:00Z"},
        },
        "RateLimitCategory": {"description": "The label that was exceeded.", "schema": word},
        "RateLimitType": {"description": "`QPS` or `Daily-limit`.", "schema": word},
        "RateLimitLimit": {"description": "Requests that the limit allows.", "schema": number},
        "RateLimitRemaining": {"description": "Remaining requests.", "schema": number},
        "RateLimitReset": {
            "description": "When the limit resets, in Unix seconds.",
            "schema": number,
        },
    }


def _tracking() -> Json:
    return {"x-zm-trackingid": {"$ref": "#/components/headers/TrackingId"}}


def _limit_headers() -> Json:
    names = {
        "Retry-After": "RetryAfter",
        "X-RateLimit-Category": "RateLimitCategory",
        "X-RateLimit-Type": "RateLimitType",
        "X-RateLimit-Limit": "RateLimitLimit",
        "X-RateLimit-Remaining": "RateLimitRemaining",
        "X-RateLimit-Reset": "RateLimitReset",
    }
    return {name: {"$ref": f"#/components/headers/{target}"} for name, target in names.items()}


def _scopes(operation: Operation[Any]) -> tuple[str, ...]:
    return (*operation.scopes, *operation.granular_scopes)


def _security_scheme() -> Json:
    used = sorted({scope for operation in OPERATIONS for scope in _scopes(operation)})
    flow = {
        "authorizationUrl": "https://zoom.us/oauth/authorize",
        "tokenUrl": "https://zoom.us/oauth/token",
        "refreshUrl": "https://zoom.us/oauth/token",
        "scopes": {scope: _scope(scope) for scope in used},
    }
    return {"type": "oauth2", "description": _OAUTH, "flows": {"authorizationCode": flow}}


def _scope(scope: str) -> str:
    whose = "the account's" if scope.endswith(":admin") else "the user's own"
    granular = scope.removesuffix(":admin").rpartition(":")[2]
    what = {
        "list_sms_sessions": "conversations",
        "sms_session": "conversations' messages",
        "sms_message": "single messages",
    }
    return f"Read {whose} {what.get(granular, 'text messages')}."


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def targets() -> dict[Path, str]:
    """Return the text of each rendered file."""
    return {TARGET: text(), webhook_schema.TARGET: webhook_schema.text(__version__)}


def main(arguments: list[str]) -> int:
    """Write or compare the descriptions; return the exit status."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m tools.render_openapi [--check]", file=sys.stderr)
        return 2
    status = 0
    for file, wanted in targets().items():
        if arguments:
            same = file.exists() and file.read_text(encoding="utf-8") == wanted
            print(f"{file.name} is {'up to date' if same else 'out of date'}.")
            status = status if same else 1
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(wanted, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
