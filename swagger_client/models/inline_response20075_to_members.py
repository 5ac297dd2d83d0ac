from __future__ import annotations

from typing import TYPE_CHECKING

from ._model import field
from .sms_participant import MessageParty

if TYPE_CHECKING:
    from .inline_response20075_owner import InlineResponse20075Owner


class InlineResponse20075ToMembers(MessageParty):
    """A recipient of a message, in ``sms_session_sync``."""

    owner: InlineResponse20075Owner | None = field()
