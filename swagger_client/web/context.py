from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

from swagger_client.archive import ArchivedMessage
from swagger_client.export.files import find_file, size_text
from swagger_client.export.job import Job
from swagger_client.export.source import ExportedMessage, Source
from swagger_client.export.transcript import FileView, MessageView, Transcriber
from swagger_client.web.overview import Overview


class NotFoundError(Exception):
    """Raised if the archive does not contain the requested conversation, message or file."""


class Html(NamedTuple):
    """A page of the viewer: a template with its values, and scripts to run."""

    template: str
    values: Mapping[str, object]
    scripts: tuple[str, ...] = ()
    status: int = 200


class PageContext(NamedTuple):
    source: Source
    job: Job
    transcriber: Transcriber
    overview: Overview

    @property
    def connection(self) -> sqlite3.Connection:
        return self.source.connection


def href(path: str, **query: object) -> str:
    return f"{path}?{urlencode({name: str(value) for name, value in query.items()})}"


def message_href(message: ArchivedMessage | MessageView, path: str = "/message") -> str:
    return href(path, session=message.session_id, message=message.message_id, copy=message.copy)


def files_of(folder: Path | None, row: ExportedMessage) -> Iterator[FileView]:
    """Yield the files of a message, as values for the templates."""
    for place, attachment in enumerate(row.message.attachments):
        found = find_file(folder, attachment)
        link = f"{message_href(row.message, '/file')}&file={place}"
        yield FileView(
            found.name,
            size_text(found.size),
            attachment.sha256,
            None if found.path is None else link,
            found.is_image,
            found.problem,
        )
