from __future__ import annotations

from ._model import Model, field
from .inline_response20073_sms_sessions import InlineResponse20073SmsSessions


class InlineResponse20073(Model):
    """A page of an account's conversations, the response of ``account_sms_session``."""

    next_page_token: str | None = field(
        "The token of the next page, valid for 15 minutes and with the same parameters."
        " On the last page it is empty, null or missing.",
        example="2z0Ov7kngllAbfQi4ZR2eQTb3mFVYQpYAe3",
        nullable=True,
    )
    page_size: int | None = field("The number of records on a page.", example=30)
    sms_sessions: list[InlineResponse20073SmsSessions] = field(
        "The conversations of this page.", max_items=100
    )
