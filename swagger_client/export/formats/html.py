"""The format HTML: a folder of web pages, which a browser shows without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from swagger_client.export.chart import draw_chart
from swagger_client.export.files import (
    ArchivedFile,
    copy_file,
    find_file,
    folder_name,
    on_disk,
    size_text,
)
from swagger_client.export.formats import FolderFormat
from swagger_client.export.job import ALL_MESSAGES, Job
from swagger_client.export.manifest import write_manifest
from swagger_client.export.pages import ConversationEntry, Page, plan_pages
from swagger_client.export.render import Renderer, css_string, import_jinja2
from swagger_client.export.source import Conversation, ExportedMessage
from swagger_client.export.transcript import FileView, MessageView, Transcriber, time_text

#: The highest number of rows on a page of the index or of the list of exhibits.
_ROWS = 1000
_FILES, _CONVERSATIONS = "files", "conversations"


class _Totals:
    def __init__(self) -> None:
        self.messages = self.conversations = self.failed = self.files = self.missing = 0


class _Exhibit(NamedTuple):
    """A row of the list of exhibits. An exhibit is the file of an attachment."""

    file: FileView
    message: str
    message_href: str


class _Website:
    """Writes the web pages of an export into a folder."""

    def __init__(self, job: Job, folder: Path) -> None:
        self._job = job
        self._folder = folder
        self._renderer = Renderer(images="'self' file:")
        self._transcriber = Transcriber(job, self._files_of)
        self._totals = _Totals()
        self._exhibits = _ExhibitPages(self._write)

    def write(self) -> _Totals:
        (self._folder / _FILES).mkdir()
        entries = [
            self._write_conversation(number, conversation)
            for number, conversation in enumerate(self._job.source.conversations(), 1)
        ]
        self._exhibits.finish()
        if not self._totals.files:
            (self._folder / _FILES).rmdir()
        self._write_index(entries)
        return self._totals

    def _write_conversation(self, number: int, conversation: Conversation) -> ConversationEntry:
        job, statement = self._job, self._job.statement
        title = self._transcriber.title(conversation.participants)
        name = folder_name(number, title)
        (self._folder / _CONVERSATIONS / name).mkdir(parents=True)
        pages = plan_pages(job.source.times_of(conversation.session_id), job)
        found = job.source.messages_of(conversation.session_id)
        values: dict[str, object] = {
            "number": number,
            "heading": title,
            "title": f"{title} – conversation {number}",
            "people": [self._transcriber.person(one) for one in conversation.participants],
            "session_id": conversation.session_id,
            "records": conversation.records,
            "hash": conversation.hash,
            "erased": conversation.erased,
            "total": conversation.messages,
            "statement": statement.lines,
            "selection": f"{statement.archive}: {statement.selection}. "
            f"Times in {statement.time_zone}.",
            "zone": f"Times in {job.zone.key if job.zone else 'UTC'}.",
            "home": "../../index.html",
            "links": [(page.title, f"{page.name}.html", page.messages) for page in pages],
        }
        only = "" if statement.selection == ALL_MESSAGES else f"; only: {statement.selection}"
        for here, page in enumerate(pages):
            path = f"{_CONVERSATIONS}/{name}/{page.name}.html"
            messages = self._views(islice(found, page.messages), page, number, path)
            style = _print_style(
                f"{title}, conversation {number}",
                f"Chain hash {conversation.hash[:16]}",
                f"{page.title}, messages {page.first:,} to {page.last:,}{only}",
            )
            self._write(
                path,
                "conversation",
                style,
                ["find"],
                page=page,
                here=here,
                messages=messages,
                **values,
            )
        self._totals.conversations += 1
        self._totals.failed += conversation.failed
        return ConversationEntry(
            number,
            f"{_CONVERSATIONS}/{name}/{pages[0].name}.html",
            title,
            ", ".join(one.phone_number for one in conversation.participants if one.phone_number),
            time_text(conversation.first, job),
            time_text(conversation.last, job),
            conversation.messages,
            conversation.failed,
        )

    def _views(
        self, rows: Iterable[ExportedMessage], page: Page, conversation: int, path: str
    ) -> Iterator[MessageView]:
        for number, row in enumerate(rows, page.first):
            view = self._transcriber.view(row, number)
            self._totals.messages += 1
            for file in view.files:
                href = None if file.href is None else file.href.removeprefix("../../")
                label = f"conversation {conversation}, message {number}"
                self._exhibits.add(_Exhibit(file._replace(href=href), label, f"{path}#m{number}"))
            yield view

    def _files_of(self, row: ExportedMessage) -> Iterator[FileView]:
        for attachment in row.message.attachments:
            yield self._copy(find_file(self._job.source.folder, attachment))

    def _copy(self, found: ArchivedFile) -> FileView:
        """Copy a file into the export under a unique name, such as E00001-invoice.pdf."""
        problem, href, exhibit = found.problem, None, None
        size, sha256 = size_text(found.size), found.attachment.sha256
        if found.path is not None:
            exhibit = self._totals.files + 1
            name = found.name_with(f"E{exhibit:05}")
            problem = copy_file(found, self._folder / _FILES / on_disk(name))
            href = None if problem else f"../../{_FILES}/{name}"
        if href is None:
            self._totals.missing += 1
            return FileView(found.name, size, sha256, None, False, problem)
        self._totals.files += 1
        return FileView(found.name, size, sha256, href, found.is_image, None, exhibit)

    def _write_index(self, entries: list[ConversationEntry]) -> None:
        count = max(1, -(-len(entries) // _ROWS))
        names = ["index.html", *(f"index-{part}.html" for part in range(2, count + 1))]
        links = [(f"{part * _ROWS + 1:,}…", name, 0) for part, name in enumerate(names)]
        chart = draw_chart(self._job.source.days(self._job.zone))
        for here, name in enumerate(names):
            self._write(
                name,
                "index",
                _print_style(
                    "Text messages",
                    f"Digest {(self._job.statement.digest or 'none')[:16]}",
                    self._job.statement.selection,
                ),
                [],
                title="Text messages",
                statement=self._job.statement.lines,
                totals=self._totals,
                chart=chart,
                conversations=entries[here * _ROWS : (here + 1) * _ROWS],
                links=links,
                here=here,
            )

    def _write(
        self, path: str, template: str, style: str, scripts: list[str], **values: object
    ) -> None:
        text = self._renderer.render(template, values, page_style=style, scripts=scripts).text
        (self._folder / path).write_text(text, "utf-8", newline="\n")


class _ExhibitPages:
    def __init__(self, write: Callable[..., None]) -> None:
        self._write = write
        self._rows: list[_Exhibit] = []
        self._page = 0

    def add(self, row: _Exhibit) -> None:
        """Add an exhibit. If the current page is full, write it first and begin a new page."""
        if len(self._rows) == _ROWS:
            self._flush(is_last=False)
        self._rows.append(row)

    def finish(self) -> None:
        if self._rows:
            self._flush(is_last=True)

    def _flush(self, *, is_last: bool) -> None:
        self._page += 1
        self._write(
            self._name(self._page),
            "exhibits",
            _print_style("Exhibits", "", ""),
            [],
            title="Exhibits",
            exhibits=self._rows,
            previous=self._name(self._page - 1) if self._page > 1 else None,
            next=None if is_last else self._name(self._page + 1),
        )
        self._rows = []

    @staticmethod
    def _name(page: int) -> str:
        return "exhibits.html" if page == 1 else f"exhibits-{page}.html"


def _write(job: Job, folder: Path) -> int:
    totals = _Website(job, folder).write()
    write_manifest(
        folder,
        job.statement,
        format="html",
        messages=totals.messages,
        missing_files=totals.missing,
    )
    return totals.messages


def _print_style(left: str, right: str, bottom: str) -> str:
    """Return CSS that prints ``left`` and ``right`` above each page, and ``bottom`` below it."""
    font = 'font: 8pt "Noto Sans", Arial, sans-serif; color: #333'
    number = 'content: "Page " counter(page) " of " counter(pages)'
    return (
        "@page { size: A4; margin: 22mm 18mm 20mm;"
        f" @top-left {{ content: {css_string(left)}; {font}; }}"
        f" @top-right {{ content: {css_string(right)}; {font}; }}"
        f" @bottom-left {{ content: {css_string(bottom)}; {font}; }}"
        f" @bottom-right {{ {number}; {font}; }} }}"
    )


FORMAT = FolderFormat(write=_write, check=import_jinja2)
