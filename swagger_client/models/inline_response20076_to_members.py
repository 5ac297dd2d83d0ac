from __future__ import annotations

from typing import TYPE_CHECKING

from ._model import field
from .sms_participant import MessageParty

if TYPE_CHECKING:
    from .inline_response20073_owner import InlineResponse20073Owner


class InlineResponse20076ToMembers(MessageParty):
    """A recipient of the message, in ``sms_by_message_id``."""

    owner: InlineResponse20073Owner | None = field()
