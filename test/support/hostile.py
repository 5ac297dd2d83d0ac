"""Hostile responses: random, but similar to Zoom's, so that they reach all parts."""
# ruff: noqa: E501

from __future__ import annotations

import gzip
import json
import zlib
from random import Random
from typing import Any, NamedTuple

from support.wire import Ending, Say

PARTY = {
    "phone_number": "+12065550100",
    "display_name": "Ann",
    "owner": {"id": "o", "type": "user"},
}
MESSAGE = {
    "message_id": "m1", "message": "Hello \N{WAVING HAND SIGN}", "direction": "In",
    "date_time": "2026-07-01T10:00:00Z", "message_type": 2, "delivery_status": "delivered",
    "sender": PARTY, "to_members": [PARTY],
    "attachments": [{"id": "a", "name": "x.jpg", "size": 3, "type": "PNG", "download_url": "https://x/y"}],
}  # fmt: skip
SESSION = {"session_id": "s1", "participants": [PARTY], "latest_message": MESSAGE}
PAGES: dict[str | None, dict[str, Any]] = {
    "sms_sessions": {"next_page_token": "t", "sms_sessions": [SESSION] * 3},
    "sms_histories": {"next_page_token": "", "sync_token": "s", "sms_histories": [MESSAGE] * 3},
    None: MESSAGE,
}
TOKEN = {
    "access_token": "a" * 40,
    "expires_in": 3600,
    "token_type": "bearer",
    "scope": "phone_sms:read",
}
REPEATED = [
    " ", "bearer ", "\\", "\\u0041", "%41", "%25", 'jwt"  ', "does not contain scope", "access_token=a",
    "does not contain scopes:[", "<html>", "\N{WAVING HAND SIGN}", "\x1b[2J", "&amp;", "a, ", "\0",
]  # fmt: skip
NUMBERS = ["1e400", "-1e400", "0." + "1" * 5000, "9" * 4000, "9" * 100_000, "NaN", "1E-9999", "-0"]
STATUSES = [200] * 30 + [
    201, 204, 206, 299, 300, 301, 302, 304, 307, 400, 401, 401, 403, 403, 404, 408, 409, 410, 413,
    418, 422, 429, 429, 451, 500, 501, 502, 503, 504, 599, 999,
]  # fmt: skip
HEADERS = [
    "Retry-After: 0", "Retry-After: -5", "Retry-After: 1e9", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT",
    "Retry-After: 99999999999999999999", "Retry-After: (((((", "Retry-After: 2026-99-99T00:00:00Z",
    "Date: Mon, 01 Jan 0001 00:00:00 +1400", "Date: x", "X-RateLimit-Type: Daily-limit",
    "X-RateLimit-Remaining: 9" + "9" * 400, "Location: https://169.254.169.254/", "Location: //[::1",
    "Set-Cookie: a=b", "Connection: close", "Connection: upgrade", "Content-Type: text/html",
    "Content-Type: application/json; charset=utf-16", "x-zm-trackingid: \x1b[2J", "X: " + "y" * 60_000,
    "Keep-Alive: timeout=-1", "Content-Encoding: br", "Content-Encoding: gzip, gzip", "X\xff: \xff",
    "Content-Length: 5", "Transfer-Encoding: gzip", "Content-Range: bytes 0-1/2",
]  # fmt: skip


class Hostile(NamedTuple):
    """A response, and the bytes of its body."""

    say: Say
    size: int


