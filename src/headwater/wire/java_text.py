"""Values and names as AWS's validator prints them: the manner of Java's toString.

    ["a", "b"]                          [a, b]
    {"k": 1}                            {k=1}
    {"AttributeName": "a"} of a shape   KeySchemaElement(attributeName=a)

This file only prints. Source: recorded answers of AWS.
"""

from typing import Any

from headwater.wire.models import Model, Shape


def lower_camel(name: str) -> str:
    """A member's name as it stands in a path: only its first letter changes.

    >>> lower_camel("TableName"), lower_camel("SSESpecification")
    ('tableName', 'sSESpecification')
    """
    return name[:1].lower() + name[1:]


def java_text(model: Model, shape: Shape, value: Any) -> str:
    """`value`, of `shape`, as AWS prints it between the quotes of a fault."""
    if value is None:
        return "null"
    if shape.kind == "list" and isinstance(value, list):
        element = model.shape(shape.element)
        return "[" + ", ".join(java_text(model, element, entry) for entry in value) + "]"
    if shape.kind == "map" and isinstance(value, dict):
        element = model.shape(shape.element)
        entries = (f"{key}={java_text(model, element, entry)}" for key, entry in value.items())
        return "{" + ", ".join(entries) + "}"
    if shape.kind == "structure" and isinstance(value, dict):
        members = (
            f"{lower_camel(name)}={java_text(model, model.shape(shape.members[name].shape), entry)}"
            for name, entry in value.items()
            if name in shape.members
        )
        return f"{shape.name}({', '.join(members)})"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    return str(value)
