"""Keys of items: checked against the schema, and turned into the bytes that place them on disk.

Source of the texts: recorded AWS answers, collected in the API's fact sheet; of the sizes: AWS,
developer guide, "Constraints". Values that arrive here are canonical (values/attribute.py).
"""

from collections.abc import Set
from typing import NamedTuple

from headwater.errors import Validation
from headwater.limits import PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX
from headwater.storage.keyspace import key_hash
from headwater.tables.schema import Table
from headwater.values.ordering import encode_key
from headwater.values.size import Item, Value, attribute_size, value_size

_MISMATCH = "The provided key element does not match the schema"
_OMP = "One or more parameter values were invalid: "
_EMPTY_KEY = (
    "One or more parameter values are not valid. The AttributeValue for a key attribute "
    "cannot contain an empty {} value. Key: {}"
)


class Key(NamedTuple):
    """Where one item lies."""

    data: bytes  # its key in storage
    encoded: bytes  # partition key and sort key, without table and hash
    hash: int  # of the partition key
    item: Item  # the key attributes alone
    size: int  # of those, in bytes


def key_of_item(table: Table, item: Item) -> Key:
    """The key of a whole item that is to be put.

    Raises Validation for a missing key attribute, a wrong type, an empty or too long value.
    """
    for name in table.key_names:
        value = item.get(name)
        if value is None:
            raise Validation(f"{_OMP}Missing the key {name} in the item")
        wanted = table.schema.attributes[name]
        if wanted not in value:
            raise Validation(
                f"{_OMP}Type mismatch for key {name} expected: {wanted} actual: {next(iter(value))}"
            )
    return _key(table, item)


def key_of_request(table: Table, key: Item) -> Key:
    """The key of a request that names an item: exactly the key attributes, rightly typed.

    Raises Validation otherwise.
    """
    if len(key) != len(table.key_names):
        raise Validation(_MISMATCH)
    for name in table.key_names:
        value = key.get(name)
        if value is None or table.schema.attributes[name] not in value:
            raise Validation(_MISMATCH)
    return _key(table, key)


def _key(table: Table, source: Item) -> Key:
    """The key within `source`, whose key attributes are there and rightly typed."""
    name = table.hash_name
    value = source[name]
    encoded = encode_key(value)
    # Encodings are at least as long as values, so short ones need no exact measure.
    if len(encoded) > PARTITION_KEY_BYTES_MAX:
        check_hash_size(value)
    if len(encoded) <= _EMPTY_ENCODING_BYTES:
        check_not_empty(name, value)
    placed = key_hash(encoded)
    own: Item = {name: value}
    size = attribute_size(name, value)
    name2 = table.range_name
    if name2 is not None:
        value = source[name2]
        encoded2 = encode_key(value)
        if len(encoded2) > SORT_KEY_BYTES_MAX:
            check_range_size(value)
        if len(encoded2) <= _EMPTY_ENCODING_BYTES:
            check_not_empty(name2, value)
        encoded += encoded2
        own[name2] = value
        size += attribute_size(name2, value)
    return Key(table.prefix + placed + encoded, encoded, int.from_bytes(placed, "big"), own, size)


_EMPTY_ENCODING_BYTES = 3  # type code and end mark: see values/ordering.py


def check_not_empty(name: str, value: Value) -> None:
    """Raises Validation if a key attribute's value is an empty string or binary."""
    if value.get("S") == "":
        raise Validation(_EMPTY_KEY.format("string", name))
    if value.get("B") == "":
        raise Validation(_EMPTY_KEY.format("binary", name))


def check_not_key(table: Table, attributes: Set[str]) -> None:
    """Raises Validation if an update touches a key attribute."""
    for name in table.key_names:
        if name in attributes:
            raise Validation(
                f"{_OMP}Cannot update attribute {name}. This attribute is part of the key"
            )


def check_hash_size(value: Value) -> None:
    """Raises Validation if a partition key's value is too long."""
    if value_size(value) > PARTITION_KEY_BYTES_MAX:
        # AWS's own text lacks the blank before the figure.
        raise Validation(
            f"{_OMP}Size of hashkey has exceeded the maximum size limit "
            f"of{PARTITION_KEY_BYTES_MAX} bytes"
        )


def check_range_size(value: Value) -> None:
    """Raises Validation if a sort key's value is too long."""
    if value_size(value) > SORT_KEY_BYTES_MAX:
        raise Validation(
            f"{_OMP}Aggregated size of all range keys has exceeded the size limit of "
            f"{SORT_KEY_BYTES_MAX} bytes"
        )
