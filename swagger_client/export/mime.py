from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import quote

from swagger_client._security.regular_file import open_regular_file
from swagger_client.archive import Party
from swagger_client.archive.canonical import digits

#: The domain of the generated e-mail addresses. RFC 2606 reserves it, so that it never exists.
DOMAIN = "sms.invalid"
_POLICY = policy.SMTP
#: A multiple of 57 bytes, because a line of base64 encodes 57 bytes.
_CHUNK = 57 * 20_000
_LONGEST_LINE = 900
_CONTROL = re.compile("[\x00-\x1f\x7f]+")
_UNQUOTED = re.compile(r"[A-Za-z0-9 _-]+")

Header = tuple[str, str]


class Part(NamedTuple):
    """An attachment of an e-mail.

    :ivar name: the file name.
    :ivar label: the name that the recipient's mail program shows.
    :ivar is_inline: whether mail programs show the attachment with the text.
    """

    name: str
    label: str
    media_type: str
    content: bytes | Path
    is_inline: bool = False

    @property
    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def open(self) -> IO[bytes]:
        return (
            BytesIO(self.content)
            if isinstance(self.content, bytes)
            else open_regular_file(self.content)
        )


def write_mail(
    file: IO[bytes], headers: Sequence[Header], text: str, parts: Sequence[Part], *, boundary: str
) -> None:
    """Write an e-mail. Its parts must not contain ``boundary``, which separates them."""
    for name, value in headers:
        file.write(fold_header(name, value))
    file.write(b"MIME-Version: 1.0\r\n")
    if not parts:
        _write_text(file, text)
        return
    line = f"--{boundary}\r\n".encode()
    file.write(f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode() + line)
    _write_text(file, text)
    for part in parts:
        file.write(b"\r\n" + line)
        _write_part(file, part)
    file.write(f"\r\n--{boundary}--\r\n".encode())


def _write_text(file: IO[bytes], text: str) -> None:
    file.write(b'Content-Type: text/plain; charset="utf-8"\r\n')
    file.write(b"Content-Transfer-Encoding: base64\r\n\r\n")
    _write_base64(file, BytesIO(text.encode("utf-8")))


def _write_part(file: IO[bytes], part: Part) -> None:
    disposition = "inline" if part.is_inline else "attachment"
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", part.name)
    name = f'filename="{plain}"'
    if plain != part.name:
        name += f"; filename*=utf-8''{quote(part.name, safe='')}"
    file.write(f"Content-Type: {part.media_type}\r\n".encode())
    file.write(f"Content-Disposition: {disposition}; {name}\r\n".encode())
    file.write(b"Content-Transfer-Encoding: base64\r\n\r\n")
    with part.open() as content:
        _write_base64(file, content)


def _write_base64(file: IO[bytes], content: IO[bytes]) -> None:
    while chunk := content.read(_CHUNK):
        file.write(base64.encodebytes(chunk).replace(b"\n", b"\r\n"))


@lru_cache(maxsize=10_000)
def fold_header(name: str, value: str) -> bytes:
    """Return a header as ASCII bytes, folded into several lines if it is long."""
    clean = one_line(value)
    line = f"{name}: {clean}\r\n"
    if clean.isascii() and len(line) < _LONGEST_LINE:
        return line.encode("ascii")
    folded: str = _POLICY.fold(name, _POLICY.header_factory(name, clean))
    return folded.encode("ascii")


def one_line(text: str) -> str:
    """Replace control characters by blanks, so that a value cannot start another header."""
    return _CONTROL.sub(" ", text).strip()


def address_of(party: Party) -> str:
    """Return a made-up e-mail address for a person, from the phone number or Zoom id."""
    number = digits(party.phone_number)
    if number:
        return f"{'+' if len(number) > 6 else ''}{number}@{DOMAIN}"
    owner = re.sub(r"[^A-Za-z0-9_-]", "", party.owner_id or "")
    return f"zoom-{owner}@{DOMAIN}" if owner else f"unknown@{DOMAIN}"


def mailbox(name: str | None, address: str) -> str:
    """Return a name and an address as the value of a header such as From."""
    clean = one_line(name or "")
    if not clean:
        return address
    if _UNQUOTED.fullmatch(clean):
        return f"{clean} <{address}>"
    return str(Address(clean, addr_spec=address))


def date_header(at: datetime | None) -> list[Header]:
    """Return the Date header of a message; an empty list if its time is unknown."""
    return [] if at is None else [("Date", format_datetime(at.replace(microsecond=0)))]
