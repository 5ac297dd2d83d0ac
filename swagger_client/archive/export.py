"""Writes messages as JSON lines, CSV or Parquet: the same columns in the same order."""

from __future__ import annotations

import csv
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

from swagger_client.archive.reading import ArchivedMessage

Format = Literal["jsonl", "csv", "parquet"]
FORMATS: tuple[Format, ...] = ("jsonl", "csv", "parquet")
Cell = str | int | None | list[str | None] | list[int | None]

_BATCH = 10_000


class Column(NamedTuple):
    """A column of an export: ``kind`` is "text", "integer", or a list of one of them."""

    name: str
    kind: str
    doc: str
    read: Callable[[ArchivedMessage], Cell]


def _of_recipients(name: str) -> Callable[[ArchivedMessage], Cell]:
    return lambda message: [getattr(one, name) for one in message.recipients]


def _of_attachments(name: str) -> Callable[[ArchivedMessage], Cell]:
    return lambda message: [getattr(one, name) for one in message.attachments]


#: The schema of every export. Columns may be added at the end; none moves, none changes its kind.
COLUMNS: tuple[Column, ...] = (
    Column("session_id", "text", "the conversation", lambda m: m.session_id),
    Column("session_type", "text", "whose it is: user, call_queue, ...", lambda m: m.session_type),
    Column("message_id", "text", "the message", lambda m: m.message_id),
    Column("date_time", "text", "when, in UTC, as Zoom sent it", lambda m: m.date_time),
    Column("direction", "text", "In or Out", lambda m: m.direction),
    Column("message_type", "integer", "Zoom's number for its kind", lambda m: m.message_type),
    Column("delivery_status", "text", "how far it has come", lambda m: m.delivery_status),
    Column("sender_number", "text", "the sender's number", lambda m: m.sender.phone_number),
    Column("sender_name", "text", "the sender's name", lambda m: m.sender.display_name),
    Column(
        "sender_owner_type",
        "text",
        "the kind of the sender's extension",
        lambda m: m.sender.owner_type,
    ),
    Column("sender_owner_id", "text", "the Zoom id of that", lambda m: m.sender.owner_id),
    Column("to_numbers", "texts", "the recipients' numbers", _of_recipients("phone_number")),
    Column("to_names", "texts", "their names", _of_recipients("display_name")),
    Column(
        "to_owner_types", "texts", "the kinds of their extensions", _of_recipients("owner_type")
    ),
    Column("to_owner_ids", "texts", "the Zoom ids of those", _of_recipients("owner_id")),
    Column("text", "text", "what it says", lambda m: m.text),
    Column("attachment_ids", "texts", "its files, by Zoom's ids", _of_attachments("attachment_id")),
    Column("attachment_names", "texts", "their names", _of_attachments("name")),
    Column("attachment_types", "texts", "their kinds", _of_attachments("type")),
    Column("attachment_sizes", "integers", "their bytes, as Zoom told", _of_attachments("size")),
    Column("attachment_states", "texts", "pending, done or failed", _of_attachments("state")),
    Column("attachment_sha256", "texts", "their SHA-256, once fetched", _of_attachments("sha256")),
    Column(
        "attachment_paths",
        "texts",
        "where they are, below the folder of files",
        _of_attachments("path"),
    ),
    Column("raw", "text", "the JSON as Zoom sent it", lambda m: m.raw),
)


def export(
    messages: Iterable[ArchivedMessage],
    form: Format,
    output: str | Path | IO[str],
    *,
    database: Path,
) -> int:
    """Write messages to a file, which appears when it is complete, or to a text stream.

    :param messages: what to write.
    :param form: "jsonl", "csv" or "parquet".
    :param output: the file; or a stream opened for text (with ``newline=""`` for CSV).
    :param database: the archive that the messages come from.
    :returns: how many messages were written.
    :raises ValueError: for Parquet to a stream, a form that is none, or the archive as its output.
    :raises ImportError: for Parquet without pyarrow.
    :raises OSError: when the file cannot be written.
    """
    if form not in FORMATS:
        raise ValueError(f"the format is one of {', '.join(FORMATS)}, not {form!r}")
    if form == "parquet" and not isinstance(output, str | Path):
        raise ValueError("Parquet is written to a file: name one")
    write = _write_csv if form == "csv" else _write_jsonl
    if not isinstance(output, str | Path):
        return write(messages, output)
    target = Path(output)
    _spare(database, target)
    through = target.exists() and not target.is_file()
    if form == "parquet":
        if through:
            raise ValueError(f"{target} is no regular file, and Parquet needs one")
        _pyarrow()
        with _complete(target) as path:
            return _write_parquet(messages, path)
    encoding = "utf-8-sig" if form == "csv" else "utf-8"
    if through:  # a pipe, a device
        with target.open("w", encoding=encoding, newline="") as file:
            return write(messages, file)
    with _complete(target) as path, path.open("w", encoding=encoding, newline="") as file:
        written = write(messages, file)
        file.flush()
        os.fsync(file.fileno())
    return written


