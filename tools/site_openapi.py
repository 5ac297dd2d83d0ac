"""Pages that show the OpenAPI description in Redoc and in Swagger UI, without any network."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "openapi" / "zoom-phone-sms.yaml"
#: The packages of npm, and their files that the pages load. Redoc 3 is a JavaScript module,
#: which browsers load from servers only; 2.5 also opens from a file.
PACKAGES = {
    "redoc@2.5.4": {"bundles/redoc.standalone.js": "redoc.standalone.js"},
    "swagger-ui-dist@5.35.0": {
        "swagger-ui-bundle.js": "swagger-ui-bundle.js",
        "swagger-ui.css": "swagger-ui.css",
    },
}
#: Redoc loads its maker's logo from the internet; an empty picture replaces it.
_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_EMPTY = b"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"
_REDOC = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Zoom Phone SMS in Redoc</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="margin: 0"><div id="redoc"></div>
<script src="redoc.standalone.js"></script><script src="description.js"></script>
<script>
Redoc.init(description, {disableSearch: true, hideDownloadButton: true},
           document.getElementById("redoc"));
</script></body></html>
"""
_SWAGGER_UI = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Zoom Phone SMS in Swagger UI</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="swagger-ui-bundle.js"></script><script src="description.js"></script>
<script>
SwaggerUIBundle({spec: description, dom_id: "#swagger-ui", supportedSubmitMethods: []});
</script></body></html>
"""
_ABSENT = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Not part of this build</title></head>
<body><p>This build of the site has no OpenAPI viewer. Build it with
<code>python -m tools.build_site --openapi</code>.</p></body></html>
"""


def write(folder: Path, *, fetch: bool) -> None:
    """Write ``redoc.html`` and ``swagger-ui.html``.

    :param folder: where they go.
    :param fetch: fetch the viewers with npm; else the pages say how to get them.
    """
    folder.mkdir(parents=True)
    description = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
    script = f"const description = {json.dumps(description, ensure_ascii=False)};\n"
    (folder / "description.js").write_text(script, encoding="utf-8")
    pages = {"redoc.html": _REDOC, "swagger-ui.html": _SWAGGER_UI}
    for name, page in pages.items():
        (folder / name).write_text(page if fetch else _ABSENT, encoding="utf-8")
    if fetch:
        for package, files in PACKAGES.items():
            _fetch(package, files, folder)


def _fetch(package: str, files: dict[str, str], folder: Path) -> None:
    """Fetch files of a package of npm."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [shutil.which("npm") or "npm", "pack", "--silent", package]
        subprocess.run(command, cwd=scratch, check=True, capture_output=True)
        (archive,) = Path(scratch).glob("*.tgz")
        with tarfile.open(archive) as opened:
            for name, target in files.items():
                member = opened.extractfile(f"package/{name}")
                assert member is not None
                (folder / target).write_bytes(member.read().replace(_LOGO, _EMPTY))
