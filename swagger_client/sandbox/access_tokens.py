"""Issue and check the bearer tokens of the sandbox."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from .api_errors import ApiError
from .generate import new_id

__all__ = ["ALL_SCOPES", "SCOPES_OF", "AccessTokens", "Grant"]

SCOPES_OF = {
    "account_sms_session": (
        "phone:read:admin",
        "phone_sms:read",
        "phone_sms:read:admin",
        "phone:read:list_sms_sessions",
        "phone:read:list_sms_sessions:admin",
    ),
    "user_sms_session": (
        "phone:read:admin",
        "phone:read",
        "phone_sms:read",
        "phone_sms:read:admin",
        "phone:read:list_sms_sessions",
        "phone:read:list_sms_sessions:admin",
    ),
    "get_sms_sessions": (
        "phone:read:admin",
        "phone:read",
        "phone_sms:read",
        "phone_sms:read:admin",
        "phone:read:sms_session",
        "phone:read:sms_session:admin",
    ),
    "sms_by_message_id": (
        "phone:read:admin",
        "phone:read",
        "phone_sms:read",
        "phone_sms:read:admin",
        "phone:read:sms_message",
        "phone:read:sms_message:admin",
    ),
}
SCOPES_OF["sms_session_details"] = SCOPES_OF["sms_session_sync"] = SCOPES_OF["get_sms_sessions"]

# Zoom's reference page lists this scope for all six operations.
SCOPES_OF = {name: (*scopes, "phone_sms:master") for name, scopes in SCOPES_OF.items()}

ALL_SCOPES = tuple(dict.fromkeys(scope for scopes in SCOPES_OF.values() for scope in scopes))


@dataclass(frozen=True, slots=True)
class Grant:
    """What a bearer token permits.

    :ivar scopes: the scopes that the token grants.
    :ivar user_id: the id of the user for whom `me` stands in the path of a request.
    :ivar expires_at: the time at which the token expires, in Unix seconds.
    """

    scopes: frozenset[str]
    user_id: str
    expires_at: float


class AccessTokens:
    """Issues bearer tokens, and checks the tokens of requests.

    :param rng: the random generator of the tokens.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._live: dict[str, Grant] = {}

    def issue(self, now: float, scopes: Iterable[str], user_id: str, lifetime: float) -> str:
        """Return a new token that expires after `lifetime` seconds.

        :param now: the sandbox's time in Unix seconds.
        :param scopes: the scopes that the token grants.
        :param user_id: the id of the user for whom `me` stands in the path of a request.
        :param lifetime: how long the token is valid, in seconds.
        """
        token = "sandbox-" + "".join(new_id(self._rng, 24) for _ in range(3))
        self._live[token] = Grant(frozenset(scopes), user_id, now + lifetime)
        return token

    def check(self, now: float, authorization: str | None) -> Grant:
        """Return what a bearer token permits; raise an ApiError (401) if the token is not valid."""
        grant = self._live.get(bearer(authorization) or "")
        if grant is None:
            raise ApiError(401, 124, "The access token is invalid.")
        if now >= grant.expires_at:
            raise ApiError(401, 124, "The access token has expired.")
        return grant

    def is_live(self, now: float, token: str) -> bool:
        """Return whether a token was issued by this object, and is neither revoked nor expired."""
        grant = self._live.get(token)
        return grant is not None and now < grant.expires_at

    def revoke(self, token: str) -> None:
        """Revoke a token. An unknown token is ignored."""
        self._live.pop(token, None)

    def revoke_all(self) -> None:
        self._live.clear()


def require(grant: Grant, operation: str) -> None:
    """Raise an ApiError if a token has none of the scopes that an operation accepts."""
    accepted = SCOPES_OF[operation]
    if grant.scopes.isdisjoint(accepted):
        listed = ", ".join(accepted)
        raise ApiError(400, 4711, f"The access token does not contain scopes:[{listed}].")


def bearer(authorization: str | None) -> str | None:
    """Return the token of an Authorization header, or None if the scheme is not Bearer."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def fingerprint(authorization: str | None) -> str | None:
    """Return 12 hexadecimal digits that identify a bearer token without revealing it."""
    token = bearer(authorization)
    return hashlib.sha256(token.encode()).hexdigest()[:12] if token else None
