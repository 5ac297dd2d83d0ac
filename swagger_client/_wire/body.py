from __future__ import annotations

import json
import zlib
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from urllib3 import encode_multipart_formdata
from urllib3.exceptions import HTTPError

from swagger_client._flow.effects import HiddenBytes
from swagger_client._security import safe_json
from swagger_client.exceptions import DecodeException, ResponseTooLargeException

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

    from swagger_client._security.redaction import Pairs

#: How many bytes of an error response are read. Zoom's error responses have a few hundred bytes.
MAX_ERROR_BYTES = 64 * 1024
_CHUNK = 64 * 1024
_CODINGS = frozenset({"br", "compress", "deflate", "gzip", "x-gzip", "zstd"})
#: How many bytes to decompress at once, so that the size limit is checked often enough.
_DECOMPRESSED_CHUNK = 1024 * 1024


def encode_body(body: object, post_params: Pairs | None, headers: dict[str, str]) -> bytes | None:
    """Encode a body or the form fields of a request, and set its Content-Type in ``headers``.

    A body that is ``str`` or ``bytes`` is sent unchanged, any other body as JSON.
    """
    if post_params:
        kind = headers.get("Content-Type", "application/x-www-form-urlencoded")
        if kind == "multipart/form-data":
            encoded, kind = encode_multipart_formdata(list(post_params))  # type: ignore[arg-type]
        else:
            encoded = urlencode(post_params).encode("ascii")
        headers["Content-Type"] = kind
        # The form of a token request contains secrets, which tracebacks could show.
        return HiddenBytes(encoded)
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode("utf-8")
    headers.setdefault("Content-Type", "application/json")
    return json.dumps(body).encode("utf-8")


def read_body(response: BaseHTTPResponse, max_bytes: int) -> bytes:
    """Read and decompress the whole body of a response.

    :raises ResponseTooLargeException: if it is larger than ``max_bytes``, compressed or not.
    :raises DecodeException: if it is truncated, corrupt or compressed with an unknown method.
    """
    length = response.length_remaining
    if length is not None and length > max_bytes:
        response.close()
        raise _too_large(response, max_bytes)
    if length is not None and "content-encoding" not in response.headers:
        return response.read(decode_content=False)
    content, complete = _decompress(response, max_bytes + 1)
    if not complete:
        raise _too_large(response, max_bytes)
    if length is None and "transfer-encoding" not in response.headers:
        _check_not_truncated(content)
    return bytes(content)


def _check_not_truncated(content: bytearray) -> None:
    """Raise a DecodeException if the body is empty, or is JSON whose end is missing."""
    text = content.strip()
    if not text:
        raise _corrupt("the response has no Content-Length, and its body is empty")
    if text.startswith((b"{", b"[")) and _is_truncated(bytes(content)):
        raise _corrupt("the response has no Content-Length, and its JSON is truncated")


def _is_truncated(content: bytes) -> bool:
    try:
        safe_json.loads(content)
    except json.JSONDecodeError:
        return True
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    except (ValueError, RecursionError):
        pass  # the JSON is complete but invalid, and is rejected later
    return False


def read_error_body(response: BaseHTTPResponse) -> tuple[bytes, bool]:
    """Return the first 64 KiB of an error response's body, and whether reading succeeded."""
    try:
        return bytes(_decompress(response, MAX_ERROR_BYTES)[0][:MAX_ERROR_BYTES]), True
    except (HTTPError, HTTPException, OSError, DecodeException):
        return b"", False


def _decompress(response: BaseHTTPResponse, max_bytes: int) -> tuple[bytearray, bool]:
    """Read up to ``max_bytes`` decompressed bytes; return them, and whether that was all."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    decoder = None
    try:
        if coding in ("gzip", "x-gzip", "deflate"):
            decoder = zlib.decompressobj(47)
        elif coding not in ("identity", ""):
            reason = f"the body is encoded as {name_of(coding)}, but only gzip was requested"
            raise DecodeException(response.status, reason)
        return _read_chunks(response, max_bytes, decoder)
    except zlib.error as error:
        raise _corrupt(f"the compressed body is corrupt ({error})") from None
    finally:
        if response.length_remaining or not response.closed:
            response.close()


def name_of(coding: str) -> str:
    """Return the name of a body's compression method, or "an unknown coding"."""
    return repr(coding) if coding in _CODINGS else "an unknown coding"


def _read_chunks(
    response: BaseHTTPResponse, max_bytes: int, decoder: zlib._Decompress | None
) -> tuple[bytearray, bool]:
    content = bytearray()
    received = 0
    while chunk := response.read(min(_CHUNK, max_bytes), decode_content=False):
        received += len(chunk)
        if decoder is None:
            content += chunk
        else:
            while chunk and len(content) < max_bytes:
                content += decoder.decompress(
                    chunk, min(max_bytes - len(content), _DECOMPRESSED_CHUNK)
                )
                chunk = decoder.unconsumed_tail
                if decoder.eof:
                    # A gzip file may have several members. Decompress the next one.
                    chunk = decoder.unused_data
                    if chunk:
                        decoder = zlib.decompressobj(47)
        if len(content) >= max_bytes or received >= max_bytes:
            return content, False
    if decoder is not None and received and not decoder.eof:
        raise _corrupt("the compressed body is truncated")
    return content, True


def _too_large(response: BaseHTTPResponse, max_bytes: int) -> ResponseTooLargeException:
    return ResponseTooLargeException(
        response.status, f"the response is larger than {max_bytes} bytes"
    )


def _corrupt(reason: str) -> DecodeException:
    failure = DecodeException(reason=reason)
    failure.transient = True
    return failure
