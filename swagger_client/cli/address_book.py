from __future__ import annotations

from swagger_client.archive import Archive
from swagger_client.cli.console import Console
from swagger_client.cli.text import escape
from swagger_client.export.names import Names


def note_unmatched(archive: Archive, names: Names, console: Console) -> None:
    """Print a note if the address book has entries, but none for a number in the archive."""
    if not names:
        return
    numbers = [one.number for one in archive.people() if one.number]
    if not numbers or any(names.name_of(number) for number in numbers):
        return
    console.note(
        escape(
            f"The address book names no number of this archive. Numbers in the archive look like "
            f"{numbers[0]}, numbers in the address book like {names.example}. Check that it is the "
            "right file, and that its numbers are complete."
        )
    )
