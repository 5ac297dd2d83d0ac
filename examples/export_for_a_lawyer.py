"""Export all messages between one number and the company, as a transcript with exhibits.

    python examples/export_for_a_lawyer.py sms.sqlite3 "+1 810 800 1001" out 2026-01-01 2026-06-30

It verifies the archive first. Then it writes out/transcript (HTML that needs no network and can be
printed) and out/messages.csv, and prints the digest of the archive. It needs the extra ``html``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from swagger_client.archive import Archive


def main(database: str, number: str, folder: str, since: str, until: str) -> int:
    """Verify and export; return the exit status."""
    out = Path(folder)
    out.mkdir()
    with Archive(database) as archive:
        checked = archive.verify()
        if not checked.sound:
            print("The archive is damaged:", *checked.problems, sep="\n", file=sys.stderr)
            return 65
        archive.export(out / "transcript", "html", number=number, since=since, until=until)
        archive.export(out / "messages.csv", "csv", number=number, since=since, until=until)
        print(f"archive digest: {checked.digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
