"""The format Parquet: typed columns, with times as timestamps in UTC."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

from swagger_client._version import check_extra
from swagger_client.export.columns import COLUMNS, read_row
from swagger_client.export.formats import FileFormat
from swagger_client.export.job import Job
from swagger_client.export.source import parse_time

#: The number of messages in a row group, and in memory at the same time.
_ROWS = 5_000


def _write(job: Job, path: Path) -> int:
    arrow, parquet = _pyarrow()
    types = {
        "text": arrow.string(),
        "integer": arrow.int64(),
        "timestamp": arrow.timestamp("us", tz="UTC"),
        "texts": arrow.list_(arrow.string()),
        "integers": arrow.list_(arrow.int64()),
    }
    statement = json.dumps(job.statement._asdict(), ensure_ascii=False)
    schema = arrow.schema(
        [(column.name, types[column.kind]) for column in COLUMNS],
        metadata={"swagger_client.export": statement},
    )
    written, waiting = 0, job.source.messages()
    pool = arrow.system_memory_pool()
    with parquet.ParquetWriter(path, schema, memory_pool=pool) as writer:
        while rows := list(islice(waiting, _ROWS)):
            columns = zip(*(read_row(row, job) for row in rows), strict=True)
            arrays = [
                arrow.array(
                    map(parse_time, values) if column.kind == "timestamp" else values,
                    types[column.kind],
                    memory_pool=pool,
                )
                for column, values in zip(COLUMNS, columns, strict=True)
            ]
            writer.write_batch(arrow.record_batch(arrays, schema=schema))
            written += len(rows)
    return written


def _pyarrow() -> tuple[Any, Any]:
    check_extra("parquet", "pyarrow", "pyarrow.parquet")
    import pyarrow
    import pyarrow.parquet

    return pyarrow, pyarrow.parquet


FORMAT = FileFormat(write=_write, check=_pyarrow)
