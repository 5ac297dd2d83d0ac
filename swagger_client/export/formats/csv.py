"""The format CSV: a table for spreadsheets or, with ``plain``, for programs."""

from __future__ import annotations

from functools import lru_cache
from typing import IO

from swagger_client.export.cells import to_cell, to_plain_cell
from swagger_client.export.columns import NAMES, Cell, Column, WriteCell, row_writer
from swagger_client.export.job import Job
from swagger_client.export.registry import TextFormat

#: How many cells of each column of lists are cached, because joining a list takes long.
_CACHED_LISTS = 256


def _write(job: Job, file: IO[str]) -> int:
    # The writer of the `csv` module is slower, because it examines each character of each cell.
    to_text = to_plain_cell if job.plain else to_cell

    def quote(value: Cell) -> str:
        return '"' + to_text(value).replace('"', '""') + '"'

    def cell_writer(column: Column) -> WriteCell:
        return lru_cache(_CACHED_LISTS)(quote) if column.kind in ("texts", "integers") else quote

    write_row = row_writer(job, cell_writer)
    file.write(",".join(map(quote, NAMES)) + "\r\n")
    written = 0
    for row in job.source.messages():
        file.write(write_row(row) + "\r\n")
        written += 1
    return written


#: With a byte order mark, spreadsheets recognise UTF-8.
FORMAT = TextFormat(write=_write, has_mark=True, takes_plain=True)
