"""Measure the cost of loading an account into DuckDB with dlt, compared with reading it.

    python -m benchmarks.warehouse                   # 20,000 messages, three rounds

Both run in this process, one after the other; the sandbox runs in another process. The result is a
ratio of CPU times.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import swagger_client

_SERVER = """
import sys, time
from swagger_client.sandbox import Sandbox
with Sandbox(sessions=200, messages=int(sys.argv[1]), years=1.0) as zoom:
    print(zoom.host, zoom.access_token, flush=True)
    sys.stdin.read()
"""


def main() -> None:
    """Print the ratio of each round and their median."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    command = [sys.executable, "-c", _SERVER, str(options.messages)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        host, token = server.stdout.readline().split()
        ratios = [_round(host, token, options.messages) for _ in range(options.rounds)]
        server.kill()
    print(f"median {statistics.median(ratios):.2f}")


def _round(host: str, token: str, messages: int) -> float:
    read = _cpu_time(lambda: _read(host, token))
    load = _cpu_time(lambda: _load(host, token))
    again = _cpu_time(lambda: _read(host, token))
    print(
        f"{messages} messages: read {read:.2f} s, loaded {load:.2f} s, ratio {load / read:.2f}, "
        f"noise (read again) {again / read:.2f}"
    )
    return load / read


def _api(host: str, token: str) -> swagger_client.SMSApi:
    configuration = swagger_client.Configuration()
    configuration.host, configuration.access_token = host, token
    return swagger_client.SMSApi(swagger_client.ApiClient(configuration))


def _read(host: str, token: str) -> None:
    for _ in _api(host, token).iter_account_messages(_from="2020-01-01"):
        pass


def _load(host: str, token: str) -> None:
    import dlt

    from swagger_client.integrations.dlt import zoom_sms

    with tempfile.TemporaryDirectory() as folder:
        destination = dlt.destinations.duckdb(str(Path(folder) / "warehouse.duckdb"))
        pipeline = dlt.pipeline(
            "zoom", destination=destination, dataset_name="zoom", pipelines_dir=folder
        )
        pipeline.run(zoom_sms(_api(host, token), since="2020-01-01"))


def _cpu_time(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


if __name__ == "__main__":
    main()
