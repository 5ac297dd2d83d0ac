from __future__ import annotations

from typing import Any

_SEPARATOR = "; "


def row_of(model: type[Any], value: object, prefix: str = "") -> dict[str, Any]:
    """Return the fields of a model, and of nested models, as a flat dict of columns.

    :param value: an object of the class ``model``. For any other value, all columns are None.
    :param prefix: the text with which all column names begin.
    """
    row: dict[str, Any] = {}
    for entry in model.__fields__:
        name = f"{prefix}{entry.name}"
        held = getattr(value, entry.name, None)
        if entry.model is None:
            row[name] = str(held) if isinstance(held, (dict, list)) else held
        elif entry.many:
            items = held if isinstance(held, list) else []
            row[f"{name}_count"] = len(items)
            rows = [row_of(entry.model, item, f"{name}_") for item in items]
            for column in row_of(entry.model, None, f"{name}_"):
                row[column] = _joined([one[column] for one in rows])
        else:
            row.update(row_of(entry.model, held, f"{name}_"))
    return row


def _joined(values: list[Any]) -> str | None:
    if not any(value is not None for value in values):
        return None
    return _SEPARATOR.join("" if value is None else str(value) for value in values)
