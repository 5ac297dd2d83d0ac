"""Page tokens: bound to the parameters of the first request, valid for 15 minutes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from . import api_errors
from .account_data import Key
from .generate import new_id
from .parameters import Window

__all__ = ["Page", "PageTokens"]


@dataclass(frozen=True, slots=True)
class Page:
    """The start of a list's next page.

    :param window: the span that the first request covered.
    :param after: the last message returned; new messages cannot shift those after it.
    :param rest: the remaining session ids, as the first request found them.
    """

    window: Window
    after: Key | None = None
    rest: Sequence[str] = ()


class PageTokens:
    """Issue and redeem page tokens.

    :param rng: source of the tokens' random letters.
    :param lifetime: validity of a token, in seconds.
    """

    def __init__(self, rng: Random, lifetime: float) -> None:
        self._rng = rng
        self._lifetime = lifetime
        self._issued: OrderedDict[str, tuple[float, tuple[object, ...], Page]] = OrderedDict()

    def issue(self, now: float, bound_to: tuple[object, ...], page: Page) -> str:
        """Return a new token for a page."""
        while self._issued and self._is_expired(next(iter(self._issued.values()))[0], now):
            self._issued.popitem(last=False)
        token = new_id(self._rng, 24) + new_id(self._rng, 11)
        self._issued[token] = (now, bound_to, page)
        return token

    def redeem(self, now: float, bound_to: tuple[object, ...], token: str) -> Page:
        """Return the page of a token; tokens can be redeemed several times while valid.

        :raises ApiError: if the token is unknown, expired, or was issued for other parameters.
        """
        issued = self._issued.get(token)
        if issued is None:
            raise api_errors.bad_page_token()
        issued_at, parameters, page = issued
        if parameters != bound_to or self._is_expired(issued_at, now):
            raise api_errors.bad_page_token()
        return page

    def expire_all(self) -> None:
        """Make every token issued so far invalid."""
        self._issued.clear()

    def _is_expired(self, issued_at: float, now: float) -> bool:
        return now - issued_at >= self._lifetime
