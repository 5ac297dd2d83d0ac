"""The base of every model: what a class declares, and what all of them can do.

A model is declared by annotations, each with a :func:`field`::

    class SmsOwner(Model):
        id: str | None = field("The owner's id.")
        type: str | None = field("What owns it.", one_of=("user", "callQueue"))

The annotations become slots, so that an object holds its values and nothing else. A subclass
repeats a field only to say what differs at its place in the API: a nested class, the documented
values, or with :func:`absent` that Zoom does not send the field there.
"""

from __future__ import annotations

import sys
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, ClassVar, Literal, Self

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_):
        return lambda cls: cls


class Field:
    """What a model declares about one of its fields.

    :ivar name: the attribute's name
    :ivar key: the name in JSON
    :ivar doc: what it holds, in a sentence or two
    :ivar swagger_type: its type as ``swagger_types`` says it, for example ``list[SmsOwner]``
    :ivar model_name: the nested model's class name, or None
    :ivar many: whether it is a list
    :ivar one_of: the values that Zoom documents at this place, empty when any will do
    :ivar documented_enum: False where Zoom lists them in prose only
    :ivar accepted: the values that a setter accepts: those of the shape, wherever it appears
    :ivar within: documented values of the nested model's fields where this place has its own
    :ivar required: whether Zoom documents it as always there, and setters refuse None
    :ivar nullable: whether null has been seen in answers
    :ivar example: a value as Zoom sends it
    :ivar max_items: the length that a list can have, or None
    :ivar usual: a value so common that all decoded objects share one copy of it, or None
    :ivar sparse: whether answers commonly come without it
    :ivar rare: whether few answers have it
    :ivar absent: whether Zoom does not document it at this place
    """

    __slots__ = (
        "absent", "accepted", "doc", "documented_enum", "example", "key", "many", "max_items",
        "model_name", "module", "name", "nullable", "one_of", "rare", "required", "sparse",
        "swagger_type", "usual", "within",
    )  # fmt: skip

    name: str
    key: str
    doc: str
    swagger_type: str
    model_name: str | None
    module: str
    many: bool
    one_of: tuple[object, ...]
    documented_enum: bool
    accepted: tuple[object, ...]
    within: Mapping[str, tuple[object, ...]]
    required: bool
    nullable: bool
    example: object
    max_items: int | None
    usual: str | None
    sparse: bool
    rare: bool
    absent: bool

    def __repr__(self) -> str:
        return f"<Field {self.name}: {self.swagger_type}>"

    @property
    def model(self) -> type[Model] | None:
        """The nested model's class, or None for a plain value."""
        if self.model_name is None:
            return None
        found: type[Model] = getattr(sys.modules[self.module], self.model_name)
        return found

    def check(self, value: object) -> None:
        """Refuse a value that only a caller's mistake explains, in swagger-codegen's words.

        :raises ValueError: required and None, or not among the accepted values
        """
        if value is None and self.required:
            raise ValueError(f"Invalid value for `{self.name}`, must not be `None`")
        if self.accepted and value not in self.accepted:
            raise ValueError(
                f"Invalid value for `{self.name}` ({value}), must be one of {list(self.accepted)}"
            )

    def decode(self, value: object) -> object:
        """The value as the model holds it: nested objects as models, all else as it came."""
        model = self.model
        if model is None:
            return value
        if not self.many:
            return model._decode(value)
        return [model._decode(item) for item in value] if isinstance(value, list) else value


class _Declared:
    """What one ``field()`` says; it becomes a Field when its class is made."""

    __slots__ = ("said",)

    def __init__(self, said: dict[str, object]) -> None:
        self.said = said

    def build(self, name: str, annotation: str, module: str, inherited: Field | None) -> Field:
        made = Field()
        if inherited is None:
            made.key, made.doc, made.example, made.max_items = name, "", None, None
            made.one_of, made.accepted, made.usual = (), (), None
            made.within, made.documented_enum = {}, True
            made.required = made.nullable = made.sparse = made.rare = False
        else:
            for slot in Field.__slots__:
                setattr(made, slot, getattr(inherited, slot))
        text = annotation.removesuffix(" | None")
        inner = text.removesuffix("]").removeprefix("list[").removeprefix("Sequence[")
        made.name, made.module, made.absent = name, module, False
        made.many = inner != text
        made.swagger_type = f"list[{inner}]" if made.many else inner
        made.model_name = inner if inner[0].isupper() else None
        for slot, value in self.said.items():
            setattr(made, slot, value)
        if inherited is None and made.documented_enum:
            made.accepted += made.one_of
        return made


