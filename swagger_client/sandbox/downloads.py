"""Serve attachments under signed URLs that expire."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from urllib.parse import quote

from . import media
from .account_data import Account
from .http import Request, Response, json_response
from .records import Attachment

__all__ = ["Downloads"]


class Downloads:
    """Creates download URLs of attachments and serves the files.

    :param secret: the key that signs the URLs.
    :param lifetime: how long a URL is valid, in seconds.
    :param expired_status: the HTTP status for an expired URL or a wrong signature.
    """

    def __init__(
        self, account: Account, secret: bytes, *, lifetime: float, expired_status: int
    ) -> None:
        self._account = account
        self._secret = secret
        self._lifetime = lifetime
        self._expired_status = expired_status

    def link(self, origin: str, attachment: Attachment, now: float) -> str:
        """Return a new download URL that begins with `origin`."""
        claims = {
            "iss": "sandbox",
            "aud": "file",
            "sub": attachment.id,
            "exp": int(now + self._lifetime),
        }
        signed = f"{_part({'alg': 'HS256'})}.{_part(claims)}"
        path = quote(attachment.id, safe="")
        return f"{origin}/file/download/{path}?jwt={signed}.{self._signature(signed)}"

    def serve(self, request: Request, attachment_id: str, now: float) -> Response:
        """Return the bytes of a file, or an error if the URL is expired or falsely signed."""
        attachment = self._account.attachment(attachment_id)
        if attachment is None:
            return json_response(404, {"code": 404, "message": "The file does not exist."})
        if not self._is_valid(dict(request.query).get("jwt", ""), attachment_id, now):
            error = {"code": self._expired_status, "message": "The link is expired or invalid."}
            return json_response(self._expired_status, error)
        headers = {"Content-Type": media.content_type(attachment.type)}
        return Response(200, headers, media.content_of(attachment))

    def _is_valid(self, jwt: str, attachment_id: str, now: float) -> bool:
        signed, _, signature = jwt.rpartition(".")
        good = self._signature(signed)
        if not hmac.compare_digest(good.encode(), signature.encode("utf-8", "replace")):
            return False
        try:
            padded = signed.partition(".")[2] + "=="
            claims = json.loads(base64.urlsafe_b64decode(padded))
        except (binascii.Error, ValueError):
            return False
        return bool(claims["sub"] == attachment_id and now < claims["exp"])

    def _signature(self, signed: str) -> str:
        mac = hmac.new(self._secret, signed.encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _part(claims: dict[str, object]) -> str:
    text = json.dumps(claims, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
