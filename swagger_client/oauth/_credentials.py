from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import TYPE_CHECKING

from swagger_client._flow.effects import Failure, Hidden, Request
from swagger_client._flow.token_renewal import acquire_token
from swagger_client._flow.tokens import AcceptedTokens, AccessToken, TokenCache, TokenHolder
from swagger_client._security import safe_json
from swagger_client._security.frames import hide_locals
from swagger_client._security.headers import is_token
from swagger_client._security.urls import check_url, zoom_origin
from swagger_client.exceptions import ApiException, DecodeException, UnauthorizedException
from swagger_client.oauth._token_errors import without_tokens

if TYPE_CHECKING:
    from swagger_client._flow.effects import Flow, Response
    from swagger_client._flow.tokens import SharedToken, TokenContext

TOKEN_URL = "https://zoom.us/oauth/token"

#: What the user should do, by the error code of Zoom's token endpoint.
_ADVICE = {
    4702: "Check the client id and the client secret: Zoom does not know this pair.",
    4704: "Check the client id and the client secret: Zoom does not know this pair.",
    4733: "Let the user authorize the app again: a code expires after five minutes or one use.",
    4735: "Let another user authorize the app: the account of the first user no longer exists.",
    4741: "Let the user authorize the app again: the token was revoked.",
}
#: The longest accepted lifetime of a token, in seconds: about three hundred years.
_LONGEST_LIFE = 1e10
#: Seconds for which Zoom accepts a refresh token.
_REFRESH_TOKEN_LIFE = 90 * 86_400.0
_OTHER_ADVICE = "Check the account id, client id and client secret. Check that the app is active."


class Credentials:
    """The base class of objects that fetch access tokens.

    All API clients with the same credentials object share one token.
    """

    #: Whether a new token can be fetched after the API has rejected the current one.
    _renewable = True
    #: Whether each token response has a new refresh token, and makes the earlier one invalid.
    _rotates = False

    def __init__(self) -> None:
        self._holder = TokenHolder(os.getpid)

    @property
    def _shared(self) -> SharedToken | None:
        """The token's entry in the shared cache; None if processes do not share the token."""
        return None

    @property
    def _accepted(self) -> AcceptedTokens:
        return self._holder.accepted

    def _acquire(self, context: TokenContext) -> Flow[AccessToken | None]:
        return acquire_token(self, context)

    def _discard(self, token: AccessToken | None) -> bool:
        if self._renewable and token is not None:
            self._holder.discard(token.value)
        return self._renewable

    def _token_request(self) -> Request:
        raise NotImplementedError

    def _adopt(self, token: AccessToken) -> bool:
        """Use the refresh token that the cache entry of ``token`` contains.

        :returns: True if another process has replaced it. The caller must then load the access
            token again, because the key of a cache entry is a hash of the refresh token.
        """
        return False

    def _read_token(self, response: Response, now: float) -> AccessToken:
        """Return the access token in a response of the token endpoint.

        :raises DecodeException: if the response has no valid token. Its text contains no token.
        """
        fields = json_object(response)
        value, lifetime = fields.get("access_token"), fields.get("expires_in", 3600)
        if isinstance(lifetime, str) and lifetime.isdecimal():
            lifetime = float(lifetime)
        if not is_token(value):
            raise DecodeException(response.status, "the token response contains no token")
        if isinstance(lifetime, bool) or not isinstance(lifetime, int | float):
            raise DecodeException(response.status, "expires_in of the new token is not a number")
        if not 0 < lifetime <= _LONGEST_LIFE:
            raise DecodeException(response.status, "expires_in of the new token is out of range")
        return AccessToken._issue(value, now, lifetime, zoom_origin(fields.get("api_url")))

    def _explain(self, failure: Failure) -> Failure:
        """Return the exception to raise, with advice, for an error of the token endpoint."""
        failure = without_tokens(failure)
        if not isinstance(failure, ApiException) or failure.status not in (400, 401, 403):
            return failure
        made = UnauthorizedException(failure.status, failure.reason)
        made.__dict__.update(failure.__dict__)
        made.stale_token = False
        made.reason = f"the token endpoint issued no token ({failure.message or failure.reason})"
        made.advice = _ADVICE.get(failure.code or 0, _OTHER_ADVICE)
        return made

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class CachedToken:
    """The cache entry in which processes with the same credentials share a token."""

    @hide_locals
    def __init__(self, cache: TokenCache, identity: str) -> None:
        self.cache = cache
        self.key = hashlib.sha256(identity.encode()).hexdigest()[:32]

    @hide_locals
    def load(self) -> AccessToken | None:
        try:
            fields = json.loads(self.cache.load(self.key) or "null")
            value, refresh_token = fields["value"], fields.get("refresh_token")
            if not is_token(value):
                return None
            return AccessToken(
                Hidden(value),
                float(fields["expires_at"]),
                float(fields["renew_at"]),
                zoom_origin(fields["api_url"]),
                Hidden(refresh_token) if is_token(refresh_token) else None,
            )
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            return None

    @hide_locals
    def save(self, token: AccessToken, lease: object) -> None:
        # The refresh token in the entry is valid for longer than the access token.
        useful = 0 if token.refresh_token is None else _REFRESH_TOKEN_LIFE
        expires_at = token.expires_at + useful
        self.cache.save(self.key, json.dumps(token._asdict()), lease, expires_at=expires_at)


