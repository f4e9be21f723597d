"""Items as bytes: canonical JSON, keys sorted at every level.

Equal items have equal bytes and different items different bytes, so "did this write change
anything" is a comparison of bytes, and GetItem without a projection copies what is stored.
"""

import orjson

from headwater.values.size import Item


def encode_item(item: Item) -> bytes:
    """Canonical JSON of a canonical item.

    >>> encode_item({"b": {"N": "1"}, "a": {"S": "x"}})
    b'{"a":{"S":"x"},"b":{"N":"1"}}'
    """
    return orjson.dumps(item, option=orjson.OPT_SORT_KEYS)


def decode_item(data: bytes) -> Item:
    """The item behind bytes that encode_item wrote."""
    item: Item = orjson.loads(data)
    return item
