from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from swagger_client.integrations._rows import DataType, Row, Table

if TYPE_CHECKING:
    import pyarrow


def to_arrow(table: Table, rows: Sequence[Row]) -> pyarrow.Table:
    """Convert rows to an Arrow table; of rows with the same primary key, use the last."""
    import pyarrow

    found = {tuple(row[name] for name in table.primary_key): row for row in rows}
    arrays = {
        name: _array(table, name, kind, [row.get(name) for row in found.values()])
        for name, kind in table.columns
    }
    fields = [
        pyarrow.field(name, array.type, nullable=name not in table.primary_key)
        for name, array in arrays.items()
    ]
    return pyarrow.table(arrays, pyarrow.schema(fields))


def _array(table: Table, name: str, kind: DataType, values: list[object]) -> pyarrow.Array:
    import pyarrow

    if kind == "json":
        values = [None if value is None else _to_json(value) for value in values]
    try:
        try:
            return pyarrow.array(values, _type(kind))
        except UnicodeEncodeError:
            return pyarrow.array([_without_surrogates(value) for value in values], _type(kind))
    except (pyarrow.ArrowException, OverflowError) as error:
        raise ValueError(
            f"Zoom sent a value that does not fit the column {table.name}.{name} ({kind}): "
            f"{error}. Nothing was loaded. To load the other tables, select them with "
            "`with_resources`, and report this error."
        ) from None


def _type(kind: DataType) -> pyarrow.DataType:
    import pyarrow

    return {
        "bigint": pyarrow.int64(),
        "bool": pyarrow.bool_(),
        "json": pyarrow.string(),
        "text": pyarrow.string(),
        "timestamp": pyarrow.timestamp("us", "UTC"),
    }[kind]


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _without_surrogates(value: object) -> object:
    """Replace lone surrogates, which no warehouse can store, if the value is text."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
