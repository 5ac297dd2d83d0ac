"""Issue and check page tokens."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from .account_data import Key
from .api_errors import ApiError
from .generate import new_id
from .parameters import Window

__all__ = ["Page", "PageTokens"]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page token stands for: the position of a page in a paginated list.

    :param window: the time span of the list.
    :param after: the key of the last message on the previous page, for lists of messages.
    :param rest: the session ids of this page and all later pages, for lists of sessions.
    """

    window: Window
    after: Key | None = None
    rest: Sequence[str] = ()


class PageTokens:
    """Issues and checks page tokens.

    A token is valid only in requests with the same parameters as the request that returned it.

    :param rng: generates the tokens.
    :param lifetime: how long a token is valid, in seconds.
    """

    def __init__(self, rng: Random, lifetime: float) -> None:
        self._rng = rng
        self._lifetime = lifetime
        self._issued: OrderedDict[str, tuple[float, tuple[object, ...], Page]] = OrderedDict()

    def issue(self, now: float, bound_to: tuple[object, ...], page: Page) -> str:
        """Return a new token for a page. The token is valid only with the parameters `bound_to`."""
        while self._issued and self._is_expired(next(iter(self._issued.values()))[0], now):
            self._issued.popitem(last=False)
        token = new_id(self._rng, 24) + new_id(self._rng, 11)
        self._issued[token] = (now, bound_to, page)
        return token

    def redeem(self, now: float, bound_to: tuple[object, ...], token: str) -> Page:
        """Return the page for a token, or raise an ApiError. A token can be used several times."""
        issued_at, parameters, page = self._issued.get(token, (0.0, None, None))
        if page is None or parameters != bound_to or self._is_expired(issued_at, now):
            message = "The page token is invalid or expired; start again with the first page."
            raise ApiError(400, 400, message)
        return page

    def expire_all(self) -> None:
        self._issued.clear()

    def _is_expired(self, issued_at: float, now: float) -> bool:
        return now - issued_at >= self._lifetime
