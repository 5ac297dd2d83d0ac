"""CSV: for spreadsheets, or plain for programs. Every cell is quoted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from swagger_client.export.cells import to_cell, to_plain_cell
from swagger_client.export.columns import NAMES, read_row
from swagger_client.export.job import Job
from swagger_client.export.registry import TextFormat


def _write(job: Job, file: IO[str]) -> int:
    cell = to_plain_cell if job.plain else to_cell
    file.write(_line(NAMES))
    written = 0
    for row in job.source.messages():
        file.write(_line(map(cell, read_row(row, job))))
        written += 1
    return written


def _line(cells: Iterable[str]) -> str:
    """Return a CSV line. This is faster than the `csv` module, as every cell is quoted."""
    return '"' + '","'.join([cell.replace('"', '""') for cell in cells]) + '"\r\n'


#: Without a byte order mark, spreadsheets read UTF-8 as another encoding.
FORMAT = TextFormat(write=_write, has_mark=True, takes_plain=True)
