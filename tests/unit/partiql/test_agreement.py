"""Statements against the operations that say the same: what they read, write and record agrees.

Neither side is the authority here; the item operations have models and recorded answers of their
own (tests/unit/operations, tests/api). All of it runs in memory while time stands still.
"""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.partiql.rig import CONDITIONS, TABLES, as_expression, filled

PROJECTIONS = st.sampled_from([None, ["v"], ["pk", "l"], ["m", "s", "grade"]])


def page(answer):
    """What both answers say: items in order, the end of the page, and its cost."""
    if isinstance(answer, str):
        return answer
    return answer["Items"], answer.get("LastEvaluatedKey"), answer["ConsumedCapacity"]


COST = {"ReturnConsumedCapacity": "INDEXES"}


@settings(max_examples=100, deadline=None)
@given(TABLES, CONDITIONS, PROJECTIONS, st.sampled_from([None, 1, 3]), st.booleans())
def test_a_select_without_a_partition_key_is_a_scan(items, condition, columns, limit, indexed):
    expression, where, values = condition
    text, named = as_expression(expression, values)
    more = dict(COST, **({"Limit": limit} if limit else {}))
    scan = {"FilterExpression": text, **more}
    if named:
        scan["ExpressionAttributeValues"] = named
    if columns:
        names = {f"#{number}": name for number, name in enumerate(columns)}
        scan.update(ProjectionExpression=", ".join(names), ExpressionAttributeNames=names)
    if indexed:
        scan["IndexName"] = "glo"
    database = filled(items)
    # NOT NOT keeps what looks like a key from being one.
    statement = (
        f"SELECT {', '.join(columns) if columns else '*'} FROM T{'.glo' if indexed else ''}"
        f" WHERE NOT NOT ({where})"
    )
    assert page(database.statement(statement, *values, **more)) == page(
        database.item("Scan", **scan)
    )


RANGES = [
    ("", "", []),
    (" AND sk > {}", " AND sk > ?", [{"S": "a"}]),
    (" AND {} >= sk", " AND ? >= sk", [{"S": "c"}]),
    (" AND {} <= sk", " AND ? <= sk", [{"S": "b"}]),
    (" AND {} < sk", " AND ? < sk", [{"S": "b"}]),
    (" AND sk BETWEEN {} AND {}", " AND sk BETWEEN ? AND ?", [{"S": "b"}, {"S": "c"}]),
    (" AND begins_with(sk, {})", " AND begins_with(sk, ?)", [{"S": "b"}]),
]
EACH_KEY = [{"pk": {"S": pk}, "sk": {"S": sk}, "v": {"N": "1"}} for pk in "ab" for sk in "abcd"]


def check_query(items, sort, condition, limit, descending):
    """Assert that the statement and the Query answer alike."""
    expression, where, values = condition
    if "pk" in expression:  # Query refuses filters on its keys, statements do not.
        expression, where, values = "attribute_exists(v)", "v IS NOT MISSING", []
    key, key_where, key_values = sort
    all_values = [{"S": "a"}, *key_values, *values]
    marks = key.count("{}") + 1
    text, named = as_expression("pk = {}" + key + "\n" + expression, all_values)
    assert marks == len(key_values) + 1
    key_text, filter_text = text.split("\n")
    more = dict(COST, **({"Limit": limit} if limit else {}))
    database = filled(items)
    query = database.item(
        "Query",
        KeyConditionExpression=key_text,
        FilterExpression=filter_text,
        ExpressionAttributeValues=named,
        ScanIndexForward=not descending,
        **more,
    )
    order = " ORDER BY sk DESC" if descending else ""
    statement = f"SELECT * FROM T WHERE pk = ?{key_where} AND ({where}){order}"
    assert page(database.statement(statement, *all_values, **more)) == page(query)


@pytest.mark.parametrize("sort", RANGES)
def test_every_comparison_of_a_sort_key_reads_as_its_query(sort):
    everything: tuple[str, str, list[object]] = ("attribute_exists(v)", "v IS NOT MISSING", [])
    check_query(EACH_KEY, sort, everything, None, True)


@settings(max_examples=100, deadline=None)
@given(TABLES, st.sampled_from(RANGES), CONDITIONS, st.sampled_from([None, 1, 3]), st.booleans())
def test_a_select_with_a_partition_key_is_a_query(items, sort, condition, limit, descending):
    check_query(items, sort, condition, limit, descending)


@settings(max_examples=40, deadline=None)
@given(TABLES, st.sampled_from(["T", "T.glo", "T.loc"]), st.integers(1, 4))
@example([{"pk": {"S": p}, "sk": {"S": s}} for p in "abc" for s in "abcd"], "T", 1)
def test_pages_joined_are_the_whole(items, target, limit):
    database = filled(items)
    for where in ("", " WHERE pk IN ['a', 'b', 'c']", " WHERE grade > -5"):
        text = f"SELECT * FROM {target}{where}"
        whole = database.statement(text)
        joined: list[object] = []
        more: dict[str, str] = {}
        while True:
            answer = database.statement(text, Limit=limit, **more)
            assert len(answer["Items"]) <= limit
            joined += answer["Items"]
            if "NextToken" not in answer:
                break
            more = {"NextToken": answer["NextToken"]}
        while "NextToken" in whole:
            rest = database.statement(text, NextToken=whole["NextToken"])
            whole = {**rest, "Items": whole["Items"] + rest["Items"]}
        assert joined == whole["Items"]
