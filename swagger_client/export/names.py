from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from quopri import decodestring

from swagger_client._security.regular_file import open_regular_file
from swagger_client.archive.canonical import typed_digits
from swagger_client.export.files import name_as_text

#: Numbers with fewer digits than this are short codes, which have no country code.
_SHORTEST_END = 8
_MAX_BYTES = 64 << 20
#: A phone number as spreadsheets save it in a column of numbers: 1.61756E+10.
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)


class Names:
    """The names of phone numbers, from an address book.

    A phone number has the name that the address book contains for the same digits. If it contains
    none, the number has the name of an entry whose number differs only by a country code, unless
    several such entries have different names.
    """

    def __init__(
        self, entries: Iterable[tuple[str, str]] = (), *, origin: str | None = None
    ) -> None:
        self.origin = origin
        self._exact: dict[str, set[str]] = {}
        self._by_end: dict[str, set[str]] = {}
        for number, name in entries:
            digits = _digits(number)
            if digits and name.strip():
                self._exact.setdefault(digits, set()).add(name.strip())
                if len(digits) >= _SHORTEST_END:
                    self._by_end.setdefault(digits[-_SHORTEST_END:], set()).add(digits)

    def name_of(self, number: str | None) -> str | None:
        """Return the name of a number; None if it has no name or several names."""
        digits = _digits(number or "") if self._exact else ""
        if not digits:
            return None
        names = self._exact.get(digits, set())
        if not names and len(digits) >= _SHORTEST_END:
            near = self._by_end.get(digits[-_SHORTEST_END:], set())
            ends = [one for one in near if one.endswith(digits) or digits.endswith(one)]
            names = {name for one in ends for name in self._exact[one]}
        return next(iter(names)) if len(names) == 1 else None

    @property
    def example(self) -> str | None:
        """The digits of the first number in the address book; None if it has no number."""
        return next(iter(self._exact), None)

    def __len__(self) -> int:
        return len(self._exact)


def read_names(path: str | os.PathLike[str]) -> Names:
    """Read an address book: CSV in UTF-8 with the header ``number,name``, or vCard."""
    file = Path(path)
    try:
        with open_regular_file(file, follow_links=True) as opened:
            data = opened.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None
    if len(data) > _MAX_BYTES:
        raise ValueError(
            f"{file} is larger than {_MAX_BYTES >> 20} MiB: check that it is an address book"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file} is not UTF-8: save the address book as UTF-8") from None
    read = _vcard_entries if file.suffix.lower() in (".vcf", ".vcard") else _csv_entries
    sha256 = hashlib.sha256(data).hexdigest()
    names = Names(read(text, file), origin=f"{name_as_text(file)} (SHA-256 {sha256})")
    if not names:
        raise ValueError(
            f"{file} has no line with both a phone number and a name: check that it is the right "
            "file"
        )
    return names


def _csv_entries(text: str, file: Path) -> Iterator[tuple[str, str]]:
    try:
        for row in _dict_reader(text, file):
            number = row.get("number") or ""
            if _SHORTENED.fullmatch(number.strip()):
                raise ValueError(
                    f"{file} contains {number.strip()}, a number without its last digits: format "
                    "the column as text, enter the numbers again, then save the file"
                )
            yield number, row.get("name") or ""
    except csv.Error as error:
        raise ValueError(f"{file} cannot be read as CSV: {error}") from None


def _dict_reader(text: str, file: Path) -> csv.DictReader[str]:
    first = text.split("\n", 1)[0]
    delimiter = next((one for one in ",;\t" if one in first), ",")
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    reader.fieldnames = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    if not {"number", "name"} <= set(reader.fieldnames):
        raise ValueError(
            f"{file} has the header {first.strip()[:80]!r}, but the header must be 'number,name'"
        )
    return reader


def _vcard_entries(text: str, file: Path) -> Iterator[tuple[str, str]]:
    name, structured = "", ""
    numbers: list[str] = []
    for key, value in _vcard_lines(text):
        if key == "BEGIN":
            name, structured, numbers = "", "", []
        elif key == "FN":
            name = value
        elif key == "N":
            parts = [part.strip() for part in re.split(r"(?<!\\);", value)]
            structured = " ".join(part for part in (*parts[1:2], *parts[:1]) if part)
        elif key == "TEL":
            numbers.append(re.sub(r"(?i)^tel:|;ext=.*$", "", value))
        elif key == "END":
            for number in numbers:
                yield number, _unescaped(name or structured)


def _vcard_lines(text: str) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of each vCard property. Groups and parameters are left out."""
    lines = iter(re.sub(r"\r?\n[ \t]", "", text).splitlines())
    for line in lines:
        head, colon, value = line.partition(":")
        if colon:
            key, *parameters = head.upper().split(";")
            if any("QUOTED-PRINTABLE" in one for one in parameters):
                while value.endswith("="):  # a soft line break
                    value = value[:-1] + next(lines, "")
                value = decodestring(value.encode()).decode("utf-8", "replace")
            yield key.rpartition(".")[2].strip(), value.strip()


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value)


def _digits(number: str) -> str:
    digits = typed_digits(number) or ""
    return digits[2:] if digits.startswith("00") else digits
