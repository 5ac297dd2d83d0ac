from __future__ import annotations

from datetime import datetime

from ._model import Model, absent, field
from ._phone import e164
from ._time import utc
from .sms_owner import SmsOwner


class SmsParticipant(Model):
    """A participant of a conversation, or the sender or a recipient of a message."""

    display_name: str | None = field(
        "The name of the participant, if Zoom knows one.", example="test api", nullable=True
    )
    owner: SmsOwner | None = field(
        "The extension that has this phone number; missing if the number is not of the account."
    )
    phone_number: str | None = field(
        "The phone number, with or without a leading `+`.",
        example="18108001001",
        nullable=True,
    )
    is_session_owner: bool | None = absent(
        "Whether this participant owns the conversation; only for participants of conversations."
    )
    extension_status: str | None = absent(
        "The status of the participant's extension if it is no longer in use; only in responses of"
        " `account_sms_session`."
    )
    extension_deleted_time: str | None = absent(
        "When the participant's extension was deleted, in UTC, as text; only if `extension_status`"
        " is `deleted`."
    )

    @property
    def e164(self) -> str | None:
        """``phone_number`` in E.164 form, for example ``+18108001001``.

        The value is None if there is no number, or if the number may lack its country code: a short
        code, an extension, or a number of ten digits.
        """
        return e164(self.phone_number)

    @property
    def extension_deleted_time_utc(self) -> datetime | None:
        """``extension_deleted_time`` as an aware datetime.

        :raises ValueError: if the text is not an ISO 8601 timestamp.
        """
        return utc(self.extension_deleted_time)
