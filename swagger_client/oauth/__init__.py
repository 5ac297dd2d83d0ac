"""Sources of bearer tokens, to be set as ``configuration.credentials``.

Tokens are fetched when they are needed and renewed before they expire, by one caller for all
threads, event loops and clients that share the credentials. No repr shows a secret; pickles contain
them in clear.
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
