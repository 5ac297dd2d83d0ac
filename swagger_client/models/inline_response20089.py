from __future__ import annotations

from ._model import Model, field
from .inline_response20089_sms_sessions import InlineResponse20089SmsSessions


class InlineResponse20089(Model):
    """Some of a user's conversations: the response of ``get_sms_sessions``."""

    sms_sessions: list[InlineResponse20089SmsSessions] = field(
        "The conversations that this response contains.", max_items=250
    )
    sync_token: str | None = field(
        "The token to pass to the next sync request, so that it continues from here.",
        example="TVR5cXB2b2dmSl8xNjIxNTc0ODQ0MDY3XzE2NDgxNzQyODcwMDk=",
    )
