from __future__ import annotations

from ._model import Model, field


class SmsOwner(Model):
    """The owner of a phone number: a user, a call queue or another extension of the account."""

    id: str | None = field(
        "Zoom's id of the user, call queue or other extension.", example="DnEopNmXQEGU2uvvzjgojw"
    )
    type: str | None = field(
        "The type of extension.",
        one_of=("user", "callQueue", "autoReceptionist", "sharedLineGroup", "serviceEndpoint"),
        example="user",
    )
