"""Faults that a test orders, and the requests that they strike."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from threading import Lock

from .wire import JSON, WHOLE, Answer, Fate

__all__ = ["Fault", "Faults", "RequestRecord"]

HTML = "text/html;charset=UTF-8"


@dataclass(slots=True)
class RequestRecord:
    """One request that the sandbox was sent, without the secrets it carried.

    :param index: its place among all requests, from 0.
    :param at: the sandbox's time in unix seconds.
    :param operation: one of the six operations, `oauth_token`, `oauth_authorize`,
        `oauth_device_code`, `download`, or None for an unknown path.
    :param query: the decoded query; a `jwt` reads `***`.
    :param token: a short name of the bearer token used, the same for the same token.
    :param status: the HTTP status of the answer, None until there is one.
    :param faulted: whether an ordered fault struck it.
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


@dataclass(slots=True, eq=False)
class Fault:
    """An ordered fault, as `Sandbox.fault` describes it; `hits` counts the requests it struck."""

    operation: str | None = None
    path: str | None = None
    method: str | None = None
    where: Callable[[RequestRecord], bool] | None = None
    after: int = 0
    every: int = 1
    times: int | None = 1
    probability: float | None = None
    status: int | None = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    fate: Fate = WHOLE
    before: tuple[Callable[[], None], ...] = ()
    rng: Random = field(default_factory=Random)
    hits: int = 0
    _met: int = 0

    def cancel(self) -> None:
        """Strike no further request."""
        self.times = self.hits

    def is_spent(self) -> bool:
        """Tell whether it strikes no further request."""
        return self.times is not None and self.hits >= self.times

    def strikes(self, request: RequestRecord) -> bool:
        """Tell whether this request is struck, and count it."""
        if self.is_spent() or not self._matches(request):
            return False
        self._met += 1
        if self._met <= self.after or (self._met - self.after) % self.every:
            return False
        if self.probability is not None and self.rng.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def _matches(self, request: RequestRecord) -> bool:
        return (
            (self.operation is None or request.operation == self.operation)
            and (self.path is None or fnmatch.fnmatchcase(request.path, self.path))
            and (self.method is None or request.method == self.method.upper())
            and (self.where is None or self.where(request))
        )

    def replaces(self) -> bool:
        """Tell whether the request is answered by this fault and never reaches the account."""
        return self.status is not None

    def change(self, answer: Answer) -> Answer:
        """Return what becomes of an answer."""
        status = answer.status if self.status is None else self.status
        body = answer.body if self.body is None else self.body
        headers = {**answer.headers, **self.headers}
        fate = answer.fate if self.fate == WHOLE else self.fate
        return Answer(status, headers, body, fate)


class Faults:
    """The faults in force, in the order in which they were ordered."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ordered: list[Fault] = []

    def order(self, fault: Fault) -> Fault:
        """Put a fault in force."""
        with self._lock:
            self._ordered.append(fault)
        return fault

    def clear(self) -> None:
        """Take all faults back."""
        with self._lock:
            self._ordered.clear()

    def striking(self, request: RequestRecord) -> list[Fault]:
        """Return the faults that strike a request, counting it against each."""
        with self._lock:
            self._ordered = [fault for fault in self._ordered if not fault.is_spent()]
            return [fault for fault in self._ordered if fault.strikes(request)]


def stand_in(status: int) -> Answer:
    """Return the answer that a fault with a status gives when nothing else is said."""
    told = {"code": status, "message": f"The sandbox was told to answer {status}."}
    return Answer(status, {"Content-Type": JSON}, json.dumps(told).encode())


def as_body(body: bytes | str | Mapping[str, object] | list[object] | None) -> bytes | None:
    """Return a body as bytes: text is encoded, anything else is written as JSON."""
    if body is None or isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
