from __future__ import annotations

from typing import TYPE_CHECKING

from ._model import field
from .sms_participant import MessageParty

if TYPE_CHECKING:
    from .inline_response20089_latest_message_owner import InlineResponse20089LatestMessageOwner


class InlineResponse20089LatestMessageToMembers(MessageParty):
    """A recipient of a conversation's newest message, in ``get_sms_sessions``."""

    owner: InlineResponse20089LatestMessageOwner | None = field()
