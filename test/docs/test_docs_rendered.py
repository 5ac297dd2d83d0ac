"""Rendered documents are up to date and have the generated form; links resolve."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from swagger_client import models
from swagger_client._operation import Operation
from swagger_client.api._operations import OPERATIONS
from tools import render_docs

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
SURFACE = json.loads((ROOT / "test/contract/generated_client_surface.json").read_text("utf-8"))
PAGES = [*ROOT.glob("*.md"), *DOCS.glob("*.md")]


def test_documents_are_up_to_date() -> None:
    assert list(render_docs.drifted()) == [], "run python -m tools.render_docs"


def test_outdated_document_is_detected_and_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    readme = (ROOT / "README.md").read_text("utf-8")
    (tmp_path / "README.md").write_text(readme.replace("**GET**", "**PUT**", 1), "utf-8")
    monkeypatch.setattr(render_docs, "ROOT", tmp_path)

    assert render_docs.main(["--check"]) == 1
    assert "README.md" in capsys.readouterr().out
    assert render_docs.main([]) == 0
    assert (tmp_path / "README.md").read_text("utf-8") == readme
    assert render_docs.main(["--check"]) == 0
    written = {page.name for page in (tmp_path / "docs").iterdir()}
    assert written == {"SMSApi.md", "MODELS.md", "COMMANDS.md"} | {
        f"{name}.md" for name in models.__all__ if name != "Model"
    }


def sections() -> dict[str, str]:
    """Return the section of each method on the reference page."""
    _, *parts = re.split(r"^# \*\*(\w+)\*\*$", (DOCS / "SMSApi.md").read_text("utf-8"), flags=re.M)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_reference_page_lists_the_methods_in_the_generated_order() -> None:
    generated = [name for name in SURFACE["sms_api"] if not name.endswith("_with_http_info")]
    assert [name for name in sections() if name in generated] == generated
    index = (DOCS / "SMSApi.md").read_text("utf-8").partition("\n# **")[0]
    listed = re.findall(r"^\[\*\*(\w+)\*\*\]\(SMSApi\.md#\1\) \| \*\*GET\*\* /", index, re.M)
    assert listed == list(sections())


@pytest.mark.parametrize(
    "operation",
    [one for one in OPERATIONS if one.name in SURFACE["sms_api"]],
    ids=lambda operation: str(operation.name),
)
def test_each_method_has_the_generated_parts(operation: Operation[object]) -> None:
    section = sections()[operation.name]
    generated = SURFACE["sms_api"][f"{operation.name}_with_http_info"]
    response, options = generated["response_type"], {"async_req", "_return_http_data_only"}
    options |= {"_preload_content", "_request_timeout"}
    names = [name for name in generated["keyword_parameters"] if name not in options]

    assert re.findall(r"^### (.+)$", section, re.M) == [
        "Example", "Parameters", "Return type", "Errors", "Authorization", "HTTP request headers",
    ]  # fmt: skip
    calls = re.search(rf"^> {response} {operation.name}\((.*)\)$", section, re.M)
    assert calls is not None
    assert [name.partition("=")[0] for name in calls[1].split(", ")][: len(names)] == names
    rows = re.findall(r"^\*\*(\w+)\*\* \| \*\*(\w+)\*\* \| .+ \| ", section, re.M)
    assert [name for name, _ in rows][: len(names)] == names
    assert f"[**{response}**]({response}.md)" in section
    assert "[OAuth](../README.md#OAuth)" in section
    for part in (" - **Content-Type**: Not defined", " - **Accept**: application/json"):
        assert part in section
    for link in ("[[Back to top]](#)", "[[Back to API list]]", "[[Back to README]](../README.md)"):
        assert link in section


@pytest.mark.parametrize("name", SURFACE["models"])
def test_each_model_has_a_page_with_its_fields(name: str) -> None:
    page = (DOCS / f"{name}.md").read_text("utf-8")
    rows = re.findall(r"^\*\*(\w+)\*\* \| \[?\*\*([\w\[\]]+)\*\*", page, re.M)
    types = SURFACE["models"][name]["swagger_types"]
    assert dict(rows[: len(types)]) == types


def test_the_readme_has_the_generated_parts() -> None:
    titles = re.findall(r"^##+ (.+)$", (ROOT / "README.md").read_text("utf-8"), re.M)
    wanted = ["Requirements", "Installation", "Getting Started"]
    wanted += [f"Documentation for {part}" for part in ("API Endpoints", "Models", "Authorization")]
    assert [title for title in titles if title in wanted] == wanted


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page: those of its headings on GitHub, and its ids."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    slugs = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}
    return {"", *slugs, *re.findall(r'<a id="(.+?)">', text)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_links_resolve(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        assert found.is_dir() or anchor in anchors(found), target
