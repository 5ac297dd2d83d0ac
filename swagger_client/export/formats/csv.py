"""CSV: for spreadsheets, or plain for programs."""

from __future__ import annotations

import csv
from typing import IO

from swagger_client.export.cells import to_cell, to_plain_cell
from swagger_client.export.columns import NAMES, read_row
from swagger_client.export.job import Job
from swagger_client.export.registry import TextFormat


def _write(job: Job, file: IO[str]) -> int:
    cell = to_plain_cell if job.plain else to_cell
    writer = csv.writer(file, quoting=csv.QUOTE_MINIMAL if job.plain else csv.QUOTE_ALL)
    writer.writerow(NAMES)
    written = 0
    for row in job.source.messages():
        writer.writerow([cell(value) for value in read_row(row, job)])
        written += 1
    return written


#: Without a byte order mark, spreadsheets read UTF-8 as another encoding.
FORMAT = TextFormat(write=_write, has_mark=True, takes_plain=True)
