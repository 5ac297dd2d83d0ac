"""Render the documents that describe the code: SMSApi.md, MODELS.md and others.

python -m tools.render_docs          # write them
python -m tools.render_docs --check  # list the documents that are out of date
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from swagger_client import models
from swagger_client._operation import Operation, Parameter
from swagger_client.api._operations import OPERATIONS
from swagger_client.models import Model
from swagger_client.models._model import Field
from tools.render_commands import commands_page

ROOT = Path(__file__).parent.parent
BASE_URL = "https://api.zoom.us/v2"
RATE_LIMITS = "https://developers.zoom.us/docs/api/rest/rate-limits/"
SHAPES = ("SmsMessage", "SmsSession", "SmsParticipant", "SmsOwner", "SmsAttachment")
GENERATED = tuple(name for name in models.__all__ if name.startswith("InlineResponse"))

_TO_API_LIST = "[[Back to API list]](../README.md#documentation-for-api-endpoints)"
_TO_MODEL_LIST = "[[Back to Model list]](../README.md#documentation-for-models)"
_TO_README = "[[Back to README]](../README.md)"


def main(arguments: Sequence[str]) -> int:
    wanted = drifted()
    for path, text in wanted.items():
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is out of date. Run python -m tools.render_docs")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    return 1 if wanted and "--check" in arguments else 0


def drifted() -> dict[Path, str]:
    """Return the documents that are out of date, with their new text."""
    return {
        path: text
        for path, text in documents().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }


def documents() -> dict[Path, str]:
    """Return every rendered document, with its text."""
    docs = ROOT / "docs"
    pages = {docs / f"{name}.md": model_page(name) for name in (*GENERATED, *SHAPES)}
    pages |= {docs / "SMSApi.md": api_page(), docs / "MODELS.md": models_page()}
    pages |= {docs / "COMMANDS.md": commands_page()}
    return {**pages, ROOT / "README.md": readme()}


# docs/SMSApi.md


def api_page() -> str:
    index = table(
        ("Method", "HTTP request", "Description"),
        ((method_link(each), http(each), each.summary) for each in OPERATIONS),
    )
    sections = "\n\n".join(map(operation_section, OPERATIONS))
    return (
        f"# swagger_client.SMSApi\n\nAll URIs are relative to *{BASE_URL}*\n\n{index}\n\n"
        f"{sections}\n"
    )


def operation_section(operation: Operation[object]) -> str:
    scopes = ", ".join(f"`{scope}`" for scope in (*operation.scopes, *operation.granular_scopes))
    errors = table(
        ("HTTP status", "Zoom's code", "Meaning"),
        ((error.status, error.code, error.meaning) for error in operation.errors),
    )
    parameters = table(
        ("Name", "Type", "Description", "Notes"),
        (
            (f"**{each.name}**", f"**{each.kind}**", cell(description(each)), notes(each))
            for each in operation.parameters
        ),
    )
    response = operation.response_type
    return f"""\
# **{operation.name}**
> {response} {call(operation)}

{operation.summary}

{operation.doc} Requires a paid account, and Zoom Phone for its users.

**Scopes** (one of them): {scopes}

**[Rate Limit Label]({RATE_LIMITS}):** `{operation.label.capitalize()}`

### Example
```python
{example(operation)}
```

### Parameters

{parameters}

### Return type

[**{response}**]({response}.md)

### Errors

{errors}

### Authorization

