"""Writes a model's constructor and decoder as source text and compiles it, once per class.

Only what is asked for is compiled. The text is kept where tracebacks and debuggers look for
source lines; ``print(inspect.getsource(SmsMessage._decode))`` shows it.
"""

from __future__ import annotations

import linecache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from ._model import Field, Model, ModelType


_INLINE = 6  # levels in one function: a model may hold its own kind, and Python's blocks nest to 20


def constructor(model: type[Model]) -> Callable[..., None]:
    """``__init__`` with the fields as parameters, all optional, in order."""
    names = [entry.name for entry in model.__fields__]
    lines = [f"def __init__({', '.join(['self', *(f'{name}=None' for name in names)])}):"]
    for entry in model.__fields__:
        if entry.required or not entry.accepted:
            lines.append(f"    self.{entry.name} = {entry.name}")
        else:
            lines.append(f"    if {entry.name} is not None: self.{entry.name} = {entry.name}")
            lines.append(f"    else: leave(self, {entry.name!r}, None)")
    return _compiled(model, "__init__", [*lines, "    return None"], {"leave": object.__setattr__})


def decoder(model: type[Model]) -> staticmethod[[object], Any]:
    """``_decode``: a JSON object to a model; any other value is returned as it is.

    It takes the object over: lists of objects become lists of models in place, so that each dict
    is freed as soon as its model is made. That spares the garbage collector's rounds, which cost
    more than the models. The text takes for granted what answers are like, and leaves all else to
    ``_decode_slowly``.
    """
    text = _Decoder(model)
    return staticmethod(_compiled(model, "_decode", text.lines(), text.names))


def dict_maker(model: type[Model]) -> Callable[[Model], dict[str, Any]]:
    """``_as_dict``: what ``to_dict`` returns."""
    lines = ["def _as_dict(self):", "    made = {"]
    for entry in model.__fields__:
        value = f"self.{entry.name}"
        lines.append(
            f"        {entry.name!r}: {value if entry.model is None else f'plain({value})'},"
        )
    lines += ["    }", "    rest = getattr(self, '_additional', None)"]
    lines += [
        "    if rest:",
        "        for key, value in rest.items(): made.setdefault(key, plain(value))",
    ]
    lines += ["    return made"]
    return _compiled(model, "_as_dict", lines, {"plain": plain})


def plain(value: Any) -> Any:
    """A model, or a list of them, as dicts; any other value as it is."""
    if value.__class__ is list:
        return [item._as_dict() if hasattr(item, "_as_dict") else item for item in value]
    return value._as_dict() if hasattr(value, "_as_dict") else value


