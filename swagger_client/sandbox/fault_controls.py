"""Methods of the sandbox that configure faults and show the requests it received."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from threading import Event
from typing import TypeVar

from . import faults
from .components import Components
from .faults import Conditions, ConfiguredFault, Effect, Fault, RequestRecord
from .http import TransportFault

__all__ = ["FaultControls"]

Listener = TypeVar("Listener", bound=Callable[[RequestRecord], None])


class FaultControls:
    """Configure faults, expire tokens and observe requests."""

    @property
    def _components(self) -> Components:
        raise NotImplementedError

    # Faults.

    def revoke_token(self, token: str) -> None:
        """Make one bearer token invalid."""
        with self._components.lock:
            self._components.access.revoke(token)

    def expire_access_tokens(self) -> None:
        """Make every bearer token issued so far invalid."""
        with self._components.lock:
            self._components.access.revoke_all()

    def expire_refresh_tokens(self) -> None:
        """Make every refresh token issued so far invalid."""
        with self._components.lock:
            self._components.oauth.revoke_refresh_tokens()

    def expire_page_tokens(self) -> None:
        """Make every page token issued so far invalid."""
        with self._components.lock:
            self._components.pages.expire_all()

    def expire_sync_tokens(self) -> None:
        """Make every sync token issued so far invalid."""
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
        """Configure a fault for future requests. Effects can be combined, and so can faults.

        :param status: respond with this HTTP status and leave the account alone.
        :param body: send this body; anything but bytes and text is written as JSON.
        :param headers: add these headers to the usual ones or replace those.
        :param reset: drop the connection with RST, before any byte or after `truncate` bytes.
        :param truncate: drop the connection after this many bytes of the body.
        :param hang: send nothing until the sandbox stops.
        :param hold: send the response once this event is set.
        :param drip: send the response byte by byte, with this many seconds of real time between.
        :param garbage: respond with status 200 and an HTML page.
        :param advance: advance the clock by this many seconds before the request is handled.
        :param expire_page_tokens: make all page tokens invalid before the request is handled.
        :param expire_sync_tokens: make all sync tokens invalid.
        :param expire_access_tokens: make all bearer tokens invalid.
        :param operation: only requests of this operation; see `RequestRecord.operation`.
        :param path: only paths that match this shell pattern, such as `/v2/phone/sms/*`.
        :param method: only requests with this HTTP method.
        :param where: only requests for which this returns true.
        :param after: skip this many matching requests first.
        :param every: apply to every n-th of them.
        :param times: apply this many times; None for always.
        :param probability: apply with this probability, based on the seed; use with `times=None`.
        :returns: the fault: `hits` counts the requests it applied to, `cancel()` removes it.
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
        """Whether the account has Zoom Phone; can be changed at any time."""
        return self._components.service.phone_enabled

    @phone_enabled.setter
    def phone_enabled(self, enabled: bool) -> None:
        self._components.service.phone_enabled = enabled

    # Requests.

    def on_request(self, listener: Listener) -> Listener:
        """Call a function with each request before it is handled; usable as a decorator.

        It runs in the thread that serves the request, and may change the account or the clock.
        """
        self._components.service.listeners.append(listener)
        return listener

    def remove_listener(self, listener: Callable[[RequestRecord], None]) -> None:
        """Remove a function that was passed to `on_request`.

        :raises ValueError: if it was not registered.
        """
        self._components.service.listeners.remove(listener)

    @property
    def requests(self) -> list[RequestRecord]:
        """The requests received so far, oldest first."""
        with self._components.lock:
            return list(self._components.service.log)

    def clear_requests(self) -> None:
        """Clear the list of requests; the counters stay."""
        with self._components.lock:
            self._components.service.log.clear()

    @property
    def token_requests(self) -> int:
        """The number of requests that the token endpoint received."""
        return self._components.service.token_requests

    @property
    def crashes(self) -> list[str]:
        """Tracebacks of errors in listeners or in the sandbox, which led to a status 500."""
        return list(self._components.service.crashes)
