"""Configured faults, and which requests they apply to."""

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
    """One request that the sandbox received, without the secrets it carried.

    :param index: the position of the request among all requests, from 0.
    :param at: the sandbox's time in unix seconds.
    :param operation: one of the six operations, `oauth_token`, `oauth_authorize`,
        `oauth_device_code`, `download`, or None for an unknown path.
    :param query: the decoded query; a `jwt` is shown as `***`.
    :param token: a short name of the bearer token used, the same for the same token.
    :param status: the HTTP status of the response, None until there is one.
    :param faulted: whether a fault applied to it.
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
    """Which requests a fault applies to; see `Sandbox.fault`."""

    operation: str | None = None
    path: str | None = None
    method: str | None = None
    where: Callable[[RequestRecord], bool] | None = None
    after: int = 0
    every: int = 1
    probability: float | None = None

    def match(self, request: RequestRecord) -> bool:
        """Return whether a request is of the kind that the fault counts."""
        return (
            (self.operation is None or request.operation == self.operation)
            and (self.path is None or fnmatch.fnmatchcase(request.path, self.path))
            and (self.method is None or request.method == self.method.upper())
            and (self.where is None or self.where(request))
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a fault on a request or its response; see `Sandbox.fault`."""

    status: int | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    transport: TransportFault = NO_FAULT
    before: tuple[Callable[[], None], ...] = ()

    def modify(self, response: Response) -> Response:
        """Return the response with this effect applied."""
        return Response(
            response.status if self.status is None else self.status,
            {**response.headers, **self.headers},
            response.body if self.body is None else self.body,
            response.transport if self.transport == NO_FAULT else self.transport,
        )


class Fault:
    """A configured fault, as `Sandbox.fault` returns it.

    :ivar hits: how many requests it has applied to.
    """

    def __init__(self) -> None:
        self.hits = 0

    def cancel(self) -> None:
        """Apply to no further request."""
        raise NotImplementedError


class ConfiguredFault(Fault):
    """A fault with its conditions and its effect."""

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
        """Apply to no further request."""
        self._times = self.hits

    def is_spent(self) -> bool:
        """Return whether it applies to no further request."""
        return self._times is not None and self.hits >= self._times

    def applies_to(self, request: RequestRecord) -> bool:
        """Return whether the fault applies to this request, and count it."""
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
        """Activate a fault."""
        with self._lock:
            self._active.append(fault)
        return fault

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._active.clear()

    def effects_on(self, request: RequestRecord) -> list[Effect]:
        """Return the effects that apply to a request, and count it for each fault."""
        with self._lock:
            self._active = [fault for fault in self._active if not fault.is_spent()]
            return [fault.effect for fault in self._active if fault.applies_to(request)]


def replacement(effects: Sequence[Effect]) -> Response | None:
    """Return the response that is sent instead of the account's, if an effect has a status."""
    status = next((effect.status for effect in effects if effect.status is not None), None)
    if status is None:
        return None
    body = {"code": status, "message": f"A configured fault of the sandbox: HTTP {status}."}
    return Response(status, {"Content-Type": JSON}, json.dumps(body).encode())


def as_body(body: bytes | str | Mapping[str, object] | list[object] | None) -> bytes | None:
    """Return a body as bytes: text is encoded, anything else is written as JSON."""
    if body is None or isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
