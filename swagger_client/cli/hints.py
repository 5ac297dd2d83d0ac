from __future__ import annotations

from swagger_client.archive import Archive, UnknownValueError
from swagger_client.archive.canonical import typed_digits
from swagger_client.archive.search_text import words
from swagger_client.cli.text import escape

#: Fewer digits than this are not taken for a phone number.
_LEAST_DIGITS = 7


def hint_at_people(archive: Archive, query: str) -> str | None:
    return _hint_at_number(archive, query) or _hint_at_name(archive, query)


def _hint_at_number(archive: Archive, query: str) -> str | None:
    if any(one.isalpha() for one in query) or len(typed_digits(query) or "") < _LEAST_DIGITS:
        return None
    try:
        number = f"+{max(archive.match_number(query), key=len)}"
    except UnknownValueError:
        return None
    except ValueError:
        number = query
    return (
        f"{escape(query)} is a participant's phone number. Words are looked for in texts only: "
        f"--number '{escape(number)}' finds the messages of the number."
    )


def _hint_at_name(archive: Archive, query: str) -> str | None:
    wanted = set(words(query))
    for person in archive.people() if wanted else ():
        for name in person.names:
            if wanted <= set(words(name)):
                hint = (
                    f"{escape(name)} is a participant's name. Words are looked for in texts only: "
                    f"--sender '{escape(name)}' finds the messages that they sent"
                )
                if person.number is not None:
                    hint += f"; --number '{escape(person.number)}' also finds those they received"
                return f"{hint}."
    return None
