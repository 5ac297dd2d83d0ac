"""The methods of ``ApiClient`` that swagger-codegen generates too.

Applications written for a generated client call these methods or override them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

import six
from urllib3.response import BaseHTTPResponse

from swagger_client._flow.effects import Flow, Hidden, Request
from swagger_client._flow.tokens import AcceptedTokens, AccessToken, TokenContext
from swagger_client._security.frames import hide_locals
from swagger_client._security.headers import check_token, merge_headers
from swagger_client._security.redaction import Pairs, hide_secret_headers
from swagger_client._serialization.arguments import date_text, path_segment, plain
from swagger_client._serialization.responses import decode
from swagger_client.configuration import Configuration
from swagger_client.exceptions import DecodeException
from swagger_client.rest import RESTClientObject, RESTResponse, Timeout

if TYPE_CHECKING:
    from swagger_client._operation import CallOptions

Params = Mapping[str, object] | Sequence[tuple[str, object]]

#: The access token for the HTTP request that is being sent.
current_token: ContextVar[str | None] = ContextVar("current_token", default=None)

_SEPARATORS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}
_WITH_BODY = ("DELETE", "OPTIONS", "POST", "PUT", "PATCH")
_WITH_FORM = ("OPTIONS", "POST", "PUT", "PATCH")


class GeneratedFace:
    """The methods of :class:`~swagger_client.ApiClient` that swagger-codegen generates too.

    Each API call uses these methods. So a subclass that overrides one of them changes all calls.
    """

    PRIMITIVE_TYPES: ClassVar[tuple[type, ...]] = (
        float,
        bool,
        bytes,
        six.text_type,
        *six.integer_types,
    )

    configuration: Configuration
    default_headers: dict[str, str]
    cookie: str | None
    rest_client: RESTClientObject
    #: The headers of the last call, as given and merged. Most calls have the same headers.
    _last_headers: tuple[list[tuple[str, object]], dict[str, str]] | None

    @property
    def user_agent(self) -> str:
        """The value of the User-Agent header."""
        return self.default_headers["User-Agent"]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = value

    def _make_request(
        self,
        resource_path: str,
        method: str,
        path_params: Params | None,
        query_params: Params | None,
        header_params: Mapping[str, str | None] | None,
        options: CallOptions,
        *,
        body: object = None,
        form: Params | None = None,
        files: Mapping[str, str] | None = None,
        auth_settings: Iterable[str] | None = None,
        formats: Mapping[str, str] | None = None,
    ) -> Request:
        """Create a request, without its authorization; see :meth:`ApiClient.call_api`."""
        # A generated client calls the same methods here, and applications override each of them.
        headers = self._merge_headers(header_params or {}, formats)
        path, safe = resource_path, self.configuration.safe_chars_for_path_param
        for name, value in self._plain_pairs(path_params, formats):
            path = path.replace(f"{{{name}}}", path_segment(name, value, resource_path, safe))
        query = self._plain_pairs(query_params, formats)
        if form or files:
            form = self.prepare_post_parameters(_pairs(form or ()), files)
        return Request(
            method,
            str(self.configuration.host).rstrip("/") + path,
            [(name, text(value)) for name, value in query if value is not None],
            headers,
            self._plain_pairs(form, formats),
            None if body is None else self.sanitize_for_serialization(body),
            options.get("_preload_content", True),
            options.get("_request_timeout"),
            tuple(auth_settings or ()),
        )

    def _merge_headers(
        self, further: Mapping[str, str | None], formats: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Merge ``further`` headers with the default headers, which win over equal names."""
        given = {name: value for name, value in further.items() if value is not None}
        headers = {"Accept-Encoding": "gzip", **given, **self.default_headers}
        if self.cookie:
            headers["Cookie"] = self.cookie
        pairs = self._plain_pairs(headers, formats)
        last = self._last_headers
        if last is None or last[0] != pairs:
            last = self._last_headers = pairs, hide_secret_headers(merge_headers(pairs))
        return last[1]

    def _plain_pairs(
        self, params: Params | None, formats: Mapping[str, str] | None
    ) -> list[tuple[str, object]]:
        if not params:
            return []
        sanitized: Any = self.sanitize_for_serialization(params)
        return self.parameters_to_tuples(sanitized, formats)

    @hide_locals
    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Add a header to every request."""
        self.default_headers[header_name] = header_value

    @hide_locals
    def request(
        self,
        method: str,
        url: str,
        query_params: Pairs | None = None,
        headers: Mapping[str, str] | None = None,
        post_params: Pairs | None = None,
        body: object = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Send one HTTP request with ``rest_client``. API calls send all requests with this method.

        :raises ValueError: if the HTTP method is unknown.
        :raises ApiException: if the request fails.
        """
        if method not in ("GET", "HEAD", *_WITH_BODY):
            raise ValueError(
                "http method must be `GET`, `HEAD`, `OPTIONS`, `POST`, `PATCH`, `PUT` or `DELETE`."
            )
        content: dict[str, object] = {"body": body} if method in _WITH_BODY else {}
        if method in _WITH_FORM:
            content["post_params"] = post_params
        send = getattr(self.rest_client, method)
        response: RESTResponse | BaseHTTPResponse = send(
            url,
            query_params=query_params,
            headers=headers,
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
            **content,
        )
        return response

    @hide_locals
    def deserialize(self, response: RESTResponse, response_type: object) -> object:
        """Decode the body of a response to an object of the given type.

        :param response: the response, whose ``data`` is the body.
        :param response_type: the class or name of a model, such as ``"SmsMessage"``; or the name of
            another type, such as ``"list[SmsMessage]"``, ``"dict(str, int)"`` or ``"str"``.
        :returns: the decoded object.
        :raises DecodeException: if the body does not have this type.
        """
        try:
            return decode(response, response_type)
        except DecodeException as error:
            reason = error.reason
        # Tools that show the local variables of a traceback must not show the body.
        failure = DecodeException(http_resp=response if hasattr(response, "getheaders") else None)
        failure.reason = reason
        failure.args = (failure.status, reason)
        raise failure

    def sanitize_for_serialization(self, obj: object) -> object:
        """Convert a value to JSON types: models to dicts, dates to ISO 8601 text."""
        return plain(obj)

    def parameters_to_tuples(
        self, params: Params, collection_formats: Mapping[str, str] | None
    ) -> list[tuple[str, object]]:
        """Convert parameters to (name, value) pairs.

        The items of a list are joined or, with the format ``"multi"``, become several pairs.
        """
        given = _pairs(params)
        if not collection_formats:
            return given
        pairs: list[tuple[str, object]] = []
        for name, value in given:
            kind = collection_formats.get(name)
            if kind is None or not isinstance(value, list | tuple):
                pairs.append((name, value))
            elif kind == "multi":
                pairs += [(name, item) for item in value]
            else:
                pairs.append((name, _SEPARATORS.get(kind, ",").join(map(text, value))))
        return pairs

    def prepare_post_parameters(
        self,
        post_params: Sequence[tuple[str, object]] | None = None,
        files: Mapping[str, str | list[str]] | None = None,
    ) -> list[tuple[str, object]]:
        """Read the files of a form, and return fields and files as (name, value) pairs.

        The value of a file is a tuple (file name, content, media type).
        """
        from mimetypes import guess_type
        from pathlib import Path

        pairs = list(post_params or ())
        for name, paths in (files or {}).items():
            for path in [paths] if isinstance(paths, str) else paths:
                kind = guess_type(path)[0] or "application/octet-stream"
                pairs.append((name, (Path(path).name, Path(path).read_bytes(), kind)))
        return pairs

    def select_header_accept(self, accepts: Sequence[str] | None) -> str | None:
        """Return the Accept header for the media types that an operation can return."""
        lowered = [accept.lower() for accept in accepts or ()]
        if not lowered:
            return None
        return "application/json" if "application/json" in lowered else ", ".join(lowered)

    def select_header_content_type(self, content_types: Sequence[str] | None) -> str:
        """Return the Content-Type header for the media types that an operation accepts."""
        lowered = [kind.lower() for kind in content_types or ()]
        if not lowered or "application/json" in lowered or "*/*" in lowered:
            return "application/json"
        return lowered[0]

    @hide_locals
    def update_params_for_auth(
        self,
        headers: dict[str, str],
        querys: list[tuple[str, str]],
        auth_settings: Iterable[str] | None,
    ) -> None:
        """Add the access token, or other configured credentials, to the headers or the query.

        :param auth_settings: the names of the credentials, as in ``configuration.auth_settings()``.
        :raises ValueError: if a token contains a space, a control character or a character outside
            ASCII. The text of the error does not contain the token.
        """
        for name in auth_settings or ():
            token = current_token.get()
            if name == "OAuth" and token is not None:
                place, key, value = "header", "Authorization", f"Bearer {token}"
            else:
                setting = self.configuration.auth_settings().get(name)
                if setting is None or not setting["value"]:
                    continue
                place, key, value = setting["in"], setting["key"], setting["value"]
            if place == "header":
                check_token(value.split(" ", 1)[-1])
                headers[key] = Hidden(value)
            elif place == "query":
                querys.append((key, Hidden(value)))
            else:
                raise ValueError("Authentication token must be in `query` or `header`")


