"""Select the requests that fail, and apply the configured faults to their responses."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from threading import Lock

from .http import JSON, NO_FAULT, Response, TransportFault

__all__ = ["Conditions", "ConfiguredFault", "Effect", "Fault", "Faults", "RequestRecord"]

HTML = "text/html;charset=UTF-8"


@dataclass(slots=True)
class RequestRecord:
    """One request that the sandbox received, without its secrets.

    :ivar index: the number of the request, counted from 0.
    :ivar at: the sandbox's time in Unix seconds.
    :ivar method: the HTTP method.
    :ivar path: the path as sent, percent-encoded, without the query.
    :ivar operation: one of the six operations, `oauth_token`, `oauth_authorize`,
        `oauth_device_code`, `download`, or None for an unknown path.
    :ivar query: the decoded query; the value of `jwt` is replaced by `***`.
    :ivar token: 12 digits that identify the bearer token; None without a token.
    :ivar status: the HTTP status of the response; None before the response is computed.
    :ivar faulted: whether a configured fault changed the response.
    """

    index: int
    at: float
    method: str
    path: str
    operation: str | None
    query: Mapping[str, str]
    token: str | None
    status: int | None = None
    faulted: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions that a request must meet to fail. `Sandbox.fault` documents them."""

    operation: str | None = None
    path: str | None = None
    method: str | None = None
    where: Callable[[RequestRecord], bool] | None = None
    after: int = 0
    every: int = 1
    probability: float | None = None

    def match(self, request: RequestRecord) -> bool:
        """Return whether a request meets all conditions: operation, path, method and `where`."""
        return (
            (self.operation is None or request.operation == self.operation)
            and (self.path is None or fnmatch.fnmatchcase(request.path, self.path))
            and (self.method is None or request.method == self.method.upper())
            and (self.where is None or self.where(request))
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """What a fault changes in a response. The other fields are parameters of `Sandbox.fault`.

    :param before: functions to call before the request is handled.
    """

    status: int | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    transport: TransportFault = NO_FAULT
    before: tuple[Callable[[], None], ...] = ()

    def modify(self, response: Response) -> Response:
        return Response(
            response.status if self.status is None else self.status,
            {**response.headers, **self.headers},
            response.body if self.body is None else self.body,
            response.transport if self.transport == NO_FAULT else self.transport,
        )


class Fault:
    """A fault, such as a reset connection, that a test configured with `Sandbox.fault`.

    :ivar hits: the number of requests to which the fault was applied.
    """

    def __init__(self) -> None:
        self.hits = 0

    def cancel(self) -> None:
        """Stop applying this fault."""
        raise NotImplementedError


class ConfiguredFault(Fault):
    """A configured fault: which requests it selects, and what it changes in the responses."""

    def __init__(
        self, conditions: Conditions, effect: Effect, *, times: int | None, rng: Random
    ) -> None:
        super().__init__()
        self.effect = effect
        self._conditions = conditions
        self._times = times
        self._rng = rng
        self._matched = 0

    def cancel(self) -> None:
        self._times = self.hits

    def is_spent(self) -> bool:
        """Return whether the fault ended: it was applied `times` times, or was cancelled."""
        return self._times is not None and self.hits >= self._times

    def applies_to(self, request: RequestRecord) -> bool:
        """Count a request and return whether the fault applies to it."""
        when = self._conditions
        if self.is_spent() or not when.match(request):
            return False
        self._matched += 1
        if self._matched <= when.after or (self._matched - when.after) % when.every:
            return False
        if when.probability is not None and self._rng.random() >= when.probability:
            return False
        self.hits += 1
        return True


class Faults:
    """The active faults, in the order in which they were configured."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._active: list[ConfiguredFault] = []

    def add(self, fault: ConfiguredFault) -> Fault:
        with self._lock:
            self._active.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._active.clear()

    def effects_on(self, request: RequestRecord) -> list[Effect]:
        with self._lock:
            self._active = [fault for fault in self._active if not fault.is_spent()]
            return [fault.effect for fault in self._active if fault.applies_to(request)]


def replacement(effects: Sequence[Effect]) -> Response | None:
    """Return an error response with the first status that a fault sets; None if none does."""
    status = next((effect.status for effect in effects if effect.status is not None), None)
    if status is None:
        return None
    body = {"code": status, "message": f"A test configured this fault: HTTP {status}."}
    return Response(status, {"Content-Type": JSON}, json.dumps(body).encode())


def as_body(body: bytes | str | Mapping[str, object] | list[object] | None) -> bytes | None:
    """Encode a body: text as UTF-8, bytes and None unchanged, any other value as JSON."""
    if body is None or isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
