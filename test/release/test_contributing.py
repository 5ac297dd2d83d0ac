"""The diffs in CONTRIBUTING.md apply, are complete, and have the stated effect."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PUBLISHED = "test/drift/published.json"
#: Tests that a change of an operation or a model can break.
CHECKS = (
    "test/models/test_models_contract.py", "test/openapi/test_description.py",
    "test/docs/test_docs_rendered.py", "test/sandbox/test_sandbox_endpoints.py",
    "test/drift/test_drift.py::test_client_matches_the_recorded_specification",
    "test/release/test_public_api.py::test_public_surface_matches_the_record",
)  # fmt: skip

# Each of these runs other tests.
pytestmark = pytest.mark.xdist_group("contributing")

Json = dict[str, Any]


def section(heading: str) -> str:
    return GUIDE.partition(f"\n{heading}\n")[2].partition("\n#")[0]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def apply(diff: str, root: Path) -> None:
    """Apply a diff whose hunks are located by their lines, not by line numbers."""
    for part in re.split(r"^--- a/.*\n", diff, flags=re.M)[1:]:
        name, _, hunks = part.removeprefix("+++ b/").partition("\n")
        path = root / name
        text = path.read_text(encoding="utf-8")
        for hunk in hunks.split("@@\n")[1:]:
            lines = hunk.removesuffix("\n").split("\n")
            before = "\n".join(line[1:] for line in lines if line[:1] != "+")
            after = "\n".join(line[1:] for line in lines if line[:1] != "-")
            assert text.count(before) >= 1, f"{name} has no such lines:\n{before}"
            text = text.replace(before, after, 1)
        path.write_text(text, encoding="utf-8")


def size(diff: str) -> tuple[int, int, int]:
    """Return the numbers of files, of lines added and of lines removed."""
    lines = diff.split("\n")
    files = sum(line.startswith("+++ ") for line in lines)
    added = sum(line.startswith("+") for line in lines) - files
    return files, added, sum(line.startswith("-") for line in lines) - files


class Project:
    """A copy of the project, with a copy of Zoom's specification."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "project"
        unwanted = shutil.ignore_patterns(
            ".*", "__pycache__", "*.egg-info", "build", "dist", "benchmarks", "archive"
        )
        shutil.copytree(ROOT, self.root, ignore=unwanted)
        shutil.copytree(ROOT / "swagger_client/archive", self.root / "swagger_client/archive")
        self.spec = folder / "SPEC.json"
        shutil.copy(self.root / PUBLISHED, self.spec)
        # Another test checks that the record is up to date.
        recorded = "from tools import public_api as p; p.RECORD.write_text('\\n'.join(p.surface()))"
        assert self.run("-c", recorded).returncode == 0

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(self.root)}
        return subprocess.run(
            [sys.executable, *command], cwd=self.root, env=environment, check=False,
            capture_output=True, text=True,
        )  # fmt: skip

    def plant(self, change: Any) -> None:
        spec: Json = json.loads(self.spec.read_text())
        change(spec)
        self.spec.write_text(json.dumps(spec))

    def drift(self) -> list[str]:
        done = self.run("-m", "tools.check_drift", str(self.spec))
        assert done.returncode in (0, 1), done.stderr
        assert done.returncode == (done.stdout != "No difference.\n")
        return [" ".join(line.split()) for line in done.stdout.split("\n") if line[:2] == "  "]

    def render(self) -> None:
        """Run the commands of the guide."""
        for command in blocks(section("## When Zoom changes something"), "sh")[1].splitlines():
            python, *arguments = command.replace("SPEC.json", str(self.spec)).split()
            assert python == "python"
            done = self.run(*arguments)
            assert done.returncode == 0, command + done.stdout + done.stderr

    def check(self) -> None:
        done = self.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-n0", *CHECKS)
        assert done.returncode == 0, done.stdout[-5000:]

    def revealed(self, expression: str) -> str:
        """Return the type that mypy infers for an expression about an API object."""
        script = self.root / "script.py"
        script.write_text(f"import swagger_client\n\ndef f(api: swagger_client.SMSApi) -> None:\n"
                          f"    reveal_type({expression})\n")  # fmt: skip
        done = self.run("-m", "mypy", "--strict", "--follow-imports=silent", str(script))
        assert done.returncode == 0, done.stdout
        found: list[str] = re.findall(r'Revealed type is "(.*)"', done.stdout)
        return found[0]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def dicts(node: Any) -> list[Json]:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    found = [node] if isinstance(node, dict) else []
    return found + [one for part in inner for one in dicts(part)]


