"""Generate the bytes of attachments."""

from __future__ import annotations

import hashlib
import zlib

from .records import Attachment

__all__ = ["content_of", "content_type", "extension_for"]

_TYPES = {
    "PNG": ("image/png", "png"),
    "GIF": ("image/gif", "gif"),
    "JPG": ("image/jpeg", "jpg"),
    "AUDIO": ("audio/amr", "amr"),
    "VIDEO": ("video/mp4", "mp4"),
    "OTHER": ("application/octet-stream", "bin"),
}


def kind(file_type: str) -> str:
    """Return the first part of a file type in capitals: `JPG` for `JPG/JPEG` and `jpg`."""
    return file_type.upper().partition("/")[0]


def content_type(file_type: str) -> str:
    return _TYPES.get(kind(file_type), _TYPES["OTHER"])[0]


def extension_for(file_type: str) -> str:
    return _TYPES.get(kind(file_type), _TYPES["OTHER"])[1]


def content_of(attachment: Attachment) -> bytes:
    """Return the bytes of an attachment, always the same for the same attachment.

    The bytes have exactly the size of the attachment. The bytes of an image are a valid image file
    if the size is large enough for an image of 1x1 pixels.
    """
    if attachment.content is not None:
        return attachment.content
    head, tail = _frame(kind(attachment.type), attachment.size)
    padding = attachment.size - len(head) - len(tail)
    if padding < 0:
        return _noise(attachment.id, attachment.size)
    return head + _noise(attachment.id, padding) + tail


def _noise(seed: str, size: int) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(size)


def _frame(file_kind: str, size: int) -> tuple[bytes, bytes]:
    if file_kind == "PNG":
        return _png(), b""
    if file_kind == "GIF":
        return _GIF, b""
    if file_kind == "JPG":
        return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00", b"\xff\xd9"
    if file_kind == "AUDIO":
        return b"#!AMR\n", b""
    if file_kind == "VIDEO":
        box = b"\x00\x00\x00\x14ftypisom\x00\x00\x02\x00isom"
        return box + max(8, size - len(box)).to_bytes(4, "big") + b"mdat", b""
    return b"", b""


def _png() -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        check = zlib.crc32(name + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + name + data + check

    header = chunk(b"IHDR", b"\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00")
    pixel = chunk(b"IDAT", zlib.compress(b"\x00\x2d\x8c\xff"))
    return b"\x89PNG\r\n\x1a\n" + header + pixel + chunk(b"IEND", b"")


_GIF = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x2d\x8c\xff\x00\x00\x00"
    b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b"
)
