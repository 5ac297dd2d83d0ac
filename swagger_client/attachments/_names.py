"""Names for downloaded files.

The name that Zoom sent cannot choose the folder of a file, or give it the suffix of a program.
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
    """Return a name for a file in a directory.

    :param attachment_id: Zoom's id of the attachment; different ids get different names.
    :param name: the name that Zoom sent; only its suffix is used.
    :param kind: the type that Zoom sent, such as ``PNG`` or ``JPG/JPEG``.
    :param sha256: the hash of the file, used if there is no id.
    """
    wanted = str(attachment_id or f"attachment-{sha256[:16]}")
    stem = re.sub(r"[^\w-]", "_", wanted, flags=re.ASCII)[:_MAX_LENGTH]
    if stem != wanted or _RESERVED.fullmatch(stem):
        stem = f"{stem}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    return stem + file_suffix(name, kind)


def file_suffix(name: object, kind: object) -> str:
    """Return a suffix for a file, with its dot.

    :param name: the name that Zoom sent.
    :param kind: the type that Zoom sent, such as ``PNG`` or ``JPG/JPEG``.
    :returns: the suffix; ``.bin`` if it is not known to be harmless.
    """
    suffix = os.path.splitext(text(name))[1].lower()
    if _HARMLESS.fullmatch(suffix):
        return suffix
    return _EXTENSIONS.get(text(kind).partition("/")[0].lower(), ".bin")


def text(value: object) -> str:
    """Return the value if it is text, otherwise an empty text."""
    return value if isinstance(value, str) else ""
