"""Generate the constructor and the decoder of a model as source text, and compile it.

Generated code decodes responses faster than a loop over the fields. It is compiled when a class is
first used. Its source text is stored in ``linecache``, so that tracebacks and
``print(inspect.getsource(SmsMessage._decode))`` show it.
"""

from __future__ import annotations

import linecache
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ._field import Field

    ModelClass = type[Any]


def constructor(model: ModelClass) -> Callable[..., None]:
    lines = [
        f"def __init__(self, {', '.join(f'{entry.name}=None' for entry in model.__fields__)}):"
    ]
    for entry in model.__fields__:
        if entry.required or not entry.accepted:
            lines.append(f"    self.{entry.name} = {entry.name}")
        else:
            lines.append(f"    if {entry.name} is not None: self.{entry.name} = {entry.name}")
            lines.append(f"    else: set_unchecked(self, {entry.name!r}, None)")
    lines.append("    return None")
    return _compiled(model, "__init__", lines, {"set_unchecked": object.__setattr__})


def decoder(model: ModelClass) -> staticmethod[[object], Any]:
    """Generate the ``_decode`` of a model, which converts a JSON object to the model.

    If the value is not a dict, ``_decode`` returns the value unchanged. Otherwise it removes the
    model's fields from the dict, and what remains becomes ``additional_properties``. To save
    memory, it replaces the dicts in a list by models, instead of creating a new list. The code for
    nested models is part of the generated function.

    If a field must contain a list or an object, but the value has another JSON type, ``_decode``
    calls its argument ``wrong_kind`` with the field's name, the expected type and the value.
    """
    names: dict[str, object] = {
        "decode_absent": _decode_absent,
        "new": object.__new__,
        "intern": sys.intern,
    }
    lines = [
        "def _decode(d, wrong_kind=None):",
        *_indented(_object(model, "", (), names)),
        "    else: o = d",
        "    return o",
    ]
    return staticmethod(_compiled(model, "_decode", lines, names))


def _object(
    model: ModelClass, level: str, outer: tuple[ModelClass, ...], names: dict[str, object]
) -> Iterator[str]:
    """Yield lines of code that convert the dict in the variable ``d`` to a model in ``o``.

    The lines are an ``if`` statement, for which the caller adds an ``else`` for other JSON values.

    :param level: the nesting level, with which the names of the variables end: "", "1", "2", …
    :param outer: the classes of the models that contain this one, outermost first.
    :param names: the global names that the code uses; this function adds to them.
    """
    data, made, name = f"d{level}", f"o{level}", model.__name__
    names[name] = model
    yield f"if isinstance({data}, dict):"
    if model in outer:  # a class that contains itself cannot be inlined
        yield f"    {made} = {name}._decode({data}, wrong_kind)"
        return
    if model._checked:
        names[f"Unchecked{name}"] = _unchecked_twin(model)
        yield f"    {made} = Unchecked{name}()"
    else:
        yield f"    {made} = new({name})"
    for entry in model.__fields__:
        yield from _indented(_value(entry, level, (*outer, model), names))
    if model._absent:
        yield f"    if {data}: {made}._additional = decode_absent({name}, {data})"
    else:
        yield f"    if {data}: {made}._additional = {data}"
    if model._checked:
        yield f"    {made}.__class__ = {name}"


def _value(
    entry: Field, level: str, outer: tuple[ModelClass, ...], names: dict[str, object]
) -> Iterator[str]:
    """Yield lines of code that set the field ``entry``. Other parameters as for `_object`."""
    target, source = f"o{level}.{entry.name}", f"d{level}.pop({entry.key!r}, None)"
    inner = str(int(level or 0) + 1)
    if any(isinstance(value, str) for value in entry.one_of):
        # There are only a few different values, so share one string between all objects.
        yield f"v{level} = {source}"
        yield f"{target} = intern(v{level}) if v{level}.__class__ is str else v{level}"
    elif entry.model is None:
        yield f"{target} = {source}"
    elif entry.many:
        yield f"{target} = v{level} = {source}"
        yield f"if isinstance(v{level}, list):"
        yield f"    for i{level}, d{inner} in enumerate(v{level}):"
        yield from _indented(_object(entry.model, inner, outer, names), 2)
        yield f"        else: o{inner} = d{inner}"
        yield f"        v{level}[i{level}] = o{inner}"
        yield f"elif v{level} is not None and wrong_kind: wrong_kind({entry.key!r}, list, v{level})"
    else:
        yield f"d{inner} = {source}"
        yield from _object(entry.model, inner, outer, names)
        yield "else:"
        yield f"    o{inner} = d{inner}"
        yield f"    if wrong_kind and o{inner} is not None:"
        yield f"        wrong_kind({entry.key!r}, dict, o{inner})"
        yield f"{target} = o{inner}"


def _unchecked_twin(model: ModelClass) -> type:
    """Return a subclass of ``model`` whose attributes can be set without being checked.

    Checking each value would be ten times slower. Therefore the decoder creates an object of this
    class, sets its attributes, and then changes the class of the object to ``model``.
    """
    body = {
        "__slots__": (), "__init__": object.__init__, "__setattr__": object.__setattr__,
        "__module__": model.__module__,
    }  # fmt: skip
    twin: type = type.__new__(type(model), f"Unchecked{model.__name__}", (model,), body)
    return twin


def _decode_absent(model: ModelClass, unknown: dict[str, object]) -> dict[str, object]:
    """Decode the fields that Zoom sends although it does not document them for this model."""
    for key in model._absent.keys() & unknown.keys():
        unknown[key] = model._absent[key].decode(unknown[key])
    return unknown


def _indented(lines: Iterator[str], levels: int = 1) -> Iterator[str]:
    return ("    " * levels + line for line in lines)


def _compiled(
    model: ModelClass, name: str, lines: list[str], names: dict[str, object]
) -> Callable[..., Any]:
    source = "\n".join(lines) + "\n"
    filename = f"<{model.__module__}.{model.__qualname__}.{name}>"
    exec(compile(source, filename, "exec"), names)
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    function: Any = names[name]
    function.__qualname__ = f"{model.__qualname__}.{name}"
    function.__module__ = model.__module__
    return function  # type: ignore[no-any-return]