class _Decoder:
    """The text of a ``_decode``. ``d`` is what is decoded, ``o`` what it becomes, ``d1`` and ``o1``
    what they hold, and so on."""

    def __init__(self, model: type[Model]) -> None:
        self.model = model
        self.names: dict[str, object] = {
            "keep": _keep_the_rest, "new": object.__new__, "slowly": _decode_slowly,
        }  # fmt: skip

    def lines(self) -> list[str]:
        return ["def _decode(d):", *_indented(self._object(self.model, 0)), "    return o"]

    def _object(self, model: type[Model], level: int) -> Iterator[str]:
        """Lines that make ``o{level}`` of ``d{level}``."""
        d, o, names = _at("d", level), _at("o", level), self.names
        name, bare = model.__name__, f"Bare{model.__name__}"
        names[name] = model
        if level == _INLINE:
            yield f"{o} = {name}._decode({d})"
            return
        if model._checked and bare not in names:
            names[bare] = _bare(model)
        usual = [entry for entry in model.__fields__ if not entry.sparse and not entry.rare]
        sparse = [entry for entry in model.__fields__ if entry.sparse]
        rare = [entry for entry in model.__fields__ if entry.rare]
        nested = [entry for entry in usual if entry.model_name is not None]
        yield "try:"
        yield f"    {o} = {bare}()" if model._checked else f"    {o} = new({name})"
        for entry in usual:
            if entry not in nested:
                yield from _indented(self._value(entry, level))
        for entry in nested[1:]:  # a missing one shows before a nested one is changed
            yield f"    {_at(entry.name, level)} = {d}[{entry.key!r}]"
        for entry in nested:
            taken = _at(entry.name, level) if entry is not nested[0] else None
            yield from _indented(self._value(entry, level, taken))
        for entry in sparse:
            yield from _indented(self._value(entry, level))
        more = f"len({d}) != {len(usual)}" if usual else d
        unknown = f"if {more}: keep({name}, {o}, {d})"
        if rare:
            yield f"    if {more}:"
            for entry in rare:
                yield from _indented(_indented(self._value(entry, level)))
            yield f"        {unknown}"
            yield f"    else: {' = '.join(f'{o}.{entry.name}' for entry in rare)} = None"
        else:
            yield f"    {unknown}"
        if model._checked:
            yield f"    {o}.__class__ = {name}"
        yield "except (AttributeError, KeyError, TypeError):"
        yield f"    {o} = slowly({name}, {d})"

    def _value(self, entry: Field, level: int, taken: str | None = None) -> Iterator[str]:
        """Lines that set one attribute of ``o{level}``.

        What may be missing is taken out of the dict: what is left in the end is unknown.
        """
        held, target = _at("d", level), f"{_at('o', level)}.{entry.name}"
        optional = entry.sparse or entry.rare
        source = f"{held}.pop({entry.key!r}, None)" if optional else f"{held}[{entry.key!r}]"
        source = taken or source
        model, inner = entry.model, level + 1
        if model is None:
            if entry.usual is not None:
                yield f"v{level} = {source}"
                source = f"{entry.usual!r} if v{level} == {entry.usual!r} else v{level}"
            yield f"{target} = {source}"
            return
        d, o = _at("d", inner), _at("o", inner)
        if entry.many:
            yield f"{target} = v{level} = {source}"
            yield f"if type(v{level}) is list:"
            yield f"    i{level} = 0"
            yield f"    for {d} in v{level}:"
            yield from _indented(_indented(self._object(model, inner)))
            yield f"        v{level}[i{level}] = {o}"
            yield f"        i{level} += 1"
        else:
            yield f"{d} = {source}"
            if optional:
                yield f"if {d} is None: {o} = None"
                yield "else:"
                yield from _indented(self._object(model, inner))
            else:
                yield from self._object(model, inner)
            yield f"{target} = {o}"


def _at(name: str, level: int) -> str:
    return f"{name}{level}" if level else name


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _compiled(
    model: type[Model], name: str, lines: list[str], names: dict[str, object]
) -> Callable[..., Any]:
    source = "\n".join(lines) + "\n"
    filename = f"<{model.__module__}.{model.__qualname__}.{name}>"
    exec(compile(source, filename, "exec"), names)
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    function: Any = names[name]
    function.__qualname__ = f"{model.__qualname__}.{name}"
    function.__module__ = model.__module__
    return function  # type: ignore[no-any-return]


def _bare(model: type[Model]) -> ModelType:
    """The class with nothing between an attribute and its slot: decoding fills objects of it
    and hands them over to the class itself."""
    body = {
        "__slots__": (), "__init__": object.__init__, "__setattr__": object.__setattr__,
        "__module__": model.__module__,
    }  # fmt: skip
    return type.__new__(type(model), f"Bare{model.__name__}", (model,), body)


def _decode_slowly(model: type[Model], data: object) -> object:
    """Decode an object that lacks a usual field; anything but an object is kept as it is."""
    if not isinstance(data, dict):
        return data
    made = model.__new__(model)
    for entry in model.__fields__:
        object.__setattr__(made, entry.name, entry.decode(data.get(entry.key)))
    _keep_the_rest(model, made, data)
    return made


def _keep_the_rest(model: type[Model], made: Model, data: dict[str, object]) -> None:
    """Keep what Zoom does not document at this place, whether the shape has it or not."""
    known, absent = model._keys, model._absent
    rest = {key: value for key, value in data.items() if key not in known}
    for key in absent.keys() & rest.keys():
        rest[key] = absent[key].decode(rest[key])
    if rest:
        object.__setattr__(made, "_additional", rest)
