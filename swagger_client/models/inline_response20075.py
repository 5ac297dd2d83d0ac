from __future__ import annotations

from ._model import Model, field
from .inline_response20075_sms_histories import InlineResponse20075SmsHistories


class InlineResponse20075(Model):
    """A conversation's messages since or before a point, the response of ``sms_session_sync``."""

    sms_histories: list[InlineResponse20075SmsHistories] = field(
        "The messages of this span.", max_items=250
    )
    sync_token: str | None = field(
        "Says which span has been read: hand it to the next sync to go on from there.",
        example="MFgyQ0Z3UDkwaF8xNjQyNDA3MjA3MDE0XzE2NDI0MDcyMDcwMTQ=",
    )
