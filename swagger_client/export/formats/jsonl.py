"""The format JSON lines: a JSON object for each message, one per line."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii
from typing import IO

from swagger_client._security import safe_json
from swagger_client.export.columns import Column, WriteCell, row_writer
from swagger_client.export.formats import TextFormat
from swagger_client.export.job import Job


def _member_writer(column: Column) -> WriteCell:
    """Return a function that writes a value as a JSON member, such as ``"run":1``."""
    # Text with half of a surrogate pair can be written as ASCII only.
    name = f'"{column.name}":'
    if column.name == "raw":
        return lambda raw: name + _raw_json(raw)
    if column.kind in ("texts", "integers"):
        return lambda items: f"{name}[{','.join([_to_json(item) for item in items])}]"
    null = f"{name}null"
    if column.kind == "integer":
        return lambda number: null if number is None else f"{name}{number}"
    return lambda text: null if text is None else name + encode_basestring_ascii(text)


def _to_json(value: str | int | None) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    return "null" if value is None else str(value)


def _raw_json(text: str) -> str:
    """Return the message as Zoom sent it, as compact JSON in ASCII."""
    if text.isascii():
        return text
    return safe_json.dumps(safe_json.loads(text), separators=(",", ":"))


def _write(job: Job, file: IO[str]) -> int:
    write_row = row_writer(job, _member_writer)
    written = 0
    for row in job.source.messages():
        file.write(f"{{{write_row(row)}}}\n")
        written += 1
    return written


FORMAT = TextFormat(write=_write)
