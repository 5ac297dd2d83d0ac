"""Build and sign the webhook requests for Zoom's SMS events."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urljoin, urlsplit

from .account_data import Conversation
from .clock import zulu
from .media import extension_for
from .records import Attachment, Extension, Message, Party

__all__ = ["EVENTS", "SignedEvent"]

JsonObject = dict[str, object]

EVENTS = (
    "phone.sms_received",
    "phone.sms_sent",
    "phone.sms_sent_failed",
    "phone.sms_campaign_number_opt_in",
    "phone.sms_campaign_number_opt_out",
    "phone.sms_etiquette_warn",
    "phone.sms_etiquette_block",
)
#: The time that Zoom waits for a response, in seconds.
TIMEOUT = 3.0


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """A signed webhook request, to post to a receiver or to pass to a test client.

    :ivar body: the request body.
    :ivar headers: the request headers, including the signature.
    """

    body: bytes
    headers: Mapping[str, str] = field(repr=False)

    def post(self, url: str, *, timeout: float = TIMEOUT) -> tuple[int, bytes]:
        """Post the event to a URL, without following redirects.

        :param url: the URL of the receiver.
        :param timeout: the longest wait for a response, in seconds.
        :returns: the HTTP status and the body of the response.
        :raises OSError: if the receiver cannot be reached or does not send an HTTP response.
        """
        return self._send(url, timeout)[:2]

    def _send(self, url: str, timeout: float) -> tuple[int, bytes, str | None]:
        """Post the event; return the status, the body and the URL of a redirect or None."""
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=timeout)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("POST", target, body=self.body, headers=dict(self.headers))
            response = connection.getresponse()
            location = response.getheader("Location") if 300 <= response.status < 400 else None
            redirect = None if location is None else urljoin(url, location)
            return response.status, response.read(), redirect
        except HTTPException as error:
            raise OSError(f"{url} sent no HTTP response: {error!r}") from error
        finally:
            connection.close()


def sign(body: bytes, secret: str, now: float, tracking_id: str = "") -> SignedEvent:
    """Return a webhook request with Zoom's signature. `now` is its timestamp in Unix seconds."""
    timestamp = str(int(now))
    text = b"v0:" + timestamp.encode() + b":" + body
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Zoom Marketplace/1.0a",
        "x-zm-request-timestamp": timestamp,
        "x-zm-signature": "v0=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest(),
        "x-zm-trackingid": tracking_id,
    }
    return SignedEvent(body, headers)


def url_validation(plain_token: str, now: float) -> bytes:
    """Return the body of the event by which Zoom validates a URL."""
    payload = {"plainToken": plain_token}
    return _body({"event": "endpoint.url_validation", "event_ts": _ms(now), "payload": payload})


def proves_secret(response: bytes, plain_token: str, secret: str) -> bool:
    """Return whether a receiver's response to the URL validation is correct."""
    expected = hmac.new(secret.encode(), plain_token.encode(), hashlib.sha256).hexdigest()
    try:
        return bool(json.loads(response) == {"plainToken": plain_token, "encryptedToken": expected})
    except ValueError:
        return False


def event(name: str, account_id: str, content: JsonObject, now: float) -> bytes:
    """Return the body of an event, with `content` as its `payload.object`."""
    payload: JsonObject = {"account_id": account_id, "object": content}
    return _body({"event": name, "event_ts": _ms(now), "payload": payload})


def message_object(
    message: Message,
    conversation: Conversation,
    extensions: Mapping[str, Extension],
    link_to: Callable[[Attachment], str],
    failure_reason: str | None = None,
) -> JsonObject:
    received = message.direction == "In"
    owner = conversation.participants[0]
    members = [_party(who) for who in message.to_members]
    if received:
        for who, member in zip(message.to_members, members, strict=True):
            member["is_message_owner"] = who is owner
    content: JsonObject = {
        "sender": _party(message.sender),
        "to_members": members,
        "owner": _owner(owner, extensions, received=received),
        "message": message.text,
        "attachments": [
            {
                "id": one.id,
                "size": one.size,
                "name": one.name,
                "type": extension_for(one.type),
                "download_url": link_to(one),
            }
            for one in message.attachments
        ],
        "session_id": message.session_id,
        "message_id": message.message_id,
        "message_type": message.message_type,
        "date_time": message.date_time,
    }
    if not received:
        content["failure_reason"] = failure_reason or ""
    return {**content, **(message.extra or {})}


def opt_object(consumer: str, zoom_number: str, now: float) -> JsonObject:
    pair = {"consumer_phone_number": consumer, "zoom_phone_user_number": zoom_number}
    return {"phone_number_campaign_opt_statuses": [pair], "date_time": zulu(_ms(now))}


def etiquette_object(user: Extension, text: str, policy_name: str, now: float) -> JsonObject:
    return {
        "email": user.email,
        "message": text,
        "policy_name": policy_name,
        "date_time": zulu(_ms(now)),
    }


def _party(who: Party) -> JsonObject:
    shown: JsonObject = {"phone_number": who.phone_number, "display_name": who.display_name}
    if who.owner is not None:
        shown |= {"id": who.owner.id, "type": who.owner.type}
    return {name: value for name, value in shown.items() if name not in who.missing}


def _owner(who: Party, extensions: Mapping[str, Extension], *, received: bool) -> JsonObject:
    if who.owner is None:
        return {}
    owner = extensions.get(who.owner.id)
    if owner is None or not owner.members:
        return {"type": who.owner.type, "id": who.owner.id}
    if received:
        return {"type": owner.type, "id": owner.members[0], "team_id": owner.id}
    return {"type": owner.type, "id": owner.id, "sms_sender_user_id": owner.members[0]}


def _body(value: JsonObject) -> bytes:
    # Zoom's servers send non-ASCII characters as UTF-8, without JSON escapes.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _ms(now: float) -> int:
    return round(now * 1000)
