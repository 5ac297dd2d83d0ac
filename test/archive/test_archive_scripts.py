"""A search finds any form of a word: 60 queries in twelve writing systems."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Literal

import pytest

from swagger_client.archive.schema import create
from swagger_client.archive.search_text import QueryWords, indexed_text, words

#: Text, query, and whether the text is found by it.
QUERIES = [
    # Latin
    ("Die Straße ist gesperrt", "strasse", True),
    ("Die STRASSE ist gesperrt", "straße", True),
    ("Café señor", "cafe", True),
    ("Cafe senor", "CAFÉ SEÑOR", True),
    ("Çok güzel İstanbul", "istanbul", True),
    ("the ﬁnal oﬀer", "final offer", True),
    ("ｉｎｖｏｉｃｅ　４７１１", "invoice 4711", True),
    ("invoice 4711", "４７１１", True),
    ("Tiếng Việt", "tieng viet", True),
    ("naïve cooperation", "naive co", False),
    ("x² + y²", "x2", True),
    # Greek
    ("Καλημέρα Αθήνα", "καλημερα", True),
    ("ΚΑΛΗΜΕΡΑ", "καλημέρα", True),
    ("ὁ λόγος", "λογος", True),
    ("ΟΔΟΣ", "οδός", True),
    ("Αθήνα", "Αθηνών", False),
    # Cyrillic
    ("Ёлка и йод", "елка", True),
    ("ПРИВЕТ", "привет", True),
    ("привет мир", "МИР", True),
    ("Київ", "киів", True),
    # Hebrew
    ("שָׁלוֹם לך", "שלום", True),
    ("שלום", "שָׁלוֹם", True),
    ("בְּרֵאשִׁית", "בראשית", True),
    ("שלום", "שלומי", False),
    # Arabic
    ("وصل مُحَمَّد", "محمد", True),
    ("محمد", "مُحَمَّد", True),
    ("مـــحمد", "محمد", True),
    ("إلى البيت", "الى", True),
    ("ﻣﺤﻤﺪ", "محمد", True),
    # Devanagari: marks are letters
    ("हिन्दी में", "हिन्दी", True),
    ("हिन्दी", "हन्दी", False),
    ("क़लम", "क़लम", True),
    # Thai: any two characters
    ("พบกันพรุ่งนี้", "พรุ่งนี้", True),
    ("พบกันพรุ่งนี้", "กันพ", True),
    ("สวัสดีครับ", "ดี", True),
    ("สวัสดีครับ", "ดา", False),
    ("น้ำ", "นํ้า", True),
    # Chinese: any two characters
    ("明天下午开会", "下午", True),
    ("明天下午开会", "午下", False),
    ("明天下午开会", "天下", True),
    ("訂單號碼１２３", "123", True),
    ("豈", "豈", True),
    # Japanese
    ("明日のガイド", "ガイド", True),
    ("明日のガイド", "ガイド", True),
    ("ﾒｰﾙを見て", "メール", True),
    ("メールを見て", "ﾒｰﾙ", True),
    ("注文番号ＡＢ１２３です", "AB123", True),
    ("㍿ガイド", "株式会社", True),
    # Korean
    ("내일 한국에서 만나요", "한국", True),
    ("내일 부산에서", "부산", True),
    ("회의는 내일입니다", "내일", True),
    ("회의는 내일입니다", "일내", False),
    # Georgian and Armenian
    ("გამარჯობა", "ᲒᲐᲛᲐᲠᲯᲝᲑᲐ", True),
    ("Բարեւ", "բարև", True),
    # Symbols, and what Unicode 14 does not know
    ("Thanks🥹", "thanks", True),
    ("Thanks🥹", "🥹", True),
    ("love you🩷", "you", True),
    ("love you🩷", "🩷", True),
    ("❤️ and 👍🏽", "❤", True),
    ("invis\u00adible a\u200bb", "invisible", True),
]


def is_found(text: str, query: str) -> bool:
    import sqlite3

    connection = sqlite3.connect(":memory:", isolation_level=None)
    create(connection)
    connection.execute(
        "INSERT INTO message_words (rowid, words) VALUES (1, ?)", (indexed_text(text),)
    )
    found = connection.execute(
        "SELECT count(*) FROM message_words WHERE message_words MATCH ?",
        (QueryWords(query).expression(),),
    ).fetchone()
    connection.close()
    return bool(found[0])


def test_there_are_sixty_queries() -> None:
    assert len(QUERIES) >= 60


@pytest.mark.parametrize(("text", "query", "found"), QUERIES)
def test_a_text_is_found(text: str, query: str, found: bool) -> None:
    for form in ("NFC", "NFD"):
        for other in ("NFC", "NFD"):
            written = unicodedata.normalize(form, text)
            asked = unicodedata.normalize(other, query)
            assert is_found(written, asked) is found, (form, other)


@pytest.mark.parametrize("text", [text for text, _, _ in QUERIES])
def test_a_text_is_found_by_each_of_its_words(text: str) -> None:
    for word in text.split():
        if words(word):
            assert is_found(text, word)


def test_the_words_of_a_text_do_not_depend_on_the_tables_of_the_interpreter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Characters that a newer Unicode defines stay as they are, whatever it says of them."""
    newer = "\U0001fa77\ua7cb\u1c89"  # an emoji of 15, letters of 16
    normalize = unicodedata.normalize

    def other_tables(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
        assert not set(text) & set(newer), "a character that Unicode 14 does not know"
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", other_tables)
    assert words(f"café{newer}b") == ["cafe", *newer, "b"]


def test_the_classes_of_characters_are_those_of_the_tool() -> None:
    if not unicodedata.unidata_version.startswith("14."):
        pytest.skip("only Python 3.11 has these tables")
    root = Path(__file__).parents[2]
    made = subprocess.run(
        [sys.executable, "-m", "tools.unicode_classes"],
        cwd=root, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert made == (root / "swagger_client" / "archive" / "unicode_14.py").read_text("utf-8")
