from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ._model import Model, field
from ._time import utc
from .sms_message import SmsMessage
from .sms_participant import SmsParticipant


class SmsSession(Model):
    """A conversation, which Zoom calls a session."""

    last_access_time: str | None = field(
        "The time of the last message in UTC, as text; `last_access_time_utc` is the same time as"
        " a datetime.",
        example="2022-03-25T02:11:27Z",
    )
    latest_message: SmsMessage | None = field("The newest message of the conversation.")
    participants: Sequence[SmsParticipant] = field(
        "The participants of the conversation.", max_items=10
    )
    session_id: str = field(
        "Zoom's id of the conversation.", example="d39fc7e14ef9f2b6453f5f02524d79a2"
    )
    unread_message_count: int | None = field("The number of unread messages.", example=125)
    session_type: str | None = field(
        "The type of the conversation's owner.",
        one_of=("user", "call_queue", "auto_receptionist"),
        documented_enum=False,
        example="user",
    )

    @property
    def last_access_time_utc(self) -> datetime | None:
        """``last_access_time`` as an aware datetime.

        :raises ValueError: if the text is not an ISO 8601 timestamp.
        """
        return utc(self.last_access_time)
