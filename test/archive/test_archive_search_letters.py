"""A search finds words independent of the way in which their letters are typed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import SINCE, api_of, small_account

from swagger_client.archive import Archive
from swagger_client.archive.account_claims import store_setting
from swagger_client.archive.schema import create
from swagger_client.archive.search_text import QueryWords, indexed_text, words
from swagger_client.web.search import find

#: What the message has, and what people type to find it. Both are tried both ways.
PAIRS = [
    ("ısı", "isi"), ("ISPARTA", "ısparta"), ("İstanbul", "istanbul"), ("DIŞ", "dış"),
    ("œuvre", "oeuvre"), ("Œuvre", "ŒUVRE"), ("encyclopædia", "encyclopaedia"), ("Ærø", "aero"),
    ("Søren", "soren"), ("Ørsted", "ORSTED"), ("ǿ", "o"), ("Đặng", "dang"), ("đakovo", "Dakovo"),
    ("Łódź", "lodz"), ("ŁÓDŹ", "łodz"), ("Straße", "strasse"), ("STRASSE", "straße"),
    ("GROẞ", "gross"), ("Þórr", "thorr"), ("ÞÓRR", "þorr"), ("Guðrún", "gudrun"),
    ("Ħamrun", "hamrun"), ("ŧest", "test"), ("Iŋgá", "inga"), ("ƒile", "file"), ("ɓaɗi", "badi"),
    ("ɨmport", "import"), ("ꜹ", "av"), ("ﬁnance", "finance"), ("ŉ", "ʼn"), ("ſalt", "salt"),
    ("ǆep", "džep"), ("Ångström", "angstrom"), ("naïve", "naive"), ("ΣΊΣΥΦΟΣ", "σισυφος"),
    ("Ёлка", "елка"), ("Ⅳ", "iv"), ("ｆｕｌｌ", "full"), ("x²", "x2"), ("㎏", "kg"),
    # What has no width, within words.
    ("in\u200bvoice", "invoice"), ("in\u00advoice", "invoice"), ("in\u200cvoice", "invoice"),
    ("in\u200dvoice", "invoice"), ("\u202einvoice\u202c", "invoice"), ("in\u2060voice", "invoice"),
    ("\u2068inv\u2069oice", "invoice"), ("in\ufeffvoice", "invoice"), ("in\u034fvoice", "invoice"),
    ("in\u2063voice", "invoice"), ("in\U000e0041voice", "invoice"), ("in\u180evoice", "invoice"),
    ("שָׁלוֹם", "שלום"), ("مُحَمَّد", "محمد"), ("مـحـمـد", "محمد"), ("ו\u200fא", "וא"),
    ("\u200eabc\u200f", "abc"), ("so\u00ad\u200bft", "soft"), ("caf\u200be\u0301", "café"),
    ("o\u200bœ", "ooe"), ("พรุ่ง\u200bนี้", "พรุ่งนี้"), ("東\u200b京", "東京"), ("👍\ufe0f", "👍"),
]  # fmt: skip
#: Different words stay different.
DIFFERENT = [
    ("ø", "oe"), ("œ", "o"), ("łza", "iza"), ("form", "from"), ("ı", "l"), ("ß", "b"), ("th", "ð"),
    ("in voice", "invoice"), ("in\u2009voice", "invoice"), ("in\u00a0voice", "invoice"),
    ("in-voice", "invoice"), ("कि", "क"), ("กา", "ก่า"),
]  # fmt: skip


def matches(text: str, query: str) -> bool:
    """Return whether the index finds a text. A search without index must agree."""
    wanted = QueryWords(query)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        create(connection)
        connection.execute(
            "INSERT INTO message_words (rowid, words) VALUES (1, ?)", (indexed_text(text),)
        )
        found = connection.execute(
            "SELECT 1 FROM message_words WHERE message_words MATCH ?",
            (wanted.expression(),),
        ).fetchone()
    assert (found is not None) == wanted.are_in(text)
    return found is not None


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=ascii)
def test_a_word_is_found_however_it_is_typed(one: str, other: str) -> None:
    for text, query in ((one, other), (other, one), (f"the {one}, then", other)):
        assert matches(text, query), (text, query, words(text), words(query))
    assert matches(other, f"{one}*")
    assert matches(f"{one} and", f"{other} and")


@pytest.mark.parametrize(("one", "other"), DIFFERENT, ids=ascii)
def test_other_words_are_not_found(one: str, other: str) -> None:
    assert not matches(one, other)


# The capital of ƛ is of Unicode 16, which Python 3.15 knows; the index is of 14.
LETTERS = st.characters(max_codepoint=0x24F, exclude_characters="ƛ")


@given(st.text(LETTERS | st.sampled_from("\u200b\u00ad\u202e\u0301 ")))
def test_a_search_without_an_index_finds_the_same(text: str) -> None:
    if words(text.replace("\0", " ")):
        assert matches(text, text)
        assert matches(text.upper(), text)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Path]:
    """An archive whose search index was built with older rules, which keep letters like ø."""
    path = tmp_path / "sms.sqlite3"
    with small_account(sessions=1, messages=3) as zoom, Archive(path) as archive:
        zoom.add_message(zoom.sessions()[0].session_id, text="Søren's œuvre cafe")
        archive.mirror(api_of(zoom), since=SINCE)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("INSERT INTO message_words (message_words) VALUES ('delete-all')")
            for number, text in connection.execute("SELECT message, text FROM messages").fetchall():
                old = str(text).lower().replace("ø", "oldo").replace("œ", "oldoe")
                connection.execute(
                    "INSERT INTO message_words (rowid, words) VALUES (?, ?)", (number, old)
                )
            store_setting(connection, "search_rules", "2, Unicode 14.0")
        yield path
        archive.mirror(api_of(zoom), since=SINCE)
        assert rules_of(path) != "2, Unicode 14.0"
        assert not archive.verify().notices
        assert len(list(archive.search("soren"))) == 1


def rules_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT value FROM settings WHERE name = 'search_rules'")
        return str(row.fetchone()[0])


# An index of other rules would miss messages without a word about it.
def test_an_index_of_older_rules_hides_no_message(made: Path) -> None:
    with Archive(made) as archive:
        for query in ("soren oeuvre", "Søren", "soren*", "cafe", "œuvre"):
            (found,) = archive.search(query)
            assert found.text == "Søren's œuvre cafe"
            assert archive.count(query) == 1
        # Two searches at once use one function of the connection.
        first, second = archive.search("soren"), archive.search("œuvre")
        assert next(first) == next(second)
        assert list(archive.search("nowhere")) == []
        with pytest.raises(ValueError, match="at least one word"):
            list(archive.search("!!"))
        report = archive.verify()
        assert not report.problems
        assert any("search index was built with rules 2" in notice for notice in report.notices)
    assert rules_of(made) == "2, Unicode 14.0"
    with closing(sqlite3.connect(made)) as connection:
        assert len(find(connection, "soren oeuvre", {}).messages) == 1
        assert find(connection, "nowhere", {}).messages == []
