"""Build the documentation site from docs/, README.md and the code.

`python -m tools.build_site [FOLDER]` writes HTML to FOLDER (default `build/site`). Open its
`index.html`; no server is needed. Warnings, such as a missing link target, are errors. `--openapi`
adds Redoc and Swagger UI, which are downloaded with npm.

The pages are first collected in a folder: copies of docs/*.md with adapted links, and pages that
`tools.site_reference` renders from the code.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import site_openapi, site_reference

ROOT = Path(__file__).parent.parent
#: Documents outside of docs/, and where they are on the site.
BESIDE = {
    "README.md": "help/readme.md",
    "CHANGELOG.md": "help/changelog.md",
    "CONTRIBUTING.md": "help/contributing.md",
    "SECURITY.md": "help/security.md",
}
#: Arguments of Python to run Sphinx; warnings are errors.
SPHINX = ("-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html")
#: Folders that documents link into; the site has copies of them.
LINKED = ("examples", "openapi", "docker")


def main(arguments: list[str]) -> int:
    """Build the site; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.build_site")
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT / "build" / "site")
    parser.add_argument("--openapi", action="store_true", help="add Redoc and Swagger UI")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch)
        assemble(source)
        extra = source / "_extra"
        site_openapi.write(extra / "openapi-ui", fetch=given.openapi)
        command = [sys.executable, *SPHINX, "-d", f"{scratch}/_build", scratch, str(given.folder)]
        done = subprocess.run(command, check=False)
    if done.returncode == 0:
        print(given.folder / "index.html")
    return done.returncode


def assemble(source: Path) -> None:
    """Write all input files of Sphinx to ``source``."""
    shutil.copytree(ROOT / "docs", source, dirs_exist_ok=True)
    for name in LINKED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, source / "files" / name, ignore=shutil.ignore_patterns("__pycache__")
            )
    for name, page in BESIDE.items():
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, source / page)
    for page, text in site_reference.pages().items():
        (source / page).parent.mkdir(parents=True, exist_ok=True)
        (source / page).write_text(text, encoding="utf-8")
    with (source / "MODELS.md").open("a", encoding="utf-8") as models:
        models.write("\n```{toctree}\n:hidden:\n:glob:\n\nSms?[a-z]*\nInlineResponse*\n```\n")
    _list_other_pages(source)
    for path in source.rglob("*.md"):
        original = _original(path.relative_to(source))
        text = path.read_text(encoding="utf-8")
        path.write_text(for_site(text, original, path.relative_to(source)), encoding="utf-8")


def _list_other_pages(source: Path) -> None:
    """Add the pages that index.md does not link to its navigation."""
    index = source / "index.md"
    listed = set(index.read_text(encoding="utf-8").splitlines())
    listed |= set((source / "reference" / "index.md").read_text(encoding="utf-8").splitlines())
    known = re.compile(r"InlineResponse|Sms[A-Z]|SMSApi|MODELS|COMMANDS|index")
    others = [
        path.stem
        for path in sorted(source.glob("*.md"))
        if path.stem not in listed and not known.match(path.stem)
    ]
    if others:
        pages = "\n".join(others)
        with index.open("a", encoding="utf-8") as file:
            file.write(f"\n```{{toctree}}\n:hidden:\n:caption: More\n\n{pages}\n```\n")


def for_site(text: str, original: Path, page: Path) -> str:
    """Adapt the links of a document to the site.

    :param text: the document.
    :param original: its path in the repository.
    :param page: its path on the site.
    """
    text = re.sub(r"^\[\[Back to .*$|^\[\[Back to Model.*$", "", text, flags=re.MULTILINE)
    up = "../" * (len(page.parts) - 1)

    def moved(match: re.Match[str]) -> str:
        target, _, anchor = match[2].partition("#")
        if not target or "://" in target or target.startswith("mailto:"):
            return match[0]
        path = _normal(original.parent / target)
        if path.as_posix() in BESIDE:
            path = Path(BESIDE[path.as_posix()])
        elif path.parts[0] == "docs":
            path = path.relative_to("docs")
        elif path.parts[0] in LINKED:
            path = Path("files") / path
        else:
            return match[1]  # a source file, which the site does not have
        suffix = f"#{anchor.lower()}" if anchor else ""
        return f"[{match[1]}]({up}{path.as_posix()}{suffix})"

    parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    links = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
    return "".join(part if part.startswith("```") else links.sub(moved, part) for part in parts)


def _original(page: Path) -> Path:
    """Return the path in the repository for a page of the site."""
    for name, place in BESIDE.items():
        if page.as_posix() == place:
            return Path(name)
    return Path("docs") / page


def _normal(path: Path) -> Path:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return Path(*parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