def hostile(random: Random, page: dict[str, Any]) -> Hostile:
    """Return a random response to a request for a page."""
    body = _body(random, page)
    headers, sent = _encoded(random, body)
    headers += random.sample(HEADERS, random.choice((0, 0, 0, 1, 2, 4)))
    framing = random.random()
    if framing < 0.65:
        headers.append(f"Content-Length: {len(sent)}")
    elif framing < 0.8:
        headers.append("Transfer-Encoding: chunked")
        step = random.choice((1, 7, 1000, 10**7)) if len(sent) < 20_000 else 10**6
        sent = b"".join(
            b"%x\r\n%s\r\n" % (len(sent[i : i + step]), sent[i : i + step])
            for i in range(0, len(sent), step)
        ) + random.choice((b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n", b"0\r\n", b"", b"zz\r\n"))  # fmt: skip
    elif framing < 0.9:
        headers.append(f"Content-Length: {random.choice((0, 1, len(sent) + 5, 10**12, -1))}")
    status = random.choice(STATUSES)
    head = "\r\n".join([f"HTTP/1.1 {status} X", *headers, "", ""]).encode("latin-1")
    data = _interim(random) + head + sent
    if random.random() < 0.1:
        data = data[: random.randrange(len(data))]
    elif random.random() < 0.05:
        data = data.replace(
            b"HTTP/1.1", random.choice((b"HTTP/0.9", b"HTTP/2", b"SSH-2.0", b"")), 1
        )
    ending: Ending = "close"
    pace, at_once = 0.0, 0
    slow = random.random()
    if slow < 0.02:
        ending = "hang"
    elif slow < 0.04:
        pace, at_once = 0.01, random.randrange(len(data) + 1)
        ending = "hang"
    elif slow < 0.3:
        ending = random.choice(("keep", "reset"))
    return Hostile(Say(data, ending, pace=pace, at_once=at_once), len(data))


def hostile_token(random: Random) -> Hostile:
    """Return a random response of the token endpoint."""
    return hostile(random, TOKEN)


def _interim(random: Random) -> bytes:
    if random.random() < 0.95:
        return b""
    one = b"HTTP/1.1 %d Early\r\nLink: x\r\n\r\n" % random.choice((100, 102, 103, 101, 199))
    return one * random.choice((1, 3, 20_000))


def _encoded(random: Random, body: bytes) -> tuple[list[str], bytes]:
    kind = random.random()
    if kind < 0.7:
        return [], body
    if kind < 0.85:
        made = gzip.compress(body, 1)
    elif kind < 0.9:
        made = zlib.compress(body, 1)
    elif kind < 0.95:
        made = gzip.compress(b"") * random.choice((1, 1000, 100_000)) + gzip.compress(body, 1)
    else:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        zeros = bytes(1_000_000)
        count = random.choice((1, 9, 200))
        made = b"".join([packer.compress(zeros) for _ in range(count)] + [packer.flush()])
    if random.random() < 0.2:
        made = made[: random.randrange(len(made) + 1)]
    return ["Content-Encoding: " + random.choice(("gzip", "x-gzip", "deflate", "GZIP"))], made


def _body(random: Random, page: dict[str, Any]) -> bytes:
    kind = random.random()
    if kind < 0.12:
        return _bulk(random)
    if kind < 0.3:
        text = random.choice(REPEATED)
        size = random.choice((10, 3000, 60_000, 1_000_000))
        repeated = text * (size // len(text))
        if random.random() < 0.5:
            return repeated.encode()
        error: Any = {
            "code": random.choice((124, 300, 4711, "124", [], 10**30)),
            "message": repeated,
        }
        return json.dumps(error, ensure_ascii=random.random() < 0.5).encode()
    value: Any = page
    for _ in range(random.randrange(5)):
        value = _mutated(random, value)
    body = json.dumps(value, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")
    for _ in range(random.choice((0, 0, 0, 1, 3))):
        place = random.randrange(len(body) + 1)
        junk = random.choice((b"\xff", b"}", b"[", b'"', *(n.encode() for n in NUMBERS), b"\x00"))
        body = body[:place] + junk + body[place + random.randrange(3) :]
    return body


def _mutated(random: Random, value: Any) -> Any:
    if isinstance(value, dict) and value and random.random() < 0.8:
        key = random.choice(list(value))
        return {**value, key: _mutated(random, value[key])}
    if isinstance(value, list) and value and random.random() < 0.8:
        place = random.randrange(len(value))
        return [*value[:place], _mutated(random, value[place]), *value[place + 1 :]]
    return random.choice(
        [
            None,
            True,
            -1,
            2**70,
            0.5,
            "",
            "x" * 5000,
            [],
            {},
            [[]],
            {"": None},
            [None],
            "\ud800",
            {"a": {}},
        ]
    )


def _bulk(random: Random) -> bytes:
    """Return a few megabytes of JSON that would need far more memory."""
    count = random.choice((1000, 40_000, 300_000))
    wide = "\N{WAVING HAND SIGN}" if random.random() < 0.5 else ""
    record = random.choice((
        "{}", "[]", '{"a":1}', '{"k%d":1}', '"k%d"', "%d.10", '["%d"]', '{"session_id":"%d"}', "[[[]]]",
        '{"participants":[{}]}', '{"message":"' + "a" * 20 + '%d"}',
    ))  # fmt: skip
    records = ",".join(record % n if "%d" in record else record for n in range(count))
    name = random.choice(("sms_sessions", "sms_histories", "x"))
    whole = random.choice(('{"%s":[%s],"y":"%s"}', '{"%s":{"a":[%s]},"y":"%s"}'))
    nested = random.random()
    if nested < 0.1:
        return b'{"sms_sessions":' + b"[" * count + b"]" * count + b"}"
    return (whole % (name, records, wide)).encode()[: 6 * 2**20]