class ConfiguredToken:
    """The token in ``configuration``, which the user's ``refresh_api_key_hook`` can replace.

    :meth:`_acquire` returns None, because ``update_params_for_auth`` adds this token to requests.
    """

    def __init__(self, settings: Configuration, accepted: AcceptedTokens) -> None:
        self._settings = settings
        self._accepted = accepted
        self._sent: str | None = None

    def _acquire(self, context: TokenContext) -> Flow[AccessToken | None]:
        yield from ()
        self._sent = self._refresh()
        return None

    def _discard(self, token: AccessToken | None) -> bool:
        """Call ``refresh_api_key_hook``; return whether it has changed the Authorization header."""
        current = self._refresh()
        return bool(current) and current != self._sent

    def _refresh(self) -> str | None:
        """Call ``refresh_api_key_hook``, and return the Authorization header configured then."""
        hook = self._settings.refresh_api_key_hook
        if hook is not None:
            hook(self._settings)
        setting = self._settings.auth_settings().get("OAuth")
        return None if setting is None else setting["value"]


def _pairs(params: Params) -> list[tuple[str, object]]:
    return list(params.items() if isinstance(params, Mapping) else params)


def text(value: object) -> str:
    """Convert the value of a parameter to text, as generated clients do."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return date_text("parameter", value)
    # str(value) would return the name of an enum member instead of its value.
    if isinstance(value, str):
        return str.__str__(value)
    return str(int(value)) if isinstance(value, int) else str(value)
