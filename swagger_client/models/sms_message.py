from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ._model import Model, field
from ._time import utc
from .sms_attachment import SmsAttachment
from .sms_participant import SmsParticipant


class SmsMessage(Model):
    """A text message, as the endpoints of the API return it."""

    attachments: Sequence[SmsAttachment] | None = field(
        "The media files of the message.", max_items=10
    )
    date_time: str | None = field(
        "The creation time in UTC, as text; `date_time_utc` is the same time as a datetime.",
        example="2022-03-23T02:58:01Z",
    )
    direction: str | None = field(
        "`In` for a message that the Zoom number received, `Out` for a message that it sent.",
        one_of=("In", "Out"),
        documented_enum=False,
        example="In",
    )
    message: str | None = field("The text of the message.", example="welcome")
    message_id: str = field("Zoom's id of the message.", example="IQ-cRH5P5EiTWCwpNzScnECJw")
    message_type: int | None = field(
        "The type of message: 1 SMS, 2 MMS, 3 group SMS, 4 group MMS, 5 international SMS,"
        " 6 message between Zoom numbers.",
        one_of=(1, 2, 3, 4, 5, 6),
        example=2,
    )
    sender: SmsParticipant = field("The sender of the message.")
    to_members: Sequence[SmsParticipant] = field("The recipients of the message.", max_items=10)
    delivery_status: str | None = field(
        "The delivery status: `received` (the Zoom number received it), `sent` (the carrier has it"
        " but has not confirmed the delivery), `delivered` (the delivery is confirmed),"
        " `failed_to_send` (Zoom did not send it), `failed_to_deliver` (the carrier did not deliver"
        " it) or `unknown`.",
        one_of=(
            "received", "delivered", "failed_to_send", "sent", "failed_to_deliver", "unknown",
        ),
        example="delivered",
    )  # fmt: skip

    @property
    def date_time_utc(self) -> datetime | None:
        """``date_time`` as an aware datetime.

        :raises ValueError: if the text is not an ISO 8601 timestamp.
        """
        return utc(self.date_time)
