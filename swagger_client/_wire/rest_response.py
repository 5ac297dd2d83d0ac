from __future__ import annotations

from collections.abc import Mapping

from urllib3.response import BaseHTTPResponse

from swagger_client._security.redaction import Pairs, redact, secrets_of

#: The headers, form and query of the request, which may contain secrets.
Sent = tuple[Mapping[str, str], Pairs | None, Pairs | None]
_NOTHING: Sent = ({}, None, None)


class RESTResponse:
    """A response of the API whose body has been read.

    :ivar urllib3_response: urllib3's response object.
    :ivar int status: the HTTP status.
    :ivar str | None reason: the HTTP reason phrase.
    :ivar bytes content: the decompressed body.
    """

    __slots__ = ("_sent", "content", "reason", "status", "urllib3_response")
    __module__ = "swagger_client.rest"

    def __init__(
        self, resp: BaseHTTPResponse, content: bytes | None = None, sent: Sent = _NOTHING
    ) -> None:
        self.urllib3_response = resp
        self.status = resp.status
        self.reason = resp.reason
        self.content = resp.data if content is None else content
        self._sent = sent

    @property
    def data(self) -> str:
        """The body as text. Bytes that are not valid UTF-8 are replaced."""
        return self.content.decode("utf-8", "replace")

    @property
    def secrets(self) -> list[str]:
        """The secrets in the request. Exceptions must not show them."""
        return secrets_of(*self._sent)

    @property
    def _has_proxy_credentials(self) -> bool:
        return any(name.lower() == "proxy-authorization" for name in self._sent[0])

    @property
    def tracking_id(self) -> str | None:
        """Zoom's tracking id of the request, or None if the response has none."""
        given = self.getheader("x-zm-trackingid")
        return None if given is None else redact(given, self.secrets)

    def getheaders(self) -> Mapping[str, str]:
        """Return all headers of the response."""
        return self.urllib3_response.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """Return the value of one header, whose name can be in any case."""
        return self.urllib3_response.headers.get(name, default)
