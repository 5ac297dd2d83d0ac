from __future__ import annotations

from datetime import datetime

from ._model import Model, absent, field
from ._time import utc
from .sms_owner import SmsOwner


class SmsParticipant(Model):
    """Someone who takes part in a conversation: a member of it, a sender, a recipient."""

    display_name: str | None = field(
        "The name to show, when Zoom knows one.", example="test api", sparse=True
    )
    owner: SmsOwner | None = field(
        "Whose number it is, when it belongs to the account.", sparse=True
    )
    phone_number: str | None = field(
        "The number, with or without a leading `+`.", example="18108001001"
    )
    is_session_owner: bool | None = field(
        "Whether the conversation belongs to this participant.", example=True, sparse=True
    )
    extension_status: str | None = field(
        "Set when the participant's extension is no longer in use.",
        one_of=("inactive", "deleted"),
        example="deleted",
        sparse=True,
    )
    extension_deleted_time: str | None = field(
        "When the extension was deleted, in UTC, as Zoom sent it; only with the status `deleted`.",
        example="2022-10-14T22:10:54Z",
        sparse=True,
    )

    @property
    def extension_deleted_time_utc(self) -> datetime | None:
        """``extension_deleted_time`` as an aware datetime.

        :raises ValueError: the text is no ISO 8601 time
        """
        return utc(self.extension_deleted_time)


class MessageParty(SmsParticipant):
    """A message's sender or one of its recipients."""

    phone_number: str | None = field(required=True)
    is_session_owner: bool | None = absent()
    extension_status: str | None = absent()
    extension_deleted_time: str | None = absent()
