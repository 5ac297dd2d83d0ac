"""The format CSV: a table for spreadsheets or, with ``plain``, for programs."""

from __future__ import annotations

from typing import IO

from swagger_client.export.cells import to_cell, to_plain_cell
from swagger_client.export.columns import NAMES, row_writer
from swagger_client.export.job import Job
from swagger_client.export.registry import TextFormat

#: Separates the cells of a row until they are quoted. No cell contains this character.
_SEPARATOR = "\0"


def _write(job: Job, file: IO[str]) -> int:
    # The writer of the `csv` module is slower, because it examines each character of each cell.
    to_text = to_plain_cell if job.plain else to_cell
    write_row = row_writer(job, lambda column: to_text, _SEPARATOR)
    file.write(_quote(_SEPARATOR.join(NAMES)))
    written = 0
    for row in job.source.messages():
        file.write(_quote(write_row(row)))
        written += 1
    return written


def _quote(row: str) -> str:
    cells = row.replace('"', '""').replace(_SEPARATOR, '","')
    return f'"{cells}"\r\n'


#: With a byte order mark, spreadsheets recognise UTF-8.
FORMAT = TextFormat(write=_write, has_mark=True, takes_plain=True)
