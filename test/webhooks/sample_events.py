"""Bodies of the documented events, with every documented field."""

from __future__ import annotations

import copy
import json
from typing import Any

Json = dict[str, Any]

SECRET = "tGx-9Qf_s3cr3t"
NOW = 1_790_000_000

_OPT_STATUSES = [
    {
        "consumer_phone_number": "+15550100",
        "zoom_phone_user_number": "+15550199",
        "opt_status": "pending",
        "opt_in_status": 1,
        "opt_in_message": "Send JOIN to hear from us.",
    },
    {
        "consumer_phone_number": "+15550101",
        "zoom_phone_user_number": "+15550199",
        "opt_status": "opt_in",
        "opt_in_status": 3,
    },
]


def _message(**more: Any) -> Json:
    return {
        "sender": {
            "phone_number": "15550100",
            "id": "sender-1",
            "type": "user",
            "display_name": "Ann Ekström",
        },
        "to_members": [
            {
                "phone_number": "+15550199",
                "id": "member-1",
                "type": "user",
                "display_name": "Support",
                "is_message_owner": True,
            },
            {"phone_number": "15550177"},
        ],
        "owner": {"type": "callQueue", "id": "owner-1"},
        "message": "Photos attached 📷",
        "attachments": [
            {
                "id": "file-1",
                "size": 10692,
                "name": "cat.jpg",
                "type": "jpg",
                "download_url": "https://files.example/file-1?jwt=s.e.cret",
            }
        ],
        "session_id": "5c2b8d1c0fa84a27b1f1d6f4d1a0e9b3",
        "message_id": "IQ-message-1",
        "message_type": 2,
        "date_time": "2026-09-21T14:13:20Z",
        "phone_number_campaign_opt_statuses": _OPT_STATUSES,
        **more,
    }


_PAIR = {"consumer_phone_number": "+15550100", "zoom_phone_user_number": "+15550199"}
_OPT = {"phone_number_campaign_opt_statuses": [_PAIR], "date_time": "2026-09-21T14:13:20Z"}
_ETIQUETTE = {
    "email": "ann@example.com",
    "message": "a text against the rules",
    "policy_name": "No card numbers",
    "date_time": "2026-09-21T14:13:20Z",
}

OBJECTS: dict[str, Json] = {
    "phone.sms_received": _message(
        owner={"type": "callQueue", "id": "owner-1", "team_id": "queue-1"}
    ),
    "phone.sms_sent": _message(
        owner={"type": "callQueue", "id": "owner-1", "sms_sender_user_id": "member-2"},
        failure_reason="",
    ),
    "phone.sms_sent_failed": _message(
        owner={"type": "user", "id": "owner-1", "sms_sender_user_id": "member-2"},
        failure_reason="1101-not delivered",
    ),
    "phone.sms_campaign_number_opt_in": _OPT,
    "phone.sms_campaign_number_opt_out": _OPT,
    "phone.sms_etiquette_warn": _ETIQUETTE,
    "phone.sms_etiquette_block": _ETIQUETTE,
}


def event(name: str, **changes: Any) -> Json:
    """Return an event in Zoom's form, with other values in its object."""
    content = copy.deepcopy(OBJECTS[name]) | changes
    payload = {"account_id": "account-1", "object": content}
    return {"event": name, "event_ts": NOW * 1000 + 127, "payload": payload}


def url_validation(token: str = "qgg8vlvZRS6UYooatFL8Aw") -> Json:
    """Return the event with which Zoom validates a URL."""
    payload = {"plainToken": token}
    return {"event": "endpoint.url_validation", "event_ts": NOW * 1000, "payload": payload}


def body(value: Json) -> bytes:
    """Return an event as a request body."""
    return json.dumps(value, ensure_ascii=False).encode()
