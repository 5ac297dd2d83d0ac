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
from swagger_client._flow.tokens import AccessToken, TokenContext
from swagger_client._operation import ResourcePath
from swagger_client._security.frames import hide_locals
from swagger_client._security.headers import check_token
from swagger_client._security.redaction import Pairs
from swagger_client._serialization.arguments import date_text, path_segment, plain
from swagger_client._serialization.responses import decode
from swagger_client._wire.call_threads import CallThreads
from swagger_client.configuration import Configuration
from swagger_client.exceptions import DecodeException
from swagger_client.rest import RESTClientObject, RESTResponse, Timeout

if TYPE_CHECKING:
    from swagger_client._flow.exchange import Call

Params = Mapping[str, object] | Sequence[tuple[str, object]]

#: The access token for the HTTP request that is being sent.
current_token: ContextVar[str | None] = ContextVar("current_token", default=None)

#: The rate limit label of endpoints that this package does not know.
_DEFAULT_LABEL = "medium"
_SEPARATORS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}
_WITH_BODY = ("DELETE", "OPTIONS", "POST", "PUT", "PATCH")
_WITH_FORM = ("OPTIONS", "POST", "PUT", "PATCH")


class GeneratedFace:
    """The methods of :class:`~swagger_client.ApiClient` that swagger-codegen generates too.

    Every request calls these methods, so that a subclass can override any of them.
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
    rest_client: RESTClientObject

    if TYPE_CHECKING:
        # The client itself provides these.
        @property
        def pool(self) -> CallThreads: ...
        def _merge_headers(
            self, further: Mapping[str, str | None], formats: Mapping[str, str] | None = None
        ) -> dict[str, str]: ...
        def _make_call(
            self,
            name: str,
            label: str,
            request: Request,
            *,
            retries: int | None = None,
            deadline: float | None = None,
        ) -> Call: ...
        def _complete(
            self, call: Call, response_type: str | None, *, data_only: bool | None
        ) -> object: ...

    @property
    def user_agent(self) -> str:
        """The value of the User-Agent header."""
        return self.default_headers["User-Agent"]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = value

    @hide_locals
    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Params | None = None,
        query_params: Params | None = None,
        header_params: Mapping[str, str | None] | None = None,
        body: object = None,
        post_params: Params | None = None,
        files: Mapping[str, str] | None = None,
        response_type: str | None = None,
        auth_settings: Iterable[str] | None = None,
        async_req: bool | None = None,
        _return_http_data_only: bool | None = None,
        collection_formats: Mapping[str, str] | None = None,
        _preload_content: bool = True,
        _request_timeout: Timeout = None,
        *,
        _retries: int | None = None,
        _deadline: float | None = None,
    ) -> object:
        """Call any endpoint of the API, with this client's pacing, tokens and retries.

        :param resource_path: the path after the host, with ``{names}`` for ``path_params``.
        :param method: the HTTP method.
        :param path_params: the values for the path, by name. A slash in a value is encoded.
        :param query_params: the query parameters.
        :param header_params: headers to send in addition to the client's default headers.
        :param body: a value to send as JSON.
        :param post_params: the fields of a form.
        :param files: the files of a form: paths, by the name of the form field.
        :param response_type: the name of the type to return, such as ``"InlineResponse20073"``.
            With None, the data that is returned is None.
        :param auth_settings: which authorization to send: ``["OAuth"]`` or nothing.
        :param async_req: if True, return at once an object whose ``get()`` waits for the result.
        :param _return_http_data_only: whether to return the data alone instead of (data, status,
            headers).
        :param collection_formats: how to join the items of a list, by parameter name: ``"csv"``,
            ``"ssv"``, ``"tsv"``, ``"pipes"`` or ``"multi"``.
        :param _preload_content: if False, return urllib3's response without reading its body.
        :param _request_timeout: seconds for each attempt, or a (connect, read) pair.
        :param _retries: how often to retry, instead of ``configuration.retries``.
        :param _deadline: seconds for the whole call, instead of ``configuration.deadline``.
        :returns: the data, or (data, status, headers).
        :raises ApiException: if the call fails.
        """
        # A generated client calls the same methods here, and applications override each of them.
        headers = self._merge_headers(header_params or {}, collection_formats)
        path = str(resource_path)
        for name, value in self._plain_pairs(path_params, collection_formats):
            path = self._fill_path(path, name, value, resource_path)
        query = self._plain_pairs(query_params, collection_formats)
        form: list[tuple[str, object]] = []
        if post_params or files:
            form = self.prepare_post_parameters(_pairs(post_params or ()), files)
            form = self._plain_pairs(form, collection_formats)
        if body is not None:
            body = self.sanitize_for_serialization(body)
        request = Request(
            method,
            str(self.configuration.host).rstrip("/") + path,
            [(name, text(value)) for name, value in query if value is not None],
            headers,
            form,
            body,
            _preload_content,
            _request_timeout,
            tuple(auth_settings or ()),
        )
        operation, label = f"{method} {resource_path}", _DEFAULT_LABEL
        if isinstance(resource_path, ResourcePath):
            operation, label = resource_path.operation, resource_path.label
        call = self._make_call(operation, label, request, retries=_retries, deadline=_deadline)
        if async_req:
            wanted = {"data_only": _return_http_data_only}
            return self.pool.apply_async(self._complete, (call, response_type), wanted)
        return self._complete(call, response_type, data_only=_return_http_data_only)

    def _plain_pairs(
        self, params: Params | None, formats: Mapping[str, str] | None
    ) -> list[tuple[str, object]]:
        if not params:
            return []
        sanitized: Any = self.sanitize_for_serialization(params)
        return self.parameters_to_tuples(sanitized, formats)

    def _fill_path(self, path: str, name: str, value: object, operation: str) -> str:
        safe = self.configuration.safe_chars_for_path_param
        return path.replace(f"{{{name}}}", path_segment(name, value, operation, safe))

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
        """Send one HTTP request with ``rest_client``.

        Every request that the client sends is made with this method.

        :raises ValueError: if the HTTP method is unknown.
        :raises ApiException: if the request fails.
        """
        if method == "GET":
            return self.rest_client.GET(
                url,
                query_params=query_params,
                headers=headers,
                _preload_content=_preload_content,
                _request_timeout=_request_timeout,
            )
        if method != "HEAD" and method not in _WITH_BODY:
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

        A list is joined to one value, or repeated as several pairs, as its collection format says.
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

        The value of a file is a tuple of its name, its content and its media type.
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

        :param auth_settings: the names of the credentials to add, as in ``auth_settings()`` of the
            configuration.
        :raises ValueError: if a token has characters that no token can have. The text of the error
            does not contain the token.
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
    """Lets the user's ``refresh_api_key_hook`` update ``configuration.access_token``.

    This token source itself returns no token, because ``update_params_for_auth`` sends the one that
    ``configuration.auth_settings()`` returns.
    """

    def __init__(self, settings: Configuration) -> None:
        self._settings = settings
        self._sent: str | None = None

    def _acquire(self, context: TokenContext) -> Flow[AccessToken | None]:
        """Call the refresh hook, which can set a new token, before a request is sent."""
        yield from ()
        self._sent = self._refresh()
        return None

    def _discard(self, token: AccessToken | None) -> bool:
        """Call the refresh hook after the API rejected the token.

        :returns: whether the hook has set another token.
        """
        current = self._refresh()
        return bool(current) and current != self._sent

    def _report_accepted(self) -> None:
        """Do nothing: the refresh hook decides when to replace the token."""

    def _acceptances(self) -> int:
        return 0

    def _refresh(self) -> str | None:
        """Call the refresh hook, and then return the configured Authorization header."""
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
