from __future__ import annotations

from ._model import field
from .inline_response20073_owner import InlineResponse20073Owner
from .sms_participant import SmsParticipant


class InlineResponse20073Participants(SmsParticipant):
    """A participant of a conversation in a response of ``account_sms_session``."""

    owner: InlineResponse20073Owner | None = field()
    is_session_owner: bool | None = field(example=True)
    extension_status: str | None = field(one_of=("inactive", "deleted"), example="deleted")
    extension_deleted_time: str | None = field(example="2022-10-14T22:10:54Z")
