"""The OpenTelemetry example creates correct spans."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from support.clocks import JumpingClock
from support.faces import Asyncio, Blocking, faces_of
from support.wire import Received, Say, Wire, error_reply, reply

from examples.opentelemetry_spans import Spans
from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.exceptions import NotFoundException
from swagger_client.oauth import ServerToServerOAuth
from swagger_client.sandbox import Sandbox

EXAMPLE = Path(__file__).parents[2] / "examples" / "opentelemetry_spans.py"


def test_the_example_runs_and_prints_its_spans() -> None:
    ran = subprocess.run(
        [sys.executable, str(EXAMPLE)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=EXAMPLE.parents[1],
        env={"PYTHONPATH": str(EXAMPLE.parents[1])},
    )
    decoder, text, spans = json.JSONDecoder(), ran.stdout, []
    while text.strip():
        span, end = decoder.raw_decode(text.lstrip())
        spans.append(span)
        text = text.lstrip()[end:]
    assert [span["name"] for span in spans] == [
        "zoom account_sms_session",
        "zoom account_sms_session",
        "archive texts",
    ]
    statuses = [span["attributes"].get("http.response.status_code") for span in spans[:2]]
    assert statuses == [503, 200]
    assert {span["parent_id"] for span in spans[:2]} == {spans[2]["context"]["span_id"]}
    assert [event["name"] for event in spans[2]["events"]] == ["zoom retry"]


@pytest.mark.parametrize("kind", [Blocking, Asyncio], ids=lambda kind: kind.name)
def test_each_attempt_is_a_span_without_secrets(kind: type[Blocking] | type[Asyncio]) -> None:
    def respond(request: Received) -> Say:
        if request.path == "/oauth/token":
            return Say(reply({"access_token": "secret-bearer", "expires_in": 3600}))
        return Say(error_reply(404, 1001, "The user does not exist."))

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with Wire(default=respond) as wire, faces_of(kind) as face:
        credentials = ServerToServerOAuth(
            "account", "app", "secret-of-client", token_url=f"{wire.origin}/oauth/token"
        )
        caller = face(
            wire.host,
            clock=JumpingClock(),
            credentials=credentials,
            on_event=Spans(provider.get_tracer("test")),
        )
        with pytest.raises(NotFoundException):
            caller.call()
    spans = exporter.get_finished_spans()
    assert [span.name for span in spans] == ["zoom token", "zoom account_sms_session"]
    attributes = spans[1].attributes or {}
    assert attributes["http.response.status_code"] == 404
    assert attributes["error.type"] == "NotFoundException"
    assert attributes["zoom.tracking_id"] == "v=2.0;clid=us"
    assert spans[1].status.status_code is StatusCode.ERROR
    assert "secret" not in "".join(span.to_json() for span in spans)


@pytest.mark.parametrize("how", ["async_req", "iteration"])
def test_spans_of_other_threads_are_below_the_current_span(how: str) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")
    configuration = Configuration()
    configuration.on_event = Spans(tracer)
    with Sandbox(sessions=3, messages=20) as zoom, tracer.start_as_current_span("job"):
        configuration.host, configuration.access_token = zoom.host, zoom.access_token
        with ApiClient(configuration) as client:
            if how == "async_req":
                SMSApi(client).account_sms_session(async_req=True).get(30)
            else:
                assert list(SMSApi(client).iter_account_messages(_from="2025-01-01"))
    *spans, job = exporter.get_finished_spans()
    assert spans
    assert job.context is not None
    assert {span.parent and span.parent.span_id for span in spans} == {job.context.span_id}
