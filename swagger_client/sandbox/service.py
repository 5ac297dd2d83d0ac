"""From request to answer: log, faults, routes, tokens, limits, endpoints, headers."""

from __future__ import annotations

import dataclasses
import gzip
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from threading import RLock

from . import endpoints, errors, tokens
from .clock import Clock
from .endpoints import Call, Endpoints
from .faults import Faults, RequestRecord, stand_in
from .files import Downloads
from .grants import OAuth
from .limits import Limiter, http_date
from .parameters import Parameters
from .wire import Answer, Request, json_answer

__all__ = ["Service"]

_GZIP_FROM = 1400  # bytes: below this a body fits a packet anyway


@dataclass
class Service:
    """Answer requests; safe to call from many threads.

    :param lock: held while an answer is decided, so that the account stands still.
    :param origin: gives the scheme and authority that clients reach the sandbox at.
    :param log_limit: how many requests are remembered; None for all.
    """

    clock: Clock
    endpoints: Endpoints
    access: tokens.AccessTokens
    oauth: OAuth
    downloads: Downloads
    limiter: Limiter
    faults: Faults
    lock: RLock
    origin: Callable[[], str]
    rng: Random
    compress: bool = True
    phone_enabled: bool = True
    log_limit: int | None = None

    def __post_init__(self) -> None:
        self.listeners: list[Callable[[RequestRecord], None]] = []
        self.log: deque[RequestRecord] = deque(maxlen=self.log_limit)
        self.crashes: list[str] = []
        self.served = 0
        self.token_requests = 0

    def handle(self, request: Request) -> Answer:
        """Return the answer to a request."""
        try:
            answer = self._handle(request)
        except Exception as error:  # a listener's or the sandbox's own fault: show it to the test
            self.crashes.append(traceback.format_exc())
            message = f"The sandbox failed: {error!r}"
            answer = json_answer(500, {"code": 500, "message": message})
        return self._finish(request, answer)

    def _handle(self, request: Request) -> Answer:
        operation, arguments = _route(request)
        record = self._record(request, operation)
        for listener in list(self.listeners):
            listener(record)
        struck = self.faults.striking(record)
        for fault in struck:
            for effect in fault.before:
                effect()
        replaced = [fault for fault in struck if fault.replaces()]
        if replaced:
            answer = stand_in(replaced[0].status or 500)
        else:
            with self.lock:
                answer = self._answer(request, operation, arguments)
        for fault in struck:
            answer = fault.change(answer)
        record.status = answer.status
        record.faulted = bool(struck)
        return answer

    def _record(self, request: Request, operation: str | None) -> RequestRecord:
        query = {name: "***" if name == "jwt" else value for name, value in request.query}
        token = tokens.fingerprint(request.headers.get("authorization"))
        with self.lock:
            record = RequestRecord(
                index=self.served,
                at=self.clock.time(),
                method=request.method,
                path=request.path,
                operation=operation,
                query=query,
                token=token,
            )
            self.served += 1
            self.token_requests += operation == "oauth_token"
            self.log.append(record)
        return record

    def _answer(
        self, request: Request, operation: str | None, arguments: tuple[str, ...]
    ) -> Answer:
        now = self.clock.time()
        allowed = "POST" if operation in ("oauth_token", "oauth_device_code") else "GET"
        if operation is None:
            return json_answer(404, {"code": 404, "message": "There is nothing at this path."})
        if request.method != allowed:
            told = {"code": 405, "message": f"This path takes {allowed} only."}
            return json_answer(405, told, {"Allow": allowed})
        if operation == "oauth_token":
            return self.oauth.answer(request, self.origin(), now)
        if operation == "oauth_authorize":
            return self.oauth.authorize_page(request, now)
        if operation == "oauth_device_code":
            return self.oauth.device_code(request, self.origin(), now)
        if operation == "download":
            return self.downloads.answer(request, arguments[0], now)
        try:
            return self._call(request, operation, arguments, now)
        except errors.Refusal as refusal:
            return json_answer(refusal.status, refusal.body())

    def _call(
        self, request: Request, operation: str, arguments: tuple[str, ...], now: float
    ) -> Answer:
        grant = self.access.check(now, request.headers.get("authorization"))
        if not self.phone_enabled:
            raise errors.phone_not_enabled()
        refused, headers = self.limiter.admit(operation, now)
        if refused is not None:
            return refused
        tokens.require(grant, operation)
        call = Call(operation, request.path, arguments, Parameters(request.query), grant, now)
        return json_answer(200, self.endpoints.answer(call), headers)

    def _finish(self, request: Request, answer: Answer) -> Answer:
        headers: dict[str, str] = {
            "Date": http_date(self.clock.time()),
            "x-zm-trackingid": f"v=2.0;clid=us0;rid=WEB_{self.rng.getrandbits(128):032x}",
            **answer.headers,
        }
        body = answer.body
        if self.compress and _gains_from_gzip(request, headers, body):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, 1, mtime=0)
        return dataclasses.replace(answer, headers=headers, body=body)


def _gains_from_gzip(request: Request, headers: Mapping[str, str], body: bytes) -> bool:
    wanted = "gzip" in request.headers.get("accept-encoding", "").lower()
    text = headers.get("Content-Type", "").startswith(("application/json", "text/"))
    coded = any(name.lower() == "content-encoding" for name in headers)
    return wanted and text and not coded and len(body) >= _GZIP_FROM


def _route(request: Request) -> tuple[str | None, tuple[str, ...]]:
    match request.segments:
        case ("v2", *rest):
            return endpoints.route(rest) or (None, ())
        case ("oauth", "token"):
            return "oauth_token", ()
        case ("oauth", "authorize"):
            return "oauth_authorize", ()
        case ("oauth", "devicecode"):
            return "oauth_device_code", ()
        case ("file", "download", file_id):
            return "download", (file_id,)
        case _:
            return None, ()
