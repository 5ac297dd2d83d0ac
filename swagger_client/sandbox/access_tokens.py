"""Bearer tokens: their scopes, users and expiry times."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from . import api_errors
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

# Every operation accepts this scope too; only Zoom's reference page lists it.
SCOPES_OF = {name: (*scopes, "phone_sms:master") for name, scopes in SCOPES_OF.items()}

ALL_SCOPES = tuple(dict.fromkeys(scope for scopes in SCOPES_OF.values() for scope in scopes))


@dataclass(frozen=True, slots=True)
class Grant:
    """The scopes of a bearer token, the user that `me` refers to, and the expiry time."""

    scopes: frozenset[str]
    user_id: str
    expires_at: float


class AccessTokens:
    """Issue bearer tokens and check those of requests.

    :param rng: source of the tokens' random letters.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._live: dict[str, Grant] = {}

    def issue(self, now: float, scopes: Iterable[str], user_id: str, lifetime: float) -> str:
        """Return a new token that is valid for `lifetime` seconds."""
        token = "sandbox-" + "".join(new_id(self._rng, 24) for _ in range(3))
        self._live[token] = Grant(frozenset(scopes), user_id, now + lifetime)
        return token

    def check(self, now: float, authorization: str | None) -> Grant:
        """Return the grant of the bearer token in an Authorization header.

        :raises ApiError: if the token is missing, unknown, revoked or expired.
        """
        grant = self._live.get(bearer(authorization) or "")
        if grant is None:
            raise api_errors.unknown_token()
        if now >= grant.expires_at:
            raise api_errors.expired_token()
        return grant

    def is_live(self, now: float, token: str) -> bool:
        """Return whether a token would be accepted."""
        grant = self._live.get(token)
        return grant is not None and now < grant.expires_at

    def revoke(self, token: str) -> None:
        """Make a token invalid; an unknown one is ignored."""
        self._live.pop(token, None)

    def revoke_all(self) -> None:
        """Make every token issued so far invalid."""
        self._live.clear()


def require(grant: Grant, operation: str) -> None:
    """Check that a token has one of the scopes that an operation accepts.

    :raises ApiError: if it lacks all of them.
    """
    accepted = SCOPES_OF[operation]
    if grant.scopes.isdisjoint(accepted):
        raise api_errors.missing_scopes(accepted)


def bearer(authorization: str | None) -> str | None:
    """Return the bearer token of an Authorization header."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def fingerprint(authorization: str | None) -> str | None:
    """Return a short name that identifies a bearer token without revealing it."""
    token = bearer(authorization)
    return hashlib.sha256(token.encode()).hexdigest()[:12] if token else None
