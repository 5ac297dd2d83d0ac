"""The sandbox matches the description, as tested by Schemathesis, which does not use the client."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, Response
from schemathesis.generation.stateful.state_machine import StepInput, StepOutput
from schemathesis.specs.openapi.checks import positive_data_acceptance

from swagger_client.sandbox import Clock, Sandbox

DESCRIPTION = Path(__file__).parent.parent.parent / "openapi" / "zoom-phone-sms.yaml"
PATHS = list(yaml.safe_load(DESCRIPTION.read_text())["paths"])
NOW = datetime(2026, 7, 15, 12, tzinfo=timezone.utc)
FROM, TO = "2026-07-01", "2026-07-15"

schema = schemathesis.openapi.from_path(DESCRIPTION)
many = settings(max_examples=40, derandomize=True, deadline=None)


@pytest.fixture(scope="module")
def zoom() -> Iterator[Sandbox]:
    clock = Clock(frozen=True, start=NOW)
    with Sandbox(seed=7, clock=clock, years=0.05, require_count=True) as sandbox:
        yield sandbox
        assert sandbox.crashes == []


def sent_to(zoom: Sandbox) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {zoom.access_token}"}
    return {"base_url": zoom.host, "headers": headers}


def call(case: Case[Any], zoom: Sandbox, **options: Any) -> Response:
    sent = sent_to(zoom)
    response = case.call(**sent)
    validate(case, response, sent, **options)
    return response


def validate(case: Case[Any], response: Response, sent: dict[str, Any], **options: Any) -> None:
    """Validate a response with all of Schemathesis' checks, and its code too."""
    case.validate_response(response, transport_kwargs=sent, **options)
    documented = case.operation.responses.find_by_status_code(response.status_code)
    if response.status_code >= 400 and documented is not None:
        assert response.json()["code"] in documented.definition["x-zoom-codes"]


def with_real_ids(case: Case[Any], zoom: Sandbox) -> Case[Any]:
    """Return the request with ids of an existing conversation, message and user."""
    session = zoom.sessions()[0].session_id
    message = zoom.messages(session)[0].message_id
    here = {"sessionId": session, "messageId": message, "userId": "me"}
    case.path_parameters = {name: here[name] for name in case.path_parameters}
    return case


def with_real_values(case: Case[Any], keep: Set[str] = frozenset()) -> Case[Any]:
    """Return the request with what no schema describes: a real date range, no random token."""
    for token in {"next_page_token", "sync_token"} - keep:
        case.query.pop(token, None)
    if case.query.keys() & {"from", "to"} and not keep & {"from", "to"}:
        case.query.update({"from": FROM, "to": TO})
    if "sync_type" in case.query and "sync_token" not in case.query:
        case.query["sync_type"] = "FSync"
    return case


@schema.parametrize()
@settings(many, max_examples=25)
def test_any_request(case: Case[Any], zoom: Sandbox) -> None:
    # Schemas do not describe valid tokens and ranges, so valid requests may be rejected here.
    call(case, zoom, excluded_checks=[positive_data_acceptance])


@pytest.mark.parametrize("path", PATHS)
@many
@given(data=st.data())
def test_permitted_request_succeeds(path: str, zoom: Sandbox, data: st.DataObject) -> None:
    valid = schema[path]["GET"].as_strategy(generation_mode=GenerationMode.POSITIVE)
    case = with_real_values(with_real_ids(data.draw(valid), zoom))
    assert call(case, zoom).status_code == 200


@pytest.mark.parametrize("path", [path for path in PATHS if "messages" not in path])
@many
@given(data=st.data())
def test_forbidden_request_is_rejected(path: str, zoom: Sandbox, data: st.DataObject) -> None:
    invalid = schema[path]["GET"].as_strategy(generation_mode=GenerationMode.NEGATIVE)
    call(with_real_ids(data.draw(invalid), zoom), zoom)


def test_linked_requests(zoom: Sandbox) -> None:
    succeeded: Counter[str] = Counter()

    # Loaded separately, because Schemathesis remembers data of other tests.
    linked_schema = schemathesis.openapi.from_path(DESCRIPTION)

    class Caller(linked_schema.as_state_machine()):  # type: ignore[misc]
        """Follows the links from responses to requests."""

        def step(self, input: StepInput) -> StepOutput:
            linked = {name for _, name in input.applied_parameters if name}
            if input.case.meta and input.case.meta.generation.mode.is_positive:
                with_real_values(input.case, keep=linked)
            output: StepOutput = super().step(input)
            return output

        def get_call_kwargs(self, case: Case[Any]) -> dict[str, Any]:
            return sent_to(zoom)

        def validate_response(
            self, response: Response, case: Case[Any], additional_checks: object = None, **_: Any
        ) -> None:
            validate(case, response, sent_to(zoom), excluded_checks=[positive_data_acceptance])
            if response.status_code == 200:
                succeeded[case.operation.label] += 1

    Caller.run(settings=settings(many, max_examples=100, stateful_step_count=8))
    assert succeeded.keys() == {f"GET {path}" for path in PATHS}
