from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from swagger_client._version import check_extra
from swagger_client.export.files import size_text
from swagger_client.export.transcript import mark_unseen

if TYPE_CHECKING:
    import jinja2


class Rendered(NamedTuple):
    """A rendered page and its Content-Security-Policy."""

    text: str
    policy: str


class Renderer:
    """Renders templates to HTML pages with inline styles and scripts.

    The Content-Security-Policy of a page contains the hashes of the page's own styles and scripts,
    so that a browser does not run a script in a message.
    """

    def __init__(self, *packages: str, images: str = "'self'", extra: str = "html") -> None:
        self._jinja2 = import_jinja2(extra)
        self._packages = ("swagger_client.export", *packages)
        self._images = images

    def render(
        self,
        template: str,
        values: Mapping[str, object],
        *,
        page_style: str = "",
        scripts: Sequence[str] = (),
    ) -> Rendered:
        styles = [self._read("style.css"), *([page_style] if page_style else [])]
        sources = [self._read(f"{name}.js") for name in scripts]
        policy = self._policy(styles, sources)
        safe = self._environment.filters["safe"]
        text = self._environment.get_template(f"{template}.html").render(
            **values,
            policy=policy,
            styles=[safe(one) for one in styles],
            scripts=[safe(one) for one in sources],
        )
        return Rendered(text, policy)

    def _policy(self, styles: Sequence[str], scripts: Sequence[str]) -> str:
        """Return a Content-Security-Policy that allows images, and these styles and scripts."""
        return "; ".join(
            (
                "default-src 'none'",
                f"img-src {self._images}",
                f"style-src {_hash_sources(styles)}",
                f"script-src {_hash_sources(scripts)}",
                "form-action 'self'",
                "base-uri 'none'",
            )
        )

    @cached_property
    def _environment(self) -> jinja2.Environment:
        environment = self._jinja2.Environment(
            loader=self._jinja2.FunctionLoader(self._read),
            autoescape=True,
            undefined=self._jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["unseen"] = mark_unseen
        environment.filters["size"] = size_text
        environment.filters["count"] = lambda number: f"{number:,}"
        return cast("jinja2.Environment", environment)

    def _read(self, name: str) -> str:
        for package in self._packages:
            text = _read_template(package, name)
            if text is not None:
                return text
        raise ValueError(f"there is no template {name}")


@lru_cache
def _read_template(package: str, name: str) -> str | None:
    file = resources.files(package) / "templates" / name
    return file.read_text("utf-8") if file.is_file() else None


def import_jinja2(extra: str = "html") -> Any:
    """Import and return Jinja2; an ImportError names the pip extra that installs it."""
    check_extra(extra, "jinja2")
    import jinja2

    return jinja2


def css_string(text: str) -> str:
    escaped = "".join(
        one if one.isascii() and (one.isalnum() or one in " .,:+-()") else f"\\{ord(one):06x} "
        for one in text
    )
    return f'"{escaped}"'


def _hash_sources(texts: Sequence[str]) -> str:
    """Return Content-Security-Policy sources: the hashes of the texts to allow."""
    digests = [hashlib.sha256(text.encode()).digest() for text in texts]
    return " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in digests) or "'none'"
