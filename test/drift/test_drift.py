"""Every change of facts in Zoom's specification is reported; changes of wording are not.

`published.json` is Zoom's specification without its prose, as `--record` writes it.
"""

from __future__ import annotations

import copy
import json
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swagger_client.api._operations import OPERATIONS
from tools import check_drift
from tools.published import NotASpecification, facts, without_prose

Json = dict[str, Any]

RECORD = Path(__file__).parent / "published.json"
PUBLISHED: Json = json.loads(RECORD.read_text())
PATHS = [operation.path for operation in OPERATIONS]
ACCOUNT = "/phone/sms/sessions"
DETAILS = "/phone/sms/sessions/{sessionId}"
OURS = check_drift.our_facts(PUBLISHED)


def drift(spec: Json) -> list[check_drift.Difference]:
    return check_drift.differences(OURS, facts(spec, PATHS))


def lines(spec: Json) -> list[str]:
    return [str(one) for one in drift(spec)]


@pytest.fixture
def spec() -> Json:
    return copy.deepcopy(PUBLISHED)


def operation(spec: Json, path: str) -> Json:
    found: Json = spec["paths"][path]["get"]
    return found


def response_schema(spec: Json, path: str) -> Json:
    schema: Json = operation(spec, path)["responses"]["200"]["content"]["application/json"]
    found: Json = schema["schema"]
    return found


def parameter(spec: Json, path: str, name: str) -> Json:
    found: Json = next(one for one in operation(spec, path)["parameters"] if one["name"] == name)
    return found


def test_client_matches_the_recorded_specification(spec: Json) -> None:
    assert lines(spec) == []


def test_record_contains_no_prose() -> None:
    fact = re.compile(r"Rate Limit Label: `\w+`|Error Code: `\d+`|\* `\w+`")
    texts = [node["description"] for node in dicts(PUBLISHED) if "description" in node]
    assert texts
    assert all(fact.fullmatch(line) for text in texts for line in text.split("\n"))
    wording = {"summary", "title", "example", "examples", "info"}
    assert not any(wording & node.keys() for node in dicts(PUBLISHED))


def test_record_keeps_every_fact(spec: Json) -> None:
    assert without_prose(spec, PATHS) == spec
    worded = {**spec, "info": {"title": "T"}}
    worded["paths"]["/phone/other"] = {"get": {"tags": ["Other"], "responses": {}}}
    operation(worded, ACCOUNT)["description"] = (
        "Describes things.\n\n**[Rate Limit Label](https://example.com/limits):** `MEDIUM`"
    )
    properties = response_schema(worded, DETAILS)["properties"]["sms_histories"]["items"][
        "properties"
    ]
    properties["direction"]["description"] = "Either `In` (here) or `Out` (there)."
    recorded = without_prose(worded, PATHS)
    assert facts(recorded, PATHS) == facts(worded, PATHS)
    assert properties["direction"]["description"] not in json.dumps(recorded)
    assert recorded["paths"].keys() == set(PATHS)


# Every change of every node.

Undo = Callable[[], object]
Change = Callable[[], Undo]

NO_PLACE_FOR_FACTS = re.compile(r"/paths(/[^/]+)?|.*/application~json")


def dicts(node: Any) -> Iterator[Json]:
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if type(node) is list else ():
        yield from dicts(inner)


def put(holder: Any, key: Any, value: Any) -> Undo:
    before = copy.copy(holder)
    holder[key] = value
    return lambda: restore(holder, before)


def removed(holder: Any, key: Any) -> Undo:
    before = copy.copy(holder)
    del holder[key]
    return lambda: restore(holder, before)


def appended(holder: list[Any], value: Any) -> Undo:
    holder.append(value)
    return holder.pop


def restore(holder: Any, before: Any) -> None:
    holder.clear()
    holder.extend(before) if isinstance(holder, list) else holder.update(before)


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 7 if isinstance(value, int) else f"{value}x"


def changes(node: Any, where: str) -> Iterator[tuple[str, Change]]:
    """Yield every meaningful change of a node: removals, additions, other values."""
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in children:
        place = f"{where}/{str(key).replace('/', '~')}"
        if key in ("tags", "description"):
            continue
        if value and key != "name":
            yield f"{place}: gone", partial(removed, node, key)
        if isinstance(value, (dict, list)):
            yield from changes(value, place)
        else:
            yield f"{place}: other", partial(put, node, key, other(value))
    if isinstance(node, list):
        yield f"{where}: one more", partial(appended, node, one_more(where))
    elif not NO_PLACE_FOR_FACTS.fullmatch(where):
        yield f"{where}: something new", partial(put, node, "somethingNew", {"type": "string"})


def one_more(where: str) -> object:
    """Return a new entry for a list."""
    entries: dict[str, object] = {
        "parameters": {"name": "new", "in": "query", "schema": {"type": "string"}},
        "security": {"oauth": ["new"]},
        "required": "display_name",
    }
    return entries.get(where.rpartition("/")[2], "new")