def _spare(database: Path, output: Path) -> None:
    """Refuse to write over an archive, whichever way its files are named.

    :raises ValueError: when ``output`` is one of them.
    """
    for base in (database, database.resolve()):
        for suffix in ("", "-wal", "-shm", "-journal", ".lock"):
            own = base.with_name(base.name + suffix)
            same = own.exists() and output.exists() and own.samefile(output)
            if same or own.resolve() == output.resolve():
                raise ValueError(f"{output} is a file of the archive itself: name another one")


@contextmanager
def _complete(path: Path) -> Iterator[Path]:
    """A file beside ``path``, or what it links to, that takes its place when the block ends well.

    :raises OSError: when there can be no such file; it names ``path``.
    """
    path = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    os.close(handle)
    try:
        yield Path(name)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _write_jsonl(messages: Iterable[ArchivedMessage], file: IO[str]) -> int:
    written = 0
    for message in messages:
        row: dict[str, object] = {column.name: column.read(message) for column in COLUMNS}
        row["raw"] = json.loads(message.raw)
        # ASCII, so that half a surrogate pair survives too.
        file.write(json.dumps(row, separators=(",", ":")) + "\n")
        written += 1
    return written


def _write_csv(messages: Iterable[ArchivedMessage], file: IO[str]) -> int:
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow([column.name for column in COLUMNS])
    written = 0
    for message in messages:
        writer.writerow([to_cell(column.read(message)) for column in COLUMNS])
        written += 1
    return written


#: What a spreadsheet would calculate, or show as another number than it is.
_CHANGED_BY_SPREADSHEETS = re.compile(
    r"['=+\-@\t\r\n\uff0b\uff0d\uff1d\uff20]|0\d|\d{12}|\d+(\.\d*)?[eE][+-]?\d+$"
)


def to_cell(value: Cell) -> str:
    """A value as a cell of a CSV file that a spreadsheet shows as it is.

    Lists are joined with ``; ``. A cell that a spreadsheet would take for a formula, or for a
    number it would round, has a ``'`` before it. NUL, which CSV cannot hold, becomes its picture.
    """
    if isinstance(value, list):
        text = "; ".join(_escaped(item) for item in value)
    else:
        text = "" if value is None else str(value)
    text = text.replace("\0", "\u2400")
    return f"'{text}" if _CHANGED_BY_SPREADSHEETS.match(text) else text


def from_cell(cell: str, kind: str) -> Cell:
    """The value of a cell that :func:`to_cell` wrote: ``kind`` is the column's.

    An empty cell is None, or a list without items: CSV knows no difference between nothing and
    empty text. NUL stays the picture that was written for it.
    """
    text = cell.removeprefix("'")
    if kind in ("texts", "integers"):
        parts = re.findall(r"(?:[^;\\]|\\.)+", text, re.DOTALL) if text else []
        items = [_unescaped(part[1:] if place else part) for place, part in enumerate(parts)]
        if kind == "integers":
            return [None if item is None else int(item) for item in items]
        return items
    if not text:
        return None
    return int(text) if kind == "integer" else text


def _escaped(item: str | int | None) -> str:
    if item is None:
        return r"\N"
    return str(item).replace("\\", "\\\\").replace(";", "\\;") or r"\E"


def _unescaped(part: str) -> str | None:
    if part == r"\N":
        return None
    return "" if part == r"\E" else re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL)


def _write_parquet(messages: Iterable[ArchivedMessage], path: Path) -> int:
    arrow, parquet = _pyarrow()
    types = {
        "text": arrow.string(),
        "integer": arrow.int64(),
        "texts": arrow.list_(arrow.string()),
        "integers": arrow.list_(arrow.int64()),
    }
    schema = arrow.schema([(column.name, types[column.kind]) for column in COLUMNS])
    written, waiting = 0, iter(messages)
    with parquet.ParquetWriter(path, schema) as writer:
        while batch := list(islice(waiting, _BATCH)):
            values = {column.name: [column.read(one) for one in batch] for column in COLUMNS}
            writer.write_table(arrow.table(values, schema))
            written += len(batch)
    return written


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ImportError(
            "Parquet needs pyarrow: pip install 'swagger-client[parquet]', or export JSON lines."
        ) from None
    return pyarrow, pyarrow.parquet
