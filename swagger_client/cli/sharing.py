from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from swagger_client._security.credentials_file import read_environment
from swagger_client._security.pacer_file import check_rate_file
from swagger_client._security.token_file import check_token_file
from swagger_client._version import check_extra
from swagger_client.configuration import FilePacer, Pacer
from swagger_client.oauth import TokenCache, default_token_cache


def shared_pacer(options: Namespace, values: Mapping[str, str]) -> Pacer | None:
    """Return the pacer shared with other processes, or None if no option requests one.

    :raises OSError: if the rate file has other content.
    """
    if options.redis is not None:
        check_extra("redis", "redis")
        from swagger_client.integrations.redis import RedisPacer

        account = values.get("ZOOM_ACCOUNT_ID") or options.profile
        return RedisPacer(options.redis, account=account, plan=options.plan, **_password(values))
    if options.rate_file is None:
        return None
    check_rate_file(Path(options.rate_file))
    return FilePacer(options.rate_file, plan=options.plan)


def shared_token_cache(options: Namespace, values: Mapping[str, str]) -> TokenCache | None:
    """Return the token cache on the profile's Redis server or in a file; None if there is none.

    :raises OSError: if the file has other content.
    """
    if options.redis is None:
        cache = default_token_cache(values)
        if cache is not None:
            check_token_file(cache.path)
        return cache
    check_extra("redis", "redis")
    from swagger_client.integrations.redis import RedisTokenCache

    return RedisTokenCache(options.redis, **_password(values))


def _password(values: Mapping[str, str]) -> dict[str, Any]:
    password = read_environment(values).get("ZOOM_REDIS_PASSWORD")
    return {} if password is None else {"password": password}
