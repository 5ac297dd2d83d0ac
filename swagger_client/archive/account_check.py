"""Finds out whether credentials are of the archive's account: each archive holds one account."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from swagger_client.api._operations import ACCOUNT_SMS_SESSION
from swagger_client.archive.canonical import as_list, as_object, digits
from swagger_client.archive.errors import OtherAccountError
from swagger_client.history._source import PAGE_SIZE, PageSource

if TYPE_CHECKING:
    from swagger_client.api_client import ApiClient
    from swagger_client.archive.store import Store

#: The longest token that is read; Zoom's have about a thousand characters.
_MAX_TOKEN = 16_384


def check_account(store: Store, client: ApiClient) -> None:
    """Compare the account in the credentials, or in a static token, with the archive's.

    :raises OtherAccountError: when they are of another one.
    """
    account, known = account_of(client), store.setting("account")
    if None not in (account, known) and account != known:
        raise OtherAccountError(
            f"{store.path} is the archive of account {known}, and the credentials are of "
            f"{account}: name another file, one for each account."
        )


def confirm_account(store: Store, client: ApiClient) -> bool:
    """Compare the conversations that Zoom lists with those of the archive, where no id tells.

    :returns: False if the account cannot be determined.
    :raises OtherAccountError: when the archive knows none of them, nor any of their owners.
    :raises ApiException: when they cannot be listed.
    """
    if None not in (account_of(client), store.setting("account")):
        return True
    known = store.known_owners()
    if not known:
        return True  # the archive is empty
    arguments = {"page_size": PAGE_SIZE, "session_type": "all"}
    source = PageSource(client, ACCOUNT_SMS_SESSION, arguments, convert=list)
    page = client._driver.run(source.fetch({}))
    listed = set(_owners(page.items))
    if not listed:
        return False
    if listed.isdisjoint(known):
        raise OtherAccountError(
            f"{store.path} knows none of the {len(page.items)} conversations that Zoom lists, nor "
            "any user or number that owns one: the credentials are of another account. Name "
            "another file, one for each account."
        )
    return True


def _owners(sessions: Iterable[object]) -> Iterable[str]:
    """Yield the values that belong to one account only: conversation ids, owners, their numbers."""
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


def account_of(client: ApiClient) -> str | None:
    """Return the account id in the credentials, or in a static token; None if neither has one."""
    configuration = client.configuration
    found = getattr(configuration.credentials, "account_id", None)
    if found is not None:
        return str(found)
    token = configuration.access_token if configuration.credentials is None else None
    return _account_in(token or "")


def _account_in(token: str) -> str | None:
    """Return the account id in a token. Zoom's are JWTs that name the account as ``aid``.

    Zoom does not document it: it was called ``accountId`` once. Nobody has to trust it, since it
    only keeps accounts apart that the caller did not mean to mix.
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
