"""Load an account's messages into a warehouse: DuckDB, PostgreSQL, or Parquet files.

    python examples/load_warehouse.py duckdb messages.duckdb 2026-01-01
    python examples/load_warehouse.py postgres postgresql://user:password@host/database 2026-01-01
    python examples/load_warehouse.py parquet folder 2026-01-01
    python examples/load_warehouse.py duckdb try.duckdb 2026-01-01 --sandbox

The first run loads all messages since the date, later runs load new messages. The account is that
of the environment variables ZOOM_ACCOUNT_ID, ZOOM_CLIENT_ID and ZOOM_CLIENT_SECRET, or an invented
account with --sandbox.
"""

from __future__ import annotations

import sys
from pathlib import Path

import dlt

import swagger_client
from swagger_client.integrations.dlt import zoom_sms
from swagger_client.sandbox import Sandbox


def main(kind: str, target: str, since: str, *options: str) -> None:
    """Load the account of the environment, or the made-up account."""
    if "--sandbox" not in options:
        try:
            configuration = swagger_client.Configuration.from_env()
        except ValueError as error:
            sys.exit(f"{error}. With --sandbox, a made-up account is read.")
        load(configuration, kind, target, since, "zoom_sms")
        return
    with Sandbox(seed=7) as zoom:
        configuration = swagger_client.Configuration()
        configuration.host, configuration.access_token = zoom.host, zoom.access_token
        load(configuration, kind, target, since, "zoom_sms_sandbox")


def load(
    configuration: swagger_client.Configuration, kind: str, target: str, since: str, name: str
) -> None:
    """Run one load and print dlt's report."""
    folder = ""  # dlt's own, for servers
    if kind in ("duckdb", "parquet"):
        # dlt's state lies beside the file: another file of the same name has its own.
        path = Path(target).resolve()
        target = str(path) if kind == "duckdb" else path.as_uri()
        folder = str(path.with_name(f"{path.name}.dlt"))
    make = dlt.destinations.filesystem if kind == "parquet" else getattr(dlt.destinations, kind)
    pipeline = dlt.pipeline(
        name, destination=make(target), dataset_name="zoom", pipelines_dir=folder
    )
    with swagger_client.ApiClient(configuration) as client:
        source = zoom_sms(swagger_client.SMSApi(client), since=since)
        if kind == "parquet":
            print(pipeline.run(source, loader_file_format="parquet"))
        else:
            print(pipeline.run(source))


if __name__ == "__main__":
    main(*sys.argv[1:])
