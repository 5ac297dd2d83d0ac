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
    """One authorization, which begins when a user is sent to the consent page.

    Store this object while the user is on the consent page, for example in the user's server-side
    session: :meth:`to_json` returns it as text, which contains a secret. When Zoom redirects the
    user to your app with a code, any process can load it and pass it to
    :meth:`AuthorizationCodeOAuth.exchange_code`.

    :ivar str url: the URL of the consent page, to which you send the user.
    :ivar str state: random text, which Zoom adds to the URL of the redirect. Pass the text in that
        URL to :meth:`AuthorizationCodeOAuth.exchange_code`, which compares the two.
    :ivar str code_verifier: the PKCE secret, which proves that the same app exchanges the code.
    :ivar str redirect_uri: the URL to which Zoom redirects the user.
    """

    url: str
    state: str
    code_verifier: str
    redirect_uri: str

    def __repr__(self) -> str:
        return f"<{type(self).__name__} to {self.redirect_uri}>"

    @hide_locals
    def to_json(self) -> str:
        """Return this object as JSON text, for :meth:`from_json`. The text contains a secret."""
        return json.dumps(self._asdict())

    @classmethod
    @hide_locals
    def from_json(cls, text: str) -> AuthorizationRequest:
        """Create an object from the text that :meth:`to_json` returned.

        :raises ValueError: if the text does not come from :meth:`to_json`.
        """
        try:
            fields = {name: json.loads(text)[name] for name in cls._fields}
            if all(isinstance(value, str) for value in fields.values()):
                return cls(**{**fields, "code_verifier": Hidden(fields["code_verifier"])})
        except (ValueError, TypeError, KeyError):
            pass
        raise ValueError(
            "the text is not an authorization request. Pass the text that to_json() returned"
        ) from None


class AuthorizationCodeOAuth(AppCredentials):
    """Credentials of an app that a user authorizes (OAuth authorization code with PKCE).

    First send the user to the URL of :meth:`start_authorization`. Zoom then redirects the user to
    your app with a ``code``; pass it to :meth:`exchange_code`. If you have already stored a refresh
    token of the user, pass it as ``refresh_token`` instead.

    Whenever the access token is renewed, Zoom sends a new refresh token and from then on rejects
    the old one. So store each new refresh token with ``on_refresh_token``. If several processes
    work for the same user at the same time, give all of them the same ``cache``.

    :param client_id: the app's client id.
    :param client_secret: the app's client secret, or None for an app without a secret.
    :param redirect_uri: the URL to which Zoom redirects the user, as registered for the app.
    :param refresh_token: a stored refresh token of the user; None if there is none yet.
    :param on_refresh_token: a function that stores each new refresh token. It is called before the
        new access token is used. If the function raises an exception, the current API call fails.
        The function must not call the API.
    :param token_url: the URL of the token endpoint.
    :param authorize_url: the URL of the consent page.
    :param cache: an object that shares tokens between processes, such as a
        :class:`FileTokenCache`. One process renews the token, and the others use the new one.
    :raises ValueError: if one of the URLs is not https.
    """

    _rotates = True

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
        #: The authorization to which the code belongs; without a code, the last one started.
        self._request: AuthorizationRequest | None = None

    @hide_locals
    def start_authorization(
        self, *, state: str | None = None, redirect_uri: str | None = None
    ) -> AuthorizationRequest:
        """Start an authorization, with a new state and a new PKCE secret.

        :param state: text that Zoom sends back together with the code. The default is random text.
        :param redirect_uri: the URL to which Zoom redirects the user; None for the constructor's.
        :returns: the authorization, to store until the user returns. Send the user to its ``url``.
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
        """Start an authorization, and return the URL of the consent page.

        Use this method only in a single process that authorizes one user at a time. Otherwise use
        :meth:`start_authorization`.

        :param state: random text that Zoom sends back together with the code. Pass the ``state``
            that you receive to :meth:`exchange_code`, which compares the two.
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
        """Set the authorization code, which the next API call exchanges for a token.

        This method itself sends no request. The next API call exchanges the code, even if there is
        still a valid token of an earlier login, and fails if Zoom rejects the code. A code expires
        after five minutes.

        :param code: the ``code`` in the URL with which the user returned.
        :param request: the stored result of :meth:`start_authorization`. The default is the last
            authorization that this object has started.
        :param state: the ``state`` in the URL with which the user returned. With None, the state is
            not compared: compare it yourself, because the code may be an attacker's.
        :raises ValueError: if ``state`` differs from that of ``request``, so that the code belongs
            to another authorization; or if the code is empty or has control characters.
        :raises TypeError: if the code is not a string.
        """
        if not isinstance(code, str):
            raise TypeError(f"`code` must be a str, not {type(code).__name__}")
        if not code.isprintable() or not code.strip():
            raise ValueError(
                "`code` is empty or has control characters. Pass the `code` of the URL to which "
                "Zoom redirected the user. If the user declined, the URL has an `error` instead"
            )
        request = self._request if request is None else request
        if state is not None and (
            request is None or not hmac.compare_digest(state.encode(), request.state.encode())
        ):
            raise ValueError(
                "the state differs from the state of the authorization that was started. Start a "
                "new authorization"
            )
        self._code, self._request = Hidden(code), request
        self._holder.reset()

    @property
    def _shared(self) -> CachedToken | None:
        """The user's entry in the shared token cache; None without cache or before the login."""
        if self._cache is None or self._code is not None or self._refresh_token is None:
            return None
        return CachedToken(self._cache, f"{self._identity()} {self._refresh_token}")

    def _adopt(self, token: AccessToken) -> bool:
        if token.refresh_token is None or token.refresh_token == self._refresh_token:
            return False
        self._refresh_token = Hidden(token.refresh_token)
        return True

    def _form(self) -> list[tuple[str, str]]:
        if self._code is not None:
            request = self._request
            form: list[tuple[str, str]] = [
                ("grant_type", "authorization_code"),
                ("code", self._code),
                ("redirect_uri", self.redirect_uri if request is None else request.redirect_uri),
            ]
            return form if request is None else [*form, ("code_verifier", request.code_verifier)]
        if self._refresh_token is None:
            raise ValueError(
                "there is no authorization code and no refresh token. Send the user to the URL of "
                "start_authorization() or authorization_url(), and pass the code to exchange_code()"
            )
        return [("grant_type", "refresh_token"), ("refresh_token", self._refresh_token)]

    def _read_token(self, response: Response, now: float) -> AccessToken:
        """Pass a new refresh token to ``on_refresh_token``, then return the access token."""
        renewed = json_object(response).get("refresh_token")
        if isinstance(renewed, str) and renewed:
            # From now on Zoom rejects the old refresh token, even if this response is invalid.
            self._code, self._refresh_token = None, Hidden(renewed)
            if self.on_refresh_token is not None:
                self.on_refresh_token(str(renewed))
        token = super()._read_token(response, now)
        self._code = None  # the code is used up, even if the response has no refresh token
        return token._replace(refresh_token=self._refresh_token)

    def _explain(self, failure: Failure) -> Failure:
        if failure.status == 400:
            # Zoom would reject the code again. If there is a refresh token, use it next time.
            self._code = None
        return super()._explain(failure)
