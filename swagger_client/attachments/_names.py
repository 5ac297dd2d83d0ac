"""Names of downloaded files: no name that Zoom sends leads elsewhere or makes a program."""

from __future__ import annotations

import hashlib
import os
import re

_EXTENSIONS = {"png": ".png", "gif": ".gif", "jpg": ".jpg", "audio": ".amr", "video": ".mp4"}
#: Extensions of files that a double click does not run.
_HARMLESS = re.compile(
    r"\.(3g2|3gp|aac|amr|avi|bmp|caf|flac|gif|heic|heif|jpe?g|m4a|m4v|midi?|mkv|mov|mp[34]|mpe?g|og[agv]"
    r"|opus|pdf|png|tiff?|txt|vcf|wav|web[mp]|wm[av])"
)
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_MAX_LENGTH = 100


def file_name(attachment_id: object, name: object, kind: object, sha256: str) -> str:
    """Choose the name of a file in a directory.

    :param attachment_id: Zoom's id; different ids get different names.
    :param name: the name that Zoom gives.
    :param kind: the type that Zoom gives, as ``PNG`` or ``JPG/JPEG``.
    :param sha256: the hash of the file, for one without an id.
    """
    wanted = str(attachment_id or f"attachment-{sha256[:16]}")
    stem = re.sub(r"[^\w-]", "_", wanted, flags=re.ASCII)[:_MAX_LENGTH]
    if stem != wanted or _RESERVED.fullmatch(stem):
        stem = f"{stem}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    return stem + file_suffix(name, kind)


def file_suffix(name: object, kind: object) -> str:
    """Choose the suffix of a file.

    :param name: the name that Zoom gives.
    :param kind: the type that Zoom gives, as ``PNG`` or ``JPG/JPEG``.
    :returns: the suffix with its dot; ``.bin`` for all that is not known to be harmless.
    """
    suffix = os.path.splitext(text(name))[1].lower()
    if _HARMLESS.fullmatch(suffix):
        return suffix
    return _EXTENSIONS.get(text(kind).partition("/")[0].lower(), ".bin")


def text(value: object) -> str:
    """Return a text that Zoom sent; an empty one if it sent something else."""
    return value if isinstance(value, str) else ""
