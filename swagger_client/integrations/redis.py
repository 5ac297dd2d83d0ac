"""Shares Zoom's quota and access tokens between processes and hosts (extra ``redis``).

Zoom counts the requests of an account, from all processes and hosts. Clients that have a
:class:`RedisPacer` for the same account reserve slots, times for sending a request, from one queue
on a Redis or Valkey server. So together the clients stay within the plan. No message content is
stored on the server.
"""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from swagger_client._flow.pacing import (
    BACK_OFF_TO,
    PLANS,
    SLOWEST,
    SPEED_UP,
    LocalPacer,
)
from swagger_client._security.frames import hide_locals
from swagger_client.configuration import RateLimit, Slot
from swagger_client.integrations import _redis_scripts as scripts
from swagger_client.integrations._redis_server import LONGEST_PAUSE, RECONNECT_EVERY, Server

if TYPE_CHECKING:
    import redis

__all__ = ["RedisPacer", "RedisTokenCache"]

#: The used share of the plan's rate, and the seconds by which the travel times of requests may
#: differ. The share is lower than for one client, because requests of several processes arrive at
#: irregular intervals.
PACE, TRAVEL = 0.94, 0.05
#: The factor for the rate after a first 429, which may be chance or follow an outage of the server.
#: A second 429 within these seconds shows that other apps use the account's quota.
_FIRST_BACK_OFF_TO, _REPEATED_WITHIN = 0.9, 30
#: A client that has reserved no slot for this time is not counted.
_MEMBER_SECONDS = 60
#: A lease ends after this time, in case its holder was killed.
_LEASE_MS = 10_000
_MICROSECONDS = 1_000_000
#: The key of a slot that is not reserved, because the server is restarting.
_RECONNECTING = "reconnecting"


class RedisPacer:
    """Keeps all clients of an account within its plan; for ``configuration.pacer``.

    Slots are times for sending a request. The server assigns them by its clock, in the order of the
    reservations. If one client receives a 429, all clients pause and slow down. If the server is
    unreachable, each client continues with its share of the plan's rate: the rate divided by the
    number of clients in the last minute. One warning is logged.

    :param str url: ``redis://user:password@host:port/database``, or ``rediss://`` for TLS.
    :param str account: a name for the Zoom account, the same in all processes.
    :param str plan: the account's plan: ``"pro"`` or ``"business"``.
    :param float local_share: the share of the plan's rate to use if the server was never reachable.
        The number of clients is then unknown. Above 0 and at most 1.
    :param str prefix: the beginning of all keys.
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
        self._settings = url, account, plan, local_share, prefix, options
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

    def __getstate__(self) -> tuple[object, ...]:
        return self._settings

    def __setstate__(self, state: Any) -> None:
        url, account, plan, local_share, prefix, options = state
        RedisPacer.__init__(
            self,
            url,
            account=account,
            plan=plan,
            local_share=local_share,
            prefix=prefix,
            **options,
        )

    def __repr__(self) -> str:
        return f"RedisPacer({self._server!r}, {self._prefix})"

    def reserve(self, label: str, now: float, longest: float) -> Slot:
        """Reserve the time of a request (a slot), locally if the server is unreachable."""
        return self._take(label, 0, now, longest)

    def confirm(self, label: str, slot: Slot, now: float, longest: float) -> Slot:
        """Confirm a slot, the reserved time of a request, directly before the request is sent.

        A late request could be too close to the requests of later slots. If the last second already
        has as many requests as the plan permits, the result is a slot with a further wait.
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
        """Give back a slot, the reserved time of a request, because the request is not sent."""
        if isinstance(slot.key, float):
            self._local.release(label, slot)
        elif isinstance(slot.key, int):
            self._script(scripts.RELEASE, label, str(slot.key))

    def limit_in_force(self, label: str, now: float) -> RateLimit | None:
        """Return the limit that forbids requests now; None if requests are permitted."""
        reply = self._script(scripts.LIMIT, label)
        if reply is None:
            return self._local.limit_in_force(label, now)
        if not reply:
            return None
        retry_at, daily, limit = (float(value) for value in reply)
        return RateLimit(retry_at or None, bool(daily), int(limit) or None)

    def report_limit(self, label: str, limit: RateLimit, now: float, wait: float) -> None:
        """Report a 429. Then no client of the account sends a request for `wait` seconds."""
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
        """Do nothing on the server: there, a lowered rate grows with time."""
        self._local.report_success(label)

    def _script(self, script: str, label: str, *arguments: str | float) -> Sequence[bytes] | None:
        key = f"{self._prefix}:{label}"
        keys = [key, f"{key}:clients"]
        return self._server.run(lambda client: _evaluate(client, script, keys, arguments))


class _LabelState:
    """What a client knows about one rate limit label from the server's last reply.

    :ivar int clients: the number of clients of the account.
    :ivar float last: the time that was last reserved for a request of this client.
    """

    def __init__(self) -> None:
        self.clients = 0
        self.last = 0.0
        #: Whether the client paces its requests itself, because the server is unreachable.
        self.alone = False

    def next_request_time(self, now: float, rate: float) -> float:
        """Return the time of this client's next request if all clients continue to take turns.

        So the clients do not send their requests at the same time when they continue without the
        server.
        """
        turn = self.clients / rate
        return self.last + math.ceil((now - self.last) / turn) * turn if turn else now


class RedisTokenCache:
    """Shares access tokens between processes; pass it as the credentials' ``cache``.

    Only the client that holds the lease fetches a new token. A lease ends after 10 seconds, in case
    its holder was killed. A token is not stored if the lease has ended. While the server restarts,
    callers wait for it up to two seconds. After that, each process fetches its own token.

    Everybody who can read the server's data can use the tokens: protect it accordingly.

    :param str url: the URL of the server, as for :class:`RedisPacer`.
    :param str prefix: the beginning of all keys.
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
        """Return the stored token; None if there is no token."""
        found = self._server.run(lambda client: client.get(self._key(key)))
        return found.decode() if isinstance(found, bytes) else None

    def acquire(self, key: str) -> object | None:
        """Return a lease, the right to fetch a new token; None if another client has it.

        This method does not wait.
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
        """Store a token, unless the lease has ended."""
        until = 0 if expires_at == float("inf") else int(expires_at * 1000)
        self._run_with_lease(scripts.SAVE, key, lease, value, until)

    def release(self, key: str, lease: object) -> None:
        """Give back a lease, the right to fetch a new token."""
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
