"""The format JSON lines: a JSON object for each message, one per line."""

from __future__ import annotations

import json
from datetime import datetime
from json.encoder import encode_basestring_ascii
from typing import IO

from swagger_client._security import safe_json
from swagger_client.export.cells import to_iso
from swagger_client.export.columns import NAMES, Cell, column_writers, read_row
from swagger_client.export.job import Job
from swagger_client.export.registry import TextFormat

_ENCODER = json.JSONEncoder(separators=(",", ":"))
#: The format string of a line; the JSON of each value is inserted.
_LINE = "{" + ",".join(f'"{name}":%s' for name in NAMES) + "}\n"
_RAW = NAMES.index("raw")


def _to_json(value: Cell) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, datetime):
        return f'"{to_iso(value)}"'
    return _ENCODER.encode(value)


def _raw_json(raw: Cell) -> str:
    """Return the JSON that Zoom sent, in ASCII. It is already in canonical form."""
    text = str(raw)
    if text.isascii():
        return text
    return safe_json.dumps(safe_json.loads(text), separators=(",", ":"))


def _write(job: Job, file: IO[str]) -> int:
    """Write the messages in ASCII, which preserves half of a surrogate pair."""
    writers = column_writers(_to_json)
    writers[_RAW] = _raw_json
    written = 0
    for row in job.source.messages():
        values = zip(writers, read_row(row, job), strict=True)
        file.write(_LINE % tuple([write(value) for write, value in values]))
        written += 1
    return written


FORMAT = TextFormat(write=_write)
