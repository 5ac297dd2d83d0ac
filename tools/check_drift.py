"""Compare the specification that Zoom publishes with this client.

`python -m tools.check_drift SPEC.json` prints what Zoom added, removed or changed. It exits with 0
without differences, 1 with differences, and 2 if SPEC.json cannot be read. `--json` prints a list
of objects. `--record FILE` writes the compared facts, without Zoom's prose, to FILE.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, cast

from swagger_client import models
from swagger_client._operation import Operation, Parameter
from swagger_client.api._operations import DATE, OPERATIONS
from swagger_client.models._model import Field, Model
from tools import webhook_schema
from tools.published import Facts, Subject, facts, plain, read, without_prose

Said = dict[str, object]

_JSON_TYPES = {"str": "string", "int": "integer", "bool": "boolean"}


class Deviation(NamedTuple):
    """An intended difference from Zoom, which is not reported.

    ``operation`` is a pattern for ``fnmatch``.
    """

    operation: str
    kind: str
    name: str
    aspect: str
    ours: object
    zoom: object
    reason: str


_ONE = "/phone/sms/sessions/{sessionId}"
_IN_A_SENTENCE = "Zoom lists these values in prose here, formally in the sync operations."
_MASTER = "phone_sms:master"
_MASTER_LISTED = "An earlier reference page of Zoom's lists it for all six methods."


def _master_scope(operation: Operation[Any]) -> Iterator[Deviation]:
    """Yield the deviations for a scope that only Zoom's reference page lists."""
    name = f"{operation.method} {operation.path}"
    for aspect, scopes in (
        ("scopes", (*operation.scopes, *operation.granular_scopes)),
        ("x-macro-scopes", operation.scopes),
    ):
        ours = sorted(scopes)
        zoom = [scope for scope in ours if scope != _MASTER]
        yield Deviation(name, "operation", "", aspect, ours, zoom, _MASTER_LISTED)


DEVIATIONS = (
    *(each for operation in OPERATIONS for each in _master_scope(operation)),
    Deviation(
        "*",
        "parameter",
        "page_size",
        "minimum",
        1,
        None,
        "Zoom rejects smaller values but does not document it.",
    ),
    *(
        Deviation(f"GET {path}", "field", name, "values", ["In", "Out"], None, _IN_A_SENTENCE)
        for path, name in (
            (_ONE, "sms_histories[].direction"),
            (f"{_ONE}/messages/{{messageId}}", "direction"),
        )
    ),
)


class Difference(NamedTuple):
    """A difference: an ``aspect`` of a subject has another value, or the subject is missing."""

    subject: Subject
    aspect: str | None
    ours: object
    zoom: object

    @property
    def change(self) -> str:
        """Return how Zoom's specification changed: "new", "gone" or "changed"."""
        if self.aspect is not None:
            return "changed"
        return "new" if self.ours is None else "gone"

    @property
    def order(self) -> tuple[str, ...]:
        """Return the key by which reports are sorted."""
        return (*self.subject, self.aspect or "")

    def __str__(self) -> str:
        subject = " ".join(filter(None, self.subject[1:]))
        if self.aspect is not None:
            return f"{self.change:8} {subject}, {self.aspect}: {_change(self.ours, self.zoom)}"
        said = self.zoom if self.ours is None else self.ours
        shown = cast(Said, said) if self.subject.kind != "operation" else {}
        aspects = [f"{name} {_shown(value)}" for name, value in shown.items()]
        return f"{self.change:8} {subject}" + (f" ({'; '.join(aspects)})" if aspects else "")

    def as_dict(self) -> Said:
        """Return the difference as a JSON object."""
        return {
            **self.subject._asdict(),
            "change": self.change,
            "aspect": self.aspect,
            "ours": self.ours,
            "zoom": self.zoom,
        }


def our_facts(spec: Mapping[str, object]) -> Facts:
    """Return the facts of this client about operations, events, or both."""
    known: Facts = {}
    if "paths" in spec:
        for operation in OPERATIONS:
            known.update(_operation(operation))
    if "webhooks" in spec:
        known.update(webhook_schema.our_facts())
    return known


def differences(ours: Facts, zoom: Facts) -> list[Difference]:
    """Return every difference between two sets of facts that is not in ``DEVIATIONS``.

    A new or missing object is one difference; its parts are not listed.
    """
    lone = ours.keys() ^ zoom.keys()
    found = [
        Difference(subject, None, ours.get(subject), zoom.get(subject))
        for subject in lone
        if not any(whole in lone for whole in _wholes(subject))
    ]
    for subject in ours.keys() & zoom.keys():
        here, there = ours[subject], zoom[subject]
        for aspect in here.keys() | there.keys():
            if here.get(aspect) != there.get(aspect):
                found.append(Difference(subject, aspect, here.get(aspect), there.get(aspect)))
    return sorted((one for one in found if not _is_known(one)), key=lambda one: one.order)


