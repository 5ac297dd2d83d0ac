"""Shares Zoom's rate limit and access tokens between processes and hosts (extra ``redis``).

Zoom's rate limit applies to an account, so it counts the requests of all processes and hosts
together. With a :class:`RedisPacer`, each client reserves a time slot, the time at which it may
send a request, on a Redis or Valkey server. So all clients together stay within the limit. With a
:class:`RedisTokenCache`, they use the same access token. The server stores no message content.
"""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from swagger_client._flow.pacing import BACK_OFF_TO, PLANS, SLOWEST, SPEED_UP, LocalPacer
from swagger_client._security.frames import hide_locals
from swagger_client.configuration import RateLimit, Slot
from swagger_client.integrations import _redis_scripts as scripts
from swagger_client.integrations._redis_server import LONGEST_PAUSE, RECONNECT_EVERY, Server

if TYPE_CHECKING:
    import redis

__all__ = ["RedisPacer", "RedisTokenCache"]

#: PACE is the share of the plan's rate that is used. It is lower than for one client, because
#: requests of several processes arrive at Zoom at irregular intervals. TRAVEL is the largest
#: expected difference, in seconds, between the times that two requests need to reach Zoom.
PACE, TRAVEL = 0.94, 0.05
#: The factor for the rate after a first 429, which may be chance or follow an outage of the Redis
#: server. A second 429 within _REPEATED_WITHIN seconds shows that other apps send requests for the
#: same account.
_FIRST_BACK_OFF_TO, _REPEATED_WITHIN = 0.9, 30
#: A client that has reserved no time slot for this time is not counted.
_MEMBER_SECONDS = 60
#: A lease, the right to fetch a new token, ends after this time, in case its holder was killed.
_LEASE_MS = 10_000
_MICROSECONDS = 1_000_000
#: The key of a time slot that could not be reserved yet, because the Redis server is restarting.
_RECONNECTING = "reconnecting"


