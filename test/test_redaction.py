"""The redacted texts, and that redaction takes linear time."""

from __future__ import annotations

import time

import pytest

from swagger_client._security.error_body import missing_scopes
from swagger_client._security.redaction import escape, redact, secrets_of
from swagger_client.exceptions import ApiException

HEADERS = {"Authorization": "Bearer abcdefghijklmnop"}


# A password that is an ordinary word must not make errors unreadable.
@pytest.mark.parametrize("word", ["wrong", "secret", "Password", "1234"])
def test_a_secret_that_is_a_word_is_hidden_only_as_a_value(word: str) -> None:
    prose = f"The client id or the {word} is {word}."
    assert redact(prose, [word]) == prose
    assert redact(f"pass={word}&x=1", [word]) == "pass=<redacted>&x=1"
    assert redact(f'{{"pass": "{word}"}}', [word]) == '{"pass": "<redacted>"}'
    assert redact(f"pass={word}", [word]) == "pass=<redacted>"


def test_any_other_secret_is_hidden_everywhere() -> None:
    assert redact("see wrong-4711 here", ["wrong-4711"]) == "see <redacted> here"
    assert redact("see abcdefghijklmnop here", secrets_of(HEADERS, None)) == "see <redacted> here"


@pytest.mark.clock
@pytest.mark.parametrize(
    "repeated",
    [
        "bearer ", "basic\t", 'jwt"   ', "\\", "\\\n", "\\u0041", "%25", "access_token=a", "\\/",
        " ", "bearer" + " " * 50, "does not contain scope", "does not contain scope:[",
        "does not contain scope ", "does not contain scopes : [a",
    ],
    ids=repr,
)  # fmt: skip
def test_time_grows_with_the_length_of_a_text_only(repeated: str) -> None:
    secrets = secrets_of(HEADERS, [("refresh_token", "abcdefghijklmnopq")])

    def seconds(length: int) -> float:
        text = (repeated * length)[:length]
        start = time.process_time()
        redact(text, secrets)
        redact("\\" + text, secrets)
        missing_scopes(text)
        return time.process_time() - start

    small = min(seconds(20_000) for _ in range(3))
    assert seconds(320_000) < max(64 * small, 0.5)


@pytest.mark.parametrize(
    ("message", "scopes"),
    [
        ("Invalid access token, does not contain scopes:[a:read, b:read].", ("a:read", "b:read")),
        ("does not contain scope: [a]", ("a",)),
        ("does not contain scopes [a,,b]", ("a", "b")),
        ("does not contain scopes:[]", ()),
        ("does not contain scopes:[a", ()),
        ("does not contain scopes, see [a]", ()),
        ("other", ()),
        (None, ()),
    ],
)
def testmissing_scopes_are_read(message: str | None, scopes: tuple[str, ...]) -> None:
    assert missing_scopes(message) == scopes


def test_the_text_of_an_exception_cannot_control_a_terminal() -> None:
    error = ApiException(status=400, reason="\x1b[2J\u202e\x9b31m\nTracking id: forged")
    for text in (str(error), repr(error)):
        assert not set("\x1b\u202e\x9b") & set(text)
        assert "\\x1b[2J\\u202e\\x9b31m\\" in text
    assert [line[:8] for line in str(error).splitlines()] == [
        "(400)",
        "Reason: ",
        "Tracking",
        "What to ",
    ]


def test_escaped_text_is_unambiguous() -> None:
    assert escape("a\\x1b") == "a\\\\x1b"
    assert escape("a\x1b") == "a\\x1b"
    assert escape("tab\t", keep="\t") == "tab\t"
