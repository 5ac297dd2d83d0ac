"""Credentials: objects that fetch access tokens. Assign one to ``configuration.credentials``.

An access token is fetched when a request needs it, and renewed before it expires. All threads,
event loops and clients with the same credentials object share one token, and only one of them
fetches it. The ``repr`` of credentials shows no secret, but a pickle contains the secrets in clear.
"""

from swagger_client._flow.tokens import AccessToken, TokenCache
from swagger_client._security.token_file import FileTokenCache, default_token_cache
from swagger_client.oauth._authorization import (
    AUTHORIZE_URL,
    AuthorizationCodeOAuth,
    AuthorizationRequest,
)
from swagger_client.oauth._credentials import (
    TOKEN_URL,
    Credentials,
    ServerToServerOAuth,
    StaticToken,
)

__all__ = [
    "AUTHORIZE_URL",
    "TOKEN_URL",
    "AccessToken",
    "AuthorizationCodeOAuth",
    "AuthorizationRequest",
    "Credentials",
    "FileTokenCache",
    "ServerToServerOAuth",
    "StaticToken",
    "TokenCache",
    "default_token_cache",
]
