"""Attachments: reproducible bytes behind links that expire."""

from __future__ import annotations

import base64
import json
import zlib
from urllib.parse import parse_qs, urlsplit

import pytest
from support.sandbox_caller import NOW, Caller, frozen

from swagger_client.sandbox import Attachment, Message, Sandbox


def link(caller: Caller, message: Message) -> str:
    path = f"/phone/sms/sessions/{message.session_id}/messages/{message.message_id}"
    return str(caller.json(path)["attachments"][0]["download_url"])


def test_every_attachment_downloads_with_its_size_and_kind(caller: Caller) -> None:
    kinds = {"PNG": "image/png", "GIF": "image/gif", "JPG": "image/jpeg", "AUDIO": "audio/amr"}
    messages = [m for m in caller.zoom.messages() if m.attachments]
    assert messages
    for message in messages:
        path = f"/phone/sms/sessions/{message.session_id}/messages/{message.message_id}"
        for file in caller.json(path)["attachments"]:
            response = caller.http.request("GET", file["download_url"])
            assert response.status == 200
            assert len(response.data) == file["size"]
            assert int(response.headers["content-length"]) == file["size"]
            kind = kinds.get(file["type"].partition("/")[0], response.headers["content-type"])
            assert response.headers["content-type"] == kind


def test_the_same_attachment_is_the_same_bytes_in_every_run() -> None:
    got: list[bytes] = []
    for _ in range(2):
        with frozen(seed=2) as zoom:
            caller = Caller(zoom)
            message = next(m for m in zoom.messages() if m.attachments)
            got.append(caller.http.request("GET", link(caller, message)).data)
    assert got[0] == got[1]


def test_a_generated_png_is_valid(zoom: Sandbox, caller: Caller) -> None:
    message = zoom.add_message(attachments=[zoom.attachment(type="PNG", name="a.png", size=500)])
    data = caller.http.request("GET", link(caller, message)).data
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at = data.index(b"IDAT")
    pixel = data[at + 4 : at + 4 + int.from_bytes(data[at - 4 : at], "big")]
    assert len(zlib.decompress(pixel)) == 4
    assert len(data) == 500


@pytest.mark.parametrize("size", [0, 1, 5, 70, 200_000])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "JPG", "VIDEO", "jpg", "PDF"])
def test_attachments_come_in_any_size_and_kind(
    zoom: Sandbox, caller: Caller, kind: str, size: int
) -> None:
    message = zoom.add_message(attachments=[zoom.attachment(type=kind, size=size)])
    assert len(caller.http.request("GET", link(caller, message)).data) == size


def test_given_content_is_downloaded_unchanged(zoom: Sandbox, caller: Caller) -> None:
    file = Attachment("a/b?c d", "../../x", "OTHER", 3, b"\x00\xff\n")
    message = zoom.add_message(attachments=[file])
    assert caller.http.request("GET", link(caller, message)).data == b"\x00\xff\n"


def test_a_link_contains_its_expiry_and_expires(zoom: Sandbox, caller: Caller) -> None:
    message = zoom.add_message(attachments=[zoom.attachment()])
    url = link(caller, message)
    claims = parse_qs(urlsplit(url).query)["jwt"][0].split(".")[1]
    expiry = json.loads(base64.urlsafe_b64decode(claims + "=="))["exp"]
    assert expiry == NOW.timestamp() + 900
    zoom.clock.advance(899)
    assert caller.http.request("GET", url).status == 200
    zoom.clock.advance(1)
    assert caller.http.request("GET", url).status == 403
    renewed = link(caller, message)
    assert renewed != url
    assert caller.http.request("GET", renewed).status == 200


def test_a_forged_link_is_rejected(zoom: Sandbox, caller: Caller) -> None:
    one = zoom.add_message(attachments=[zoom.attachment()])
    two = zoom.add_message(attachments=[zoom.attachment()])
    query = link(caller, two).partition("?")[2]
    base = link(caller, one).partition("?")[0]
    for forged in (
        f"{base}?{query}",
        base,
        f"{base}?jwt=a.b.c",
        f"{base}?jwt=",
        f"{base}?{query}x",
    ):
        assert caller.http.request("GET", forged).status == 403
    assert caller.http.request("GET", f"{zoom.origin}/file/download/none?jwt=x").status == 404


def test_the_request_log_does_not_hold_the_credential(zoom: Sandbox, caller: Caller) -> None:
    url = link(caller, zoom.add_message(attachments=[zoom.attachment()]))
    caller.http.request("GET", url)
    assert zoom.requests[-1].operation == "download"
    assert parse_qs(urlsplit(url).query)["jwt"][0] not in repr(zoom.requests)