class StaticToken(Credentials):
    """Credentials with a fixed access token, which cannot be renewed.

    :param access_token: the bearer token.
    """

    _renewable = False

    @hide_locals
    def __init__(self, access_token: str) -> None:
        super().__init__()
        self._holder.settle(AccessToken(Hidden(access_token)), None, 0.0)


class AppCredentials(Credentials):
    """The base class of credentials of an app that has a client id and a client secret."""

    @hide_locals
    def __init__(
        self,
        client_id: str,
        client_secret: str | None,
        token_url: str,
        cache: TokenCache | None,
    ) -> None:
        super().__init__()
        check_url("`token_url`", token_url)
        self.client_id = client_id
        self._client_secret = None if client_secret is None else Hidden(client_secret)
        self.token_url = token_url
        self._cache = cache

    @property
    def _shared(self) -> CachedToken | None:
        return None if self._cache is None else CachedToken(self._cache, self._identity())

    def _identity(self) -> str:
        """Return text that identifies the app and its account; the text's hash is the cache key."""
        return f"{self.token_url} {self.client_id}"

    def _form(self) -> list[tuple[str, str]]:
        raise NotImplementedError

    def _token_request(self) -> Request:
        return self._authenticated(self.token_url, self._form())

    @hide_locals
    def _authenticated(self, url: str, form: list[tuple[str, str]]) -> Request:
        """Return a POST request with the app's client id and secret."""
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        if self._client_secret is None:
            form = [*form, ("client_id", self.client_id)]
        else:
            headers["Authorization"] = _basic(self.client_id, self._client_secret)
        return Request("POST", url, (), headers, form)


class ServerToServerOAuth(AppCredentials):
    """Credentials of a server-to-server OAuth app, which belongs to one Zoom account.

    :param account_id: the id of the account.
    :param client_id: the app's client id.
    :param client_secret: the app's client secret.
    :param token_url: the URL of the token endpoint. For Zoom for Government it is
        ``https://zoomgov.com/oauth/token``.
    :param cache: an object that shares one token between processes, such as a
        :class:`FileTokenCache`.
    :raises ValueError: if an id or the secret is empty, or the URL is not https.
    """

    @hide_locals
    def __init__(
        self,
        account_id: str,
        client_id: str,
        client_secret: str,
        *,
        token_url: str = TOKEN_URL,
        cache: TokenCache | None = None,
    ) -> None:
        if not (account_id and client_id and client_secret):
            raise ValueError("account_id, client_id and client_secret must not be empty")
        self.account_id = account_id
        super().__init__(client_id, client_secret, token_url, cache)

    def _identity(self) -> str:
        return f"{super()._identity()} {self.account_id}"

    def _form(self) -> list[tuple[str, str]]:
        return [("grant_type", "account_credentials"), ("account_id", self.account_id)]


def _basic(user: str, password: Hidden) -> Hidden:
    pair = Hidden(f"{user}:{password}")
    return Hidden("Basic " + base64.b64encode(pair.encode()).decode("ascii"))


def json_object(response: Response) -> dict[str, object]:
    try:
        fields = safe_json.loads(response.data, unique_keys=True)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise DecodeException(response.status, "the token response is not a JSON object")
    # Tracebacks show the repr of values, and that of a Hidden value is redacted.
    return {
        name: Hidden(value) if isinstance(value, str) else value for name, value in fields.items()
    }
