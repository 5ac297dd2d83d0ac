"""Users' authorization: the consent page, authorization codes and rotating refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from swagger_client._flow.effects import Hidden
from swagger_client._flow.tokens import AccessToken, TokenCache
from swagger_client._security.frames import hide_locals
from swagger_client._security.urls import check_url
from swagger_client.oauth._credentials import TOKEN_URL, AppCredentials, CachedToken, json_object

if TYPE_CHECKING:
    from swagger_client._flow.effects import Failure, Response

AUTHORIZE_URL = "https://zoom.us/oauth/authorize"


class AuthorizationRequest(NamedTuple):
    """One request to a user to authorize the app.

    Store it until the user comes back, as text from :meth:`to_json`: in the user's server-side
    session, for example. Any process can exchange the code with it. It contains a secret.

    :ivar str url: the page to send the user to.
    :ivar str state: Zoom sends it back; compare it with what you stored.
    :ivar str code_verifier: proves that the code is exchanged by whoever made the request (PKCE).
    :ivar str redirect_uri: where Zoom sends the user back.
    """

    url: str
    state: str
    code_verifier: str
    redirect_uri: str

    def __repr__(self) -> str:
        return f"<{type(self).__name__} to {self.redirect_uri}>"

    @hide_locals
    def to_json(self) -> str:
        """Return the request as text."""
        return json.dumps(self._asdict())

    @classmethod
    @hide_locals
    def from_json(cls, text: str) -> AuthorizationRequest:
        """Make the request that :meth:`to_json` returned as text.

        :raises ValueError: for any other text.
        """
        try:
            fields = {name: json.loads(text)[name] for name in cls._fields}
            if all(isinstance(value, str) for value in fields.values()):
                return cls(**{**fields, "code_verifier": Hidden(fields["code_verifier"])})
        except (ValueError, TypeError, KeyError):
            pass
        raise ValueError("not an authorization request. Store what to_json() returns") from None


class AuthorizationCodeOAuth(AppCredentials):
    """An app that a user authorized, with PKCE and rotating refresh tokens.

    First send the user to the URL of :meth:`start_authorization`, then pass the ``code`` that comes
    back to :meth:`exchange_code`; or start with a stored ``refresh_token``. Zoom replaces the
    refresh token at every renewal and then rejects the old one: store the new one. Processes that
    use one user's refresh token at the same time need a common ``cache``.

    :param client_id: the app's client id.
    :param client_secret: the app's client secret; None for an app without one.
    :param redirect_uri: where Zoom sends the user back, as registered with the app.
    :param refresh_token: a stored one.
    :param on_refresh_token: called with each new refresh token before the access token that came
        with it is used; an exception ends the call. It must not call the API itself.
    :param token_url: the token endpoint.
    :param authorize_url: the page on which the user consents.
    :param cache: shares tokens between processes, such as a :class:`FileTokenCache`: one of them
        renews, the others continue with the new refresh token.
    :raises ValueError: when one of the URLs is not https.
    """

    @hide_locals
    def __init__(
        self,
        client_id: str,
        client_secret: str | None = None,
        *,
        redirect_uri: str = "",
        refresh_token: str | None = None,
        on_refresh_token: Callable[[str], object] | None = None,
        token_url: str = TOKEN_URL,
        authorize_url: str = AUTHORIZE_URL,
        cache: TokenCache | None = None,
    ) -> None:
        super().__init__(client_id, client_secret, token_url, cache)
        check_url("`authorize_url`", authorize_url)
        self.redirect_uri = redirect_uri
        self.authorize_url = authorize_url
        self.on_refresh_token = on_refresh_token
        self._refresh_token = None if refresh_token is None else Hidden(refresh_token)
        self._code: Hidden | None = None
        #: The request that the code belongs to; before that, the one that was started last.
        self._request: AuthorizationRequest | None = None

    @hide_locals
    def start_authorization(
        self, *, state: str | None = None, redirect_uri: str | None = None
    ) -> AuthorizationRequest:
        """Make a request to authorize the app, with a new state and PKCE verifier.

        :param state: a text that Zoom sends back with the code; random by default.
        :param redirect_uri: where Zoom sends the user back, instead of the app's ``redirect_uri``.
        :returns: the request: send the user to its ``url``, and store it until the user is back.
        """
        state = secrets.token_urlsafe(32) if state is None else state
        redirect_uri = self.redirect_uri if redirect_uri is None else redirect_uri
        verifier = Hidden(secrets.token_urlsafe(48))
        digest = hashlib.sha256(verifier.encode("ascii")).digest()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"),
            "code_challenge_method": "S256",
        }
        url = f"{self.authorize_url}?{urlencode(query)}"
        self._request = AuthorizationRequest(url, state, verifier, redirect_uri)
        return self._request

    def authorization_url(self, state: str) -> str:
        """Return the page to send the user to: the URL of a new :meth:`start_authorization`.

        It suits programs of one process that authorize one user at a time.

        :param state: a random text; compare it with the ``state`` that the browser brings back.
        """
        return self.start_authorization(state=state).url

    @hide_locals
    def exchange_code(
        self,
        code: str,
        *,
        request: AuthorizationRequest | None = None,
        state: str | None = None,
    ) -> None:
        """Use an authorization code for the next token, also while an earlier token is valid.

        Nothing is sent yet: the next call exchanges the code, and fails if Zoom rejects it. A code
        expires after five minutes.

        :param code: the ``code`` of the URL that the user came back with.
        :param request: the stored request; the one that was started last, by default.
        :param state: the ``state`` of that URL, to be compared with the request's.
        :raises ValueError: when the states differ: the code belongs to another request.
        """
        request = self._request if request is None else request
        if state is not None and (
            request is None or not hmac.compare_digest(state.encode(), request.state.encode())
        ):
            raise ValueError(
                "the state does not belong to this authorization request. Start another one"
            )
        self._code, self._request = Hidden(code), request
        self._holder.reset()

    @property
    def _shared(self) -> CachedToken | None:
        """The cached token that replaced the refresh token which this process has."""
        if self._cache is None or self._code is not None or self._refresh_token is None:
            return None
        return CachedToken(self._cache, f"{self._identity()} {self._refresh_token}")

    def _adopt(self, token: AccessToken) -> bool:
        """Continue with the refresh token that another process has received."""
        if token.refresh_token is None or token.refresh_token == self._refresh_token:
            return False
        self._refresh_token = Hidden(token.refresh_token)
        return True

    def _form(self) -> list[tuple[str, str]]:
        if self._code is not None:
            form: list[tuple[str, str]] = [
                ("grant_type", "authorization_code"),
                ("code", self._code),
            ]
            if self._request is not None:
                form.append(("redirect_uri", self._request.redirect_uri))
                form.append(("code_verifier", self._request.code_verifier))
            else:
                form.append(("redirect_uri", self.redirect_uri))
            return form
        if self._refresh_token is None:
            raise ValueError(
                "there is neither a code nor a refresh token. Send the user to the URL of "
                "start_authorization() or authorization_url(), and pass the code to exchange_code()"
            )
        return [("grant_type", "refresh_token"), ("refresh_token", self._refresh_token)]

    def _read_token(self, response: Response, now: float) -> AccessToken:
        """Read the tokens in a response; the refresh token is handed to the application first."""
        renewed = json_object(response).get("refresh_token")
        if isinstance(renewed, str) and renewed:
            # Zoom already rejects the old refresh token, even if this response is invalid.
            self._code, self._refresh_token = None, Hidden(renewed)
            if self.on_refresh_token is not None:
                self.on_refresh_token(str(renewed))
        token = super()._read_token(response, now)
        self._code = None  # it is used, also if Zoom issued no refresh token for it
        return token._replace(refresh_token=self._refresh_token)

    def _explain(self, failure: Failure) -> Failure:
        if failure.status == 400:
            # A rejected code stays rejected: continue with the refresh token, if there is one.
            self._code = None
        return super()._explain(failure)
