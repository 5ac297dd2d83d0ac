"""Page tokens: bound to the parameters of the first request, dead after 15 minutes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from . import errors
from .account import Key
from .generate import new_id
from .parameters import Window

__all__ = ["Page", "PageTokens"]


@dataclass(frozen=True, slots=True)
class Page:
    """Where a listing goes on.

    :param window: the time that the first request covered.
    :param after: the last message handed out; new messages cannot shift what follows it.
    :param rest: the sessions still to come, as the first request found them.
    """

    window: Window
    after: Key | None = None
    rest: Sequence[str] = ()


class PageTokens:
    """Issue page tokens and take them back.

    :param rng: where the tokens' letters come from.
    :param lifetime: how long one lives, in seconds.
    """

    def __init__(self, rng: Random, lifetime: float) -> None:
        self._rng = rng
        self._lifetime = lifetime
        self._issued: OrderedDict[str, tuple[float, tuple[object, ...], Page]] = OrderedDict()

    def issue(self, now: float, bound_to: tuple[object, ...], page: Page) -> str:
        """Return a new token for a page."""
        while self._issued and self._is_old(next(iter(self._issued.values()))[0], now):
            self._issued.popitem(last=False)
        token = new_id(self._rng, 24) + new_id(self._rng, 11)
        self._issued[token] = (now, bound_to, page)
        return token

    def redeem(self, now: float, bound_to: tuple[object, ...], token: str) -> Page:
        """Return the page of a token; the same token can be redeemed again while it lives.

        :raises Refusal: if it is unknown, expired, or was issued for other parameters.
        """
        issued = self._issued.get(token)
        if issued is None:
            raise errors.bad_page_token()
        issued_at, parameters, page = issued
        if parameters != bound_to or self._is_old(issued_at, now):
            raise errors.bad_page_token()
        return page

    def expire_all(self) -> None:
        """Make every token issued so far invalid."""
        self._issued.clear()

    def _is_old(self, issued_at: float, now: float) -> bool:
        return now - issued_at >= self._lifetime
