"""Compute the response to a request: faults, routes, tokens, rate limits and endpoints."""

from __future__ import annotations

import dataclasses
import gzip
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from threading import RLock

from . import access_tokens, endpoints, faults
from .api_errors import ApiError
from .clock import Clock
from .downloads import Downloads
from .endpoints import Call, Endpoints
from .faults import Faults, RequestRecord
from .http import Request, Response, json_response
from .limits import Limiter, http_date
from .oauth_server import OAuth
from .parameters import Parameters

__all__ = ["Service"]

_GZIP_FROM = 1400  # bytes; a smaller body fits into one packet without compression


@dataclass
class Service:
    """Computes the responses to requests. Thread-safe.

    :param lock: held while a response is computed, so that no thread changes the account.
    :param origin: a function that returns the start of the sandbox's URLs, such as
        `http://127.0.0.1:8080`.
    :param log_limit: the number of requests to keep in `log`; None keeps all.
    """

    clock: Clock
    endpoints: Endpoints
    access: access_tokens.AccessTokens
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

    def handle(self, request: Request) -> Response:
        try:
            response = self._handle(request)
        except (
            Exception
        ) as error:  # an error in a listener or in the sandbox: report it to the test
            self.crashes.append(traceback.format_exc())
            message = f"The sandbox failed: {error!r}"
            response = json_response(500, {"code": 500, "message": message})
        return self._finish(request, response)

    def _handle(self, request: Request) -> Response:
        operation, arguments = _route(request)
        record = self._record(request, operation)
        for listener in list(self.listeners):
            listener(record)
        effects = self.faults.effects_on(record)
        for effect in effects:
            for action in effect.before:
                action()
        response = faults.replacement(effects)
        if response is None:
            with self.lock:
                response = self._dispatch(request, operation, arguments)
        for effect in effects:
            response = effect.modify(response)
        record.status = response.status
        record.faulted = bool(effects)
        return response

    def _record(self, request: Request, operation: str | None) -> RequestRecord:
        query = {name: "***" if name == "jwt" else value for name, value in request.query}
        token = access_tokens.fingerprint(request.headers.get("authorization"))
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

    def _dispatch(
        self, request: Request, operation: str | None, arguments: tuple[str, ...]
    ) -> Response:
        now = self.clock.time()
        allowed = "POST" if operation in ("oauth_token", "oauth_device_code") else "GET"
        if operation is None:
            return json_response(404, {"code": 404, "message": "This path does not exist."})
        if request.method != allowed:
            error = {"code": 405, "message": f"This path accepts {allowed} only."}
            return json_response(405, error, {"Allow": allowed})
        if operation == "oauth_token":
            return self.oauth.issue_token(request, self.origin(), now)
        if operation == "oauth_authorize":
            return self.oauth.authorize_page(request, now)
        if operation == "oauth_device_code":
            return self.oauth.device_code(request, self.origin(), now)
        if operation == "download":
            return self.downloads.serve(request, arguments[0], now)
        try:
            return self._call(request, operation, arguments, now)
        except ApiError as error:
            return json_response(error.status, error.body())

    def _call(
        self, request: Request, operation: str, arguments: tuple[str, ...], now: float
    ) -> Response:
        grant = self.access.check(now, request.headers.get("authorization"))
        if not self.phone_enabled:
            raise ApiError(403, 2031, "Zoom Phone is not enabled on this account.")
        rejection, headers = self.limiter.admit(operation, now)
        if rejection is not None:
            return rejection
        access_tokens.require(grant, operation)
        call = Call(operation, request.path, arguments, Parameters(request.query), grant, now)
        return json_response(200, self.endpoints.run(call), headers)

    def _finish(self, request: Request, response: Response) -> Response:
        headers: dict[str, str] = {
            "Date": http_date(self.clock.time()),
            "x-zm-trackingid": f"v=2.0;clid=us0;rid=WEB_{self.rng.getrandbits(128):032x}",
            **response.headers,
        }
        body = response.body
        if self.compress and _gains_from_gzip(request, headers, body):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, 1, mtime=0)
        return dataclasses.replace(response, headers=headers, body=body)


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