class RedisPacer:
    """Paces the requests of all clients of an account, so that they stay within its rate limit.

    Assign it to ``configuration.pacer`` in each process. Every request waits for a time slot: the
    time at which it may be sent, which the Redis server assigns. If one client receives a 429, all
    clients pause and slow down. If the Redis server is unreachable, a warning is logged, and each
    client continues with its share of the plan's rate: the rate divided by the number of clients in
    the last minute.

    :param str url: the Redis server: ``redis://user:password@host:port/database``, or
        ``rediss://`` for TLS.
    :param str account: a name for the Zoom account, the same in all processes.
    :param str plan: the account's plan: ``"pro"`` or ``"business"``.
    :param float local_share: the share of the plan's rate to use if the Redis server was never
        reachable, so that the number of clients is unknown. Above 0 and at most 1.
    :param str prefix: the text with which all Redis keys begin.
    :param options: passed to ``redis.Redis.from_url``, such as ``ssl_ca_certs``.
    :raises ValueError: if the URL, plan or share is invalid.
    """

    @hide_locals
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
        self._settings = url, {
            "account": account, "plan": plan, "local_share": local_share, "prefix": prefix,
            **options,
        }  # fmt: skip
        self._server = Server(url, options)
        self._plan = plan
        self._local_share = local_share
        self._prefix = f"{{{prefix}:{account}}}"
        self._start()

    def _start(self) -> None:
        self._process = os.getpid()
        self._client_id = secrets.token_hex(8)
        self._local = LocalPacer(self._plan)
        self._label_states: dict[str, _LabelState] = {}

    def __getstate__(self) -> tuple[str, dict[str, Any]]:
        return self._settings

    def __setstate__(self, state: tuple[str, dict[str, Any]]) -> None:
        RedisPacer.__init__(self, state[0], **state[1])

    def __repr__(self) -> str:
        return f"RedisPacer({self._server!r}, {self._prefix})"

    def reserve(self, label: str, now: float, longest: float) -> Slot:
        """Reserve a time slot, the time at which a request may be sent.

        If the Redis server is unreachable, the client paces its own requests.

        :param label: the rate limit label of the request, such as "medium".
        :param now: the current time of the caller's monotonic clock, in seconds.
        :param longest: how many seconds the request can wait. A later slot is not reserved.
        """
        return self._take(label, 0, now, longest)

    def confirm(self, label: str, slot: Slot, now: float, longest: float) -> Slot:
        """After the wait for a reserved time slot, check again whether the request may be sent.

        If a request is sent late, other requests may use later slots at the same time, and all of
        them together may exceed the rate limit.

        :param longest: how many seconds the request can still wait.
        :returns: a slot with ``wait`` 0 if the request may be sent now. Otherwise a later slot, for
            example if the clients have sent as many requests in the last second as permitted.
        """
        if isinstance(slot.key, float):
            return self._local.confirm(label, slot, now, longest)
        return self._take(label, slot.key if isinstance(slot.key, int) else 0, now, longest)

    def _take(self, label: str, slot: int, now: float, longest: float) -> Slot:
        state = self._label_state(label)
        plan = PLANS[self._plan].get(label, PLANS[self._plan]["medium"])
        limit = max(1, int(plan))
        reply = self._script(
            scripts.TAKE,
            label,
            slot,
            int(min(longest, 1e9) * _MICROSECONDS),
            PACE * plan,
            SPEED_UP,
            limit,
            int((limit / plan + TRAVEL) * _MICROSECONDS),
            self._client_id,
            _MEMBER_SECONDS * _MICROSECONDS,
            state.clients,
            int(state.alone),
            int(LONGEST_PAUSE * _MICROSECONDS),
        )
        if reply is not None:
            wait, reserved, state.clients = (int(value) for value in reply)
            state.alone = False
            if reserved:
                state.last = now + wait / _MICROSECONDS
            return Slot(wait / _MICROSECONDS, reserved)
        if 0 < self._server.reconnecting_for() < longest:
            return Slot(RECONNECT_EVERY, slot or _RECONNECTING)
        if not state.alone:
            state.alone = True
            share = 1 / state.clients if state.clients else self._local_share
            first = state.next_request_time(now, PACE * plan)
            self._local.restart(label, rate=share * PACE * plan, first=first)
        return self._local.reserve(label, now, longest)

    def _label_state(self, label: str) -> _LabelState:
        if self._process != os.getpid():
            self._start()
        return self._label_states.setdefault(label, _LabelState())

    def release(self, label: str, slot: Slot) -> None:
        """Release a reserved time slot, because its request is not sent."""
        if isinstance(slot.key, float):
            self._local.release(label, slot)
        elif isinstance(slot.key, int):
            self._script(scripts.RELEASE, label, str(slot.key))

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        """Return the rate limit that forbids requests now, or None if there is none."""
        reply = self._script(scripts.LIMIT, label)
        if reply is None:
            return self._local.limit_in_force(label, now)
        if not reply:
            return None
        retry_at, daily, limit = (float(value) for value in reply)
        return RateLimit(retry_at or None, bool(daily), int(limit) or None)

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        """Report a 429, so that no client of the account sends a request for `wait` seconds."""
        self._local.report_limit(label, limit, now, wait)
        self._script(
            scripts.REPORT_LIMIT,
            label,
            int(wait * _MICROSECONDS),
            limit.retry_at or 0,
            int(limit.daily),
            limit.limit or 0,
            PACE * PLANS[self._plan].get(label, PLANS[self._plan]["medium"]),
            PACE,
            SLOWEST,
            SPEED_UP,
            _FIRST_BACK_OFF_TO,
            BACK_OFF_TO,
            _REPEATED_WITHIN * _MICROSECONDS,
        )

    def report_success(self, label: str) -> None:
        """Report a successful request to the pacer that is used while Redis is unreachable.

        The scripts on the Redis server need no report, because they raise a lowered rate over time.
        """
        self._local.report_success(label)

    def _script(self, script: str, label: str, *arguments: str | float) -> Sequence[bytes] | None:
        key = f"{self._prefix}:{label}"
        keys = [key, f"{key}:clients"]
        return self._server.run(lambda client: _evaluate(client, script, keys, arguments))


