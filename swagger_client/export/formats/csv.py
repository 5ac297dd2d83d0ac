"""The format CSV: a table for spreadsheets or, with ``plain``, for programs."""

from __future__ import annotations

from typing import IO

from swagger_client.export.cells import to_cell, to_plain_cell
from swagger_client.export.columns import NAMES, Cell, row_writer
from swagger_client.export.formats import TextFormat
from swagger_client.export.job import Job


def _write(job: Job, file: IO[str]) -> int:
    # The writer of the `csv` module is slower, because it examines each character of each cell.
    to_text = to_plain_cell if job.plain else to_cell

    def quote(value: Cell) -> str:
        return '"' + to_text(value).replace('"', '""') + '"'

    write_row = row_writer(job, lambda column: quote)
    file.write(",".join(map(quote, NAMES)) + "\r\n")
    written = 0
    for row in job.source.messages():
        file.write(write_row(row) + "\r\n")
        written += 1
    return written


#: With a byte order mark, spreadsheets recognise UTF-8.
FORMAT = TextFormat(write=_write, has_mark=True, takes_plain=True)
