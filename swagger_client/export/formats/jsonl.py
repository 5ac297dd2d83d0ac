"""JSON lines: one JSON object a message."""

from __future__ import annotations

from datetime import datetime
from typing import IO

from swagger_client._security import safe_json
from swagger_client.export.cells import to_iso
from swagger_client.export.columns import NAMES, READERS
from swagger_client.export.job import Job
from swagger_client.export.registry import TextFormat


def _encode_time(value: object) -> str:
    assert isinstance(value, datetime)
    return to_iso(value)


def _encode(values: dict[str, object]) -> str:
    return safe_json.dumps(values, separators=(",", ":"), default=_encode_time)


def _write(job: Job, file: IO[str]) -> int:
    """Write the messages; ASCII only, so that half a surrogate pair survives."""
    written = 0
    for row in job.source.messages():
        values: dict[str, object] = {
            name: read(row, job) for name, read in zip(NAMES, READERS, strict=True)
        }
        values["raw"] = safe_json.loads(row.message.raw)
        file.write(_encode(values) + "\n")
        written += 1
    return written


FORMAT = TextFormat(write=_write)
