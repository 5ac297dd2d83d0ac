"""Cells of CSV files: plain for programs, or protected from what spreadsheets change."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from swagger_client.export.columns import Cell

#: Characters that begin a formula, or that a spreadsheet hides at the beginning of a cell.
_FORMULA = frozenset("'=+-@\t\r\n")
#: A whole number that a spreadsheet shows as it is.
_SHOWN_AS_IT_IS = re.compile(r"(0|[1-9]\d{0,10})")
_MONTHS = (
    "jan|feb|mar|apr|may|mai|maj|jun|jul|aug|ago|aou|aoû|sep|set|oct|okt|out|nov|dec|dez|dic|déc"
    "|ene|gen|fev|fév|mär|abr|avr|juin|juil"
)
_DAYS = "mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so"
_UNITS = "am|pm|a|p|h|uhr|e|t|z|st|nd|rd|th|de|eur|usd|gbp|chf|kr|pln|rs|jpy|cny|inr|brl|cad|aud"
_LETTER = r"[^\W\d_]"
_WORDS = rf"(?:{_MONTHS}|{_DAYS}){_LETTER}{{0,7}}|{_UNITS}"
#: Digits with punctuation, currencies, units and names of months: a number, date, time or share.
#: It never backtracks, since strangers choose the texts.
_LIKE_A_NUMBER = re.compile(
    rf"(?>[\d\s.,/:()%‰*^+\-–—−'’$€£¥₹₽₩₪₺¢#°⁄∕]|(?<!{_LETTER})(?:{_WORDS})(?!{_LETTER}))++",
    re.IGNORECASE,
)
#: Zoom's times, which every message has.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_DIGIT = re.compile(r"\d")
#: Truth values in several languages.
_CONSTANTS = {
    "true", "false", "wahr", "falsch", "vrai", "faux", "verdadero", "falso", "vero", "waar",
    "onwaar", "verdadeiro", "sant", "sandt", "falskt", "prawda", "fałsz", "истина", "ложь",
}  # fmt: skip
_LONGEST_NUMBER = 64
#: The picture of NUL, which CSV cannot hold.
_NUL = "\u2400"


def to_plain_cell(value: Cell) -> str:
    """Write a value as a cell of a CSV file for programs.

    Lists are joined with ``; ``. NUL, which CSV cannot hold, becomes its picture.
    """
    if isinstance(value, str):
        text = value
    elif isinstance(value, (list, tuple)):
        text = "; ".join(_escape(item) for item in value)
    elif isinstance(value, datetime):
        text = to_iso(value)
    else:
        text = "" if value is None else str(value)
    return text.replace("\0", _NUL)


def to_cell(value: Cell) -> str:
    """Write a value as a cell of a CSV file that a spreadsheet shows unchanged.

    An apostrophe is put before each text that a spreadsheet would take for a
    formula, date, time, share, truth value, or a number that it shows differently.
    """
    text = to_plain_cell(value)
    if isinstance(value, datetime) or changes_in_spreadsheets(text):
        return f"'{text}"
    return text


def changes_in_spreadsheets(text: str) -> bool:
    """Decide whether a spreadsheet would show a text as something else."""
    if not text or _SHOWN_AS_IT_IS.fullmatch(text):
        return False
    start = text[: _LONGEST_NUMBER + 1]
    if start[0] in _FORMULA or _TIME.fullmatch(text):
        return True
    stripped = start.strip()
    if not start.isascii():
        shown = unicodedata.normalize("NFKC", start)
        stripped = shown.strip()
        if shown[:1] in _FORMULA:
            return True
    if stripped[:1] in _FORMULA:
        return True
    if len(text) > _LONGEST_NUMBER:
        return False
    if _DIGIT.search(stripped) is None:
        return stripped.casefold() in _CONSTANTS
    return _LIKE_A_NUMBER.fullmatch(stripped) is not None


def from_cell(cell: str, kind: str, *, plain: bool = False) -> Cell:
    """Read the value of a cell of a CSV export.

    An empty cell is None, or a list without items: CSV has no difference between no value and
    empty text. NUL stays the picture that was written for it.

    :param kind: the kind of the column.
    :param plain: whether the file was written with ``plain``.
    """
    text = cell if plain else cell.removeprefix("'")
    if kind in ("texts", "integers"):
        parts = re.findall(r"(?:[^;\\]|\\.)+", text, re.DOTALL) if text else []
        items = [_unescape(part[1:] if place else part) for place, part in enumerate(parts)]
        if kind == "integers":
            return [None if item is None else int(item) for item in items]
        return items
    if not text:
        return None
    if kind == "timestamp":
        return datetime.fromisoformat(text)
    return int(text) if kind == "integer" else text


def to_iso(at: datetime) -> str:
    """Write a time in UTC as ISO 8601 with ``Z``, with a fraction only when it has one."""
    return at.isoformat().replace("+00:00", "Z")


def _escape(item: str | int | None) -> str:
    if item is None:
        return r"\N"
    return str(item).replace("\\", "\\\\").replace(";", "\\;") or r"\E"


def _unescape(part: str) -> str | None:
    if part == r"\N":
        return None
    return "" if part == r"\E" else re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL)