@pytest.fixture(scope="session")
def formal() -> Json:
    """Return the specification without texts that repeat an `enum`."""
    made = copy.deepcopy(PUBLISHED)
    for node in dicts(made):
        if "enum" in node.get("schema", node):
            node.pop("description", None)
    assert lines(made) == []
    return made


def test_every_change_of_every_node_is_reported(formal: Json) -> None:
    spec, before = formal, copy.deepcopy(formal)
    found = list(changes(spec["paths"], "/paths"))
    assert len(found) > 1500
    silent = []
    for name, change in found:
        undo = change()
        if not drift(spec):
            silent.append(name)
        undo()
    assert silent == []
    assert spec == before


@settings(max_examples=50, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_change_hides_another(formal: Json, data: st.DataObject) -> None:
    spec = copy.deepcopy(formal)
    expected: list[check_drift.Difference] = []
    kept: list[Change] = []
    for path in sorted(data.draw(st.sets(st.sampled_from(PATHS), min_size=2))):
        found = list(changes(spec["paths"][path]["get"], f"/paths/{path}/get"))
        change = data.draw(st.sampled_from(found))[1]
        undo = change()
        expected += drift(spec)
        undo()
        kept.append(change)
    for change in kept:
        change()
    assert drift(spec) == sorted(expected, key=lambda one: one.order)


def test_every_change_of_values_in_prose_is_reported(spec: Json) -> None:
    listing = [node for node in dicts(spec["paths"]) if "description" in node]
    assert len(listing) > 40
    for node in listing:
        text = node["description"]
        entry = text.split("\n")[-1]
        if "Label" not in text:  # an operation has one label
            node["description"] = f"{text}\n{entry.replace('`', '`9', 1)}"
            assert drift(spec), f"one more in {text}"
        node["description"] = entry.replace("`", "`9", 1)
        assert drift(spec), f"another instead of {text}"
        node["description"] = "Nothing of the kind."
        assert drift(spec) or "enum" in node.get("schema", node), f"gone: {text}"
        node["description"] = text


words = st.text(st.characters(exclude_characters="`", exclude_categories=["Cs"]), max_size=40)
sentences = st.builds("Describes {} and `code`, {}.".format, words, words)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(sentence=sentences, seed=st.integers())
def test_wording_examples_and_order_are_not_reported(sentence: str, seed: int) -> None:
    spec: Json = shuffled(PUBLISHED, random.Random(seed))
    for path in PATHS:
        for node in worded(operation(spec, path)):
            said = node.get("description", "")
            node["description"] = f"{sentence}\n\n{said}\n\n{sentence}"
            node["example"] = node["title"] = sentence
        operation(spec, path)["summary"] = sentence
    spec["info"] = {"title": sentence}
    spec["paths"]["/phone/calls"] = {"get": {"tags": ["Calls"], "responses": {"200": {}}}}
    assert lines(spec) == []


def worded(operation: Json) -> Iterator[Json]:
    """Yield the nodes of an operation that may have a description."""
    yield operation
    yield from operation["responses"].values()
    for parameter in operation["parameters"]:
        yield parameter
        yield parameter["schema"]
    for node in dicts(operation["responses"]["200"]["content"]):
        if isinstance(node.get("type"), str):
            yield node


def shuffled(node: Any, rng: random.Random) -> Any:
    if isinstance(node, dict):
        entries = rng.sample(list(node.items()), len(node))
        return {name: shuffled(value, rng) for name, value in entries}
    if isinstance(node, list):
        return [shuffled(value, rng) for value in rng.sample(node, len(node))]
    return node


# What a report says.


def test_report_names_places_and_changes(spec: Json) -> None:
    histories = response_schema(spec, DETAILS)["properties"]["sms_histories"]
    histories["maxItems"] = 200
    message = histories["items"]["properties"]
    message["segment"] = {
        "type": "object",
        "properties": {"count": {"type": "integer"}},
    }
    message["message_type"]["enum"] = [1, 2, 3, 4, 5, 7]
    del message["attachments"]
    parameter(spec, DETAILS, "sort")["required"] = True
    parameter(spec, DETAILS, "page_size")["schema"]["maximum"] = 300
    details = operation(spec, DETAILS)
    details["description"] = "Rate Limit Label: `HEAVY`"
    details["x-extensions"]["x-macro-scopes"].append("phone:all")
    details["responses"]["404"]["description"] += "\nError Code: `4040`"
    details["responses"]["410"] = {"description": "Error Code: `41`"}
    details["parameters"].append(
        {"name": "site", "in": "query", "schema": {"type": "string", "enum": ["a", "b"]}}
    )
    spec["paths"]["/phone/sms/messages"] = {"post": {"tags": ["SMS"], "operationId": "send"}}
    del spec["paths"][ACCOUNT]
    assert check_drift.report(drift(spec)).split("\n") == [
        "GET /phone/sms/sessions (account_sms_session)",
        "  gone     operation",
        "GET /phone/sms/sessions/{sessionId} (sms_session_details)",
        "  changed  field sms_histories, maxItems: 100 -> 200",
        '  gone     field sms_histories[].attachments (type "array"; maxItems 10)',
        "  changed  field sms_histories[].message_type, values: +7 -6",
        '  new      field sms_histories[].segment (type "object")',
        '  changed  operation, label: "medium" -> "heavy"',
        "  changed  operation, x-macro-scopes: +phone:all -phone_sms:master",
        "  changed  parameter page_size, maximum: 100 -> 300",
        '  new      parameter site (in "query"; type "string"; values a, b)',
        "  changed  parameter sort, required: (none) -> true",
        "  changed  response 404, codes: +4040",
        "  new      response 410 (codes 41)",
        "POST /phone/sms/messages (unknown here)",
        "  new      operation",
    ]


def test_only_the_recorded_deviation_is_ignored(spec: Json) -> None:
    parameter(spec, ACCOUNT, "page_size")["schema"]["minimum"] = 5
    message = response_schema(spec, DETAILS)["properties"]["sms_histories"]["items"]["properties"]
    message["direction"]["enum"] = ["In", "Out", "Sideways"]
    assert lines(spec) == [
        "changed  parameter page_size, minimum: 1 -> 5",
        "changed  field sms_histories[].direction, values: +Sideways",
    ]
    for deviation in check_drift.DEVIATIONS:
        assert deviation.reason.endswith(".")


def test_references_are_followed(spec: Json) -> None:
    media = operation(spec, DETAILS)["responses"]["200"]["content"]["application/json"]
    spec["components"] = {
        "schemas": {"a/b": media["schema"], "Page": {"$ref": "#/components/schemas/a~1b"}},
        "parameters": {"size": parameter(spec, DETAILS, "page_size")},
    }
    media["schema"] = {"$ref": "#/components/schemas/Page"}
    parameters = operation(spec, DETAILS)["parameters"]
    place = parameters.index(spec["components"]["parameters"]["size"])
    parameters[place] = {"$ref": "#/components/parameters/size"}
    spec["paths"][DETAILS]["parameters"] = [parameters.pop()]
    assert lines(spec) == []


def test_recursive_schema_is_read_once(spec: Json) -> None:
    schema = response_schema(spec, DETAILS)
    schema["properties"]["self"] = {"$ref": "#/components/schemas/Page"}
    spec["components"] = {"schemas": {"Page": schema}}
    assert lines(spec) == ['new      field self (type "object")']
    spec["components"]["schemas"]["Page"] = {"$ref": "#/components/schemas/Page"}
    with pytest.raises(NotASpecification):
        drift(spec)


# The command.


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.check_drift", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_exit_status_of_the_command(spec: Json, tmp_path: Path) -> None:
    same = run(str(RECORD))
    assert (same.returncode, same.stdout, same.stderr) == (0, "No difference.\n", "")
    operation(spec, ACCOUNT)["operationId"] = "other"
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps(spec))
    done = run(str(changed))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.endswith('changed  operation, id: "accountSmsSession" -> "other"\n')


