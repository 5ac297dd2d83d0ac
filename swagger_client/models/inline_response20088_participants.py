from __future__ import annotations

from typing import TYPE_CHECKING

from ._model import absent, field
from .sms_participant import SmsParticipant

if TYPE_CHECKING:
    from .inline_response20073_owner import InlineResponse20073Owner


class InlineResponse20088Participants(SmsParticipant):
    """A member of a conversation, in ``user_sms_session``."""

    owner: InlineResponse20073Owner | None = field(
        within={"type": ("user", "callQueue", "autoReceptionist", "sharedLineGroup")}
    )
    extension_status: str | None = absent()
    extension_deleted_time: str | None = absent()
