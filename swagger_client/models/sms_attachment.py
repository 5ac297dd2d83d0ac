from __future__ import annotations

from ._model import Model, field


class SmsAttachment(Model):
    """A media file of a message."""

    download_url: str | None = field(
        "The URL of the file, which expires. It contains a credential, so do not log it;"
        " `to_str` omits it.",
        example="https://exampleurl.us/file/download/x18dcVWxTcCzbp4zr2AT3A?jwt=eyJhbGciOiJIUzI1",
    )
    id: str = field("Zoom's id of the file.", example="x18dcVWxTcCzbp4zr2AT3A")
    name: str | None = field("The file's name.", example="FWDHOMaNRaqIvNc3aIdisg.jpg")
    size: int | None = field("The file's size in bytes.", example=225740)
    type: str | None = field(
        "The media type.",
        one_of=("OTHER", "PNG", "GIF", "JPG", "AUDIO", "VIDEO"),
        also=("JPG/JPEG",),
        example="JPG/JPEG",
    )
