"""With the extra ``speed`` answers are read as without it, whatever they hold."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from swagger_client import serialization
from swagger_client.exceptions import DecodeException

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
#: What sets the two readers apart, or might.
ODD = [
    b"18446744073709551615", b"18446744073709551616", b"-9223372036854775808",
    b"-9223372036854775809", b"[1234567890123456789012345678901234567890]", b"1" * 5000,
    b"NaN", b"[Infinity, -Infinity]", b"1e400", b"-0", b"-0.0", b"1e-400", b"9007199254740993.0",
    b'"\\ud800"', b'"\\ud800\\u0041"', b'"\xed\xa0\x80"', b'"\xff"', b"\xef\xbb\xbf{}",
    '{"a": 1}'.encode("utf-16"), b'{"a": 1, "b": 2, "a": 3}', b'"\\u0000"', b'"\x00"', b"",
    b" \n", b"[1,]", b"01", b"{} x", b"[" * 1500 + b"]" * 1500, b"[" * 200_000, b"<html>",
]  # fmt: skip


def read(content: bytes) -> object:
    try:
        return repr(serialization.parse(content))
    except DecodeException as error:
        return error.reason


@pytest.fixture(autouse=True)
def fresh_choice() -> Iterator[None]:
    """Each test chooses its reader anew, and leaves the choice to the next."""
    serialization._loads.cache_clear()
    yield
    serialization._loads.cache_clear()


def read_without_extra(content: bytes) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "orjson", None)
        serialization._loads.cache_clear()
        try:
            assert serialization._loads() is json.loads
            return read(content)
        finally:
            serialization._loads.cache_clear()


def test_the_extra_is_used_where_it_is_installed() -> None:
    assert serialization._loads() is serialization._loads() is not json.loads


@pytest.mark.parametrize("content", ODD, ids=lambda content: repr(content[:24]))
def test_odd_json_is_read_alike(content: bytes) -> None:
    assert read(content) == read_without_extra(content)


@given(values, st.booleans())
@example([2**64, -(2**63) - 1, 2**64 - 1], False)
def test_any_json_is_read_alike(value: object, escaped: bool) -> None:
    content = json.dumps(value, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    assert read(content) == read_without_extra(content)


@given(st.binary())
def test_any_bytes_are_read_alike(content: bytes) -> None:
    assert read(content) == read_without_extra(content)
