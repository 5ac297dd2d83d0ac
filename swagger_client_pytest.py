"""A pytest plugin with fixtures for tests of code that uses `swagger_client`.

`zoom_sandbox` is a local server that behaves like Zoom's API, and `zoom_event` creates signed
webhook events.

Every run of pytest loads this module, also of projects that must patch `ssl` before it is imported.
Therefore it imports only pytest at first, and is not a module of the package.
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
    """Add the ini option `zoom_sandbox_scope`."""
    parser.addini(
        "zoom_sandbox_scope",
        "scope of the fixture zoom_sandbox: function, class, module, package or session",
        default="function",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Check the value of the ini option `zoom_sandbox_scope`."""
    scope = config.getini("zoom_sandbox_scope")
    if scope not in _SCOPES:
        raise pytest.UsageError(
            f"zoom_sandbox_scope is {scope!r}: it must be one of {', '.join(_SCOPES)}"
        )


def _scope(fixture_name: str, config: pytest.Config) -> Any:
    return config.getini("zoom_sandbox_scope")


@pytest.fixture(scope=_scope)
def zoom_sandbox_options() -> Mapping[str, Any]:
    """Return the keyword arguments with which the fixture `zoom_sandbox` creates its `Sandbox`.

    Override this fixture to choose other arguments, such as another seed.
    """
    return {}


@pytest.fixture(scope=_scope)
def zoom_sandbox(zoom_sandbox_options: Mapping[str, Any]) -> Iterator[Sandbox]:
    """Run a sandbox: a local server with the data of an invented Zoom Phone account.

    The data are those of seed 0, and time passes as in reality, unless `zoom_sandbox_options`
    returns other options.
    """
    from swagger_client.sandbox import Sandbox

    with Sandbox(**zoom_sandbox_options) as zoom:
        yield zoom


@pytest.fixture
def zoom_event(zoom_sandbox: Sandbox) -> Callable[..., SignedEvent]:
    """Return a function that adds a message to the sandbox, and returns its webhook event.

    The function has the parameters of `Sandbox.add_message`. The event is signed with
    `zoom_sandbox.webhook_secret`. Post it to a URL, or pass its body and headers to a test client.
    """

    def make(session_id: str | None = None, **options: Any) -> SignedEvent:
        return zoom_sandbox.signed_event(zoom_sandbox.add_message(session_id, **options))

    return make
