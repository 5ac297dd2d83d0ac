from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from itertools import count, repeat, zip_longest

from swagger_client.archive.schema import SEARCH_INDEX
from swagger_client.archive.search_text import RULES, indexed_text, words

#: The copied tables of the index. ``docsize`` is missing, because FTS5 does not compare it with the
#: index. :func:`_check_structure` compares its rows with the messages.
_PARTS = ("data", "idx", "config")
#: FTS5 stores the totals and the list of parts in rows up to this id. The id of a page consists of
#: the number of its part, which differs, and of 37 bits that say where in the part the page is.
_LAST_SPECIAL_ROW = 10
_PAGE_NUMBER = (1 << 37) - 1


def check_index(connection: sqlite3.Connection, notices: list[str]) -> Iterator[str]:
    """Yield a problem text for each defect of the search index; add skipped checks to `notices`."""
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
    yield from _check_copy(connection)
    yield from _check_searches(connection)
    yield from _check_structure(connection)


def _check_words(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield a problem text if the index lists other words, or in another order, than the texts."""
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
    """Search for each word of the search index; yield a problem text if results are wrong."""
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


def _check_copy(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield problem texts if FTS5 finds damage, or if the index differs from the messages.

    The index is first copied to a new temporary database. There, FTS5 must read all parts of the
    index, because it has cached none of them.
    """
    with contextlib.closing(sqlite3.connect("", isolation_level=None)) as temporary:
        temporary.execute("BEGIN")
        for name in ("copied", "expected"):
            temporary.execute(
                f"CREATE VIRTUAL TABLE {name} USING fts5 (words, content = '', tokenize = 'ascii',"
                " columnsize = 0)"
            )
        for part in _PARTS:
            temporary.execute(f"DELETE FROM copied_{part}")
            found = connection.execute(f"SELECT * FROM main.{SEARCH_INDEX}_{part}")
            values = ", ".join("?" * len(found.description))
            temporary.executemany(f"INSERT INTO copied_{part} VALUES ({values})", found)
        temporary.execute("COMMIT")
        temporary.execute("PRAGMA writable_schema = RESET")
        try:
            temporary.execute("INSERT INTO copied (copied) VALUES ('integrity-check')")
            same = _equals_new_index(connection, temporary)
        except sqlite3.DatabaseError as error:
            yield f"the search index is damaged: {error}"
            same = False
    if not same:
        yield from _check_words(connection)


def _equals_new_index(connection: sqlite3.Connection, temporary: sqlite3.Connection) -> bool:
    """Index all messages in table ``expected``; return whether it has the bytes of ``copied``.

    Two indexes with different bytes may nevertheless contain the same words.
    """
    texts = connection.execute("SELECT message, text FROM messages")
    temporary.execute("BEGIN")
    temporary.executemany(
        "INSERT INTO expected (rowid, words) VALUES (?, ?)",
        ((number, indexed_text(_clean(text))) for number, text in texts),
    )
    temporary.execute("COMMIT")
    stored = [_merged_pages(temporary, name) for name in ("copied", "expected")]
    return all(one == other for one, other in zip_longest(*stored))


def _merged_pages(temporary: sqlite3.Connection, name: str) -> sqlite3.Cursor:
    """Merge all parts of an index into one part, and return the pages of that part in word order.

    Two indexes with the same words, documents and positions then usually have equal pages.
    """
    # With a further document, there are always two parts or more, so that FTS5 writes all again.
    temporary.execute(f"INSERT INTO {name} (rowid, words) VALUES (-1, 'a')")
    temporary.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")
    return temporary.execute(
        f"SELECT id & {_PAGE_NUMBER}, block FROM {name}_data WHERE id > {_LAST_SPECIAL_ROW} "
        "ORDER BY id"
    )


def _check_structure(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield problem texts if the search index has wrong messages or altered settings."""
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
    if isinstance(text, str) and text.isascii():
        return text
    return str(text or "").encode("utf-8", "replace").decode()
