"""Types that describe an operation of the API, its parameters, and the options of a call."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any, Generic, NamedTuple, Self, TypedDict, TypeVar

T = TypeVar("T")

#: A year, in seconds. Operating systems reject much longer timeouts.
_LONGEST_TIMEOUT = 366 * 86_400.0


class ResourcePath(str):
    """The path of an operation as text, with the operation's name and rate limit label.

    The name and the label reach ``ApiClient.call_api`` as attributes of its ``resource_path``. As
    additional parameters, they would break subclasses whose ``call_api`` does not accept them.
    """

    __slots__ = ("label", "operation")

    def __new__(cls, path: str, operation: str, label: str) -> Self:
        made = super().__new__(cls, path)
        made.operation, made.label = operation, label
        return made

    operation: str
    label: str


class Parameter(NamedTuple):
    """A parameter of an operation.

    :ivar name: the name in Python, such as ``_from``.
    :ivar key: the name in the request to Zoom, such as ``from``.
    :ivar kind: the type: "str", "int" or "date".
    :ivar place: where the request has the parameter: "path" or "query".
    :ivar required: whether the generated client requires the parameter.
    :ivar required_by_zoom: whether only Zoom's specification requires the parameter.
    :ivar one_of: the accepted values; empty if any value is accepted.
    :ivar documented_enum: whether Zoom's specification lists the values of ``one_of`` as an enum.
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
    """An error that Zoom documents for an operation: HTTP status, Zoom's own code, and meaning."""

    status: int
    code: int
    meaning: str


class CallOptions(TypedDict, total=False):
    """The options that every API method accepts in addition to the endpoint's parameters."""

    _request_timeout: int | float | tuple[float, float] | None
    _retries: int | None
    _deadline: float | None
    _preload_content: bool
    _return_http_data_only: bool | None
    async_req: bool | None


CALL_OPTIONS = frozenset(CallOptions.__annotations__)
#: The options that methods accept too that make several calls, such as the ``iter_…`` methods.
READ_OPTIONS = frozenset({"_request_timeout", "_retries", "_deadline"})


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
    """An endpoint of the API; ``T`` is the type of its decoded response.

    :ivar paging: how the endpoint returns long lists: "token" (with next_page_token, from and to),
        "sync" (with sync_token), or None if it does not return a list.
    :ivar items: the field of the response that contains the list of records.
    """

    @cached_property
    def names(self) -> frozenset[str]:
        """The Python names of all parameters."""
        return frozenset(parameter.name for parameter in self.parameters)

    @cached_property
    def resource_path(self) -> ResourcePath:
        """The path to pass to ``ApiClient.call_api``."""
        return ResourcePath(self.path, self.name, self.label)

    def split_keywords(self, given: Mapping[str, object]) -> tuple[dict[str, object], CallOptions]:
        return split_keywords(given, self.names, options=CALL_OPTIONS, method=self.name)

    @property
    def required(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.parameters if parameter.required)


def split_keywords(
    given: Mapping[str, object],
    names: Collection[str],
    *,
    options: Collection[str] = READ_OPTIONS,
    method: str = "",
) -> tuple[dict[str, object], CallOptions]:
    """Split keyword arguments into (parameters, call options). Parameters with None are omitted.

    :raises TypeError: if a keyword argument is in neither ``names`` nor ``options``.
    """
    arguments: dict[str, object] = {}
    chosen: Any = {}
    for name, value in given.items():
        if name in options:
            chosen[name] = value
        elif name not in names:
            of_method = f" to method {method}" if method else ""
            raise TypeError(f"Got an unexpected keyword argument '{name}'{of_method}")
        elif value is not None:
            arguments[name] = value
    return arguments, chosen


def check_timeout(value: object) -> None:
    """Raise a TypeError or ValueError if a timeout is neither seconds nor a pair of them."""
    pair = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) and len(value) != 2:
        raise ValueError("a timeout must be a number of seconds, or a (connect, read) pair of them")
    for seconds in pair:
        if not 0 < _number("a timeout", seconds) <= _LONGEST_TIMEOUT:
            raise ValueError(f"a timeout must be above 0 seconds and below a year, not {seconds}")


def check_deadline(value: object) -> None:
    """Raise a TypeError or ValueError if a value is neither None nor a number of seconds."""
    if value is not None and not _number("a deadline", value) >= 0:
        raise ValueError(f"a deadline must be None, or 0 seconds or more, not {value}")


def check_retries(value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"retries must be an int, not {type(value).__name__}")
    if value < 0:
        raise ValueError(f"retries must be 0 or more, not {value}")


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number of seconds, not {type(value).__name__}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} must be a number of seconds that a float can hold") from None
