from __future__ import annotations

from typing import TYPE_CHECKING

from ._model import field
from .sms_participant import MessageParty

if TYPE_CHECKING:
    from .inline_response20073_owner import InlineResponse20073Owner


class InlineResponse20089LatestMessageSender(MessageParty):
    """Who sent a conversation's newest message, in ``get_sms_sessions``."""

    owner: InlineResponse20073Owner | None = field(
        within={"type": ("user", "callQueue", "autoReceptionist", "sharedLineGroup")}
    )
