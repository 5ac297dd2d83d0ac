"""A run with the credentials of another account does not change the archive."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from support.archives import DAY, SINCE, api_of, archived_messages, sent_messages, small_account

from swagger_client.api import SMSApi
from swagger_client.archive import Archive, OtherAccountError, Progress
from swagger_client.archive.account_check import find_account_id
from swagger_client.oauth import ServerToServerOAuth
from swagger_client.sandbox import Sandbox


@pytest.fixture
def other() -> Iterator[Sandbox]:
    """Another account."""
    with small_account(seed=8) as sandbox:
        yield sandbox


def token_of(account: str, name: str = "aid", *, signed: str = "c2ln") -> str:
    """Return a token in Zoom's form, which contains the id of its account."""
    parts = ({"alg": "HS512", "v": "2.0"}, {"ver": 9, "uid": "u", name: account})
    encoded = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts]
    return ".".join([one.rstrip("=") for one in encoded] + [signed])


def with_credentials(zoom: Sandbox) -> SMSApi:
    api = api_of(zoom)
    api.api_client.configuration.credentials = ServerToServerOAuth(
        zoom.account_id, zoom.client_id, zoom.client_secret, token_url=zoom.token_url
    )
    return api


@pytest.mark.parametrize("is_known", [False, True])
def test_unknown_conversations_mean_another_account(
    archive: Archive, zoom: Sandbox, other: Sandbox, is_known: bool
) -> None:
    archive.mirror(with_credentials(zoom) if is_known else api_of(zoom), since=SINCE)
    for _ in range(2):
        with pytest.raises(OtherAccountError, match="another account"):
            archive.mirror(api_of(other), since=SINCE)
    assert archived_messages(archive) == sent_messages(zoom.messages())
    assert archive.mirror(api_of(zoom)).account_confirmed
    assert archive.verify().problems == []


def test_an_account_that_has_only_new_people_is_recognised_by_its_messages(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE, session_type="call_queue")
    archived = len(archived_messages(archive))
    zoom.clock.advance(40 * DAY)
    zoom.add_message(zoom.add_session())
    report = archive.mirror(api_of(zoom), since=SINCE)
    assert report.account_confirmed
    assert len(archived_messages(archive)) > archived > 0


def test_an_archive_of_an_unknown_account_does_not_take_over_another_one(
    archive: Archive, zoom: Sandbox, other: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    with pytest.raises(OtherAccountError):
        archive.mirror(with_credentials(other))
    archive.mirror(with_credentials(zoom))
    with pytest.raises(OtherAccountError, match=f"of account {zoom.account_id}"):
        archive.mirror(with_credentials(other))


def test_an_interrupted_run_is_not_resumed_with_another_account(
    archive: Archive, zoom: Sandbox, other: Sandbox
) -> None:
    def stop(progress: Progress) -> None:
        if progress.phase == "messages":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        archive.mirror(api_of(zoom), since=SINCE, progress=stop)
    with pytest.raises(OtherAccountError):
        archive.mirror(api_of(other), since=SINCE)
    archive.mirror(api_of(zoom), since=SINCE)
    assert archived_messages(archive) == sent_messages(zoom.messages())


@pytest.mark.parametrize("name", ["aid", "accountId"])
def test_a_token_that_names_another_account_is_rejected_before_any_request(
    archive: Archive, zoom: Sandbox, name: str
) -> None:
    archive.mirror(with_credentials(zoom), since=SINCE)
    zoom.clear_requests()
    api = api_of(zoom)
    api.api_client.configuration.access_token = token_of("another", name)
    for use in (lambda: archive.mirror(api), lambda: archive.sync_session(api, "x")):
        with pytest.raises(OtherAccountError, match="credentials belong to account another"):
            use()
    assert zoom.requests == []


@pytest.mark.parametrize(
    "token", ["a.b.c", "..", "x.e30.y", "x.W10.y", token_of(""), "x." + "A" * 30_000 + ".y"]
)
def test_a_token_that_names_no_account_is_no_error(zoom: Sandbox, token: str) -> None:
    api = api_of(zoom)
    api.api_client.configuration.access_token = token
    assert find_account_id(api.api_client) is None


def test_a_new_conversation_of_a_known_user_is_of_the_account(
    archive: Archive, zoom: Sandbox
) -> None:
    archive.mirror(api_of(zoom), since=SINCE)
    zoom.clock.advance(40 * DAY)  # none of those that are known is listed
    zoom.add_message()
    assert archive.mirror(api_of(zoom)).account_confirmed
