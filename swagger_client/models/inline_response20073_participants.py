from __future__ import annotations

from typing import TYPE_CHECKING

from ._model import field
from .sms_participant import SmsParticipant

if TYPE_CHECKING:
    from .inline_response20073_owner import InlineResponse20073Owner


class InlineResponse20073Participants(SmsParticipant):
    """A member of a conversation, in ``account_sms_session``."""

    owner: InlineResponse20073Owner | None = field()
