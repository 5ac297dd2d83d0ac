"""Keep secrets out of tracebacks that show local variables.

Error reporters, pytest and debuggers print the variables of every frame of an exception. Functions
that send requests have secrets in their variables. Therefore their variables are cleared when an
exception leaves them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

#: Frames of these packages are cleared. Frames of the application keep their variables.
_OWN = frozenset({"swagger_client", "urllib3", "dateutil", "certifi", "redis"})


def clear_locals(error: BaseException) -> None:
    """Clear the variables in the frames of an exception and of its chained exceptions.

    This concerns frames of this package, its libraries and the standard library. Frames that still
    run cannot be cleared.
    """
    pending, seen = [error], {id(error)}
    while pending:
        link = pending.pop()
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
    """Decorate a function so that an exception clears its variables.

    This is for functions with secrets in their variables.
    """

    @wraps(function)
    def guarded(*args: P.args, **keywords: P.kwargs) -> T:
        try:
            return function(*args, **keywords)
        except BaseException as error:
            clear_locals(error)
            del args, keywords
            raise

    return guarded