def test_a_new_field(project: Project) -> None:
    """A field in Zoom's specification is reported, and the diff adds it everywhere."""

    def plant(spec: Json) -> None:
        for node in dicts(spec):
            if "message_type" in node.get("properties", {}):
                node["properties"]["segment_count"] = {"type": "integer", "example": 2}

    project.plant(plant)
    assert project.drift() == [
        f'new field {place}segment_count (type "integer")'
        for place in ("sms_histories[].", "", "sms_histories[].", "sms_sessions[].latest_message.")
    ]
    (diff,) = blocks(section("### A field"), "diff")
    assert size(diff) == (7, 13, 2)
    before = project.run("-c", ARCHIVE)
    assert before.stdout == "made, column: False\n", before.stderr
    apply(diff, project.root)
    after = project.run("-c", ARCHIVE)
    assert after.stdout == "migrated from 2, sound, column: True, value: 1\n", after.stderr
    assert project.drift() == []
    project.render()
    text = {
        name: (project.root / name).read_text(encoding="utf-8")
        for name in ("docs/SmsMessage.md", "docs/InlineResponse20076.md",
                     "openapi/zoom-phone-sms.yaml", "test/release/public_api.txt")
    }  # fmt: skip
    assert all("segment_count" in one for one in text.values())
    assert text["openapi/zoom-phone-sms.yaml"].count("segment_count:") == 4
    shown = project.run("-c", ASK)
    assert shown.stdout == "1 1 True\n", shown.stderr
    message = "api.sms_session_details('id').sms_histories[0]"
    assert project.revealed(f"{message}.segment_count") == "int | None"
    project.check()


#: Make an archive, or migrate it and archive what is new; the field is a column then.
ARCHIVE = """
from pathlib import Path
import swagger_client as sc
from swagger_client.archive import Archive
from swagger_client.export import COLUMNS
from swagger_client.sandbox import Sandbox
column = "segment_count" in [one.name for one in COLUMNS]
archive = Archive("sms.sqlite3")
made = not archive.path.exists()
if not made:
    report = archive.migrate()
    sound = "sound" if archive.verify().sound else "damaged"
with Sandbox(messages=5) as zoom:
    configuration = sc.Configuration()
    configuration.host, configuration.access_token = zoom.host, zoom.access_token
    archive.mirror(sc.SMSApi(sc.ApiClient(configuration)), since="2020-01-01", reread_days=None)
if made:
    print("made, column:", column)
else:
    value = max(one.segment_count or 0 for one in archive.messages())
    print(f"migrated from {report.from_form}, {sound}, column: {column}, value: {value}")
archive.close()
"""

#: Ask the sandbox with the client, for a value, the constructor and the documented fields.
ASK = """
import swagger_client
from swagger_client.models import SmsMessage
from swagger_client.sandbox import Sandbox
with Sandbox(seed=7) as zoom:
    configuration = swagger_client.Configuration()
    configuration.host, configuration.access_token = zoom.host, zoom.access_token
    api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
    session = zoom.add_message(text="short").session_id
    found = api.sms_session_details(session).sms_histories[0]
    print(found.segment_count, SmsMessage(segment_count=1).segment_count,
          "segment_count" in found.to_dict() and not found.additional_properties)
"""


def test_a_new_parameter(project: Project) -> None:
    schema = {"type": "integer", "minimum": 1, "maximum": 6}
    new = {"name": "message_type", "in": "query", "schema": schema}

    def plant(spec: Json) -> None:
        spec["paths"]["/phone/sms/sessions/{sessionId}"]["get"]["parameters"].append(new)

    project.plant(plant)
    assert project.drift() == [
        'new parameter message_type (in "query"; type "integer"; minimum 1; maximum 6)'
    ]
    (diff,) = blocks(section("### A parameter"), "diff")
    assert size(diff) == (5, 16, 1)
    apply(diff, project.root)
    assert project.drift() == []
    project.render()
    assert "**message_type** | **int**" in (project.root / "docs/SMSApi.md").read_text()
    assert "InlineResponse20074" in project.revealed("api.sms_session_details('', message_type=1)")
    project.check()


def test_a_new_endpoint(project: Project) -> None:
    def plant(spec: Json) -> None:
        by_id = spec["paths"]["/phone/sms/sessions/{sessionId}/messages/{messageId}"]["get"]
        new = json.loads(json.dumps(by_id))
        new["operationId"] = "smsMessage"
        del new["parameters"][0], new["responses"]["400"]
        schema = new["responses"]["200"]["content"]["application/json"]["schema"]
        schema["properties"]["direction"]["description"] = "* `In`\n* `Out`"
        spec["paths"]["/phone/sms/messages/{messageId}"] = {"get": new}

    project.plant(plant)
    assert project.drift() == ["new operation"]
    (diff,) = blocks(section("### An endpoint"), "diff")
    assert size(diff) == (8, 50, 0)
    apply(diff, project.root)
    assert project.drift() == []
    project.render()
    assert "# **sms_message**" in (project.root / "docs/SMSApi.md").read_text()
    assert project.revealed("api.sms_message('id').date_time") == "str | None"
    project.check()
