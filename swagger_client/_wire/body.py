"""Reads an answer's body: whole, decompressed, and never more of it than was agreed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from swagger_client.exceptions import DecodeException, ResponseTooLargeException

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

_CHUNK = 64 * 1024
#: So much is decompressed at once: a bomb is noticed before it fills the memory.
_PIECE = 1024 * 1024


def read_whole(response: BaseHTTPResponse, most: int) -> bytes:
    """The body, decompressed, whole and not larger than ``most`` bytes."""
    encoding = response.headers.get("content-encoding")
    length = response.length_remaining
    if length is not None and length > most:
        response.close()
        raise _too_large(response, most)
    if encoding is None and length is not None:
        return response.read(decode_content=False)
    coded = (encoding or "identity").strip().lower()
    if coded in ("identity", ""):
        decoder = None
    elif coded in ("gzip", "x-gzip", "deflate"):
        decoder = zlib.decompressobj(47)
    else:
        response.close()
        raise DecodeException(
            response.status, "the body is coded in a way that was not asked for, not as gzip"
        )
    try:
        return _read_coded(response, most, decoder)
    except zlib.error as error:
        raise _corrupt(f"the compressed body is corrupt ({error})") from None
    finally:
        if response.length_remaining or not response.closed:
            response.close()


def _read_coded(response: BaseHTTPResponse, most: int, decoder: zlib._Decompress | None) -> bytes:
    whole = bytearray()
    received = 0
    while chunk := response.read(_CHUNK, decode_content=False):
        received += len(chunk)
        if decoder is None:
            whole += chunk
        else:
            while chunk and len(whole) <= most:
                whole += decoder.decompress(chunk, min(most + 1 - len(whole), _PIECE))
                chunk = decoder.unconsumed_tail
                if decoder.eof:
                    # Another member may follow, and a good one must.
                    chunk = decoder.unused_data
                    if chunk:
                        decoder = zlib.decompressobj(47)
        if len(whole) > most or received > most:
            raise _too_large(response, most)
    if decoder is not None and received and not decoder.eof:
        raise _corrupt("the compressed body ends too early")
    return bytes(whole)


def _too_large(response: BaseHTTPResponse, most: int) -> ResponseTooLargeException:
    return ResponseTooLargeException(response.status, f"the answer is larger than {most} bytes")


def _corrupt(reason: str) -> DecodeException:
    failure = DecodeException(reason=reason)
    failure.transient = True
    return failure
