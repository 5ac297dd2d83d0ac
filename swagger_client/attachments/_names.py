"""Choose the names of downloaded files.

The sender of a message can choose any name for an attachment. So that name must not decide into
which folder the file is written, nor give it an extension with which it would run as a program.
"""

from __future__ import annotations

import hashlib
import os
import re

_EXTENSIONS = {"png": ".png", "gif": ".gif", "jpg": ".jpg", "audio": ".amr", "video": ".mp4"}
#: Extensions of files that do not run as a program when a user opens them.
_HARMLESS = re.compile(
    r"\.(3g2|3gp|aac|amr|avi|bmp|caf|flac|gif|heic|heif|jpe?g|m4a|m4v|midi?|mkv|mov|mp[34]|mpe?g|og[agv]"
    r"|opus|pdf|png|tiff?|txt|vcf|wav|web[mp]|wm[av])"
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_MAX_LENGTH = 100


def file_name(attachment_id: object, name: object, kind: object, sha256: str) -> str:
    """Return a safe name for a downloaded file, from the attachment's id and an extension.

    :param attachment_id: Zoom's id. Different ids result in different names, even on file systems
        that do not distinguish upper and lower case.
    :param name: the file name that Zoom sent, of which only the extension is used.
    :param kind: the media type that Zoom sent, such as ``PNG`` or ``JPG/JPEG``.
    :param sha256: the SHA-256 hash of the file; used in the name if the attachment has no id.
    """
    wanted = str(attachment_id or f"attachment-{sha256[:16]}")
    stem = re.sub(r"[^\w-]", "_", wanted, flags=re.ASCII)[:_MAX_LENGTH]
    # macOS and Windows do not distinguish upper and lower case in file names.
    if stem != wanted.lower() or _RESERVED.fullmatch(stem):
        stem = f"{stem}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    return stem + file_suffix(name, kind)


def file_suffix(name: object, kind: object) -> str:
    """Return the extension of ``name`` if it is harmless, or one for the media type ``kind``."""
    suffix = os.path.splitext(text(name))[1].lower()
    if _HARMLESS.fullmatch(suffix):
        return suffix
    return _EXTENSIONS.get(text(kind).partition("/")[0].lower(), ".bin")


def text(value: object) -> str:
    return value if isinstance(value, str) else ""
