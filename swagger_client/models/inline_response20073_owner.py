from __future__ import annotations

from .sms_owner import SmsOwner


class InlineResponse20073Owner(SmsOwner):
    """The owner of a number, in the lists of conversations and of some senders and recipients."""
