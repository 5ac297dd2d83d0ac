from __future__ import annotations

from ._model import field
from .sms_owner import SmsOwner


class InlineResponse20089LatestMessageOwner(SmsOwner):
    """The owner of a phone number in a response of ``get_sms_sessions``."""

    type: str | None = field(one_of=("user", "callQueue", "autoReceptionist", "sharedLineGroup"))
