"""Create an OpenTelemetry span for each request of the client, with ``on_event``.

Each attempt is a span below the current span. Retries and waits are events of the current span.
Events of the client contain no secrets, so neither do the spans. It needs ``opentelemetry-sdk``.
Run it to print the spans of a call that succeeds at the second attempt, with a sandbox.
"""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

from swagger_client import ApiClient, Configuration, SMSApi
from swagger_client.events import (
    Event,
    RequestEvent,
    ResponseEvent,
    RetryEvent,
    TokenRenewedEvent,
    WaitEvent,
)
from swagger_client.sandbox import Sandbox


class Spans:
    """Converts events to spans. Assign an object to ``configuration.on_event``.

    :param tracer: receives the spans.
    """

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer
        # A call makes one attempt at a time, but may fetch a token in between.
        self._open: dict[tuple[str, str], trace.Span] = {}

    def __call__(self, event: Event) -> None:
        """Handle an event. The client calls this, from any of its threads."""
        if isinstance(event, RequestEvent):
            span = self._tracer.start_span(
                f"zoom {event.operation}",
                kind=trace.SpanKind.CLIENT,
                attributes={
                    "http.request.method": event.method,
                    "url.path": event.path,
                    "http.request.resend_count": event.attempt - 1,
                    "zoom.call_id": event.call_id,
                },
            )
            self._open[event.call_id, event.operation] = span
        elif isinstance(event, ResponseEvent):
            self._end(event)
        elif isinstance(event, RetryEvent):
            details = {"reason": event.reason, "delay": f"{event.delay:.3f}"}
            trace.get_current_span().add_event("zoom retry", details)
        elif isinstance(event, WaitEvent):
            trace.get_current_span().add_event("zoom wait", {"seconds": event.seconds})
        elif isinstance(event, TokenRenewedEvent):
            trace.get_current_span().add_event("zoom token renewed")

    def _end(self, event: ResponseEvent) -> None:
        span = self._open.pop((event.call_id, event.operation))
        if event.status is not None:
            span.set_attribute("http.response.status_code", event.status)
        if event.tracking_id is not None:
            span.set_attribute("zoom.tracking_id", event.tracking_id)
        if event.error is not None:
            span.set_attribute("error.type", event.error)
            span.set_status(trace.StatusCode.ERROR)
        span.end()


def main() -> None:
    """Call a sandbox that fails once, and print the spans."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
    tracer = provider.get_tracer("example")
    with Sandbox() as zoom:
        zoom.fault(status=503)
        configuration = Configuration()
        configuration.host = zoom.host
        configuration.access_token = zoom.access_token
        configuration.on_event = Spans(tracer)
        with ApiClient(configuration) as client, tracer.start_as_current_span("archive texts"):
            SMSApi(client).account_sms_session(page_size=5)
    provider.shutdown()


if __name__ == "__main__":
    main()
