"""Secrets with known values, and a search for them in all output."""

from __future__ import annotations

import base64
import contextlib
import html
import itertools
import json
import pickle
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from types import TracebackType
from urllib.parse import parse_qsl, quote, quote_plus

from support.wire import Received, Say, chunked, error_reply, reply
from swagger_client.events import Event
from swagger_client.exceptions import ApiException

# With letters that URL-encoding and base64 change.
BEARER = "canary-bearer.AbC_123~x+y/z="
SECRET = "canary-client-secret+/=5"
REFRESH = "canary-refresh.token+/=6"
CODE = "canary-auth-code-7"
JWT = "eyJjYW5hcnkiOjF9.canaryjwt8.c2ln"
PROXY = "canary-proxy-p@ss9"
STATIC = "canary-static-token-10"
COOKIE = "canary-cookie-11"
WEBHOOK = "canary-webhook-secret-12"
VERIFIER = "canary-code-verifier.13"
CANARIES = [BEARER, SECRET, REFRESH, CODE, JWT, PROXY, STATIC, COOKIE, WEBHOOK, VERIFIER]


def forms(secret: str) -> set[str]:
    """Return the forms of a secret: plain, URL-encoded, and base64 at any offset."""
    found = {secret, quote(secret, safe=""), quote_plus(secret), quote(secret)}
    found |= {secret.replace("/", "\\/"), "".join(f"\\u{ord(letter):04x}" for letter in secret)}
    found.add("".join(f"%{ord(letter):02x}" for letter in secret))
    found |= {secret.encode().hex(), secret.encode().hex().upper(), html.escape(secret)}
    found |= {"".join(f"&#{ord(letter)};" for letter in secret)}
    found |= {"".join(f"&#x{ord(letter):x};" for letter in secret)}
    found.add(secret[: len(secret) * 2 // 3])  # a part that was cut off
    for text in (secret, f"Bearer {secret}"):
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + text.encode()).decode()
            # What surrounds it changes the letters at both ends.
            found.add(encoded[4:-4])
            found.add(encoded[4:-4].replace("+", "-").replace("/", "_"))
    return found


NEEDLES = {form for secret in CANARIES for form in forms(secret)}


def found_in(text: str) -> set[str]:
    return {needle for needle in NEEDLES if needle in text}


class Sinks:
    """Everything that was printed, logged or raised."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.events: list[Event] = []

    def take(self, error: BaseException) -> None:
        self.shown += [str(error), repr(error), repr(error.args), repr(vars(error))]
        self.shown += locals_of(error)
        if isinstance(error, ApiException):
            for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
                packed = pickle.dumps(error, protocol)
                self.shown.append(packed.decode("latin-1"))
                again = pickle.loads(packed)
                self.shown += [str(again), repr(vars(again))]

    def leaks(self) -> dict[str, str]:
        everything = [*self.shown, *map(repr, self.events)]
        everything += [pickle.dumps(event).decode("latin-1") for event in self.events]
        return {
            needle: text[max(0, text.index(needle) - 200) :][:400]
            for text in everything
            for needle in found_in(text)
        }


def locals_of(error: BaseException) -> Iterator[str]:
    """Yield what debuggers show of an exception: the variables of all frames.

    Frames of tests are left out, because they contain the secrets.
    """
    for link in chain_of(error):
        yield "".join(traceback.format_exception_only(link))
        for frame in _frames(link.__traceback__):
            for name, value in frame.items():
                yield f"{name} = {_shown(value)}"
                # Some tools show the items of containers, whatever their own repr hides.
                with contextlib.suppress(Exception):
                    yield from (f"{name}: {_shown(item)}" for item in _items(value))


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:  # of an object that is not complete yet
        return type(error).__name__


def chain_of(error: BaseException) -> list[BaseException]:
    """Return an exception, its causes and its contexts, including suppressed ones."""
    links, pending = [], [error]
    while pending:
        link = pending.pop()
        links.append(link)
        inner = (link.__cause__, link.__context__)
        pending += [one for one in inner if one is not None and one not in links]
    return links


def _frames(tb: TracebackType | None) -> Iterator[dict[str, object]]:
    while tb is not None:
        code = tb.tb_frame.f_code
        if "/test/" not in code.co_filename and "/pytest" not in code.co_filename:
            yield dict(tb.tb_frame.f_locals)
        tb = tb.tb_next


def _items(value: object, depth: int = 4) -> Iterator[object]:
    if depth and isinstance(value, Mapping):
        for key, item in itertools.islice(value.items(), 100):
            yield from (key, item)
            yield from _items(item, depth - 1)
    elif depth and isinstance(value, (Sequence, Set)) and not isinstance(value, (str, bytes)):
        for item in itertools.islice(value, 100):
            yield item
            yield from _items(item, depth - 1)


def echo(request: Received) -> str:
    """Return all parts of a request in each form, like a server that repeats the request."""
    sent = [request.headers.get("authorization", ""), request.headers.get("cookie", "")]
    sent += [text.partition(" ")[2] for text in sent]
    with contextlib.suppress(ValueError):
        sent.append(base64.b64decode(sent[2]).decode("latin-1"))
    sent += [request.body.decode(), *(value for _, value in parse_qsl(request.body.decode()))]
    return " | ".join([*sent, *(quote(text, safe="") for text in sent)])


def in_entities(request: Received) -> Say:
    """Return a text with HTML entities."""
    echoed = echo(request)
    spelled = ["".join(f"&#{ord(letter)};" for letter in echoed), html.escape(echoed)]
    spelled.append("".join(f"&#x{ord(letter):x};" for letter in echoed))
    return Say(reply(f"<html>{' '.join(spelled)}</html>", 502))


def in_hexadecimal(request: Received) -> Say:
    sent = echo(request).split(" | ")
    return Say(reply([{"a": {"b": [text.encode().hex() for text in sent]}}], 400))


def across_the_end_of_what_is_read(request: Received) -> Say:
    """Return a body in which secrets lie across each position where it may be truncated."""
    secret = request.headers.get("authorization", "").partition(" ")[2] or "none"
    return Say(reply((secret + " ") * (2_000_000 // (len(secret) + 1)), 400))


def in_reason(request: Received) -> Say:
    return Say(reply(b"{}", 400, reason=echo(request)))


def in_headers(request: Received) -> Say:
    names = ("X-Echo", "WWW-Authenticate", "Location", "x-zm-trackingid", "Set-Cookie")
    return Say(reply(b"{}", 403, dict.fromkeys(names, echo(request))))


def in_body(request: Received) -> Say:
    return Say(error_reply(404, 1001, echo(request)))


def in_html(request: Received) -> Say:
    return Say(reply(f"<html>{echo(request)}</html>"))


def in_invalid_json(request: Received) -> Say:
    return Say(reply(json.dumps({"m": echo(request)})[:-1]))


def in_list(request: Received) -> Say:
    return Say(reply([echo(request)], headers={"x-zm-trackingid": echo(request)}))


def in_status_line(request: Received) -> Say:
    return Say(f"{echo(request)}\r\n".encode(), then="close")


def in_header_line(request: Received) -> Say:
    return Say(f"HTTP/1.1 200 OK\r\n{echo(request)}\r\n\r\n{{}}".encode(), then="close")


def in_chunk_length(request: Received) -> Say:
    return Say(chunked(b"{}", end=f"{echo(request)}\r\n\r\n".encode()), then="close")


def in_encoding(request: Received) -> Say:
    return Say(reply(b"{}", headers={"Content-Encoding": echo(request)}))


def in_length(request: Received) -> Say:
    return Say(reply(b"{}", headers={"Content-Length": echo(request)}), then="close")


def in_redirect(request: Received) -> Say:
    return Say(reply(echo(request), 302, {"Location": f"/x?jwt={JWT}&y={echo(request)}"}))


def in_429(request: Received) -> Say:
    return Say(error_reply(429, 429, echo(request), Retry_After=echo(request)))


def in_500(request: Received) -> Say:
    return Say(reply(f'{{"error": "{echo(request)}"}}', 500))


def in_401(request: Received) -> Say:
    return Say(error_reply(401, 124, echo(request)))


def jwt_in_page(request: Received) -> Say:
    page = {
        "sms_histories": [{"attachments": [{"download_url": f"https://x.zoom.us/a?jwt={JWT}"}]}]
    }
    return Say(reply(json.dumps(page)[:-1]))


def cut(request: Received) -> Say:
    return Say(reply(echo(request))[:-3], then="close")


def in_escapes(request: Received) -> Say:
    """Return a text with JSON escapes: for each letter, or for slashes only."""
    echoed = echo(request)
    spelled = ("".join(f"\\u{ord(letter):04x}" for letter in echoed), echoed.replace("/", "\\/"))
    fields = ", ".join(f'{{"message": "{text}"}}' for text in spelled)
    return Say(reply(f'{{"message": "{" ".join(spelled)}", "errors": [{fields}]}}', 400))


def in_other_spellings(request: Received) -> Say:
    """Return other encodings: lower-case percent escapes, and URL-safe base64 without padding."""
    echoed = echo(request)
    spelled = ["".join(f"%{ord(letter):02x}" for letter in echoed), quote(echoed, safe="").lower()]
    for text in echoed.split(" | "):
        encoded = base64.b64encode(text.encode()).decode().rstrip("=")
        spelled += [encoded, encoded.replace("+", "-").replace("/", "_")]
    return Say(reply({"message": " ".join(spelled)}, 400))


ECHOES: list[Callable[[Received], Say]] = [
    value for name, value in list(globals().items()) if name.startswith("in_")
]
ECHOES += [jwt_in_page, cut, across_the_end_of_what_is_read]
