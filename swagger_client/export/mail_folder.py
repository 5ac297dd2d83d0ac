from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from swagger_client.archive import ArchivedAttachment
from swagger_client.export.files import find_file, folder_name, placeholder, safe_name, sha256_of
from swagger_client.export.job import Job
from swagger_client.export.manifest import write_manifest
from swagger_client.export.mime import Part
from swagger_client.export.source import Conversation
from swagger_client.export.transcript import Transcriber


class MailFolder(ABC):
    """Writes each conversation as a folder of e-mails; each format is a subclass."""

    def __init__(self, job: Job, folder: Path) -> None:
        self._job = job
        self._folder = folder
        self._transcriber = Transcriber(job, lambda row: ())
        self.messages = self._missing = 0

    def write(self, format: str) -> int:
        """Write all conversations and the manifest; return the number of messages."""
        for number, conversation in enumerate(self._job.source.conversations(), 1):
            title = self._transcriber.title(conversation.participants)
            folder = self._folder / "conversations" / folder_name(number, title)
            folder.mkdir(parents=True)
            self._write_conversation(conversation, title, folder)
        write_manifest(
            self._folder,
            self._job.statement,
            format=format,
            messages=self.messages,
            missing_files=self._missing,
        )
        return self.messages

    @abstractmethod
    def _write_conversation(self, conversation: Conversation, title: str, folder: Path) -> None:
        """Write the e-mails of a conversation, and count its messages."""

    def _part(self, attachment: ArchivedAttachment, prefix: str) -> Part:
        """Return a file as an e-mail attachment; if it is missing, a text that says why."""
        found = find_file(self._job.source.folder, attachment)
        problem = found.problem
        if found.path is not None and sha256_of(found.path) != attachment.sha256:
            problem = "The file was altered: its SHA-256 differs from the archived one."
        if found.path is None or problem is not None:
            self._missing += 1
            name = safe_name(f"{prefix}-missing", found.name, ".txt")
            return Part(name, name, 'text/plain; charset="utf-8"', placeholder(found, problem))
        return Part(
            found.name_with(prefix), found.name, found.media_type, found.path, found.is_image
        )
