from __future__ import annotations

from typing import TYPE_CHECKING

from ._model import field
from .sms_participant import MessageParty

if TYPE_CHECKING:
    from .inline_response20073_owner import InlineResponse20073Owner


class InlineResponse20074Sender(MessageParty):
    """Who sent a message, in ``sms_session_details`` and ``sms_session_sync``."""

    owner: InlineResponse20073Owner | None = field()
