"""Keep secrets out of tracebacks that show local variables.

Error reporters, pytest and debuggers print the local variables of every function in a traceback.
Functions that send requests have secrets in local variables. Therefore these variables are cleared
when such a function raises an exception.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

from urllib3.poolmanager import PoolKey

P = ParamSpec("P")
T = TypeVar("T")

#: The packages whose local variables are cleared. Those of the application are kept.
_OWN = frozenset({"swagger_client", "urllib3", "dateutil", "certifi", "redis"})


def clear_locals(error: BaseException) -> None:
    """Clear the local variables in the tracebacks of an exception and of its causes.

    Only variables of this package, its dependencies and the standard library are cleared. Functions
    that are still running keep their variables.
    """
    pending, seen = [error], {id(error)}
    while pending:
        link = pending.pop()
        is_key = isinstance(link, KeyError) and len(link.args) == len(PoolKey._fields)
        if is_key or any(isinstance(one, PoolKey) for one in link.args):
            link.args = ("PoolKey",)  # a KeyError of urllib3, with the proxy's password
        traceback = link.__traceback__
        while traceback is not None:
            frame = traceback.tb_frame
            package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
            if package in _OWN or package in sys.stdlib_module_names:
                with suppress(RuntimeError):  # the frame still runs
                    frame.clear()
            traceback = traceback.tb_next
        inner = [link.__cause__, link.__context__, *getattr(link, "exceptions", ())]
        for one in inner:
            if isinstance(one, BaseException) and id(one) not in seen:
                seen.add(id(one))
                pending.append(one)


def hide_locals(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function with secrets in its local variables: if it raises, clear them."""

    @wraps(function)
    def guarded(*args: P.args, **keywords: P.kwargs) -> T:
        try:
            return function(*args, **keywords)
        except BaseException as error:
            clear_locals(error)
            del args, keywords
            raise

    return guarded
