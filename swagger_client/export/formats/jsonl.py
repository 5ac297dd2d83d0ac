"""JSON lines: one JSON object a message."""

from __future__ import annotations

import json
from datetime import datetime
from typing import IO

from swagger_client._security import safe_json
from swagger_client.export.cells import to_iso
from swagger_client.export.columns import NAMES, read_row
from swagger_client.export.job import Job
from swagger_client.export.registry import TextFormat


def _encode_time(value: object) -> str:
    assert isinstance(value, datetime)
    return to_iso(value)


_ENCODER = json.JSONEncoder(separators=(",", ":"), default=_encode_time)
#: What is written for the column ``raw`` before its JSON is put in: nothing else looks like it,
#: since a quotation mark inside a text is escaped.
_RAW = '"raw":null'


def _raw_json(raw: str) -> str:
    """Return the JSON that Zoom sent, in ASCII; it is in canonical form already."""
    if raw.isascii():
        return raw
    return safe_json.dumps(safe_json.loads(raw), separators=(",", ":"))


def _write(job: Job, file: IO[str]) -> int:
    """Write the messages; ASCII only, so that half a surrogate pair survives."""
    written = 0
    for row in job.source.messages():
        values = dict(zip(NAMES, read_row(row, job), strict=True))
        raw, values["raw"] = str(values["raw"]), None
        line = _ENCODER.encode(values).replace(_RAW, f'"raw":{_raw_json(raw)}', 1)
        file.write(line + "\n")
        written += 1
    return written


FORMAT = TextFormat(write=_write)