class _LabelState:
    """The last values that the Redis server sent to this client about one rate limit label.

    :ivar int clients: the number of clients that share the account's rate limit.
    :ivar float last: this client's last time slot, in seconds of the monotonic clock.
    """

    def __init__(self) -> None:
        self.clients = 0
        self.last = 0.0
        #: Whether the client paces its requests itself, because the Redis server is unreachable.
        self.alone = False

    def next_request_time(self, now: float, rate: float) -> float:
        """Return when to send the next request, if the Redis server is not reachable.

        The clients continue to take turns, so that they do not all send at the same time.
        """
        turn = self.clients / rate
        return self.last + math.ceil((now - self.last) / turn) * turn if turn else now


class RedisTokenCache:
    """Shares access tokens between processes; pass it as the credentials' ``cache``.

    Only the client that holds the lease fetches a new token, while the others wait for the token. A
    lease ends after 10 seconds, in case the client was killed. If a client's lease has ended, the
    token that it fetches is not stored. If the Redis server is unreachable, callers wait for the
    server for up to two seconds. Then each process fetches a token of its own.

    Everybody who can read the data of the Redis server can use the tokens, so protect the server.

    :param str url: the URL of the Redis server, as for :class:`RedisPacer`.
    :param str prefix: the text with which all Redis keys begin.
    :param options: passed to ``redis.Redis.from_url``.
    """

    @hide_locals
    def __init__(self, url: str, *, prefix: str = "zoom-sms", **options: object) -> None:
        self._server = Server(url, options)
        self._prefix = prefix

    def __repr__(self) -> str:
        return f"RedisTokenCache({self._server!r}, {self._prefix})"

    @hide_locals
    def load(self, key: str) -> str | None:
        """Return the stored token, or None if there is none."""
        found = self._server.run(lambda client: client.get(self._key(key)))
        return found.decode() if isinstance(found, bytes) else None

    def acquire(self, key: str) -> object | None:
        """Try once to acquire the lease, which is the right to fetch a new token.

        :returns: the lease, or None if another client holds it.
        """
        lease = secrets.token_hex(16)
        taken = self._server.run(
            lambda client: bool(client.set(self._lease_key(key), lease, nx=True, px=_LEASE_MS))
        )
        if taken is None:
            taken = not self._server.reconnecting_for()
        return lease if taken else None

    @hide_locals
    def save(self, key: str, value: str, lease: object, *, expires_at: float) -> None:
        """Store a new token, unless the caller's lease has ended.

        :param expires_at: when the token expires, in Unix seconds.
        """
        until = 0 if expires_at == float("inf") else int(expires_at * 1000)
        self._run_with_lease(scripts.SAVE, key, lease, value, until)

    def release(self, key: str, lease: object) -> None:
        """Release the lease, so that another client can fetch a new token."""
        self._run_with_lease(scripts.RELEASE_LEASE, key, lease)

    def _run_with_lease(self, script: str, key: str, lease: object, *arguments: str | int) -> None:
        names = (self._lease_key(key), self._key(key))
        self._server.run(
            lambda client: client.register_script(script)(keys=names, args=[str(lease), *arguments])
        )

    def _key(self, key: str) -> str:
        return f"{{{self._prefix}:{key}}}:token"

    def _lease_key(self, key: str) -> str:
        return f"{{{self._prefix}:{key}}}:lease"


def _evaluate(
    client: redis.Redis, script: str, keys: Sequence[str], arguments: Sequence[str | float]
) -> Sequence[bytes]:
    reply: Sequence[bytes] = client.register_script(script)(keys=keys, args=list(arguments)) or ()
    return reply
