"""The client has every name of the generated client, with the same parameters."""

from __future__ import annotations

import inspect
import json
import logging
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import swagger_client
from swagger_client import models
from swagger_client.sandbox import Sandbox

HERE = Path(__file__).parent
SURFACE = json.loads((HERE / "generated_client_surface.json").read_text("utf-8"))
OPTIONS = {"async_req", "_return_http_data_only", "_preload_content", "_request_timeout"}
MEMBERS = [
    pytest.param(cls, name, said, id=f"{cls}.{name}")
    for cls, members in SURFACE["classes"].items()
    for name, said in members.items()
]
METHODS = {
    name: facts for name, facts in SURFACE["sms_api"].items() if name.endswith("_with_http_info")
}


def find(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)


def parameters(function: object) -> list[tuple[str, object]]:
    """Return names and defaults. Keyword-only parameters are added by this client."""
    return [
        (each.name, "**" if each.kind is each.VAR_KEYWORD else each.default)
        for each in inspect.signature(function).parameters.values()  # type: ignore[arg-type]
        if each.kind is not each.KEYWORD_ONLY
    ]


def generated_parameters(signature: str) -> list[tuple[str, object]]:
    names: dict[str, object] = {}
    exec(f"def function{signature}: pass", names)
    return parameters(names["function"])


@pytest.mark.parametrize(("cls", "name", "said"), MEMBERS)
def test_a_class_has_the_members_of_the_generated_class(
    cls: str, name: str, said: str | list[str]
) -> None:
    owner = find(cls)
    if said == "property":
        assert isinstance(inspect.getattr_static(owner, name), property)
    elif name == "attributes":
        assert set(said) <= vars(owner()).keys()
    elif said == "classmethod (default)":
        assert [each for each, _ in parameters(getattr(owner, name))] == ["default"]
    elif name == "__call__":
        assert said == "returns a shallow copy of the default instance"
        assert owner().host == owner().host
        assert owner() is not owner()
    else:
        assert isinstance(said, str)
        wanted = generated_parameters(said)
        found = parameters(inspect.getattr_static(owner, name))
        assert found[: len(wanted)] == wanted
        added = found[len(wanted) :]
        assert all(default is not inspect.Parameter.empty for _, default in added)


@pytest.mark.parametrize(("name", "said"), SURFACE["configuration_attributes"].items())
def test_a_setting_has_the_default_of_the_generated_client(name: str, said: str) -> None:
    value = getattr(swagger_client.Configuration(), name)
    if name == "logger":
        assert set(value) == {"package_logger", "urllib3_logger"}
        assert all(isinstance(logger, logging.Logger) for logger in value.values())
        assert [value[key].name for key in value] == ["swagger_client", "urllib3"]
    elif name == "connection_pool_maxsize":
        assert said == "cpu_count() * 5"
        assert value == (os.cpu_count() or 1) * 5
    else:
        assert repr(value) == said


@pytest.mark.parametrize("name", SURFACE["models"])
def test_a_model_has_the_import_path_and_methods_of_the_generated_one(name: str) -> None:
    facts = SURFACE["models"][name]
    model = getattr(import_module(facts["module"]), name)
    assert model is getattr(swagger_client, name) is getattr(models, name)
    for method in facts["methods"]:
        assert callable(getattr(model, method))
    assert list(model.swagger_types)[: len(facts["swagger_types"])] == facts["init_parameters"]


@pytest.mark.parametrize("name", SURFACE["sms_api"])
def test_a_method_has_the_signature_of_the_generated_one(name: str) -> None:
    wanted = SURFACE["sms_api"][name]["signature"]
    assert parameters(getattr(swagger_client.SMSApi, name)) == generated_parameters(wanted)


@pytest.mark.parametrize("name", METHODS)
def test_a_missing_required_argument_is_named(name: str) -> None:
    errors = METHODS[name]["value_errors"]
    api = swagger_client.SMSApi()
    required = [re.findall(r"`(\w+)`", error)[0] for error in errors]
    for twin in (name, name.removesuffix("_with_http_info")):
        for missing, error in zip(required, errors, strict=True):
            values = {**dict.fromkeys(required, "FSync"), missing: None}
            with pytest.raises(ValueError, match=f"^{re.escape(error)}$"):
                getattr(api, twin)(**values)
            del values[missing]
            with pytest.raises(TypeError, match=missing):
                getattr(api, twin)(**values)


@pytest.mark.parametrize("name", METHODS)
def test_an_unknown_argument_is_named(name: str) -> None:
    required = [each["parameter"] for each in METHODS[name].get("path", [])]
    values = dict.fromkeys([*required, *(["sync_type"] * (name.startswith("get_")))], "FSync")
    for twin in (name, name.removesuffix("_with_http_info")):
        with pytest.raises(TypeError, match="unexpected keyword argument 'pagesize'"):
            getattr(swagger_client.SMSApi(), twin)(**values, pagesize=5)


@pytest.mark.parametrize("name", METHODS)
def test_arguments_reach_the_wire_under_zooms_names(name: str, zoom: Sandbox) -> None:
    facts = METHODS[name]
    operation = name.removesuffix("_with_http_info")
    zoom.fault(operation=operation, status=200, body={}, times=None)
    given: dict[str, object] = {"page_size": 7, "count": 7, "sort": 2, "sync_type": "FSync"}
    given |= {"_from": "2026-01-01", "to": "2026-01-02"}
    arguments = {
        each: given.get(each, f"a-{each}")
        for each in facts["keyword_parameters"]
        if each not in OPTIONS
    }
    configuration = swagger_client.Configuration()
    configuration.host, configuration.access_token = zoom.host, zoom.access_token
    api = swagger_client.SMSApi(swagger_client.ApiClient(configuration))

    data, status, headers = getattr(api, name)(**arguments)

    (request,) = zoom.requests
    assert (type(data).__name__, status) == (facts["response_type"], 200)
    assert headers["Content-Type"].startswith("application/json")
    assert request.method == facts["method"]
    path = facts["resource_path"]
    for each in facts.get("path", []):
        path = path.replace("{" + each["name"] + "}", str(arguments.pop(each["parameter"])))
    assert request.path.removeprefix("/v2") == path
    query = facts.get("query", [])
    wanted = {each["name"]: str(arguments.pop(each["parameter"])) for each in query}
    assert request.query == wanted
    assert arguments == {}


def test_a_script_written_for_the_generated_client_runs_unchanged(zoom: Sandbox) -> None:
    done = subprocess.run(
        [sys.executable, HERE / "generated_style_script.py", zoom.host, zoom.access_token],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE.parent.parent)},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "done"
    assert done.stderr == ""
    asked = {request.operation for request in zoom.requests}
    assert asked == {name.removesuffix("_with_http_info") for name in METHODS}


def test_that_script_uses_names_of_the_surface_only() -> None:
    script = (HERE / "generated_style_script.py").read_text("utf-8")
    objects = "configuration|Configuration|api_client|api_instance|rest_client|response|e"
    used = set(re.findall(rf"\b(?:{objects})\.(\w+)", script))
    known = set(re.findall(r"\w+", json.dumps(SURFACE)))
    # What urllib3's response has, and a RESTResponse therefore too.
    assert used - known <= {"data"}
    assert len(used) > 20
