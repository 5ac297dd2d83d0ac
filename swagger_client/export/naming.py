from __future__ import annotations

import hashlib
import re
import unicodedata


def folder_name(number: int, title: str) -> str:
    """Return a conversation's folder name, such as "0001-jane-roe-and-john-doe"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return f"{number:04}-{slug}".rstrip("-")


def stable_id(*parts: object) -> str:
    """Derive an id of 40 hexadecimal digits from other ids."""
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:40]
