"""The base class of every model, and its metaclass.

The metaclass turns each declared field into a slot of the class, which saves memory.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

from swagger_client._security.frames import hide_locals

from ._field import Declaration, Field, WrongKind, absent, field

__all__ = ["Field", "Model", "absent", "field"]


class _Compiled:
    """A method whose code is generated and compiled when it is first used."""

    __slots__ = ("generator", "name", "owner")

    def __init__(self, generator: str) -> None:
        self.generator = generator

    def __set_name__(self, owner: ModelType, name: str) -> None:
        self.owner, self.name = owner, name

    def __get__(self, instance: object, cls: type | None = None) -> object:
        from . import _compile

        made = getattr(_compile, self.generator)(self.owner)
        setattr(self.owner, self.name, made)
        return made.__get__(instance, cls)


class _Absent:
    """A descriptor for an inherited field that Zoom does not document for this model.

    If Zoom sends the field anyway, the attribute returns the value in ``additional_properties``.
    """

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
    """The metaclass of models. It creates a slot for each field that a class declares."""

    def __new__(
        metacls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]
    ) -> ModelType:
        fields: dict[str, Field] = {}
        for base in reversed(bases):
            fields.update(getattr(base, "_all_fields", {}))
        slots = []
        for attribute, annotation in namespace.get("__annotations__", {}).items():
            declared = namespace.get(attribute)
            if isinstance(declared, Declaration):
                del namespace[attribute]
                inherited = fields.get(attribute)
                entry = declared.build(attribute, annotation, namespace["__module__"], inherited)
                fields[attribute] = entry
                if entry.absent:
                    namespace[attribute] = _Absent(entry.key)
                elif inherited is None or inherited.absent:
                    slots.append(attribute)
        here = tuple(entry for entry in fields.values() if not entry.absent)
        # A dict, so that help() and inspect.getdoc() show the descriptions.
        namespace["__slots__"] = {
            **dict.fromkeys(namespace.get("__slots__", ())),
            **{name: fields[name].doc for name in slots},
        }
        namespace["_all_fields"] = fields
        checked = {
            entry.name: entry for entry in fields.values() if entry.accepted or entry.required
        }
        namespace["_checked"] = checked
        # A __setattr__ written in Python is slow, so only classes with checks have one.
        namespace["__setattr__"] = _set_checked if checked else object.__setattr__
        namespace["__fields__"] = here
        namespace["_absent"] = {entry.key: entry for entry in fields.values() if entry.absent}
        # attrgetter returns a tuple only for two or more names, so add two.
        names = [entry.name for entry in here]
        namespace["_values"] = attrgetter(*names, "discriminator", "discriminator")
        namespace["swagger_types"] = {entry.name: entry.swagger_type for entry in here}
        namespace["attribute_map"] = {entry.name: entry.key for entry in here}
        namespace.setdefault("__init__", _Compiled("constructor"))
        namespace["_decode"] = _Compiled("decoder")
        return super().__new__(metacls, name, bases, namespace)


class Model(metaclass=ModelType):
    """The base class of the objects in Zoom's responses.

    A model never rejects a value that Zoom sends. Unknown values and null are kept. A missing field
    is None, even if its type hint says otherwise. Fields that this package does not know are in
    ``additional_properties``. If a value has another type than documented, the attribute has the
    value from the JSON, for example a number instead of text. A number that a Python float cannot
    represent, such as ``1e400``, becomes text. If a field does not contain the list or object that
    it must contain, API calls raise a DecodeException, while :meth:`from_dict` keeps the value.

    If your own code creates a model or sets an attribute, the values are validated as in the models
    that swagger-codegen generates.
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
        _values: ClassVar[attrgetter[tuple[Any, ...]]]

        @staticmethod
        def _decode(data: object, wrong_kind: WrongKind | None = None) -> Any:
            """Convert a JSON object to a model of this class; return any other value unchanged.

            The dict is changed: the model's fields are removed from it, and the model contains
            its lists. ``print(inspect.getsource(SmsMessage._decode))`` shows the generated code.
            """

    @classmethod
    @hide_locals
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Convert a JSON object in Zoom's form to a model, without rejecting any value.

        :param data: the dict that ``json.loads`` returned; it is not changed
        :returns: the model; nested objects become models too
        :raises TypeError: if ``data`` is not a dict.
        """
        if not isinstance(data, dict):
            raise TypeError(f"{cls.__name__}.from_dict takes a dict, not {type(data).__name__}")
        return cls._decode(_copied(data))  # type: ignore[no-any-return]

    @property
    def additional_properties(self) -> dict[str, Any]:
        """The fields that Zoom sent but this package does not know, by their names in JSON."""
        found = getattr(self, "_additional", None)
        if found is None:
            found = {}
            object.__setattr__(self, "_additional", found)
        return found

    def to_dict(self, *, secrets: bool = True) -> dict[str, Any]:
        """Return the model as a dict of plain values, with attribute names as keys.

        Nested models become dicts. Fields that this package does not know come last, with their
        names in JSON. A ``download_url`` contains a credential, so use ``secrets=False`` or
        :meth:`to_str` for logs.

        :param secrets: False omits each ``download_url``, and the queries of other signed URLs
        """
        if not secrets:
            from swagger_client._security.signed_urls import redacted

            plain: dict[str, Any] = redacted(self.to_dict())
            return plain
        made = {
            name: _plain(value)
            for name, value in zip(self.swagger_types, self._values(self), strict=False)
        }
        for key, value in (getattr(self, "_additional", None) or {}).items():
            made.setdefault(key, _copied(_plain(value)))
        return made

    @hide_locals
    def to_row(self) -> dict[str, Any]:
        """Return the model as one flat dict, for a table or a DataFrame.

        A field of a nested object becomes a column such as ``sender_phone_number``. A list becomes
        a column with its length, such as ``to_members_count``, and a column for each field of its
        items, in which the values of all items are joined by ``"; "``. All objects of a class have
        the same columns. Fields that this package does not know are omitted, and so is each
        ``download_url``, because it contains a credential.
        """
        from swagger_client._security.signed_urls import DOWNLOAD, redacted

        from ._rows import row_of

        row: dict[str, Any] = redacted(row_of(type(self), self))
        return {name: value for name, value in row.items() if not name.endswith(DOWNLOAD)}

    @hide_locals
    def to_str(self) -> str:
        """Return the model as text for people and logs.

        Each ``download_url`` is omitted, because it contains a credential. The queries of other
        signed URLs are replaced by ``?<redacted>``.
        """
        from pprint import pformat

        return pformat(self.to_dict(secrets=False))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        from ._pydantic import core_schema_of

        return core_schema_of(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        from ._pydantic import json_schema_of

        return json_schema_of(cls)

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
        # Set values without checks, because they may come from Zoom. Older pickles lack fields.
        for name, value in {**dict.fromkeys(self.swagger_types), **state}.items():
            object.__setattr__(self, name, value)


def _plain(value: Any) -> Any:
    """Convert a model, or the models in a list, to dicts; return other values unchanged."""
    if isinstance(value, list):
        return [item.to_dict() if isinstance(item, Model) else item for item in value]
    return value.to_dict() if isinstance(value, Model) else value


def _copied(value: Any, levels: int = 200) -> Any:
    """Copy nested dicts and lists, but only ``levels`` deep, as deep as the decoder changes."""
    if not levels:
        return value
    if isinstance(value, dict):
        return {key: _copied(item, levels - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_copied(item, levels - 1) for item in value]
    return value
