"""The methods of `Sandbox` that configure faults and list the received requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from threading import Event
from typing import TypeVar

from . import faults
from .components import Controls
from .faults import Conditions, ConfiguredFault, Effect, Fault, RequestRecord
from .http import TransportFault

__all__ = ["FaultControls"]

Listener = TypeVar("Listener", bound=Callable[[RequestRecord], None])


class FaultControls(Controls):
    """The methods of `Sandbox` that make requests fail, expire tokens and list requests."""

    # Faults.

    def revoke_token(self, token: str) -> None:
        """Revoke one bearer token."""
        with self._components.lock:
            self._components.access.revoke(token)

    def expire_access_tokens(self) -> None:
        """Revoke every bearer token issued so far."""
        with self._components.lock:
            self._components.access.revoke_all()

    def expire_refresh_tokens(self) -> None:
        """Revoke every refresh token issued so far."""
        with self._components.lock:
            self._components.oauth.revoke_refresh_tokens()

    def expire_page_tokens(self) -> None:
        """Revoke every page token issued so far."""
        with self._components.lock:
            self._components.pages.expire_all()

    def expire_sync_tokens(self) -> None:
        """Revoke every sync token issued so far."""
        with self._components.lock:
            self._components.sync_tokens.expire_all()

    def fault(
        self,
        *,
        status: int | None = None,
        body: bytes | str | Mapping[str, object] | list[object] | None = None,
        headers: Mapping[str, str] | None = None,
        reset: bool = False,
        truncate: int | None = None,
        hang: bool = False,
        hold: Event | None = None,
        drip: float | None = None,
        garbage: bool = False,
        advance: float = 0,
        expire_page_tokens: bool = False,
        expire_sync_tokens: bool = False,
        expire_access_tokens: bool = False,
        operation: str | None = None,
        path: str | None = None,
        method: str | None = None,
        where: Callable[[RequestRecord], bool] | None = None,
        after: int = 0,
        every: int = 1,
        times: int | None = 1,
        probability: float | None = None,
    ) -> Fault:
        """Make future requests fail; parameters can be combined.

        Several faults can be active at the same time. The parameters from `status` to
        `expire_access_tokens` say what happens to a request. The parameters from `operation` on
        select the requests.

        :param status: respond with this HTTP status; the request does not change the account.
        :param body: the response body; a value other than bytes or text is encoded as JSON.
        :param headers: response headers to add or to replace.
        :param reset: close the connection with a TCP reset (RST) instead of a response; with
            `truncate`, after the truncated response.
        :param truncate: close the connection after this many bytes of the body.
        :param hang: send nothing until the sandbox stops.
        :param hold: send the response after this event is set.
        :param drip: send one byte at a time and wait this many seconds of real time after each
            byte.
        :param garbage: respond with an HTML page and status 200 instead of JSON.
        :param advance: advance the clock by this many seconds before the request is handled.
        :param expire_page_tokens: revoke all page tokens before the request is handled.
        :param expire_sync_tokens: revoke all sync tokens before the request is handled.
        :param expire_access_tokens: revoke all bearer tokens before the request is handled.
        :param operation: select requests of this operation; `RequestRecord.operation` lists the
            values.
        :param path: select paths that match this shell pattern, such as `/v2/phone/sms/*`.
        :param method: select requests with this HTTP method.
        :param where: select requests for which this function returns True.
        :param after: ignore this many matching requests at the start.
        :param every: of the matching requests, select every n-th.
        :param times: stop after this many faulty requests; None never stops.
        :param probability: select a matching request with this probability, from 0 to 1. The seed
            determines the result. Use it with `times=None`.
        :returns: the fault. Its `hits` counts the faulty requests, and `cancel()` removes it.
        """
        if garbage:
            status, headers = status or 200, {"Content-Type": faults.HTML, **(headers or {})}
            body = "<html><body>Bad gateway, but 200</body></html>" if body is None else body
        actions: list[Callable[[], None]] = []
        if advance:
            actions.append(lambda: self._components.clock.advance(advance))
        if expire_page_tokens:
            actions.append(self.expire_page_tokens)
        if expire_sync_tokens:
            actions.append(self.expire_sync_tokens)
        if expire_access_tokens:
            actions.append(self.expire_access_tokens)
        fault = ConfiguredFault(
            Conditions(operation, path, method, where, after, every, probability),
            Effect(
                status,
                faults.as_body(body),
                headers or {},
                TransportFault(reset, truncate, hang, hold, drip),
                tuple(actions),
            ),
            times=times,
            rng=Random(self._components.fault_rng.random()),
        )
        return self._components.service.faults.add(fault)

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._components.service.faults.clear()

    @property
    def phone_enabled(self) -> bool:
        """Whether the account has Zoom Phone. A test can change it at any time."""
        return self._components.service.phone_enabled

    @phone_enabled.setter
    def phone_enabled(self, enabled: bool) -> None:
        self._components.service.phone_enabled = enabled

    # Requests.

    def on_request(self, listener: Listener) -> Listener:
        """Call a function for each request, before the request is handled.

        The function runs in the thread that serves the request. The function may change the account
        or the clock. This method is also usable as a decorator.

        :param listener: the function, called with the request.
        :returns: the same function.
        """
        self._components.service.listeners.append(listener)
        return listener

    def remove_listener(self, listener: Callable[[RequestRecord], None]) -> None:
        """Stop calling a function that was passed to `on_request`.

        :raises ValueError: if the function was not passed to `on_request`.
        """
        self._components.service.listeners.remove(listener)

    @property
    def requests(self) -> list[RequestRecord]:
        """The received requests, oldest first."""
        with self._components.lock:
            return list(self._components.service.log)

    def clear_requests(self) -> None:
        """Empty the list of received requests. The counters, such as `token_requests`, stay."""
        with self._components.lock:
            self._components.service.log.clear()

    @property
    def token_requests(self) -> int:
        """The number of requests to the OAuth token endpoint."""
        return self._components.service.token_requests

    @property
    def crashes(self) -> list[str]:
        """The tracebacks of unexpected exceptions in the sandbox or in a listener.

        After each of these exceptions, the sandbox responded with status 500.
        """
        return list(self._components.service.crashes)