def field(
    doc: str | None = None,
    *,
    key: str | None = None,
    one_of: tuple[object, ...] | None = None,
    documented_enum: bool | None = None,
    also: tuple[object, ...] | None = None,
    within: Mapping[str, tuple[object, ...]] | None = None,
    required: bool | None = None,
    nullable: bool | None = None,
    example: object = None,
    max_items: int | None = None,
    usual: str | None = None,
    sparse: bool | None = None,
    rare: bool | None = None,
) -> Any:
    """Declare a field; what is not said is inherited from the same field of the base class.

    :param doc: what it holds
    :param key: its name in JSON, when that is not the attribute's
    :param one_of: the values documented at this place. The first declaration also says what
        setters accept: a place may document fewer values, but never accepts fewer.
    :param documented_enum: False where Zoom lists them in prose only; setters then accept any
    :param also: values that setters accept beside the documented ones
    :param within: documented values of the nested model's fields, by name, when this place
        documents others than the nested class
    :param required: setters and constructors refuse None
    :param nullable: null has been seen in answers
    :param example: a value as Zoom sends it
    :param max_items: the length that a list can have
    :param usual: a value so common that decoded objects shall share one copy of it
    :param sparse: answers commonly come without it, and decoding expects that
    :param rare: few answers have it: decoding looks for it where there is more than usual
    :returns: a declaration that the class replaces by a slot
    """
    said = {
        "doc": doc, "key": key, "one_of": one_of, "documented_enum": documented_enum,
        "accepted": also, "within": within, "required": required, "nullable": nullable,
        "example": example, "max_items": max_items, "usual": usual,
        "sparse": sparse, "rare": rare,
    }  # fmt: skip
    return _Declared({slot: value for slot, value in said.items() if value is not None})


def absent(doc: str | None = None, *, init: Literal[False] = False) -> Any:
    """Declare that the shape has a field that Zoom does not send at this place.

    It reads as None and is no parameter of the constructor. Should Zoom send it one day, it is an
    additional property that the attribute shows.

    :param doc: what it holds, where the shape itself lacks it
    :param init: for type checkers, which then leave it out of the constructor too
    :returns: a declaration that the class replaces
    """
    return _Declared({"absent": True} if doc is None else {"absent": True, "doc": doc})


class _Compiled:
    """A function of a class that is compiled when it is first asked for."""

    __slots__ = ("emitter", "name", "owner")

    def __init__(self, emitter: str) -> None:
        self.emitter = emitter

    def __set_name__(self, owner: ModelType, name: str) -> None:
        self.owner, self.name = owner, name

    def __get__(self, instance: object, cls: type | None = None) -> object:
        from . import _compile

        made = getattr(_compile, self.emitter)(self.owner)
        setattr(self.owner, self.name, made)
        return made.__get__(instance, cls)


class _Absent:
    """A field of the shape that Zoom does not document at this place: an additional property
    that can be read and set as an attribute."""

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        self.key = key

    def __get__(self, instance: Model | None, cls: type | None = None) -> object:
        if instance is None:
            return self
        return (getattr(instance, "_additional", None) or {}).get(self.key)

    def __set__(self, instance: Model, value: object) -> None:
        instance.additional_properties[self.key] = value


def _set_checked(self: Model, name: str, value: object) -> None:
    checked = self._checked.get(name)
    if checked is not None:
        checked.check(value)
    object.__setattr__(self, name, value)


