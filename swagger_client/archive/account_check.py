"""Checks that the credentials belong to the account whose messages the archive holds.

Each archive holds the messages of one account.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from swagger_client.api._operations import ACCOUNT_SMS_SESSION
from swagger_client.archive._sources import fetch_message
from swagger_client.archive.canonical import as_list, as_object, digits
from swagger_client.archive.errors import OtherAccountError
from swagger_client.exceptions import ApiException
from swagger_client.history._source import PAGE_SIZE, PageSource

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient
    from swagger_client.archive.store_queries import StoreQueries

#: Longer tokens are not parsed. Zoom's tokens have about a thousand characters.
_MAX_TOKEN = 16_384


def check_account(store: StoreQueries, client: ApiClient) -> None:
    """Raise an error if the client's account id is known and differs from the archive's."""
    account, known = find_account_id(client), store.setting("account")
    if None not in (account, known) and account != known:
        raise OtherAccountError(
            f"{store.path} is the archive of account {known}, but the credentials belong to "
            f"account {account}. Use another file: each account needs its own archive."
        )


def confirm_account(store: StoreQueries, client: ApiClient) -> bool:
    """Raise an OtherAccountError if the archive seems to belong to another account.

    The first page of Zoom's conversations is requested. The error is raised if the archive has none
    of these conversations and none of their owners, and Zoom returns none of the newest archived
    messages. No request is sent if the archive is empty, or if both account ids are known, because
    :func:`check_account` has then compared them.

    :returns: False if the account could not be checked, because Zoom lists no conversation.
    """
    if None not in (find_account_id(client), store.setting("account")):
        return True
    known = store.identifying_values()
    if not known:
        return True  # the archive is empty
    arguments = {"page_size": PAGE_SIZE, "session_type": "all"}
    source = PageSource(client, ACCOUNT_SMS_SESSION, arguments, convert=list)
    page = client._driver.run(source.fetch({}))
    listed = set(_identifying_values(page.items))
    if not listed:
        return False
    if listed.isdisjoint(known) and not _returns_newest(store, client):
        raise OtherAccountError(
            f"{store.path} contains none of the {len(page.items)} conversations that Zoom lists, "
            "and none of their owners. The credentials belong to another account. Use another "
            "file: each account needs its own archive."
        )
    return True


def _returns_newest(store: StoreQueries, client: ApiClient) -> bool:
    """Return whether Zoom returns one of the newest archived messages: another account cannot."""
    for session_id, message_id in store.newest_messages():
        try:
            client._driver.run(fetch_message(client, session_id, message_id))
        except ApiException as error:
            if error.transient:
                raise
        else:
            return True
    return False


def _identifying_values(sessions: Iterable[object]) -> Iterable[str]:
    """Yield values that no other account has: ids of conversations, ids and numbers of owners."""
    for session in sessions:
        fields = as_object(session)
        if isinstance(found := fields.get("session_id"), str):
            yield found
        for one in as_list(fields.get("participants")):
            party = as_object(one)
            owner = as_object(party.get("owner")).get("id")
            if isinstance(owner, str):
                yield owner
            if party.get("is_session_owner") is True and (
                number := digits(party.get("phone_number"))
            ):
                yield number


def find_account_id(client: ApiClient) -> str | None:
    """Return the account id in the client's credentials or static token; None if there is none."""
    configuration = client.configuration
    found = getattr(configuration.credentials, "account_id", None)
    if found is not None:
        return str(found)
    token = configuration.access_token if configuration.credentials is None else None
    return _account_id_in_token(token or "")


def _account_id_in_token(token: str) -> str | None:
    """Return the account id in an access token; None if the token contains none.

    Zoom's tokens are JSON Web Tokens, although Zoom does not document this. The signature is not
    checked, because the id only serves to notice that a user has mixed up two accounts.
    """
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _MAX_TOKEN:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    found = as_object(claims).get("aid") or as_object(claims).get("accountId")
    return found if isinstance(found, str) and found else None
