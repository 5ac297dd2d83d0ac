"""Verifies the search index of an archive."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from itertools import count, repeat

from swagger_client.archive.schema import SEARCH_INDEX
from swagger_client.archive.search_text import RULES, words

_PARTS = ("data", "idx", "docsize", "config")


def check_index(connection: sqlite3.Connection, notices: list[str]) -> Iterator[str]:
    """Yield the defects of the search index; add to `notices` what cannot be checked."""
    rules = connection.execute("SELECT value FROM settings WHERE name = 'search_rules'").fetchone()
    if rules != (RULES,):
        notices.append(
            f"the search index was built with rules {rules and rules[0]}, but this version has "
            f"rules {RULES}: it was not checked, and the next run rebuilds it"
        )
        return
    try:
        connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.words_empty USING fts5 "
            "(words, content = '', tokenize = 'ascii')"
        )
    except sqlite3.OperationalError as error:
        if "no such module" not in str(error):
            raise
        notices.append("this SQLite has no FTS5: the search index was not checked")
        return
    yield from _check_words(connection)
    yield from _check_searches(connection)
    yield from _check_structure(connection)


def _check_words(connection: sqlite3.Connection) -> Iterator[str]:
    """Compare the words in the index, with their positions, with the words of every message."""
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.found "
        f"USING fts5vocab(main, {SEARCH_INDEX}, instance)"
    )
    # The sum of the hashes does not depend on the order. An attacker cannot predict the hashes,
    # because Python randomises them for each process.
    found = sum(map(hash, connection.execute("SELECT term, doc, offset FROM temp.found")))
    expected = 0
    for number, text in connection.execute("SELECT message, text FROM messages"):
        expected += sum(map(hash, zip(words(_clean(text)), repeat(number), count())))
    if found != expected:
        yield "the search index does not match the messages"


def _check_searches(connection: sqlite3.Connection) -> Iterator[str]:
    """Search for each indexed word; check that as many messages are found as the index lists."""
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.counted "
        f"USING fts5vocab(main, {SEARCH_INDEX}, row)"
    )
    lost = 0
    for term, documents in connection.execute("SELECT term, doc FROM temp.counted"):
        (found,) = connection.execute(
            f"SELECT count(*) FROM {SEARCH_INDEX} WHERE {SEARCH_INDEX} MATCH ?", (f'"{term}"',)
        ).fetchone()
        lost += found != documents
    if lost:
        yield f"the search index does not find {lost} of its words"


def _check_structure(connection: sqlite3.Connection) -> Iterator[str]:
    """Run SQLite's own integrity check of the index, on a copy of the index."""
    # In a new temporary database, FTS5 has cached nothing and reads all parts of the index.
    with contextlib.closing(sqlite3.connect("", isolation_level=None)) as copy:
        copy.execute(
            "CREATE VIRTUAL TABLE words_copy USING fts5 (words, content = '', tokenize = 'ascii')"
        )
        copy.execute("BEGIN")
        for part in _PARTS:
            copy.execute(f"DELETE FROM words_copy_{part}")
            found = connection.execute(f"SELECT * FROM main.{SEARCH_INDEX}_{part}")
            values = ", ".join("?" * len(found.description))
            copy.executemany(f"INSERT INTO words_copy_{part} VALUES ({values})", found)
        copy.execute("COMMIT")
        copy.execute("PRAGMA writable_schema = RESET")
        try:
            copy.execute("INSERT INTO words_copy (words_copy) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            yield f"the search index is damaged: {error}"
    sizes = connection.execute(
        f"SELECT count(*) FROM main.{SEARCH_INDEX}_docsize WHERE id NOT IN "
        "(SELECT message FROM messages)"
    ).fetchone()
    (documents,) = connection.execute(
        f"SELECT count(*) FROM main.{SEARCH_INDEX}_docsize"
    ).fetchone()
    (messages,) = connection.execute("SELECT count(*) FROM messages").fetchone()
    if sizes != (0,) or documents != messages:
        yield "the search index lists other messages than the archive contains"
    config = connection.execute(f"SELECT k, v FROM main.{SEARCH_INDEX}_config").fetchall()
    made = connection.execute("SELECT k, v FROM temp.words_empty_config").fetchall()
    if config != made:
        yield "the settings of the search index are altered"


def _clean(text: object) -> str:
    return str(text or "").encode("utf-8", "replace").decode()
