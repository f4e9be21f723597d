"""What pages of the stage are given, checked: numbers, scopes, tables. Every complaint says what to
send instead."""

from collections.abc import Mapping
from typing import Any

from headwater.arns import DEFAULT_ACCOUNT, Scope
from headwater.errors import OperatorError
from headwater.storage.engine import Transaction
from headwater.tables.catalog import Catalog
from headwater.tables.schema import Table


def whole_number(given: Mapping[str, Any], name: str, default: int) -> int:
    """A number of at least 0 by its name; from a query it comes as text. Raises OperatorError."""
    value = given.get(name, default)
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise OperatorError(f'"{name}" is {value!r}: give a whole number, 0 or more.')
    return value


def scope_of(given: Mapping[str, Any], region: str) -> Scope:
    """account and region of a query or body. region: the node's, where none is given."""
    account = str(given.get("account", DEFAULT_ACCOUNT))
    return Scope(account, str(given.get("region", region)))


def table_name_of(given: Mapping[str, Any]) -> str:
    """Raises OperatorError."""
    name = given.get("table")
    if not isinstance(name, str) or not name:
        raise OperatorError('which table? Give "table".')
    return name


def find_table(tx: Transaction, catalog: Catalog, given: Mapping[str, Any], region: str) -> Table:
    """The table that "table" names. Where neither "account" nor "region" says which of several,
    the one of the usual account and the node's region, or else the only one of that name.

    Raises OperatorError, which names the tables there are.
    """
    name = table_name_of(given)
    scope = scope_of(given, region)
    table = catalog.find(tx, scope, name)
    if table is not None:
        return table
    every = catalog.every(tx)
    found = [one for one in every if one.name == name]
    is_free = "account" not in given and "region" not in given
    if is_free and len(found) == 1:
        return found[0]
    if is_free and found:
        places = ", ".join(f"{one.scope.account}/{one.scope.region}" for one in found)
        raise OperatorError(
            f'there are several tables {name}: {places}. Add "account" and "region".'
        )
    known = ", ".join(sorted({one.name for one in every})) or "none"
    where = "" if is_free else f" in account {scope.account}, region {scope.region}"
    raise OperatorError(f"there is no table {name}{where}. The node has: {known}.")
