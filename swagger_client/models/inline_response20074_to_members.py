from __future__ import annotations

from typing import TYPE_CHECKING

from ._model import field
from .sms_participant import MessageParty

if TYPE_CHECKING:
    from .inline_response20074_owner import InlineResponse20074Owner


class InlineResponse20074ToMembers(MessageParty):
    """A recipient of a message, in ``sms_session_details``."""

    owner: InlineResponse20074Owner | None = field()
