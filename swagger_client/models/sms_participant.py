from __future__ import annotations

from datetime import datetime

from ._model import Model, absent, field
from ._phone import e164
from ._time import utc
from .sms_owner import SmsOwner


class SmsParticipant(Model):
    """Someone who takes part in a conversation: a member of it, a sender, a recipient."""

    display_name: str | None = field(
        "The name to show, when Zoom knows one.", example="test api", nullable=True
    )
    owner: SmsOwner | None = field("Whose number it is, when it belongs to the account.")
    phone_number: str | None = field(
        "The number, with or without a leading `+`.",
        example="18108001001",
        nullable=True,
    )
    is_session_owner: bool | None = absent(
        "Whether the conversation belongs to this participant; known of conversations' members."
    )
    extension_status: str | None = absent(
        "Set when the participant's extension is no longer in use; known in an account's list."
    )
    extension_deleted_time: str | None = absent(
        "When the extension was deleted, in UTC, as Zoom sent it; only with the status `deleted`."
    )

    @property
    def e164(self) -> str | None:
        """``phone_number`` in E.164 form, for example ``+18108001001``.

        None when there is no number, or when it is not certain: a short code, an extension, or a
        number of ten digits that may lack its country code.
        """
        return e164(self.phone_number)

    @property
    def extension_deleted_time_utc(self) -> datetime | None:
        """``extension_deleted_time`` as an aware datetime.

        :raises ValueError: if the text is not an ISO 8601 time.
        """
        return utc(self.extension_deleted_time)
