from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from pathlib import Path
from typing import IO, NamedTuple

from swagger_client._security.regular_file import open_regular_file
from swagger_client.archive import ArchivedAttachment
from swagger_client.attachments._names import file_suffix

_CHUNK = 1 << 20
_LONGEST_STEM = 60
#: The first bytes and the media types of images that every browser shows.
_IMAGES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_OTHERS = ((b"%PDF-", "application/pdf"), (b"#!AMR", "audio/amr"), (b"ID3", "audio/mpeg"))


class ArchivedFile(NamedTuple):
    """An attachment's file and media type; ``problem`` says why the file is unusable."""

    attachment: ArchivedAttachment
    path: Path | None
    problem: str | None
    media_type: str = "application/octet-stream"

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def name(self) -> str:
        """The name that the sender gave the file, or the file's id at Zoom."""
        return self.attachment.name or self.attachment.attachment_id

    def name_with(self, prefix: str) -> str:
        """Return a safe file name, without folders, and with a harmless suffix."""
        suffix = file_suffix(self.attachment.name, self.attachment.type)
        return safe_name(prefix, self.name, suffix)

    @property
    def size(self) -> int | None:
        """The size of the file in bytes; without a file, the size that Zoom stated."""
        return self.attachment.size if self.path is None else self.path.stat().st_size


def find_file(folder: Path | None, attachment: ArchivedAttachment) -> ArchivedFile:
    problem = _problem_of(folder, attachment)
    if problem is not None or folder is None or attachment.path is None:
        return ArchivedFile(attachment, None, problem)
    path = folder / attachment.path
    try:
        with open_regular_file(path) as file:
            return ArchivedFile(attachment, path, None, media_type_of(file.read(16)))
    except OSError as error:
        reason = f"The file cannot be read: {error.strerror}."
        return ArchivedFile(attachment, None, reason)


def _problem_of(folder: Path | None, attachment: ArchivedAttachment) -> str | None:
    if attachment.state == "failed":
        return f"The file could not be fetched: {attachment.reason or 'no reason is recorded'}."
    if attachment.state != "done" or attachment.path is None:
        return "The file has not been fetched."
    if os.path.basename(attachment.path) != attachment.path or attachment.path in ("", ".", ".."):
        return "The path of the file is outside the archive's folder of files."
    if folder is None or not folder.is_dir():
        return "The archive's folder of files was not found."
    return None


def media_type_of(beginning: bytes) -> str:
    for start, media_type in (*_IMAGES, *_OTHERS):
        if beginning.startswith(start):
            return media_type
    if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP":
        return "image/webp"
    if beginning[4:8] == b"ftyp":
        return "video/mp4"
    return "application/octet-stream"


def copy_file(found: ArchivedFile, target: Path) -> str | None:
    """Copy a file, and check its SHA-256; return an error text if the hash is wrong."""
    assert found.path is not None
    with target.open("xb") as copy:
        sha256 = sha256_of(found.path, copy)
    if sha256 == found.attachment.sha256:
        return None
    target.unlink()
    return "The file was altered: its SHA-256 differs from the archived one."


def sha256_of(path: Path, copy: IO[bytes] | None = None) -> str:
    """Return the SHA-256 of a file in hexadecimal; ``copy`` also receives its content."""
    sha256 = hashlib.sha256()
    with open_regular_file(path) as source:
        while chunk := source.read(_CHUNK):
            sha256.update(chunk)
            if copy is not None:
                copy.write(chunk)
    return sha256.hexdigest()


def safe_name(prefix: str, name: str, suffix: str) -> str:
    """Return a safe file name, without folders, for a name that the sender chose."""
    stem = os.path.splitext(re.split(r"[/\\]", name)[-1])[0]
    kept = re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", stem)).strip("_")
    kept = kept.encode()[:_LONGEST_STEM].decode(errors="ignore").strip("_")
    return f"{prefix}-{kept}{suffix}" if kept else f"{prefix}{suffix}"


def folder_name(number: int, title: str) -> str:
    """Return a conversation's folder name, such as "0001-jane-roe-and-john-doe"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"{number:04}-{slug}".rstrip("-")


def on_disk(name: str) -> str:
    """Return the ``str`` to pass to ``open``, so that the file name is UTF-8 in any locale."""
    return os.fsdecode(name.encode())


def name_as_text(path: Path) -> str:
    """Return the name of a file; bytes that are not UTF-8 become ``\\xff`` and so on."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def placeholder(found: ArchivedFile, problem: str | None) -> bytes:
    """Return the text of the file that replaces a missing file in an export."""
    lines = [
        f"The file {found.name} is not in this export.",
        problem or "",
        f"Its id at Zoom: {found.attachment.attachment_id}",
        f"Its size at Zoom: {size_text(found.attachment.size)}",
        f"Its SHA-256: {found.attachment.sha256 or 'unknown, it was never fetched'}",
    ]
    return "\n".join(lines).encode() + b"\n"


def size_text(size: int | None) -> str:
    if size is None:
        return "size unknown"
    if size < 1000:
        return f"{size} bytes"
    for unit, factor in (("kB", 1000), ("MB", 1000**2), ("GB", 1000**3)):
        if size < factor * 1000:
            return f"{size / factor:.1f} {unit}"
    return f"{size / 1000**4:.1f} TB"


def stable_id(*parts: object) -> str:
    """Derive an id of 40 hexadecimal digits from other ids."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:40]
