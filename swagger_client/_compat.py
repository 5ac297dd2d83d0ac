"""What the generated client's ``ApiClient`` can do beside calling: its helpers, kept by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import six

from swagger_client import serialization
from swagger_client._flow.effects import Hidden
from swagger_client._security.checks import check_token, is_token
from swagger_client.exceptions import DecodeException

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

    from swagger_client._security.redaction import Pairs
    from swagger_client.configuration import Configuration
    from swagger_client.rest import RESTClientObject, RESTResponse, Timeout

Params = Mapping[str, object] | Sequence[tuple[str, object]]

_SEPARATORS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}
_WITH_BODY = ("DELETE", "OPTIONS", "POST", "PUT", "PATCH")
_WITH_FORM = ("OPTIONS", "POST", "PUT", "PATCH")


class GeneratedFace:
    """The part of :class:`~swagger_client.ApiClient` that subclasses of a generated one use."""

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

    @property
    def user_agent(self) -> str:
        """The User-Agent header."""
        return self.default_headers["User-Agent"]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = value

    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Send a header with every request."""
        self.default_headers[header_name] = header_value

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
        """Make one request through ``rest_client``. Every request of the client passes here.

        :raises ValueError: for a method that is not one of HTTP's.
        :raises ApiException: when it fails.
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
        answer: RESTResponse | BaseHTTPResponse = send(
            url,
            query_params=query_params,
            headers=headers,
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
            **content,
        )
        return answer

    def deserialize(self, response: RESTResponse, response_type: object) -> object:
        """Read an answer's body as a generated type name says.

        :param response: the answer.
        :param response_type: a model's name or class, ``list[…]``, ``dict(str, …)``, a plain type.
        :returns: the data.
        :raises DecodeException: when the body is not what was promised.
        """
        try:
            return _read_as(response, response_type)
        except DecodeException as error:
            reason = error.reason
        # Raised here, where no local variable holds the answer's body.
        failure = DecodeException(http_resp=response if hasattr(response, "getheaders") else None)
        failure.reason = reason
        failure.args = (failure.status, reason)
        raise failure

    def sanitize_for_serialization(self, obj: object) -> object:
        """A value as JSON can hold it: models as dicts, dates as ISO-8601 text."""
        return serialization.plain(obj)

    def parameters_to_tuples(
        self, params: Params, collection_formats: Mapping[str, str] | None
    ) -> list[tuple[str, object]]:
        """Parameters as pairs; a list is joined, or repeated, as its collection format says."""
        formats = collection_formats or {}
        pairs: list[tuple[str, object]] = []
        for name, value in params.items() if isinstance(params, Mapping) else params:
            kind = formats.get(name)
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
        """Form fields and the content of files, as pairs."""
        from mimetypes import guess_type
        from pathlib import Path

        pairs = list(post_params or ())
        for name, paths in (files or {}).items():
            for path in [paths] if isinstance(paths, str) else paths:
                kind = guess_type(path)[0] or "application/octet-stream"
                pairs.append((name, (Path(path).name, Path(path).read_bytes(), kind)))
        return pairs

    def select_header_accept(self, accepts: Sequence[str] | None) -> str | None:
        """The Accept header for the types that an operation can answer with."""
        lowered = [accept.lower() for accept in accepts or ()]
        if not lowered:
            return None
        return "application/json" if "application/json" in lowered else ", ".join(lowered)

    def select_header_content_type(self, content_types: Sequence[str] | None) -> str:
        """The Content-Type header for the types that an operation takes."""
        lowered = [kind.lower() for kind in content_types or ()]
        if not lowered or "application/json" in lowered or "*/*" in lowered:
            return "application/json"
        return lowered[0]

    def update_params_for_auth(
        self,
        headers: dict[str, str],
        querys: list[tuple[str, str]],
        auth_settings: Iterable[str] | None,
    ) -> None:
        """Add the authorization that the configuration holds to headers or query.

        :raises ValueError: for a token that cannot be one; its text is not in the message.
        """
        for name in auth_settings or ():
            setting = self.configuration.auth_settings().get(name)
            if setting is None or not setting["value"]:
                continue
            setting = {**setting, "value": Hidden(setting["value"])}
            if setting["in"] == "header":
                check_token(is_token(setting["value"].split(" ", 1)[-1]))
                headers[setting["key"]] = setting["value"]
            elif setting["in"] == "query":
                querys.append((setting["key"], setting["value"]))
            else:
                raise ValueError("Authentication token must be in `query` or `header`")


def _read_as(response: RESTResponse, response_type: object) -> object:
    content = getattr(response, "content", None)
    if content is None:
        content = response.data
    if isinstance(response_type, str) and response_type in serialization.MODELS:
        status = getattr(response, "status", 200)
        if status != 200:
            raise DecodeException(status, f"status {status} where 200 was promised")
        return serialization.to_model(content, serialization.model_class(response_type))
    return serialization.convert(serialization.parse(content), response_type)


def text(value: object) -> str:
    """A parameter's value as generated clients send it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return serialization.date_text("parameter", value)
    # Not str() for these: that of an enum's member is its name.
    if isinstance(value, str):
        return str.__str__(value)
    return str(int(value)) if isinstance(value, int) else str(value)
