"""What Query and Scan share: which index they read, what of an item they show, how they answer.

A page without filter and projection is answered by joining the stored JSON of its items; only the
last item is decoded, for LastEvaluatedKey. Source of the texts: recorded answers of AWS; of what an
index can give: AWS, developer guide, "Attribute projections".
"""

from collections.abc import Iterable
from typing import NamedTuple

import orjson

from headwater.errors import Validation
from headwater.expressions.condition import Condition, parse_condition
from headwater.expressions.legacy import check_conditional_operator, filter_condition
from headwater.expressions.placeholders import Placeholders
from headwater.expressions.projection import Projection
from headwater.operations.call import Call
from headwater.operations.dynamodb.consumed import Usage, wants_capacity
from headwater.operations.dynamodb.item_params import Params
from headwater.tables import read
from headwater.tables.capacity import read_units
from headwater.tables.keys import key_of_request
from headwater.tables.read import Page, Read
from headwater.tables.schema import CREATING, IndexPlan, Table
from headwater.values.attribute import canonical_item
from headwater.values.codec import decode_item, encode_item
from headwater.values.faults import PREFIX
from headwater.values.size import Item

_OMP = "One or more parameter values were invalid: "
BAD_START = "The provided starting key is invalid"
_PROJECTIONS = ("ProjectionExpression", "AttributesToGet")
_ASPECT = {"COUNT": "only the Count"}


class Shown(NamedTuple):
    """What of the items that are read is counted and shown."""

    filter: Condition | None
    projection: Projection | None
    counts_only: bool

    @property
    def attributes(self) -> set[str]:
        """Top-level attributes that have to be known."""
        names: set[str] = set()
        if self.filter is not None:
            names |= self.filter.attributes
        if self.projection is not None:
            names |= self.projection.attributes
        return names


def check_select(params: Params, *, prefixed_missing: bool = False) -> None:
    """Refuse a Select that contradicts the projection or the index. Raises Validation.

    prefixed_missing  True for Query, which tells a missing projection behind AWS's prefix, as
                      Scan does not (recorded)
    """
    select = params.get("Select")
    given = next((name for name in _PROJECTIONS if name in params), None)
    if select == "SPECIFIC_ATTRIBUTES":
        if given is None:
            text = (
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
                "SPECIFIC_ATTRIBUTES"
            )
            raise Validation(PREFIX + text if prefixed_missing else text)
    elif select is not None and given is not None:
        raise Validation(
            f"Cannot specify the {given} when choosing to get {_ASPECT.get(select, select)}"
        )
    if select == "ALL_PROJECTED_ATTRIBUTES" and "IndexName" not in params:
        raise Validation(
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
        )


def filter_param(params: Params, placeholders: Placeholders, older: str) -> Condition | None:
    """The filter, in either form; None if there is none. older: QueryFilter or ScanFilter."""
    text = params.get("FilterExpression")
    if text is not None:
        return parse_condition(text, placeholders, what="FilterExpression")
    conditions = params.get(older)
    operator = params.get("ConditionalOperator")
    if conditions is None:
        check_conditional_operator(operator, 0)
        return None
    return filter_condition(conditions, operator)


def start_key_param(params: Params) -> Item | None:
    """ExclusiveStartKey, its values checked in form. Raises Validation."""
    given = params.get("ExclusiveStartKey")
    if given is None:
        return None
    try:
        return canonical_item(given)[0]
    except Validation as fault:
        raise Validation(f"{BAD_START}: {fault.message}") from None


def index_param(params: Params, table: Table, shown: Shown) -> IndexPlan | None:
    """The index to read, None for the table itself.

    Raises Validation if there is none of that name, if it is still being filled, or if it cannot
    give what the request asks for.
    """
    name = params.get("IndexName")
    if name is None:
        return None
    plan = table.plan(name)
    if plan is None:
        raise Validation(f"The table does not have the specified index: {name}")
    if plan.index.status == CREATING:
        raise Validation(f"Cannot read from backfilling global secondary index: {name}")
    if plan.index.is_global:
        _check_global(params, plan, shown)
    return plan


