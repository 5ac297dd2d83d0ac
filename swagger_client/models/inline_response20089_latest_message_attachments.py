from __future__ import annotations

from ._model import absent, field
from .sms_attachment import SmsAttachment


class InlineResponse20089LatestMessageAttachments(SmsAttachment):
    """A media file of a conversation's newest message, with only its id and type."""

    download_url: str | None = absent()
    name: str | None = absent()
    size: int | None = absent()
    type: str | None = field(one_of=("OTHER", "PNG", "GIF", "JPG/JPEG", "AUDIO", "VIDEO"))
