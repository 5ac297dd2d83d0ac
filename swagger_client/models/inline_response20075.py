from __future__ import annotations

from ._model import Model, field
from .inline_response20075_sms_histories import InlineResponse20075SmsHistories


class InlineResponse20075(Model):
    """Some of a conversation's messages: the response of ``sms_session_sync``."""

    sms_histories: list[InlineResponse20075SmsHistories] = field(
        "The messages that this response contains.", max_items=250
    )
    sync_token: str | None = field(
        "The token to pass to the next sync request, so that it continues from here.",
        example="MFgyQ0Z3UDkwaF8xNjQyNDA3MjA3MDE0XzE2NDI0MDcyMDcwMTQ=",
    )
