"""Renders the templates that transcripts and the viewer share."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, cast

from swagger_client.export.transcript import mark_unseen, size_text

if TYPE_CHECKING:
    import jinja2


class Renderer:
    """Renders pages whose styles and scripts are in the page itself, each allowed by its hash.

    :param extra: the extra that brings Jinja2, for the error message.
    :raises ImportError: when Jinja2 is missing.
    """

    def __init__(self, *, extra: str = "html") -> None:
        self._jinja2 = import_jinja2(extra)

    def render(
        self, template: str, *, page_style: str = "", scripts: Sequence[str] = (), **values: object
    ) -> str:
        """Render a template.

        :param template: its name without a suffix.
        :param page_style: more CSS, for this page only.
        :param scripts: the names of scripts that it runs.
        """
        styles = [_read_template("style.css"), *([page_style] if page_style else [])]
        sources = [_read_template(f"{name}.js") for name in scripts]
        markup = self._environment.filters["safe"]
        return self._environment.get_template(f"{template}.html").render(
            **values,
            policy=content_policy(styles, sources),
            styles=[markup(one) for one in styles],
            scripts=[markup(one) for one in sources],
        )

    @cached_property
    def _environment(self) -> jinja2.Environment:
        environment = self._jinja2.Environment(
            loader=self._jinja2.FunctionLoader(_read_template),
            autoescape=True,
            undefined=self._jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=50,
        )
        environment.filters["unseen"] = mark_unseen
        environment.filters["size"] = size_text
        environment.filters["count"] = lambda number: f"{number:,}"
        return cast("jinja2.Environment", environment)


def import_jinja2(extra: str = "html") -> Any:
    """Import Jinja2.

    :raises ImportError: when it is missing.
    """
    try:
        import jinja2
    except ImportError:
        raise ImportError(f"This needs Jinja2: pip install 'swagger-client[{extra}]'.") from None
    return jinja2


def content_policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """Write a Content-Security-Policy that allows these styles and scripts, and nothing else."""
    sources = {"style-src": styles, "script-src": scripts}
    parts = ["default-src 'none'", "img-src 'self' file:", "base-uri 'none'", "form-action 'self'"]
    for directive, texts in sources.items():
        allowed = " ".join(f"'sha256-{_sha256(text)}'" for text in texts) or "'none'"
        parts.append(f"{directive} {allowed}")
    return "; ".join(parts)


@lru_cache
def _read_template(name: str) -> str:
    folder = resources.files("swagger_client.export") / "templates"
    return (folder / name).read_text("utf-8")


def css_string(text: str) -> str:
    """Write a text as a string of CSS, whatever it holds."""
    escaped = "".join(
        one if one.isascii() and (one.isalnum() or one in " .,:+-()") else f"\\{ord(one):06x} "
        for one in text
    )
    return f'"{escaped}"'


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
