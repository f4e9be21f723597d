"""What TransactGetItems and TransactWriteItems share: keys, doubles and sizes of their items.

A fault is told in one of two ways (recorded). What can be seen in the request alone, and an empty
key value, refuses the request as a whole. A key that does not fit the schema is met while the
transaction runs, and becomes the ValidationError reason of its action.
"""

from collections.abc import Iterable

from headwater.errors import Validation
from headwater.limits import TRANSACTION_BYTES_MAX
from headwater.tables.keys import Key, check_not_empty, key_of_item, key_of_request
from headwater.tables.schema import Table
from headwater.values.size import Item


def located(table: Table, item: Item, *, is_whole: bool) -> Key | Validation:
    """The key of an action's item, or the fault that becomes its reason.

    is_whole  True for an item that is to be put, False for a key
    Raises Validation for an empty key value.
    """
    for name in table.key_names:
        value = item.get(name)
        if value is not None:
            check_not_empty(name, value)
    try:
        return key_of_item(table, item) if is_whole else key_of_request(table, item)
    except Validation as fault:
        return fault


def check_once(keys: Iterable[Key | Validation]) -> None:
    """Raises Validation if two actions mean one item."""
    seen: set[bytes] = set()
    for key in keys:
        if isinstance(key, Validation):
            continue
        if key.data in seen:
            raise Validation("Transaction request cannot include multiple operations on one item")
        seen.add(key.data)


def check_total(sizes: Iterable[int]) -> None:
    """Raises Validation if the items of a transaction come to more than 4 MB."""
    if sum(sizes) > TRANSACTION_BYTES_MAX:
        # AWS's own words are not on record, only that it is a ValidationException.
        raise Validation("The aggregate size of the items in the transaction cannot exceed 4 MB")
