"""Share Zoom's quota and access tokens between processes and hosts (extra ``redis``).

Zoom counts requests per account, over all processes and hosts. Every client that is given a
:class:`RedisPacer` for the same account takes its slots from one queue, so that together they keep
within the plan. Works with Redis and Valkey. No message content is stored there.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlsplit

from swagger_client._flow.pacing import (
    BACK_OFF_TO,
    HEADROOM,
    PLANS,
    SLOWEST,
    SPEED_UP,
    LocalPacer,
)
from swagger_client.configuration import RateLimit, Slot
from swagger_client.integrations import _redis_scripts as scripts

if TYPE_CHECKING:
    import redis

T = TypeVar("T")

__all__ = ["RedisPacer", "RedisTokenCache"]

_logger = logging.getLogger(__name__)
#: Seconds to connect and to wait for a reply: a lost server must not hold a call.
_TIMEOUT = 0.5
#: Seconds without a request to a server that was lost, doubled up to the longest.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
#: A lease ends by itself after so many milliseconds, should its holder die.
_LEASE_MS = 10_000
_MICROSECONDS = 1_000_000


class _Server:
    """A Redis server that may be lost: a failed command starts a pause without any."""

    def __init__(self, url: str, options: dict[str, object]) -> None:
        self.url = url
        self._options = options
        self._client: redis.Redis | None = None
        self._lock = threading.Lock()
        self._pause = 0.0
        self._silent_until = 0.0

    def __getstate__(self) -> tuple[str, dict[str, object]]:
        return self.url, self._options

    def __setstate__(self, state: tuple[str, dict[str, object]]) -> None:
        _Server.__init__(self, *state)

    def __repr__(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or 6379}"

    def run(self, command: Callable[[redis.Redis], T], default: T) -> T:
        """Run a command; return ``default`` while the server is lost."""
        import redis

        if time.monotonic() < self._silent_until:
            return default
        try:
            result = command(self._connected())
        except (redis.RedisError, OSError) as error:
            self._lost(error)
            return default
        if self._pause:
            self._pause = 0.0
            _logger.warning("%r is back: quota and tokens are shared again", self)
        return result

    def _connected(self) -> redis.Redis:
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
                        "retry": Retry(NoBackoff(), 1),
                        **self._options,
                    },
                )
            return self._client

    def _lost(self, error: Exception) -> None:
        if not self._pause:
            _logger.warning(
                "%r cannot be used (%s): this process continues alone, at a share of the plan",
                self,
                type(error).__name__,
            )
        self._pause = min(_LONGEST_PAUSE, self._pause * 2 or _FIRST_PAUSE)
        self._silent_until = time.monotonic() + self._pause


class RedisPacer:
    """Keeps all clients of an account, on all hosts, within its plan; for ``configuration.pacer``.

    Slots are reserved on the server's clock, first come, first served. A 429 that one client
    receives pauses and slows down all of them. While the server is lost, each process continues at
    ``local_share`` of the plan, and one warning is logged.

    :param str url: ``redis://user:password@host:port/database``, or ``rediss://`` for TLS.
    :param str account: a name for the Zoom account, the same in all processes.
    :param str plan: ``"pro"`` or ``"business"``, the account's plan.
    :param float local_share: the share of the plan to use without the server, above 0 and up to 1.
    :param str prefix: what the keys begin with.
    :param options: passed to ``redis.Redis.from_url``, such as ``ssl_ca_certs``.
    :raises ValueError: for a plan or share that is not possible.
    """

    def __init__(
        self,
        url: str,
        *,
        account: str,
        plan: Literal["pro", "business"],
        local_share: float = 0.1,
        prefix: str = "zoom-sms",
        **options: object,
    ) -> None:
        if plan not in PLANS:
            raise ValueError(f"`plan` is {plan!r}. Give one of {list(PLANS)}.")
        if not 0 < local_share <= 1:
            raise ValueError(f"`local_share` is {local_share}. Give a share above 0 and up to 1.")
        self._server = _Server(url, options)
        self._plan = plan
        self._local = LocalPacer(plan, share=local_share)
        self._prefix = f"{{{prefix}:{account}}}"

    def __repr__(self) -> str:
        return f"RedisPacer({self._server!r}, {self._prefix})"

    def reserve(self, label: str, now: float, longest: float) -> Slot:
        """Reserve the next free slot on the server; on this host's share while it is lost."""
        rate = HEADROOM * PLANS[self._plan].get(label, PLANS[self._plan]["medium"])
        limit = int(min(longest, 1e9) * _MICROSECONDS)
        reply = self._script(scripts.RESERVE, label, rate, limit, SPEED_UP)
        if reply is None:
            return self._local.reserve(label, now, longest)
        wait, reserved = int(reply[0]), int(reply[1])
        return Slot(wait / _MICROSECONDS, reserved)

    def release(self, label: str, slot: Slot) -> None:
        """Give back a slot whose request is not sent."""
        if isinstance(slot.key, float):
            self._local.release(label, slot)
        elif slot.key:
            self._script(scripts.RELEASE, label, str(slot.key))

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        """Return the limit that forbids requests at present, None when they are permitted."""
        reply = self._script(scripts.LIMIT, label)
        if reply is None:
            return self._local.limit_in_force(label, now)
        if not reply:
            return None
        retry_at, daily, limit = (float(value) for value in reply)
        return RateLimit(retry_at or None, bool(daily), int(limit) or None)

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        """Report a 429: no client of the account sends another request for ``wait`` seconds."""
        self._local.report_limit(label, limit, now, wait)
        self._script(
            scripts.REPORT_LIMIT,
            label,
            int(wait * _MICROSECONDS),
            limit.retry_at or 0,
            int(limit.daily),
            limit.limit or 0,
            HEADROOM * PLANS[self._plan].get(label, PLANS[self._plan]["medium"]),
            HEADROOM,
            BACK_OFF_TO,
            SLOWEST,
            SPEED_UP,
        )

    def report_success(self, label: str) -> None:
        """Do nothing: on the server, a lowered rate grows with time."""
        self._local.report_success(label)

    def _script(self, script: str, label: str, *arguments: str | float) -> Sequence[bytes] | None:
        key = f"{self._prefix}:{label}"
        return self._server.run(lambda client: _evaluate(client, script, key, arguments), None)


