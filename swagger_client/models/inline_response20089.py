from __future__ import annotations

from ._model import Model, field
from .inline_response20089_sms_sessions import InlineResponse20089SmsSessions


class InlineResponse20089(Model):
    """A part of a user's conversations, the response of ``get_sms_sessions``."""

    sms_sessions: list[InlineResponse20089SmsSessions] = field(
        "The conversations of this part.", max_items=250
    )
    sync_token: str | None = field(
        "The sync token, which the next sync request needs to continue.",
        example="TVR5cXB2b2dmSl8xNjIxNTc0ODQ0MDY3XzE2NDgxNzQyODcwMDk=",
    )
