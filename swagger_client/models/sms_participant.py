from __future__ import annotations

from datetime import datetime

from ._model import Model, absent, field
from ._phone import e164
from ._time import utc
from .sms_owner import SmsOwner


class SmsParticipant(Model):
    """A participant of a conversation, or the sender or a recipient of a message."""

    display_name: str | None = field(
        "The display name, if Zoom has one.", example="test api", nullable=True
    )
    owner: SmsOwner | None = field(
        "The extension of the account that has the number; missing for outside numbers."
    )
    phone_number: str | None = field(
        "The number, with or without a leading `+`.",
        example="18108001001",
        nullable=True,
    )
    is_session_owner: bool | None = absent(
        "Whether this participant owns the conversation; only in lists of conversations."
    )
    extension_status: str | None = absent(
        "The status of the participant's extension if it is no longer in use; only in the"
        " account's list."
    )
    extension_deleted_time: str | None = absent(
        "The time of the extension's deletion in UTC, as text; only with the status `deleted`."
    )

    @property
    def e164(self) -> str | None:
        """``phone_number`` in E.164 form, for example ``+18108001001``.

        None without a number, or if the form is uncertain: a short code, an extension, or a number
        of ten digits that may lack its country code.
        """
        return e164(self.phone_number)

    @property
    def extension_deleted_time_utc(self) -> datetime | None:
        """``extension_deleted_time`` as an aware datetime.

        :raises ValueError: if the text is not an ISO 8601 timestamp.
        """
        return utc(self.extension_deleted_time)
