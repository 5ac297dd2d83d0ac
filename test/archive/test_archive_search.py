"""A search finds messages by words in any script, and no query is a syntax error."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.archives import SINCE, api_of, small_account

from swagger_client.archive import Archive
from swagger_client.archive.canonical import plain_text
from swagger_client.archive.schema import create
from swagger_client.archive.search_text import QueryWords, indexed_text, words

TEXTS = [
    "The invoice 4711 is overdue", "Invoices are sent on Mondays", "Café at noon?",
    "来週の会議は東京駅です", "회의는 내일입니다", "พบกันพรุ่งนี้", "See you 😀🎉", "❤️ and 👍🏽",
    "C:\\path \"quoted\" (NOT) AND* OR", "+1 (555) 010-0100", "nul\0byte",
]  # fmt: skip


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with (
        small_account(messages=6) as zoom,
        Archive(tmp_path_factory.mktemp("search") / "sms.sqlite3") as made,
    ):
        for text in TEXTS:
            zoom.add_message(zoom.sessions()[0].session_id, text=text)
            zoom.clock.advance(1)
        made.mirror(api_of(zoom), since=SINCE)
        yield made


@pytest.fixture(scope="module")
def found(archive: Archive) -> Callable[[str], list[str]]:
    return lambda query: [message.text or "" for message in archive.search(query)]


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("invoice", [TEXTS[0]]),
        ("INVOICE overdue", [TEXTS[0]]),
        ("invoice*", [TEXTS[1], TEXTS[0]]),
        ("invoice＊", [TEXTS[1], TEXTS[0]]),  # in full width
        ("cafe", [TEXTS[2]]),
        ("会議", [TEXTS[3]]),
        ("東京", [TEXTS[3]]),
        ("京東", []),
        ("내일", [TEXTS[4]]),
        ("พรุ่งนี้", [TEXTS[5]]),
        ("🎉", [TEXTS[6]]),
        ("😀", [TEXTS[6]]),
        ("👍", [TEXTS[7]]),
        ('"quoted"', [TEXTS[8]]),
        ("NOT AND*", [TEXTS[8]]),
        ("555 0100", [TEXTS[9]]),
        ("byte", [TEXTS[10]]),
        ("invoice nowhere", []),
    ],
)
def test_words_find_texts(found: Callable[[str], list[str]], query: str, texts: list[str]) -> None:
    assert found(query) == texts


def test_a_result_says_who_when_and_which_conversation(archive: Archive) -> None:
    (one,) = archive.search("4711")

    assert one.session_id
    assert one.sender.phone_number
    assert one.recipients
    assert one.when is not None


def test_the_newest_results_are_first_up_to_the_limit(archive: Archive) -> None:
    newest = [message.when for message in archive.search("invoice*", limit=1)]
    both = [message.when for message in archive.search("invoice*")]

    assert newest == both[:1]
    assert len(both) == 2


def test_a_limit_is_a_number_of_messages(archive: Archive) -> None:
    assert list(archive.search("invoice*", limit=0)) == []
    assert len(list(archive.search("invoice*", limit=10**30))) == 2
    with pytest.raises(ValueError, match="limit"):
        archive.search("invoice*", limit=-1)


@pytest.mark.parametrize("query", ["", "  ", "!!!", '"', "*", "()"])
def test_a_query_without_a_word_says_so(archive: Archive, query: str) -> None:
    with pytest.raises(ValueError, match="at least one word"):
        list(archive.search(query))


@given(query=st.text(st.characters(codec=None), max_size=12))
def test_no_query_is_a_syntax_error(archive: Archive, query: str) -> None:
    if words(plain_text(query).replace("\0", " ")):
        list(archive.search(query))
    else:
        with pytest.raises(ValueError, match="at least one word"):
            list(archive.search(query))


@given(word=st.text(st.characters(categories=("L", "N", "So")), min_size=1, max_size=6))
def test_a_text_is_found_by_its_own_words(word: str, tmp_path_factory: object) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    create(connection)
    connection.execute(
        "INSERT INTO message_words (rowid, words) VALUES (1, ?)", (indexed_text(word),)
    )
    expression = QueryWords(word).expression()
    matched = connection.execute("SELECT rowid FROM message_words WHERE message_words MATCH ?",
                                 (expression,)).fetchall()  # fmt: skip
    connection.close()
    assert matched == [(1,)]


@pytest.mark.parametrize("letter", ["q", "ö", "ж", "ｱ", "ﷺ"])
def test_a_word_that_is_longer_than_the_index_keeps_is_sound_and_found(
    tmp_path: Path, letter: str
) -> None:
    long = letter * 40_000
    with small_account() as zoom, Archive(tmp_path / "long.sqlite3") as archive:
        zoom.add_message(text=f"before {long} after")
        zoom.clock.advance(600)
        archive.mirror(api_of(zoom), since=SINCE)
        assert archive.verify().problems == []
        for query in (long, f"{letter * 10}*", "after"):
            assert [found.text for found in archive.search(query)] == [f"before {long} after"]
