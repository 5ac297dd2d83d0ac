from __future__ import annotations

from ._model import Model, field


class SmsOwner(Model):
    """The user, queue or other extension that has a phone number."""

    id: str | None = field(
        "Zoom's id of the user, queue or other extension.", example="DnEopNmXQEGU2uvvzjgojw"
    )
    type: str | None = field(
        "The type of extension.",
        one_of=("user", "callQueue", "autoReceptionist", "sharedLineGroup", "serviceEndpoint"),
        example="user",
    )