def report(found: Iterable[Difference]) -> str:
    """Return the differences as text, grouped by operation. This client's value comes first."""
    lines: list[str] = []
    names = {f"{row.method} {row.path}": row.name for row in OPERATIONS}
    names |= {f"{webhook_schema.KIND} {event}": "event" for event in webhook_schema.EVENTS}
    for operation, group in groupby(found, key=lambda one: one.subject.operation):
        lines.append(f"{operation} ({names.get(operation, 'unknown here')})")
        lines += [f"  {one}" for one in group]
    return "\n".join(lines)


# What this client knows.


def _operation(operation: Operation[Any]) -> Iterator[tuple[Subject, Said]]:
    name = f"{operation.method} {operation.path}"
    said = plain(
        **{
            "id": operation.operation_id,
            "label": operation.label,
            "scopes": (*operation.scopes, *operation.granular_scopes),
            "x-macro-scopes": operation.scopes,
            "x-granular-scopes": operation.granular_scopes,
        }
    )
    yield Subject(name, "operation"), said
    for parameter in operation.parameters:
        yield Subject(name, "parameter", parameter.key), _parameter(parameter)
    yield Subject(name, "response", "200"), plain(content=["application/json"])
    codes: dict[int, list[int]] = {429: []}  # documented everywhere, without a code
    for error in operation.errors:
        codes.setdefault(error.status, []).append(error.code)
    for status, known in codes.items():
        yield Subject(name, "response", str(status)), plain(codes=known)
    yield Subject(name, "field"), plain(type="object")
    yield from _fields(name, "", getattr(models, operation.response_type), {})


def _parameter(parameter: Parameter) -> Said:
    date = parameter.kind == DATE
    return plain(
        **{
            "in": parameter.place,
            "required": parameter.required or parameter.required_by_zoom,
            "type": "string" if date else _JSON_TYPES[parameter.kind],
            "format": "date" if date else None,
            "minimum": parameter.least,
            "maximum": parameter.most,
            "default": parameter.default,
            "values": parameter.one_of,
        }
    )


def _fields(
    operation: str, prefix: str, model: type[Model], within: Mapping[str, tuple[object, ...]]
) -> Iterator[tuple[Subject, Said]]:
    for field in model.__fields__:
        name = prefix + field.key
        values = within.get(field.name, field.one_of)
        yield Subject(operation, "field", name), plain(**_field(field), values=values)
        if field.many:
            name += "[]"
            yield Subject(operation, "field", name), plain(type="object")
        if field.model is not None:
            yield from _fields(operation, f"{name}.", field.model, field.within)


def _field(field: Field) -> Said:
    plainly = _JSON_TYPES.get(field.swagger_type, "object")
    return {
        "type": "array" if field.many else plainly,
        "maxItems": field.max_items,
        "required": field.required,
    }


# Comparing.


def _wholes(subject: Subject) -> Iterator[Subject]:
    """Yield the containers of a subject: its operation, and the fields around it."""
    operation, kind, name = subject
    if kind != "operation":
        yield Subject(operation, "operation")
    if kind == "field":
        for place, mark in enumerate(name):
            if mark in ".[":
                yield Subject(operation, kind, name[:place])


def _is_known(one: Difference) -> bool:
    operation, kind, name = one.subject
    return any(
        kind == known.kind
        and (one.aspect, one.ours, one.zoom) == (known.aspect, known.ours, known.zoom)
        and fnmatchcase(operation, known.operation)
        and name == known.name
        for known in DEVIATIONS
    )


def _shown(value: object) -> str:
    if value is None:
        return "(none)"
    return ", ".join(map(str, value)) if isinstance(value, list) else json.dumps(value)


def _change(ours: object, zoom: object) -> str:
    if isinstance(ours or zoom, list):
        here, there = (value if isinstance(value, list) else [] for value in (ours, zoom))
        added = [f"+{value}" for value in there if value not in here]
        return " ".join(added + [f"-{value}" for value in here if value not in there])
    return f"{_shown(ours)} -> {_shown(zoom)}"


def main(arguments: list[str]) -> int:
    """Compare a specification with this client; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.check_drift",
        description="Compare Zoom's published specification with what this client knows.",
        epilog="Exits with 0 when nothing differs, 1 when something does, 2 on misuse.",
    )
    parser.add_argument("spec", type=Path, help="an OpenAPI 3 document, as JSON")
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="also write the compared facts to FILE"
    )
    given = parser.parse_args(arguments)
    paths = [operation.path for operation in OPERATIONS]
    try:
        spec = read(given.spec)
        found = differences(our_facts(spec), facts(spec, paths))
        if given.record is not None:
            record = json.dumps(without_prose(spec, paths), indent=1)
            given.record.write_text(record + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"{given.spec}: {error}", file=sys.stderr)
        return 2
    if given.json:
        print(json.dumps([one.as_dict() for one in found], indent=2))
    else:
        print(report(found) or "No difference.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
