from __future__ import annotations

from typing import TYPE_CHECKING

from ._model import field
from .sms_participant import MessageParty

if TYPE_CHECKING:
    from .inline_response20074_owner import InlineResponse20074Owner


class InlineResponse20076Sender(MessageParty):
    """Who sent the message, in ``sms_by_message_id``."""

    owner: InlineResponse20074Owner | None = field()
