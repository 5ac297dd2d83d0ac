"""What describes an operation and a call of it: types that the client and the API share."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Generic, NamedTuple, TypedDict, TypeVar, cast

T = TypeVar("T")


class Parameter(NamedTuple):
    """An argument of an operation.

    ``name`` is Python's, ``key`` is Zoom's; ``kind`` is "str", "int" or "date". ``required`` says
    what the generated client demands, ``required_by_zoom`` what Zoom's specification adds to that.
    ``documented_enum`` is False where Zoom lists the values of ``one_of`` in prose only.
    """

    name: str
    key: str
    doc: str
    kind: str = "str"
    place: str = "query"
    required: bool = False
    least: int | None = None
    most: int | None = None
    one_of: tuple[str | int, ...] = ()
    default: str | int | None = None
    example: str | int = ""
    documented_enum: bool = True
    required_by_zoom: bool = False


class ErrorCode(NamedTuple):
    """One of Zoom's refusals: its HTTP status, its own code, and what it means."""

    status: int
    code: int
    meaning: str


class _Row(NamedTuple):
    name: str
    operation_id: str
    path: str
    summary: str
    doc: str
    parameters: tuple[Parameter, ...]
    response_type: str
    label: str
    paging: str | None
    items: str | None
    scopes: tuple[str, ...]
    granular_scopes: tuple[str, ...]
    errors: tuple[ErrorCode, ...]
    service_endpoint: bool = False
    method: str = "GET"


class Operation(_Row, Generic[T]):
    """One endpoint, which answers with a ``T``.

    ``paging`` is "token" (next_page_token with from and to), "sync" (sync_token) or None; ``items``
    is the field of the answer that holds the records.
    """

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all arguments."""
        return frozenset(parameter.name for parameter in self.parameters)

    @property
    def required(self) -> tuple[Parameter, ...]:
        """The arguments without which the operation cannot be called."""
        return tuple(parameter for parameter in self.parameters if parameter.required)


class CallOptions(TypedDict, total=False):
    """What every method takes beside its own arguments."""

    async_req: bool | None
    _return_http_data_only: bool | None
    _preload_content: bool
    _request_timeout: int | float | tuple[float, float] | None
    _retries: int | None
    _deadline: float | None


class ReadOptions(TypedDict, total=False):
    """What the methods take that read more than a page; it holds for each call."""

    _request_timeout: int | float | tuple[float, float] | None
    _retries: int | None
    _deadline: float | None


def split_keywords(
    given: Mapping[str, object], names: Collection[str]
) -> tuple[dict[str, object], CallOptions]:
    """Split keyword arguments into those that are given and not None, and options of each call.

    :raises TypeError: for a name that is neither.
    """
    arguments: dict[str, object] = {}
    options: dict[str, object] = {}
    for name, value in given.items():
        if name in names:
            if value is not None:
                arguments[name] = value
        elif name in ReadOptions.__annotations__:
            options[name] = value
        else:
            raise TypeError(f"Got an unexpected keyword argument '{name}'")
    return arguments, cast("CallOptions", options)
