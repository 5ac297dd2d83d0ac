"""The declaration of a model's fields.

A model declares each field with an annotation and a :func:`field`::

    class SmsOwner(Model):
        id: str | None = field("The owner's id.")
        type: str | None = field("The type of owner.", one_of=("user", "callQueue"))

A subclass inherits the fields of its base class. It repeats a field only to change it: to use
another nested class or other documented values, or to declare with :func:`absent` that Zoom does
not send the field.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Literal

#: A function that is called if a value is not the list or object that its field must contain. It
#: receives the field's name, the expected type, and the value.
WrongKind = Callable[[str, type, object], None]


class Field:
    """The declaration of one field of a model.

    :ivar name: the attribute's name
    :ivar key: the field's name in JSON
    :ivar doc: the description, in a sentence or two
    :ivar swagger_type: the type as in ``swagger_types``, for example ``list[SmsOwner]``
    :ivar model_name: the class name of the nested model, or None
    :ivar many: whether the field is a list
    :ivar one_of: the values that Zoom documents for this model; empty if Zoom lists none
    :ivar documented_enum: False if Zoom lists the values only in prose; setters accept others too
    :ivar accepted: the values that a setter accepts, including those of the base class
    :ivar within: for a field that contains an object: the documented values of the object's fields,
        if they differ from those in its class, such as ``{"type": ("user", "callQueue")}``
    :ivar required: whether Zoom documents the field as always present; setters then reject None
    :ivar nullable: whether null has been seen in responses
    :ivar example: a value such as Zoom sends
    :ivar max_items: the largest length of a list, or None
    :ivar absent: True if Zoom does not document the field for this model
    """

    __slots__ = (
        "absent", "accepted", "doc", "documented_enum", "example", "key", "many", "max_items",
        "model_name", "module", "name", "nullable", "one_of", "required", "swagger_type", "within",
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
    absent: bool

    def __repr__(self) -> str:
        return f"<Field {self.name}: {self.swagger_type}>"

    @property
    def model(self) -> Any:
        """The class of the model that this field contains, or None for a plain value."""
        if self.model_name is None:
            return None
        return getattr(sys.modules[self.module], self.model_name)

    def check(self, value: object) -> None:
        """Raise a ValueError if a caller assigns a value that the field does not accept.

        The error messages are those of the models that swagger-codegen generates.
        """
        if value is None and self.required:
            raise ValueError(f"Invalid value for `{self.name}`, must not be `None`")
        if self.accepted and value not in self.accepted:
            raise ValueError(
                f"Invalid value for `{self.name}` ({value}), must be one of {list(self.accepted)}"
            )

    def decode(self, value: object) -> object:
        """Convert nested JSON objects to models; return any other value unchanged."""
        model = self.model
        if model is None:
            return value
        if not self.many:
            return model._decode(value)
        return [model._decode(item) for item in value] if isinstance(value, list) else value


class Declaration:
    """The arguments of one ``field()``, from which the metaclass creates a :class:`Field`."""

    __slots__ = ("settings",)

    def __init__(self, settings: dict[str, object]) -> None:
        self.settings = settings

    def build(self, name: str, annotation: str, module: str, inherited: Field | None) -> Field:
        """Create the field; settings that are not declared are copied from the inherited field."""
        made = Field()
        if inherited is None:
            made.key, made.doc, made.example, made.max_items = name, "", None, None
            made.one_of, made.accepted = (), ()
            made.within, made.documented_enum = {}, True
            made.required = made.nullable = False
        else:
            for slot in Field.__slots__:
                setattr(made, slot, getattr(inherited, slot))
        text = annotation.removesuffix(" | None")
        inner = text.removesuffix("]").removeprefix("list[").removeprefix("Sequence[")
        made.name, made.module, made.absent = name, module, False
        made.many = inner != text
        made.swagger_type = f"list[{inner}]" if made.many else inner
        made.model_name = inner if inner[0].isupper() else None
        for slot, value in self.settings.items():
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
) -> Any:
    """Declare a field. Omitted arguments are inherited from the same field of the base class.

    The other parameters are the attributes of :class:`Field`.

    :param also: values that setters accept in addition to ``one_of``
    """
    settings = {
        "doc": doc, "key": key, "one_of": one_of, "documented_enum": documented_enum,
        "accepted": also, "within": within, "required": required, "nullable": nullable,
        "example": example, "max_items": max_items,
    }  # fmt: skip
    return Declaration({slot: value for slot, value in settings.items() if value is not None})


def absent(doc: str | None = None, *, init: Literal[False] = False) -> Any:
    """Declare that Zoom does not send a field of the base class in this model.

    The attribute is None, and the constructor has no such parameter. But if Zoom sends the field,
    its value is in ``additional_properties`` and in the attribute.

    :param doc: the description; if None, the one that the base class declares for this field
    :param init: tells type checkers that the constructor has no such parameter; always False
    """
    return Declaration({"absent": True} if doc is None else {"absent": True, "doc": doc})
