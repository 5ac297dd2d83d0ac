"""The format JSON lines: a JSON object for each message, one per line."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii
from typing import IO

from swagger_client._security import safe_json
from swagger_client.export.columns import Cell, row_writer
from swagger_client.export.job import Job
from swagger_client.export.registry import TextFormat


def _write_member(name: str, value: Cell) -> str:
    """Return a column as a member of a JSON object, with non-ASCII characters escaped.

    Text with half of a surrogate pair can be written as ASCII only.
    """
    return f'"{name}":{_raw_json(str(value)) if name == "raw" else _to_json(value)}'


def _to_json(value: Cell) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if value is None:
        return "null"
    if isinstance(value, int):
        return str(value)
    return f"[{','.join(map(_to_json, value))}]"


def _raw_json(text: str) -> str:
    """Return the message as Zoom sent it, as compact JSON in ASCII."""
    if text.isascii():
        return text
    return safe_json.dumps(safe_json.loads(text), separators=(",", ":"))


def _write(job: Job, file: IO[str]) -> int:
    write_row = row_writer(job, _write_member)
    written = 0
    for row in job.source.messages():
        file.write(f"{{{write_row(row)}}}\n")
        written += 1
    return written


FORMAT = TextFormat(write=_write)
