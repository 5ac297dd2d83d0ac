from __future__ import annotations

from ._model import Model, field


class SmsAttachment(Model):
    """A media file that came with a message."""

    download_url: str | None = field(
        "Where the file can be fetched for a limited time. The URL is a credential: keep it out"
        " of logs, as `to_str` does.",
        example="https://exampleurl.us/file/download/x18dcVWxTcCzbp4zr2AT3A?jwt=eyJhbGciOiJIUzI1",
    )
    id: str = field("Zoom's id of the file.", example="x18dcVWxTcCzbp4zr2AT3A")
    name: str | None = field("The file's name.", example="FWDHOMaNRaqIvNc3aIdisg.jpg")
    size: int | None = field("The file's length in bytes.", example=225740)
    type: str | None = field(
        "The kind of media.",
        one_of=("OTHER", "PNG", "GIF", "JPG", "AUDIO", "VIDEO"),
        also=("JPG/JPEG",),
        example="JPG/JPEG",
    )
