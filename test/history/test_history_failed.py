"""An iteration that has failed never looks complete when the program asks for more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from threading import Event
from typing import Any

import pytest
from support.faces import configured

from swagger_client import ApiClient, SMSApi, history
from swagger_client.aio import AsyncApiClient, AsyncSMSApi
from swagger_client.exceptions import ServiceException
from swagger_client.sandbox import Sandbox

Start = Callable[[SMSApi, str], Iterator[object]]
STARTS: dict[str, Start] = {
    "account": lambda api, _: api.iter_account_messages(_from="2023-01-01", _retries=0),
    "messages": lambda api, one: api.iter_sms_session_details(one, _from="2023-01-01", _retries=0),
    "sessions": lambda api, _: api.iter_account_sms_session(
        _from="2023-01-01", page_size=1, _retries=0
    ),
    "sync": lambda api, one: api.iter_sms_session_sync(one, count=2, _retries=0),
    "pages": lambda api, one: history.pages(
        api.api_client, history.MESSAGES, {"session_id": one}, _from="2023-01-01", _retries=0
    ),
}


def longest(zoom: Sandbox) -> str:
    return max(zoom.sessions(), key=lambda session: session.message_count).session_id


@pytest.fixture
def api(zoom: Sandbox) -> Iterator[SMSApi]:
    with ApiClient(configured(zoom.host, access_token=zoom.access_token)) as client:
        yield SMSApi(client)


@pytest.mark.parametrize("kind", STARTS)
def test_after_an_error_the_next_item_is_an_error_too(
    zoom: Sandbox, api: SMSApi, kind: str
) -> None:
    found = iter(STARTS[kind](api, longest(zoom)))
    next(found)
    zoom.fault(status=503, times=None)
    with pytest.raises(ServiceException):
        list(found)
    zoom.clear_faults()
    with pytest.raises(RuntimeError, match=r"failed before \(ServiceException\)"):
        next(found)
    with pytest.raises(RuntimeError, match="Begin a new iteration"):
        list(found)


def test_after_an_error_of_the_progress_function_the_iteration_is_not_complete(
    api: SMSApi,
) -> None:
    def fail(_: object) -> None:
        raise KeyError("of the program")

    found = api.iter_account_messages(_from="2023-01-01", progress=fail)
    with pytest.raises(KeyError):
        list(found)
    with pytest.raises(RuntimeError, match="KeyError"):
        next(found)


def test_an_iteration_that_the_program_closes_ends(zoom: Sandbox, api: SMSApi) -> None:
    for start in STARTS.values():
        found: Any = iter(start(api, longest(zoom)))
        next(found)
        found.close()
        assert list(found) == []


async def rest(found: AsyncIterator[object]) -> None:
    async for _ in found:
        pass


def test_an_asyncio_iteration_is_not_complete_after_a_timeout(zoom: Sandbox) -> None:
    async def main() -> None:
        configuration = configured(zoom.host, access_token=zoom.access_token)
        async with AsyncApiClient(configuration) as client:
            api = AsyncSMSApi(client)
            starts: list[Any] = [
                api.iter_account_messages(_from="2023-01-01"),
                api.iter_sms_session_details(longest(zoom), _from="2023-01-01"),
                api.iter_sms_session_sync(longest(zoom), count=2),
            ]
            for found in starts:
                await anext(found)
                respond = Event()
                zoom.fault(hold=respond, times=None)
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(rest(found), 0.2)
                respond.set()
                zoom.clear_faults()
                with pytest.raises(RuntimeError, match="CancelledError"):
                    await anext(found)
                await found.aclose()

    asyncio.run(main())
