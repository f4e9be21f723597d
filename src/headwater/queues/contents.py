"""What a message is made of: its body and attributes, checked, measured and digested.

Pure. Attributes are as on the wire: {"DataType": "Number.int", "StringValue": "7"}, and a
BinaryValue is base64 text. Source: SQS developer guide, "Amazon SQS message metadata" (attributes,
and how their MD5 digest is made) and "message quotas"; texts as AWS answers them.
"""

import re
import struct
from base64 import b64decode
from collections.abc import Iterable, Mapping
from hashlib import md5
from typing import Any, Final

from headwater.errors import InvalidMessageContents, InvalidParameterValue, MissingParameter
from headwater.limits import MESSAGE_ATTRIBUTES_MAX

Attributes = Mapping[str, Mapping[str, Any]]

_ALLOWED: Final = "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF"
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAME: Final = re.compile(r"(?!.*\.\.)(?!\.)[A-Za-z0-9_.-]{1,256}(?<!\.)", re.ASCII)
_RESERVED: Final = ("aws.", "amazon.")
_TYPES: Final = ("String", "Number", "Binary")
_TYPE_LENGTH_MAX: Final = 256
_LENGTH: Final = struct.Struct(">I")
_STRING: Final = b"\x01"
_BINARY: Final = b"\x02"


def check_body(body: str) -> None:
    """Raises MissingParameter for an empty one, InvalidMessageContents."""
    if not body:
        raise MissingParameter("The request must contain the parameter MessageBody.")
    _check_characters(body)


def check_attributes(attributes: Attributes) -> None:
    """Raises InvalidParameterValue or InvalidMessageContents."""
    if len(attributes) > MESSAGE_ATTRIBUTES_MAX:
        raise InvalidParameterValue(
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
            f"[{MESSAGE_ATTRIBUTES_MAX}]."
        )
    for name, attribute in attributes.items():
        if not _NAME.fullmatch(name) or name.lower().startswith(_RESERVED):
            raise InvalidParameterValue(f"Message (user) attribute name '{name}' is invalid.")
        _check_attribute(name, attribute)


def _check_attribute(name: str, attribute: Mapping[str, Any]) -> None:
    kind = attribute["DataType"]
    base = kind.partition(".")[0]
    if base not in _TYPES or len(kind) > _TYPE_LENGTH_MAX:
        raise InvalidParameterValue(
            f"The type of message (user) attribute '{name}' is invalid. You must use only the "
            "following supported type prefixes: Binary, Number, String."
        )
    wanted, other = _members(base)
    if other in attribute or "StringListValues" in attribute or "BinaryListValues" in attribute:
        raise InvalidParameterValue(
            f"Message (user) attribute '{name}' with type '{base}' must use field '{wanted}'."
        )
    value = attribute.get(wanted)
    if not value:
        raise InvalidParameterValue(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{base}'."
        )
    if wanted == "StringValue":
        _check_characters(value)
        if base == "Number" and not _is_number(value):
            raise InvalidParameterValue(
                f"Can't cast the value of message (user) attribute '{name}' to a number."
            )


def _members(base: str) -> tuple[str, str]:
    """The member a type's value is in, and the one it is not in."""
    if base == "Binary":
        return "BinaryValue", "StringValue"
    return "StringValue", "BinaryValue"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_characters(text: str) -> None:
    if (found := _FORBIDDEN.search(text)) is not None:
        raise InvalidMessageContents(
            f"Invalid character '#x{ord(found[0]):X}' was found in the message, the set of "
            f"allowed characters is {_ALLOWED}"
        )


def size_bytes(body: str, attributes: Attributes) -> int:
    """What counts against a queue's MaximumMessageSize: the body, and of each attribute its
    name, type and value."""
    size = len(body) if body.isascii() else len(body.encode())
    for name, attribute in attributes.items():
        size += len(name) + len(attribute["DataType"].encode()) + len(_value(attribute)[1])
    return size


def body_digest(body: str) -> str:
    """MD5OfBody."""
    return md5(body.encode(), usedforsecurity=False).hexdigest()


def attributes_digest(attributes: Attributes) -> str:
    """MD5OfMessageAttributes: of all names, types and values, sorted by name, each with its
    length in front."""
    digest = md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        transport, value = _value(attribute)
        digest.update(_measured(name.encode()))
        digest.update(_measured(attribute["DataType"].encode()))
        digest.update(transport)
        digest.update(_measured(value))
    return digest.hexdigest()


def _value(attribute: Mapping[str, Any]) -> tuple[bytes, bytes]:
    if attribute["DataType"].partition(".")[0] == "Binary":
        return _BINARY, b64decode(attribute["BinaryValue"])
    return _STRING, attribute["StringValue"].encode()


def _measured(data: bytes) -> bytes:
    return _LENGTH.pack(len(data)) + data


def asked_attributes(attributes: Attributes, names: Iterable[str]) -> dict[str, Any]:
    """Those of `attributes` that a receiver asks for: by name, "All", ".*" or "prefix.*"."""
    asked = tuple(names)
    if "All" in asked or ".*" in asked:
        return dict(attributes)
    prefixes = tuple(name[:-2] for name in asked if name.endswith(".*"))
    return {
        name: attribute
        for name, attribute in attributes.items()
        if name in asked or (prefixes and name.startswith(prefixes))
    }
