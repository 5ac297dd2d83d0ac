"""How a list is synchronized: everything first, then what is new.

FSync reads the newest records, BSync goes back from there, ISync forward. A sync token says which
part has been read; when it is refused, everything is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from swagger_client._flow.effects import Failure
from swagger_client._flow.paging import Answer, Ask

_TOKEN_REFUSED, _TOO_MANY_NEW = 300, 7035


Effects = Ask | list[Any]
Outcome = Answer | Failure | None


class Sync:
    """One synchronization of a list.

    :ivar token: what has been read so far.
    :ivar resynced: whether a token was refused, so that everything is read again.
    """

    def __init__(
        self,
        source: Any,
        token: str | None,
        key: Callable[[Any], str],
        count: int,
        stuck: Callable[[str | None], Exception],
    ) -> None:
        self.token = token
        self.resynced = False
        self._source = source
        self._key = key
        self._count = count
        self._stuck = stuck
        self._met: set[str] = set()

    def flow(self) -> Generator[Effects, Outcome, None]:
        """Yields what to fetch, and lists of items that were not handed out before."""
        if self.token is not None:
            refusal = yield from self._follow("ISync")
            if refusal is None:
                return
            self.resynced = True
        while True:
            before = len(self._met)
            refusal = yield from self._everything()
            if refusal is None:
                return
            self.resynced = True
            if len(self._met) == before:
                raise refusal

    def _everything(self) -> Generator[Effects, Outcome, Failure | None]:
        answer = yield Ask(self._source, {"sync_type": "FSync"})
        if isinstance(answer, Failure):
            raise answer
        assert answer is not None
        self.token = answer.token
        yield self._new(answer)
        if not answer.items:
            return None
        refusal = yield from self._follow("BSync")
        if refusal is None:
            # What came meanwhile. Should that be refused, the token is still the one to keep.
            yield from self._follow("ISync")
        return refusal

    def _follow(self, sync_type: str) -> Generator[Effects, Outcome, Failure | None]:
        """Go on in one direction to the end; returns the refusal of the token, if it is refused."""
        again = 0
        while True:
            if self.token is None:
                raise self._stuck(None)
            asked = {"sync_type": sync_type, "sync_token": self.token}
            answer = yield Ask(self._source, asked)
            if isinstance(answer, Failure):
                if answer.code in (_TOKEN_REFUSED, _TOO_MANY_NEW):
                    return answer
                raise answer
            assert answer is not None
            before, self.token = self.token, answer.token or self.token
            new = self._new(answer)
            yield new
            if not answer.items:
                return None
            if not new and self.token == before:
                # Nothing but the edge of what is covered; unless there is more than one page of it.
                if len(answer.items) < self._count:
                    return None
                raise self._stuck(before)
            again += len(answer.items) - len(new)
            if again > len(self._met):
                raise self._stuck(self.token)

    def _new(self, answer: Answer) -> list[Any]:
        new = []
        for item in answer.items:
            key = self._key(item)
            if key not in self._met:
                self._met.add(key)
                new.append(item)
        return new
