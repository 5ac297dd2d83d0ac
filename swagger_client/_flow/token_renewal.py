"""Acquire the access token of a request: the current one, a shared one, or a new one.

A *lease* is the right to fetch a new token. Of all processes that share a token cache, only one
holds the lease at a time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from swagger_client._flow.effects import Failure, Flow, Perform, Shield, Sleep, WaitFor
from swagger_client._flow.tokens import AccessToken, SharedToken, TokenContext, TokenIssuer

if TYPE_CHECKING:
    from concurrent.futures import Future

#: The seconds between two attempts to acquire the lease while another process holds it.
LEASE_POLL = 0.05


def acquire_token(issuer: TokenIssuer, context: TokenContext) -> Flow[AccessToken]:
    """Return the current token. If there is none, fetch one, or wait while another caller does."""
    clock = context.clock
    current = issuer._holder.current(clock.time())
    if current is not None:
        return current
    while True:
        # If this call is cancelled while it fetches a token, the request must continue: Zoom may
        # already have replaced the refresh token, and only the response contains the new one.
        found: AccessToken | Future[None] = yield Shield(
            _claim_or_fetch(issuer, context), delays_interrupts=issuer._rotates
        )
        if isinstance(found, AccessToken):
            return found
        remaining = context.deadline - clock.monotonic()
        if remaining <= 0:
            raise context.deadline_error("the deadline passed while waiting for an access token")
        yield WaitFor(found, remaining)


def _claim_or_fetch(issuer: TokenIssuer, context: TokenContext) -> Flow[AccessToken | Future[None]]:
    """Return the current token, or fetch one; return a future while another caller does so."""
    holder, clock = issuer._holder, context.clock
    claimed = holder.claim(clock.time())
    if isinstance(claimed, Failure):
        raise claimed._copy()
    if claimed is not None:
        return claimed
    token: AccessToken | None = None
    failure: Failure | None = None
    fetched = False
    try:
        token, fetched = yield from _new_token(issuer, context)
    except Failure as raised:
        failure = issuer._explain(raised)
    finally:
        holder.settle(token, failure, clock.time())
    if token is None:
        assert failure is not None
        # A copy, because the traceback of the original contains the response.
        raise failure._copy()
    if fetched and context.emit is not None:
        from swagger_client._flow.events import TokenRenewedEvent

        # After settle(), because a listener may call the API, which needs the token.
        context.emit(TokenRenewedEvent(token.expires_at))
    return token


def _new_token(issuer: TokenIssuer, context: TokenContext) -> Flow[tuple[AccessToken, bool]]:
    """Return a new token, and whether it was fetched (True) or found in the cache (False)."""
    loaded: dict[str, AccessToken] = {}
    while True:
        shared = issuer._shared
        if shared is None:
            return (yield from _fetch(issuer, context)), True
        lease = yield from _wait_for_lease(shared, context)
        try:
            result = yield from _load_or_fetch(issuer, shared, lease, context, loaded)
        except GeneratorExit:
            shared.cache.release(shared.key, lease)
            raise
        except BaseException:
            yield Perform(partial(shared.cache.release, shared.key, lease))
            raise
        yield Perform(partial(shared.cache.release, shared.key, lease))
        if result is not None:
            return result


def _load_or_fetch(
    issuer: TokenIssuer,
    shared: SharedToken,
    lease: object,
    context: TokenContext,
    loaded: dict[str, AccessToken],
) -> Flow[tuple[AccessToken, bool] | None]:
    """Load a token from the cache, or fetch and store one. The caller must hold the ``lease``.

    :param loaded: the tokens found so far, by cache key. No entry is loaded twice, so the search
        for the newest refresh token ends.
    :returns: the token, and whether it was fetched. None if the cache contained a newer refresh
        token. The caller must then call this function again with that refresh token's cache entry,
        because Zoom accepts only the newest refresh token.
    """
    found: AccessToken | None = None
    if shared.key not in loaded:
        found = yield Perform(shared.load)
    if found is not None:
        loaded[shared.key] = found
        if issuer._adopt(found):
            return None
    newest = next(reversed(loaded.values()), None)
    if newest is not None and issuer._holder.accepts(newest, context.clock.time()):
        return newest, False
    token = yield from _fetch(issuer, context)
    yield Perform(lambda: shared.save(token, lease))
    return token, True


def _wait_for_lease(shared: SharedToken, context: TokenContext) -> Flow[object]:
    """Acquire the lease (the right to fetch a token); wait while another process holds it."""
    cache, key = shared.cache, shared.key

    def undo(lease: object) -> None:
        if lease is not None:
            cache.release(key, lease)

    while True:
        lease: Any = yield Perform(lambda: cache.acquire(key), undo)
        if lease is not None:
            return lease
        if context.clock.monotonic() >= context.deadline:
            raise context.deadline_error(
                "the deadline passed while another process was fetching an access token"
            )
        yield Sleep(LEASE_POLL)


def _fetch(issuer: TokenIssuer, context: TokenContext) -> Flow[AccessToken]:
    response = yield from context.fetch(issuer._token_request())
    now = context.clock.time()
    # On asyncio, Perform uses a thread, because on_refresh_token may write to a database.
    token: AccessToken = yield Perform(lambda: issuer._holder.read(issuer, response, now))
    return token
