"""What goes wrong with a sandbox when a test says so, and what it saw happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from threading import Event
from typing import TypeVar

from . import faults
from .faults import Fault, RequestRecord
from .wire import Fate
from .world import World

__all__ = ["Troubled"]

Listener = TypeVar("Listener", bound=Callable[[RequestRecord], None])


class Troubled:
    """The part of a sandbox that orders faults, expires tokens and watches requests."""

    @property
    def _world(self) -> World:
        raise NotImplementedError

    # What goes wrong.

    def revoke_token(self, token: str) -> None:
        """Make one bearer token invalid."""
        with self._world.lock:
            self._world.access.revoke(token)

    def expire_access_tokens(self) -> None:
        """Make every bearer token issued so far invalid."""
        with self._world.lock:
            self._world.access.revoke_all()

    def expire_refresh_tokens(self) -> None:
        """Make every refresh token issued so far invalid."""
        with self._world.lock:
            self._world.oauth.revoke_refresh_tokens()

    def expire_page_tokens(self) -> None:
        """Make every page token issued so far invalid."""
        with self._world.lock:
            self._world.pages.expire_all()

    def expire_sync_tokens(self) -> None:
        """Make every sync token issued so far invalid."""
        with self._world.lock:
            self._world.sync_tokens.expire_all()

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
        """Order a fault for requests to come. What it does can be combined, and so can faults.

        :param status: answer with this HTTP status instead of asking the account.
        :param body: send this body; anything but bytes and text is written as JSON.
        :param headers: send these headers beside or instead of the usual ones.
        :param reset: drop the connection with RST, before any byte or after `truncate` bytes.
        :param truncate: drop the connection after this many bytes of the body.
        :param hang: answer nothing until the sandbox stops.
        :param hold: answer only once this event is set.
        :param drip: send head and body byte by byte, so many seconds of real time apart.
        :param garbage: answer 200 with a page of HTML.
        :param advance: move the clock by this many seconds before the request is looked at.
        :param expire_page_tokens: make all page tokens invalid before it is looked at.
        :param expire_sync_tokens: the same for sync tokens.
        :param expire_access_tokens: the same for bearer tokens.
        :param operation: strike this operation only; see `RequestRecord.operation`.
        :param path: strike paths like this shell pattern only, such as `/v2/phone/sms/*`.
        :param method: strike this HTTP method only.
        :param where: strike only requests for which this is true.
        :param after: let this many such requests pass first.
        :param every: strike every so many of them.
        :param times: how many to strike; None for all.
        :param probability: strike each with this chance, by the seed; best with `times=None`.
        :returns: the fault: `hits` counts what it struck, `cancel()` takes it back.
        """
        if garbage:
            status, headers = status or 200, {"Content-Type": faults.HTML, **(headers or {})}
            body = "<html><body>Bad gateway, but 200</body></html>" if body is None else body
        effects: list[Callable[[], None]] = []
        if advance:
            effects.append(lambda: self._world.clock.advance(advance))
        if expire_page_tokens:
            effects.append(self.expire_page_tokens)
        if expire_sync_tokens:
            effects.append(self.expire_sync_tokens)
        if expire_access_tokens:
            effects.append(self.expire_access_tokens)
        return self._world.service.faults.order(
            Fault(
                operation=operation,
                path=path,
                method=method,
                where=where,
                after=after,
                every=every,
                times=times,
                probability=probability,
                status=status,
                body=faults.as_body(body),
                headers=headers or {},
                fate=Fate(reset, truncate, hang, hold, drip),
                before=tuple(effects),
                rng=Random(self._world.fault_rng.random()),
            )
        )

    def clear_faults(self) -> None:
        """Take all ordered faults back."""
        self._world.service.faults.clear()

    @property
    def phone_enabled(self) -> bool:
        """Whether the account has Zoom Phone; can be set while it is served."""
        return self._world.service.phone_enabled

    @phone_enabled.setter
    def phone_enabled(self, enabled: bool) -> None:
        self._world.service.phone_enabled = enabled

    # What happened.

    def on_request(self, listener: Listener) -> Listener:
        """Call a function with each request before it is looked at; usable as a decorator.

        It runs in the thread that serves the request, and may change the account or the clock.
        """
        self._world.service.listeners.append(listener)
        return listener

    def remove_listener(self, listener: Callable[[RequestRecord], None]) -> None:
        """Stop calling a function that `on_request` was given.

        :raises ValueError: if it was not.
        """
        self._world.service.listeners.remove(listener)

    @property
    def requests(self) -> list[RequestRecord]:
        """The requests received so far, oldest first."""
        with self._world.lock:
            return list(self._world.service.log)

    def clear_requests(self) -> None:
        """Forget the requests received so far; the counters stay."""
        with self._world.lock:
            self._world.service.log.clear()

    @property
    def token_requests(self) -> int:
        """How many requests the token endpoint received."""
        return self._world.service.token_requests

    @property
    def crashes(self) -> list[str]:
        """Tracebacks of listeners, or of the sandbox, that failed; each was answered with a 500."""
        return list(self._world.service.crashes)
