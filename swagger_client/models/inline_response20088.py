from __future__ import annotations

from ._model import Model, field
from .inline_response20088_sms_sessions import InlineResponse20088SmsSessions


class InlineResponse20088(Model):
    """One page of a user's conversations: the response of ``user_sms_session``."""

    next_page_token: str | None = field(
        "The token with which the next page can be requested, for 15 minutes and with the same"
        " parameters. On the last page it is empty, null or missing.",
        example="2z0Ov7kngllAbfQi4ZR2eQTb3mFVYQpYAe3",
        nullable=True,
    )
    page_size: int | None = field("The largest number of records on a page.", example=30)
    sms_sessions: list[InlineResponse20088SmsSessions] = field(
        "The conversations of this page.", max_items=100
    )
