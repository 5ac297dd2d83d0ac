"""Archive an account, verify the archive, and search it.

    python examples/archive_account.py sms.sqlite3 2026-01-01
    python examples/archive_account.py try.sqlite3 2026-01-01 --sandbox

It reads the account of ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET, or an invented
account with --sandbox. Run it once a day for each account.
"""

from __future__ import annotations

import sys
from pathlib import Path

import swagger_client
from swagger_client.archive import Archive, ArchiveError
from swagger_client.exceptions import ApiException
from swagger_client.sandbox import Sandbox


def main(database: str, since: str, *options: str) -> int:
    """Archive, verify and search; return the exit status."""
    if "--sandbox" not in options:
        try:
            configuration = swagger_client.Configuration.from_env()
        except ValueError as error:
            sys.exit(f"{error}. With --sandbox, a made-up account is read.")
        return update(configuration, database, since)
    with Sandbox(seed=7) as zoom:
        configuration = swagger_client.Configuration()
        configuration.host, configuration.access_token = zoom.host, zoom.access_token
        return update(configuration, database, since)


def update(configuration: swagger_client.Configuration, database: str, since: str) -> int:
    """Update the archive, and print its content."""
    files = Path(database).with_suffix(".files")
    with swagger_client.ApiClient(configuration) as client, Archive(database) as archive:
        try:
            api = swagger_client.SMSApi(client)
            report = archive.mirror(api, since=since, attachments=files)
        except (ApiException, ArchiveError) as error:
            print(f"{error}\nNothing is lost. Run the same command again.", file=sys.stderr)
            return 75
        print(f"{report.new_messages} new messages, changed: {report.changes or 'nothing'}")
        print(f"digest, store it elsewhere: {report.digest}")

        checked = archive.verify()
        print(f"{checked.records} records and {checked.files} files verified", *checked.problems)

        for message in archive.search("tomorrow", limit=3):
            print(message.when, message.sender.label, message.text)
        return 0 if checked.sound else 65


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
