"""The pytest plugin of `swagger_client`: a sandbox and signed events as fixtures.

It stands outside the package and imports nothing but pytest: every run of pytest loads it, also
of suites that have to patch `ssl` before anything imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from swagger_client.sandbox import Sandbox, SignedEvent

_SCOPES = ("function", "class", "module", "package", "session")

__all__ = [
    "pytest_addoption",
    "pytest_configure",
    "zoom_event",
    "zoom_sandbox",
    "zoom_sandbox_options",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini option that sets the scope of the sandbox."""
    parser.addini(
        "zoom_sandbox_scope",
        "scope of the fixture zoom_sandbox: function, class, module, package or session",
        default="function",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Check the scope of the sandbox."""
    scope = config.getini("zoom_sandbox_scope")
    if scope not in _SCOPES:
        raise pytest.UsageError(
            f"zoom_sandbox_scope is {scope!r}: it must be one of {', '.join(_SCOPES)}"
        )


def _scope(fixture_name: str, config: pytest.Config) -> Any:
    return config.getini("zoom_sandbox_scope")


@pytest.fixture(scope=_scope)
def zoom_sandbox_options() -> Mapping[str, Any]:
    """Return the options of `zoom_sandbox`, those of `Sandbox`; override it to choose others."""
    return {}


@pytest.fixture(scope=_scope)
def zoom_sandbox(zoom_sandbox_options: Mapping[str, Any]) -> Iterator[Sandbox]:
    """Serve a sandbox: a Zoom Phone account with seed 0 and real time, unless options say else."""
    from swagger_client.sandbox import Sandbox

    with Sandbox(**zoom_sandbox_options) as zoom:
        yield zoom


@pytest.fixture
def zoom_event(zoom_sandbox: Sandbox) -> Callable[..., SignedEvent]:
    """Return a function that adds a message and returns the signed event that announces it.

    It takes the arguments of `Sandbox.add_message`. The event is signed with
    `zoom_sandbox.webhook_secret`; post it to a URL, or pass its body and headers to a test client.
    """

    def make(session_id: str | None = None, **options: Any) -> SignedEvent:
        return zoom_sandbox.signed_event(zoom_sandbox.add_message(session_id, **options))

    return make
