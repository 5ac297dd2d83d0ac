"""The OAuth endpoints of the sandbox, which issue access tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

from .access_tokens import AccessTokens
from .generate import new_id
from .http import Request, Response, json_response

__all__ = ["Application", "OAuth"]

CODE_LIFETIME = 300
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True)
class Application:
    """The credentials of the OAuth app and the id of the account that installed it."""

    account_id: str
    client_id: str
    client_secret: str


@dataclass(slots=True)
class _Consent:
    """A user's consent that an app may act for the user. The app exchanges it for tokens."""

    user_id: str
    scopes: tuple[str, ...]
    expires_at: float
    challenge: str | None = None
    method: str = "plain"
    redirect_uri: str | None = None
    approved: bool = True


class _BadGrant(Exception):
    def __init__(self, error: str, code: int | None, reason: str) -> None:
        super().__init__(reason)
        self.error = error
        self.code = code
        self.reason = reason


class OAuth:
    """Handles requests to the OAuth endpoints.

    :param scopes: the scopes of tokens, unless `Sandbox.authorize` was called with others.
    :param user_id: the id of the user who gives consent, unless `Sandbox.authorize` was called with
        another one.
    :param token_lifetime: how long an access token is valid, in seconds.
    """

    def __init__(
        self,
        application: Application,
        tokens: AccessTokens,
        rng: Random,
        *,
        scopes: Iterable[str],
        user_id: str,
        token_lifetime: float,
    ) -> None:
        self.scopes = tuple(scopes)
        self.user_id = user_id
        self.issued = 0
        self._application = application
        self._tokens = tokens
        self._rng = rng
        self._lifetime = token_lifetime
        self._codes: dict[str, _Consent] = {}
        self._refresh: dict[str, _Consent] = {}
        self._used: set[str] = set()
        self._devices: dict[str, _Consent] = {}
        self._user_codes: dict[str, str] = {}

    # The consent of a person in a browser.

    def authorize(
        self,
        now: float,
        *,
        challenge: str | None = None,
        method: str = "S256",
        redirect_uri: str | None = None,
        scopes: Iterable[str] | None = None,
        user_id: str | None = None,
    ) -> str:
        """Store a user's consent, and return the authorization code; see `Sandbox.authorize`."""
        code = new_id(self._rng, 24)
        self._codes[code] = _Consent(
            user_id or self.user_id,
            self.scopes if scopes is None else tuple(scopes),
            now + CODE_LIFETIME,
            challenge,
            method,
            redirect_uri,
        )
        return code

    def authorize_page(self, request: Request, now: float) -> Response:
        """Respond to a request for the consent page with a redirect that contains a code."""
        query = dict(request.query)
        redirect = query.get("redirect_uri")
        if query.get("client_id") != self._application.client_id or not redirect:
            return _error("invalid_client", 4702, "The client id or the redirect URI is unknown.")
        code = self.authorize(
            now,
            challenge=query.get("code_challenge"),
            method=query.get("code_challenge_method", "plain"),
            redirect_uri=redirect,
        )
        parameters = {"code": code, **({"state": query["state"]} if "state" in query else {})}
        separator = "&" if "?" in redirect else "?"
        return Response(302, {"Location": redirect + separator + urlencode(parameters)})

    def approve_device(self, user_code: str) -> None:
        self._devices[self._user_codes[user_code]].approved = True

    # The requests of the app.

    def issue_token(self, request: Request, origin: str, now: float) -> Response:
        form = request.form
        try:
            self._check_client(request.headers.get("authorization"))
            consent, refreshable = self._consent(form, now)
        except _BadGrant as error:
            return _error(error.error, error.code, error.reason)
        body: dict[str, object] = {
            "access_token": self._tokens.issue(
                now, consent.scopes, consent.user_id, self._lifetime
            ),
            "token_type": "bearer",
            "expires_in": int(self._lifetime),
            "scope": " ".join(consent.scopes),
            "api_url": origin,
        }
        self.issued += 1
        if refreshable:
            token = "refresh-" + new_id(self._rng, 24) + new_id(self._rng, 24)
            self._refresh[token] = consent
            body["refresh_token"] = token
        return json_response(200, body, {"Cache-Control": "no-store"})

    def device_code(self, request: Request, origin: str, now: float) -> Response:
        """Start the authorization of a device: respond with a device code and a user code."""
        try:
            self._check_client(request.headers.get("authorization"))
        except _BadGrant as error:
            return _error(error.error, error.code, error.reason)
        device, user_code = new_id(self._rng, 24), new_id(self._rng, 8).upper()
        consent = _Consent(self.user_id, self.scopes, now + CODE_LIFETIME, approved=False)
        self._devices[device] = consent
        self._user_codes[user_code] = device
        body = {
            "device_code": device,
            "user_code": user_code,
            "verification_uri": f"{origin}/oauth_device",
            "expires_in": CODE_LIFETIME,
            "interval": 5,
        }
        return json_response(200, body)

    def revoke_refresh_tokens(self) -> None:
        self._used.update(self._refresh)
        self._refresh.clear()

    def _check_client(self, authorization: str | None) -> None:
        scheme, _, encoded = (authorization or "").partition(" ")
        try:
            given = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            given = ""
        mine = f"{self._application.client_id}:{self._application.client_secret}"
        if scheme.lower() != "basic" or not hmac.compare_digest(given.encode(), mine.encode()):
            raise _BadGrant("invalid_client", 4702, "The client id or its secret is wrong.")

    def _consent(self, form: dict[str, str], now: float) -> tuple[_Consent, bool]:
        """Return the consent that a token request uses, and whether to issue a refresh token."""
        kind = form.get("grant_type")
        if kind == "account_credentials":
            if form.get("account_id") != self._application.account_id:
                raise _BadGrant(
                    "invalid_request", 4735, "The app is not installed on this account."
                )
            return _Consent(self.user_id, self.scopes, now), False
        if kind == "authorization_code":
            return self._code(form, now), True
        if kind == "refresh_token":
            return self._rotated(form.get("refresh_token", "")), True
        if kind == DEVICE_GRANT:
            return self._device(form.get("device_code", ""), now), True
        raise _BadGrant("unsupported_grant_type", None, "This grant type is not supported.")

    def _code(self, form: dict[str, str], now: float) -> _Consent:
        # A code is valid for one attempt, even if that attempt fails.
        consent = self._codes.pop(form.get("code", ""), None)
        if consent is None or now >= consent.expires_at:
            raise _BadGrant("invalid_grant", 4733, "The authorization code is expired or unknown.")
        if consent.redirect_uri is not None and form.get("redirect_uri") != consent.redirect_uri:
            raise _BadGrant(
                "invalid_grant", 4700, "The redirect URI differs from the authorization request."
            )
        if consent.challenge is not None:
            verifier = form.get("code_verifier", "")
            if _challenge(verifier, consent.method) != consent.challenge:
                raise _BadGrant(
                    "invalid_grant", None, "The code verifier does not match the challenge."
                )
        return consent

    def _rotated(self, token: str) -> _Consent:
        consent = self._refresh.pop(token, None)
        if consent is None:
            state = "used or revoked" if token in self._used else "unknown"
            raise _BadGrant("invalid_grant", 4741, f"The refresh token is {state}.")
        self._used.add(token)
        return consent

    def _device(self, device: str, now: float) -> _Consent:
        consent = self._devices.get(device)
        if consent is None or now >= consent.expires_at:
            raise _BadGrant("expired_token", None, "The device code is expired or unknown.")
        if not consent.approved:
            raise _BadGrant("authorization_pending", None, "The user has not consented yet.")
        return self._devices.pop(device)


def _challenge(verifier: str, method: str) -> str:
    if method != "S256":
        return verifier
    digest = hashlib.sha256(verifier.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _error(error: str, code: int | None, reason: str) -> Response:
    body: dict[str, object] = {"reason": reason, "error": error}
    return json_response(400, body if code is None else {**body, "code": code})
