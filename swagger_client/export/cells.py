from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from swagger_client.export.columns import Cell

#: Characters at the beginning of a cell that start a formula, or that a spreadsheet hides.
_FORMULA = frozenset("'=+-@\t\r\n")
#: Matches whole numbers that a spreadsheet shows unchanged.
_SHOWN_AS_IT_IS = re.compile(r"(0|[1-9]\d{0,10})")
_FIRST_CHANGED_NUMBER = 10**11
_MONTHS = (
    "jan|feb|mar|apr|may|mai|maj|jun|jul|aug|ago|aou|aoû|sep|set|oct|okt|out|nov|dec|dez|dic|déc"
    "|ene|gen|fev|fév|mär|abr|avr|juin|juil"
)
_DAYS = "mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so"
_UNITS = "am|pm|a|p|h|uhr|e|t|z|st|nd|rd|th|de|eur|usd|gbp|chf|kr|pln|rs|jpy|cny|inr|brl|cad|aud"
_LETTER = r"[^\W\d_]"
_WORDS = rf"(?:{_MONTHS}|{_DAYS}){_LETTER}{{0,7}}|{_UNITS}"
#: Matches digits with punctuation, currencies, units and names of months: numbers, dates, times and
#: percentages. It never backtracks, so that no text can make it slow.
_NUMBER = rf"(?>[\d\s.,/:()%‰*^+\-–—−'’$€£¥₹₽₩₪₺¢#°⁄∕]+|(?<!{_LETTER})(?:{_WORDS})(?!{_LETTER}))++"
_LIKE_A_NUMBER = re.compile(_NUMBER, re.IGNORECASE)
#: The same for text that is ASCII in lower case. Without IGNORECASE, it takes half the time.
_LIKE_AN_ASCII_NUMBER = re.compile(_NUMBER)
#: Matches timestamps in Zoom's format.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_DIGIT = re.compile(r"\d")
#: Matches characters without width, which a spreadsheet may drop.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
#: The words for true and false in several languages.
_CONSTANTS = {
    "true", "false", "wahr", "falsch", "vrai", "faux", "verdadero", "falso", "vero", "waar",
    "onwaar", "verdadeiro", "sant", "sandt", "falskt", "prawda", "fałsz", "истина", "ложь",
}  # fmt: skip
_LONGEST_NUMBER = 64
#: The symbol that replaces the character NUL, which a CSV file cannot contain.
_NUL = "\u2400"


def to_plain_cell(value: Cell) -> str:
    """Convert a value unchanged to the text of a CSV cell; join a list with ``; ``."""
    if isinstance(value, str):
        return value.replace("\0", _NUL)
    if isinstance(value, (list, tuple)):
        return "; ".join([_escape(item) for item in value]).replace("\0", _NUL)
    return "" if value is None else str(value)


def to_cell(value: Cell) -> str:
    """Convert a value to the text of a CSV cell that a spreadsheet neither changes nor executes."""
    if isinstance(value, int) and 0 <= value < _FIRST_CHANGED_NUMBER:
        return str(value)
    text = to_plain_cell(value)
    return f"'{text}" if changes_in_spreadsheets(text) else text


def changes_in_spreadsheets(text: str) -> bool:
    """Return whether a spreadsheet would change or execute a text."""
    if not text:
        return False
    if text[0] in _FORMULA or (text[-1] == "Z" and _TIME.fullmatch(text)):
        return True
    like_a_number, start = _LIKE_AN_ASCII_NUMBER, text
    if not text.isascii():
        start = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text[: _LONGEST_NUMBER + 1]))
        if start[:1] in _FORMULA:
            return True
        like_a_number = _LIKE_A_NUMBER
    if len(text) > _LONGEST_NUMBER:
        return start[: _LONGEST_NUMBER + 1].strip()[:1] in _FORMULA
    start = start.strip()
    folded = start.casefold()
    if folded[:1] in _FORMULA or folded in _CONSTANTS:
        return True
    if like_a_number is _LIKE_AN_ASCII_NUMBER:
        start = folded
    if not like_a_number.fullmatch(start) or not _DIGIT.search(start):
        return False
    return not _SHOWN_AS_IT_IS.fullmatch(text)


def from_cell(cell: str, kind: str, *, plain: bool = False) -> Cell | datetime:
    """Convert the text of a cell in a CSV export back to the value that was exported.

    An empty cell becomes None or an empty list, because CSV cannot distinguish empty text from no
    value. The symbol ␀, which an export writes for NUL, is not converted back.

    :param kind: the ``kind`` of the cell's :class:`Column`, such as "texts".
    :param plain: True if the CSV file was exported with ``plain=True``.
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


def _escape(item: str | int | None) -> str:
    if item is None:
        return r"\N"
    return str(item).replace("\\", "\\\\").replace(";", "\\;") or r"\E"


def _unescape(part: str) -> str | None:
    if part == r"\N":
        return None
    return "" if part == r"\E" else re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL)
