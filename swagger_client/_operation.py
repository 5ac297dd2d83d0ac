"""Types that describe an operation and the options of a call."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Generic, NamedTuple, Self, TypedDict, TypeVar, cast

T = TypeVar("T")

#: A year, in seconds: operating systems reject endless timeouts.
_LONGEST_TIMEOUT = 366 * 86_400.0


class ResourcePath(str):
    """The path of an operation, with its name and rate label.

    The path carries both because applications override ``ApiClient.call_api`` with the signature
    of a generated client, which has no parameters for them.
    """

    __slots__ = ("label", "operation")

    def __new__(cls, path: str, operation: str, label: str) -> Self:
        """Make the path of an operation."""
        made = super().__new__(cls, path)
        made.operation, made.label = operation, label
        return made

    operation: str
    label: str


class Parameter(NamedTuple):
    """An argument of an operation.

    ``name`` is the name in Python, ``key`` the name at Zoom; ``kind`` is "str", "int" or "date".
    ``required`` is True if the generated client requires the argument, ``required_by_zoom`` if only
    Zoom's specification requires it. ``documented_enum`` is False if the specification lists the
    values of ``one_of`` only in a description, not as an enum.
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
    """An error that Zoom documents: HTTP status, Zoom's own code, and meaning."""

    status: int
    code: int
    meaning: str


class CallOptions(TypedDict, total=False):
    """All options of a method, besides the arguments of its endpoint."""

    _request_timeout: int | float | tuple[float, float] | None
    _retries: int | None
    _deadline: float | None
    _preload_content: bool
    _return_http_data_only: bool | None
    async_req: bool | None


CALL_OPTIONS = frozenset(CallOptions.__annotations__)
#: Those of each call, also of the methods that make several.
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
    """One endpoint, which returns a ``T``.

    ``paging`` is "token" (next_page_token with from and to), "sync" (sync_token) or None; ``items``
    is the field of the response that contains the records.
    """

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all arguments."""
        return frozenset(parameter.name for parameter in self.parameters)

    @cached_property
    def resource_path(self) -> ResourcePath:
        """The path, as it is passed to ``ApiClient.call_api``."""
        return ResourcePath(self.path, self.name, self.label)

    def split_keywords(self, given: Mapping[str, object]) -> tuple[dict[str, object], CallOptions]:
        """Split keyword arguments into arguments of the operation and options of the call.

        :raises TypeError: for a name that is neither.
        """
        return split_keywords(given, self.names, options=CALL_OPTIONS, method=self.name)

    @property
    def required(self) -> tuple[Parameter, ...]:
        """The required arguments."""
        return tuple(parameter for parameter in self.parameters if parameter.required)


def split_keywords(
    given: Mapping[str, object],
    names: Collection[str],
    *,
    options: Collection[str] = READ_OPTIONS,
    method: str = "",
) -> tuple[dict[str, object], CallOptions]:
    """Split keyword arguments into arguments of the endpoint and options of the call.

    :param names: the names of arguments; arguments that are None are dropped.
    :param options: the names of options.
    :raises TypeError: for a name that is in neither.
    """
    arguments: dict[str, object] = {}
    chosen: dict[str, object] = {}
    for name, value in given.items():
        if name in options:
            chosen[name] = value
        elif name not in names:
            of_method = f" to method {method}" if method else ""
            raise TypeError(f"Got an unexpected keyword argument '{name}'{of_method}")
        elif value is not None:
            arguments[name] = value
    return arguments, cast("CallOptions", chosen)


def check_timeout(value: object) -> None:
    """Validate a timeout: seconds, or a (connect, read) pair of them.

    :raises TypeError: for another type.
    :raises ValueError: for a number that is not above 0 and at most a year.
    """
    pair = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) and len(value) != 2:
        raise ValueError("a timeout must be seconds, or a (connect, read) pair of them")
    for seconds in pair:
        if not 0 < _number("a timeout", seconds) <= _LONGEST_TIMEOUT:
            raise ValueError(f"a timeout must be above 0 seconds and below a year, not {seconds}")


def check_deadline(value: object) -> None:
    """Validate a deadline: None, or seconds.

    :raises TypeError: for another type.
    :raises ValueError: for a number below 0, or NaN.
    """
    if value is not None and not _number("a deadline", value) >= 0:
        raise ValueError(f"a deadline must be None, or 0 seconds or more, not {value}")


def check_retries(value: object) -> None:
    """Validate ``retries``.

    :raises TypeError: for another type than int.
    :raises ValueError: for a negative number.
    """
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