[OAuth](../README.md#OAuth)

### HTTP request headers

 - **Content-Type**: Not defined
 - **Accept**: application/json

[[Back to top]](#) {_TO_API_LIST} {_TO_MODEL_LIST} {_TO_README}"""


def example(operation: Operation[object]) -> str:
    arguments = "\n".join(
        f"{each.name} = {example_value(each)!r} # {each.kind} | {description(each)}{hint(each)}"
        for each in operation.parameters
    )
    return f"""\
import swagger_client
from swagger_client.rest import ApiException
from pprint import pprint

# Configure OAuth2 access token for authorization: OAuth
configuration = swagger_client.Configuration()
configuration.access_token = 'YOUR_ACCESS_TOKEN'

# create an instance of the API class
api_instance = swagger_client.SMSApi(swagger_client.ApiClient(configuration))
{arguments}

try:
    # {operation.summary}
    api_response = api_instance.{call(operation)}
    pprint(api_response)
except ApiException as e:
    print("Exception when calling SMSApi->{operation.name}: %s\\n" % e)"""


def call(operation: Operation[object]) -> str:
    arguments = [
        each.name if each.required else f"{each.name}={each.name}" for each in operation.parameters
    ]
    return f"{operation.name}({', '.join(arguments)})"


def example_value(parameter: Parameter) -> str | int:
    if parameter.kind == "str" and not parameter.one_of:
        return f"{parameter.name}_example"
    return parameter.example


def description(parameter: Parameter) -> str:
    text = parameter.doc
    if parameter.one_of and parameter.kind == "str":
        text += f" One of {values(parameter.one_of)}."
    if parameter.most is not None:
        text += f" From {parameter.least} to {parameter.most}."
    if parameter.required_by_zoom:
        text += " Zoom now requires it."
    return text


def notes(parameter: Parameter) -> str:
    default = "" if parameter.default is None else f"[default to {parameter.default}]"
    return default if parameter.required else f"[optional] {default}".rstrip()


def hint(parameter: Parameter) -> str:
    optional = "" if parameter.required else " (optional)"
    return optional + ("" if parameter.default is None else f" (default to {parameter.default})")


# docs/<model>.md


def model_page(name: str) -> str:
    model: type[Model] = getattr(models, name)
    fields = list(model.__fields__)
    if name in SHAPES:
        fields += model._absent.values()
    properties = table(
        ("Name", "Type", "Description", "Notes"),
        [
            (f"**{each.name}**", field_type(each), cell(field_text(each)), field_notes(each))
            for each in fields
        ]
        + [accessor_row(accessor, made) for accessor, made in accessors(model, fields)],
    )
    return (
        f"# {name}\n\n{plain(model.__doc__)}\n\n{relatives(model)}## Properties\n{properties}\n\n"
        f"{_TO_MODEL_LIST} {_TO_API_LIST} {_TO_README}\n"
    )


def relatives(model: type[Model]) -> str:
    """Return a line with links between a generated name and its base model."""
    if model.__name__ not in SHAPES:
        shape = next((base.__name__ for base in model.__mro__[1:] if base.__name__ in SHAPES), None)
        return f"It is an [{shape}]({shape}.md).\n\n" if shape else ""
    kinds = [name for name in GENERATED if issubclass(getattr(models, name), model)]
    return f"Generated names: {', '.join(f'[{name}]({name}.md)' for name in kinds)}.\n\n"


def field_type(field: Field) -> str:
    kind = f"**{field.swagger_type}**"
    return f"[{kind}]({field.model_name}.md)" if field.model_name else kind


def field_text(field: Field) -> str:
    mentioned = all(str(value) in field.doc for value in field.one_of)
    return field.doc if mentioned else f"{field.doc} One of {values(field.one_of)}."


def field_notes(field: Field) -> str:
    if field.absent:
        return "[optional] [not everywhere]"
    return "" if field.required else "[optional]"


def accessors(model: type[Model], fields: Iterable[Field]) -> Iterable[tuple[str, property]]:
    """Yield the properties of a model that are not fields, such as ``date_time_utc``."""
    for field in fields:
        accessor = getattr(model, f"{field.name}_utc", None)
        if isinstance(accessor, property):
            yield f"{field.name}_utc", accessor


def accessor_row(name: str, accessor: property) -> tuple[str, ...]:
    summary = plain((accessor.__doc__ or "").partition("\n")[0])
    return f"**{name}**", "**datetime**", summary, "[read-only]"


# README.md and docs/MODELS.md


def readme() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    endpoints = table(
        ("Class", "Method", "HTTP request", "Description"),
        (("*SMSApi*", method_link(each, "docs/"), http(each), each.summary) for each in OPERATIONS),
    )
    return between(text, "endpoints", endpoints)


def models_page() -> str:
    def listed(names: Iterable[str]) -> str:
        return table(
            ("Model", "What it is"), ((f"[{name}]({name}.md)", summary(name)) for name in names)
        )

    return f"""\
# Models

Pages hold objects of these five classes:

{listed(SHAPES)}

A generated client has a class for each place where one appears. Those names are subclasses of the
shapes, and pages of them:

{listed(GENERATED)}

{_TO_API_LIST} {_TO_README}
"""


def between(text: str, name: str, content: str) -> str:
    """Replace the text between two markers with this name."""
    begin, end = f"<!-- {name}: written by tools/render_docs.py -->", f"<!-- end of {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"README.md must contain exactly once: {begin} and {end}")
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n\n{content}\n\n{end}{rest.partition(end)[2]}"


def summary(name: str) -> str:
    return plain(getattr(models, name).__doc__).partition("\n")[0]


# Markdown


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["-------------"] * len(head), *rows]
    return "\n".join(" | ".join(map(str, line)) for line in lines)


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def plain(doc: str | None) -> str:
    """Convert a docstring to Markdown."""
    return re.sub(r"``([^`]+)``", r"`\1`", re.sub(r"\n *", "\n", (doc or "").strip()))


def values(allowed: Iterable[object]) -> str:
    return ", ".join(f"`{value}`" for value in allowed)


def method_link(operation: Operation[object], folder: str = "") -> str:
    return f"[**{operation.name}**]({folder}SMSApi.md#{operation.name})"


def http(operation: Operation[object]) -> str:
    return f"**{operation.method}** {operation.path}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