def _check_global(params: Params, plan: IndexPlan, shown: Shown) -> None:
    name = plan.index.name
    if params.get("ConsistentRead"):
        raise Validation("Consistent reads are not supported on global secondary indexes")
    if plan.kept is None:
        return
    if params.get("Select") == "ALL_ATTRIBUTES":
        raise Validation(
            f"{_OMP}Select type ALL_ATTRIBUTES is not supported for global secondary index {name} "
            "because its projection type is not ALL"
        )
    if shown.projection is not None and not shown.projection.attributes <= plan.kept:
        missing = _listed(shown.projection.attributes - plan.kept)
        raise Validation(f"{_OMP}Global secondary index {name} does not project {missing}")
    if shown.filter is not None and not shown.filter.attributes <= plan.kept:
        missing = _listed(shown.filter.attributes - plan.kept)
        raise Validation(
            f"{_OMP}Secondary index {name} does not project one or more filter attributes: "
            f"{missing}"
        )


def _listed(names: Iterable[str]) -> str:
    return f"[{', '.join(sorted(names))}]"


def start_key_matches(table: Table, plan: IndexPlan | None, start_key: Item) -> bool:
    """Whether an ExclusiveStartKey has exactly the key attributes of what is read."""
    names = set(table.key_names)
    if plan is not None:
        names.update(plan.index.key_names)
    types = table.schema.attributes
    return start_key.keys() == names and all(types[name] in start_key[name] for name in names)


def start_of(prefix: bytes, table: Table, plan: IndexPlan | None, start_key: Item) -> bytes:
    """The storage key behind which a page begins. start_key: as start_key_matches approves."""
    key = key_of_request(table, {name: start_key[name] for name in table.key_names})
    return read.start_after(prefix, plan, key, start_key)


def page_answer(
    call: Call, table: Table, plan: IndexPlan | None, page: Page, shown: Shown
) -> bytes:
    """The answer of a Query or Scan that has read `page`."""
    params = call.params
    fetched: list[Read] | None = None
    if plan is not None and _needs_table(params, plan, shown):
        fetched = _fetch(call, table, page)
    items = page.items if fetched is None else [one.json for one in fetched]
    count, rows = _shown(items, shown)
    members = [b'"Count":%d,"ScannedCount":%d' % (count, len(page.items))]
    if page.is_cut:
        last = read.last_key(table, plan, page.items[-1])
        members.append(b'"LastEvaluatedKey":' + orjson.dumps(last))
    usage = _usage(table, plan, page, fetched, params.get("ConsistentRead", False))
    call.used = usage.used(is_write=False, items=count)
    mode = wants_capacity(params.get("ReturnConsumedCapacity"))
    if mode is not None:
        members.append(b'"ConsumedCapacity":' + orjson.dumps(usage.shape(mode)))
    others = b",".join(members)
    if shown.counts_only:
        return b"{" + others + b"}"
    return _joined(rows, others)


def _joined(rows: list[bytes], others: bytes) -> bytes:
    """The answer with these items and other members. A page is a megabyte: it is copied once."""
    if not rows:
        return b'{"Items":[],%b}' % others
    parts = rows.copy()
    parts[0] = b'{"Items":[' + parts[0]
    parts[-1] = b"%b],%b}" % (parts[-1], others)
    return b",".join(parts)


def _needs_table(params: Params, plan: IndexPlan, shown: Shown) -> bool:
    """Whether a local index lacks something that is asked for and the table has to give it."""
    if plan.kept is None:
        return False
    return params.get("Select") == "ALL_ATTRIBUTES" or not shown.attributes <= plan.kept


def _fetch(call: Call, table: Table, page: Page) -> list[Read]:
    keys = []
    for entry in page.items:
        item = decode_item(entry)
        keys.append(key_of_request(table, {name: item[name] for name in table.key_names}))
    return read.get_many(call.tx, keys)


def _shown(items: list[bytes], shown: Shown) -> tuple[int, list[bytes]]:
    """How many items pass the filter, and the JSON of what is shown of them."""
    if shown.filter is None and (shown.projection is None or shown.counts_only):
        return len(items), items
    rows = []
    for item_json in items:
        item = decode_item(item_json)
        if shown.filter is not None and not shown.filter.matches(item):
            continue
        if shown.projection is not None:
            item_json = encode_item(shown.projection.project(item))
        rows.append(item_json)
    return len(rows), rows


def _usage(
    table: Table, plan: IndexPlan | None, page: Page, fetched: list[Read] | None, consistent: bool
) -> Usage:
    """Bytes of a page are added up, then rounded; items fetched from the table each by itself."""
    usage = Usage(table)
    units = read_units(page.size, consistent=consistent)
    if plan is None:
        usage.charge(units, {})
        return usage
    extra = sum(read_units(one.size, consistent=consistent) for one in fetched or ())
    usage.charge(float(extra), {plan.index.name: units})
    return usage
