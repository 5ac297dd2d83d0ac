from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from swagger_client._security.urls import is_server_url
from swagger_client._version import check_extra

if TYPE_CHECKING:
    import redis

T = TypeVar("T")

_logger = logging.getLogger(__name__)
#: How many seconds to wait for a connection or a reply, so that an unreachable Redis server does
#: not delay API calls.
_TIMEOUT = 0.5
#: The seconds between attempts to reach the server after it became unreachable.
RECONNECT_EVERY = 0.1
#: How many seconds API calls wait for an unreachable server. A restart usually takes less.
RECONNECT_FOR = 2.0
#: After RECONNECT_FOR, the seconds between attempts to reach the server: first the first pause,
#: then twice as long each time, up to the longest pause.
_FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
_SCHEMES = ("redis", "rediss", "unix")


class Server:
    """A Redis server that may become unreachable.

    After a failed command, no command is sent for some time, so that API calls are not delayed.
    """

    def __init__(self, url: str, options: Mapping[str, object]) -> None:
        if not is_server_url(url, _SCHEMES):
            raise ValueError(
                f"The URL is not valid, or its scheme is not one of {_SCHEMES}. Give a URL like "
                "redis://host:6379/0, with / in a password as %2F and @ as %40."
            )
        self.url = url
        self._options = options
        self._client: redis.Redis | None = None
        self._lock = threading.Lock()
        self._lost_at: float | None = None
        self._pause = 0.0
        self._silent_until = 0.0

    def __getstate__(self) -> tuple[str, Mapping[str, object]]:
        return self.url, self._options

    def __setstate__(self, state: tuple[str, Mapping[str, object]]) -> None:
        Server.__init__(self, *state)

    def __repr__(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname or parts.path}:{parts.port or 6379}"

    def run(self, command: Callable[[redis.Redis], T]) -> T | None:
        """Run a command and return its result, or return None if the server is unreachable."""
        check_extra("redis", "redis")
        import redis

        if monotonic() < self._silent_until:
            return None
        try:
            result = command(self._connect())
        except (redis.RedisError, OSError) as error:
            self._record_failure(error)
            return None
        self._record_success()
        return result

    def reconnecting_for(self) -> float:
        """Return for how many more seconds callers should wait for the server to restart."""
        lost_at = self._lost_at
        if lost_at is None or self._pause:
            return 0.0
        return max(0.0, lost_at + RECONNECT_FOR - monotonic())

    def _connect(self) -> redis.Redis:
        with self._lock:
            if self._client is None:
                import redis
                from redis.backoff import NoBackoff
                from redis.retry import Retry

                self._client = redis.Redis.from_url(
                    self.url,
                    **{
                        "socket_timeout": _TIMEOUT,
                        "socket_connect_timeout": _TIMEOUT,
                        "retry": Retry(NoBackoff(), 0),
                        **self._options,
                    },
                )
            return self._client

    def _record_failure(self, error: Exception) -> None:
        with self._lock:
            now = monotonic()
            if self._lost_at is None:
                self._lost_at = now
            if _is_transient(error) and now < self._lost_at + RECONNECT_FOR:
                self._silent_until = now + RECONNECT_EVERY
                return
            first = not self._pause
            self._pause = min(LONGEST_PAUSE, self._pause * 2 or _FIRST_PAUSE)
            self._silent_until = now + self._pause
        if first:
            _logger.warning(
                "%r is unreachable (%s: %.200s). This process continues without it, with its share "
                "of the plan's rate", self, type(error).__name__, error,
            )  # fmt: skip

    def _record_success(self) -> None:
        if self._lost_at is None:
            return
        with self._lock:
            warned, self._lost_at, self._pause = self._pause, None, 0.0
        if warned:
            _logger.warning("%r is reachable again: processes share quota and tokens", self)


def _is_transient(error: Exception) -> bool:
    """Return whether the server may accept the same command later."""
    from redis.exceptions import AuthenticationError, NoPermissionError

    return not isinstance(error, AuthenticationError | NoPermissionError)