class RedisTokenCache:
    """Shares access tokens between processes and hosts; pass it as the credentials' ``cache``.

    One client at a time fetches a new token. Its lease ends after 10 seconds, should it die, and a
    token whose lease was lost is not stored. While the server is lost, each process fetches its
    own token. Whoever can read the server's data can use the tokens: protect it accordingly.

    :param str url: as for :class:`RedisPacer`.
    :param str prefix: what the keys begin with.
    :param options: passed to ``redis.Redis.from_url``.
    """

    def __init__(self, url: str, *, prefix: str = "zoom-sms", **options: object) -> None:
        self._server = _Server(url, options)
        self._prefix = prefix

    def __repr__(self) -> str:
        return f"RedisTokenCache({self._server!r}, {self._prefix})"

    def load(self, key: str) -> str | None:
        """Return the stored token; None if there is no token."""
        found = self._server.run(lambda client: client.get(self._key(key)), None)
        return found.decode() if isinstance(found, bytes) else None

    def acquire(self, key: str) -> object | None:
        """Try to become the only one that fetches a token, without waiting."""
        lease = secrets.token_hex(16)
        taken = self._server.run(
            lambda client: bool(client.set(self._lease_key(key), lease, nx=True, px=_LEASE_MS)),
            True,
        )
        return lease if taken else None

    def save(self, key: str, value: str, lease: object, *, expires_at: float) -> None:
        """Store a token, unless the lease was lost."""
        until = 0 if expires_at == float("inf") else int(expires_at * 1000)
        self._owned(scripts.SAVE, key, lease, value, until)

    def release(self, key: str, lease: object) -> None:
        """Give the lease back."""
        self._owned(scripts.RELEASE_LEASE, key, lease)

    def _owned(self, script: str, key: str, lease: object, *arguments: str | int) -> None:
        names = (self._lease_key(key), self._key(key))
        self._server.run(
            lambda client: client.register_script(script)(
                keys=names, args=[str(lease), *arguments]
            ),
            None,
        )

    def _key(self, key: str) -> str:
        return f"{{{self._prefix}:{key}}}:token"

    def _lease_key(self, key: str) -> str:
        return f"{{{self._prefix}:{key}}}:lease"


def _evaluate(
    client: redis.Redis, script: str, key: str, arguments: Sequence[str | float]
) -> Sequence[bytes]:
    reply: Sequence[bytes] = client.register_script(script)(keys=[key], args=list(arguments)) or ()
    return reply