@pytest.mark.parametrize(
    "content", [None, b"{", b"[]", b'{"paths": []}', b'{"paths": {"/phone/sms/sessions": 1}}',
                b'{"openapi": "3.0.0"}', b"\xff", b"[" * 100_000],
)  # fmt: skip
def test_misuse_has_its_own_exit_status(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "spec.json"
    if content is not None:
        spec.write_bytes(content)
    assert check_drift.main([str(spec)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{spec}: ")


def test_unrecordable_specification_is_misuse(
    spec: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, record = tmp_path / "spec.json", tmp_path / "record.json"
    schema = response_schema(spec, DETAILS)
    schema["properties"]["self"] = {"$ref": "#/components/schemas/Page"}
    whole = {**spec, "components": {"schemas": {"Page": schema}}}
    untold = {name: value for name, value in spec.items() if name != "openapi"}
    for document in (whole, untold):
        given.write_text(json.dumps(document))
        assert check_drift.main([str(given), "--record", str(record)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith(f"{given}: ")
        assert not record.exists()


def test_usage() -> None:
    with pytest.raises(SystemExit) as stopped:
        check_drift.main([])
    assert stopped.value.code == 2


def test_json_and_a_record(spec: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parameter(spec, ACCOUNT, "page_size")["schema"]["maximum"] = 300
    changed, record = tmp_path / "changed.json", tmp_path / "record.json"
    changed.write_text(json.dumps(spec))
    assert check_drift.main([str(changed), "--json", "--record", str(record)]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "operation": "GET /phone/sms/sessions", "kind": "parameter", "name": "page_size",
            "change": "changed", "aspect": "maximum", "ours": 100, "zoom": 300,
        }
    ]  # fmt: skip
    assert json.loads(record.read_text()) == spec
