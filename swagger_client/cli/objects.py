from __future__ import annotations

from swagger_client._security import safe_json
from swagger_client.archive import ArchivedMessage


def message_object(message: ArchivedMessage) -> dict[str, object]:
    return {
        **message._asdict(),
        "sender": message.sender._asdict(),
        "recipients": [party._asdict() for party in message.recipients],
        "attachments": [file._asdict() for file in message.attachments],
        "raw": safe_json.loads(message.raw),
    }
