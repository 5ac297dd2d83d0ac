"""Measure the parts of one call: ``python -m benchmarks.profile_call`` prints a table.

Each part is run alone, and its CPU time is measured. Parts that run alone are faster than in a
call, because the processor's caches hold their data. The last row shows this difference.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import swagger_client
from benchmarks import make_payloads
from benchmarks.decisions import decide
from benchmarks.measure import timer
from benchmarks.payloads import MESSAGE_ID, SESSION_ID, TOKEN
from benchmarks.server import canned_server
from swagger_client import models
from swagger_client._serialization import responses
from swagger_client.api._operations import SMS_BY_MESSAGE_ID

ROUNDS = 60


class _Silent:
    """A ``rest_client`` that responds at once."""

    def __init__(self, response: object) -> None:
        self._response = response

    def GET(self, url: str, **given: object) -> object:
        return self._response


def parts(host: str, body: bytes) -> dict[str, Callable[[], object]]:
    """Return the measured functions by name."""
    configuration = swagger_client.Configuration()
    configuration.host = host
    configuration.access_token = TOKEN
    client = swagger_client.ApiClient(configuration)
    api = swagger_client.SMSApi(client)
    api.sms_by_message_id(SESSION_ID, MESSAGE_ID)
    response: Any = client.last_response
    wireless = swagger_client.ApiClient(configuration)
    wireless.rest_client = _Silent(response)  # type: ignore[assignment]
    of_wireless = swagger_client.SMSApi(wireless)
    ids: dict[str, object] = {"session_id": SESSION_ID, "message_id": MESSAGE_ID}
    origin, _, path = host.rpartition("/")
    target = f"/{path}/phone/sms/sessions/{SESSION_ID}/messages/{MESSAGE_ID}"
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": client.user_agent,
        "Authorization": f"Bearer {TOKEN}",
    }
    request: dict[str, Any] = {"headers": headers, "query_params": []}

    import urllib3

    pool = urllib3.PoolManager().connection_from_url(origin)

    def urllib3_alone() -> bytes:
        response = pool.urlopen("GET", target, headers=headers, preload_content=False)
        return response.read(decode_content=False)

    return {
        "whole": lambda: api.sms_by_message_id(SESSION_ID, MESSAGE_ID),
        "without wire": lambda: of_wireless.sms_by_message_id(SESSION_ID, MESSAGE_ID),
        "prepare": lambda: wireless._prepare(SMS_BY_MESSAGE_ID, ids, {}),
        "decide": decide(),
        "wire": lambda: client.rest_client.GET(origin + target, **request),
        "urllib3": urllib3_alone,
        "json": lambda: json.loads(body),
        "read": lambda: responses.to_model(body, models.InlineResponse20076),
    }


def rows(cost: dict[str, float]) -> list[tuple[str, float]]:
    """Return the rows of the table, from the costs of the parts."""
    between = cost["without wire"] - cost["prepare"] - cost["decide"] - cost["read"]
    return [
        ("arguments and settings to a call (`ApiClient._prepare`)", cost["prepare"]),
        ("pacing, token, retry (`_flow.exchange` and its driver)", cost["decide"]),
        ("keyword arguments, limits, the frames between the layers", between),
        ("the wire (`RESTClientObject.GET`)", cost["wire"]),
        ("… of which urllib3 and sockets would take alone, reading headers its own way",
         cost["urllib3"]),
        ("JSON to dicts", cost["json"]),
        ("dicts to models", cost["read"] - cost["json"]),
        ("the whole call", cost["whole"]),
        ("… of which caches that other parts have filled",
         cost["whole"] - cost["without wire"] - cost["wire"]),
    ]  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        make_payloads.write(Path(made))
        with canned_server(Path(made)) as host:
            timed = parts(f"{host}/small", (Path(made) / "small").read_bytes())
            timers = {name: timer(work) for name, work in timed.items()}
            taken: dict[str, list[float]] = {name: [] for name in timers}
            for _ in range(ROUNDS):
                for name, sample in timers.items():
                    taken[name].append(sample())
    cost = {name: statistics.median(samples) * 1e6 for name, samples in taken.items()}
    print("| part | µs of CPU | share |\n|---|---|---|")
    for name, microseconds in rows(cost):
        print(f"| {name} | {microseconds:.1f} | {microseconds / cost['whole']:.0%} |")


if __name__ == "__main__":
    main()