@dataclass_transform(eq_default=False, field_specifiers=(absent,))
class ModelType(type):
    """Makes a model of a class body: its fields, its slots, its swagger tables."""

    def __new__(
        metacls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]
    ) -> ModelType:
        fields: dict[str, Field] = {}
        for base in reversed(bases):
            fields.update(getattr(base, "_all_fields", {}))
        slots = []
        for attribute, annotation in namespace.get("__annotations__", {}).items():
            declared = namespace.get(attribute)
            if isinstance(declared, _Declared):
                del namespace[attribute]
                inherited = fields.get(attribute)
                entry = declared.build(attribute, annotation, namespace["__module__"], inherited)
                fields[attribute] = entry
                if entry.absent:
                    namespace[attribute] = _Absent(entry.key)
                elif inherited is None or inherited.absent:
                    slots.append(attribute)
        here = tuple(entry for entry in fields.values() if not entry.absent)
        # As a dict, so that help() and inspect.getdoc() tell what each holds.
        namespace["__slots__"] = {
            **dict.fromkeys(namespace.get("__slots__", ())),
            **{name: fields[name].doc for name in slots},
        }
        namespace["_all_fields"] = fields
        checked = {
            entry.name: entry for entry in fields.values() if entry.accepted or entry.required
        }
        namespace["_checked"] = checked
        # A class with a __setattr__ of its own has no fast way to set a slot.
        namespace["__setattr__"] = _set_checked if checked else object.__setattr__
        namespace["__fields__"] = here
        namespace["_absent"] = {entry.key: entry for entry in fields.values() if entry.absent}
        names = [entry.name for entry in here]
        # twice one more, so that it gives a tuple however few the fields are
        namespace["_values"] = attrgetter(*names, "discriminator", "discriminator")
        namespace["_keys"] = frozenset(entry.key for entry in here)
        namespace["swagger_types"] = {entry.name: entry.swagger_type for entry in here}
        namespace["attribute_map"] = {entry.name: entry.key for entry in here}
        namespace.setdefault("__init__", _Compiled("constructor"))
        namespace["_decode"] = _Compiled("decoder")
        namespace["_as_dict"] = _Compiled("dict_maker")
        return super().__new__(metacls, name, bases, namespace)


class Model(metaclass=ModelType):
    """What Zoom sent, as an object.

    Values from Zoom are never refused: unknown values, nulls and missing fields (which read as
    None) are kept, and a field that this version does not know is in ``additional_properties``.
    Constructing a model or setting an attribute checks the value as swagger-codegen's models do.
    Fields are typed as answers usually are: one typed without None reads as None all the same when
    Zoom leaves it out.
    """

    __slots__ = ("_additional",)

    discriminator: ClassVar[None] = None
    if TYPE_CHECKING:
        __fields__: ClassVar[tuple[Field, ...]]
        swagger_types: ClassVar[dict[str, str]]
        attribute_map: ClassVar[dict[str, str]]
        _all_fields: ClassVar[dict[str, Field]]
        _checked: ClassVar[dict[str, Field]]
        _absent: ClassVar[dict[str, Field]]
        _keys: ClassVar[frozenset[str]]
        _values: ClassVar[attrgetter[tuple[Any, ...]]]

        def _as_dict(self) -> dict[str, Any]: ...

        @staticmethod
        def _decode(data: object) -> Any:
            """A JSON object to a model of this class; any other value as it is.

            The object is taken over: its lists become the model's. Compiled when first used:
            print(inspect.getsource(SmsMessage._decode)) shows it.
            """

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Make a model of a JSON object as Zoom sent it, without refusing any value.

        :param data: the object, as ``json.loads`` gives it; it is not changed
        :returns: the model, nested objects as models too
        :raises TypeError: it is not a dict
        """
        if not isinstance(data, dict):
            raise TypeError(f"{cls.__name__} is made of a dict, not of {type(data).__name__}")
        return cls._decode(_copied(data))  # type: ignore[no-any-return]

    @property
    def additional_properties(self) -> dict[str, Any]:
        """The fields that Zoom sent and this version does not know, by their JSON names."""
        found = getattr(self, "_additional", None)
        if found is None:
            found = {}
            object.__setattr__(self, "_additional", found)
        return found

    def to_dict(self) -> dict[str, Any]:
        """The model as a dict of plain values, with the attributes' names as keys.

        Nested models become dicts, and unknown fields come last under their JSON names. Values
        are whole, a ``download_url`` with its credential: see :meth:`to_str` for what to log.
        """
        return self._as_dict()  # compiled once per class, as decoding is

    def to_str(self) -> str:
        """The model as text to read or to log.

        The query of a download URL is a credential and is shown as ``?<redacted>``.
        """
        from pprint import pformat

        from ._redact import redacted

        return pformat(redacted(self.to_dict()))

    def __repr__(self) -> str:
        return self.to_str()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.__getstate__() == other.__getstate__()

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = dict(zip(self.swagger_types, self._values(self), strict=False))
        rest = getattr(self, "_additional", None)
        if rest:
            state["_additional"] = dict(rest)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Unchecked, since Zoom may have sent it; an older version's pickle may lack a field.
        for name, value in {**dict.fromkeys(self.swagger_types), **state}.items():
            object.__setattr__(self, name, value)


def _copied(value: Any, levels: int = 200) -> Any:
    """A copy deeper than models nest; what lies deeper still is never changed and can be shared."""
    if not levels:
        return value
    if isinstance(value, dict):
        return {key: _copied(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item, levels - 1) for item in value]
    return value
