from __future__ import annotations

from ._model import Model, field
from .inline_response20074_sms_histories import InlineResponse20074SmsHistories


class InlineResponse20074(Model):
    """One page of a conversation's messages: the response of ``sms_session_details``."""

    next_page_token: str | None = field(
        "The token with which the next page can be requested, for 15 minutes and with the same"
        " parameters. On the last page it is empty, null or missing.",
        example="2z0Ov7kngllAbfQi4ZR2eQTb3mFVYQpYAe3",
        nullable=True,
    )
    page_size: int | None = field("The largest number of records on a page.", example=30)
    sms_histories: list[InlineResponse20074SmsHistories] = field(
        "The messages of this page.", max_items=100
    )
