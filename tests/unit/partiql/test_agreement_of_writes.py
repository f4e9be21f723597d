"""Writes by statements against item operations that say the same, and statements of any kind.

The item operations have models and recorded answers of their own (tests/unit/operations and
tests/api).
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.partiql.rig import (
    ITEMS,
    KEYS,
    LEAVES,
    ORDERED,
    VALUES,
    Database,
    as_expression,
    filled,
)

# An update as both languages write it, and its values.
UPDATES = st.sampled_from(
    [
        ("SET v = :a, m.x = :b", "SET v = ?, m.x = ?", [{"S": "é"}, {"N": "1.50"}]),
        ("SET grade = grade + :a", "SET grade = grade + ?", [{"N": "1"}]),
        ("SET grade = grade - v", "SET grade = grade - v", []),
        ("SET colour = :a REMOVE v, l[0]", "SET colour = ? REMOVE v REMOVE l[0]", [{"S": "c"}]),
        ("SET l = list_append(l, :a)", "SET l = LIST_APPEND(l, ?)", [{"L": [{"S": "x"}]}]),
        ("SET l[5] = :a", "SET l[5] = ?", [{"BOOL": True}]),
        ("ADD s :a", "SET s = set_add(s, ?)", [{"SS": ["b", "z"]}]),
        ("DELETE s :a", "SET s = SET_DELETE(s, ?)", [{"SS": ["a"]}]),
        ("SET v = colour", "SET v = colour", []),
        ("REMOVE colour, grade", "REMOVE colour, grade", []),
        ("SET sk = :a", "SET sk = ?", [{"S": "z"}]),
        ("SET colour = :a", "SET colour = ?", [{"N": "1"}]),
    ]
)
WRITES = st.one_of(
    st.tuples(st.just("INSERT"), ITEMS, st.none()),
    st.tuples(st.just("UPDATE"), KEYS, st.tuples(UPDATES, st.none() | LEAVES)),
    st.tuples(st.just("DELETE"), KEYS, st.none() | LEAVES),
)


def by_item(database: Database, kind: str, what: Any, more: Any) -> Any:
    """The write as an item operation."""
    if kind == "INSERT":
        condition = "attribute_not_exists(pk)"
        answer = database.item("PutItem", Item=what, ConditionExpression=condition)
        return "DuplicateItemException" if isinstance(answer, str) else []
    update: Any = more[0] if kind == "UPDATE" else None
    leaf = more[1] if kind == "UPDATE" else more
    expression, _, values = leaf or ("attribute_exists(pk)", "", [])
    condition, named = as_expression(expression, values)
    if kind == "DELETE":
        condition = f"attribute_not_exists(pk) OR ({condition})"
        params = {"Key": what, "ConditionExpression": condition, "ReturnValues": "ALL_OLD"}
        answer = database.item("DeleteItem", **params, **given_values(named))
    else:
        condition = f"attribute_exists(pk) AND ({condition})"
        named.update(zip((":a", ":b"), update[2], strict=False))
        params = {"Key": what, "ConditionExpression": condition, "ReturnValues": "UPDATED_NEW"}
        answer = database.item(
            "UpdateItem", UpdateExpression=update[0], **params, **given_values(named)
        )
    if isinstance(answer, str):
        return answer
    return [answer["Attributes"]] if "Attributes" in answer else []


def given_values(named):
    return {"ExpressionAttributeValues": named} if named else {}


def by_statement(database: Database, kind: str, what: Any, more: Any) -> Any:
    """The same write as a statement."""
    if kind == "INSERT":
        answer = database.statement("INSERT INTO T VALUE ?", {"M": what})
        return answer if isinstance(answer, str) else answer["Items"]
    update: Any = more[0] if kind == "UPDATE" else None
    leaf = more[1] if kind == "UPDATE" else more
    where = "pk = ? AND ? = sk" + (f" AND {leaf[1]}" if leaf else "")
    values = [what["pk"], what["sk"], *(leaf[2] if leaf else [])]
    if kind == "DELETE":
        text = f"DELETE FROM T WHERE {where} RETURNING ALL OLD *"
    else:
        text = f"UPDATE T {update[1]} WHERE {where} RETURNING MODIFIED NEW *"
        values = [*update[2], *values]
    answer = database.statement(text, *values)
    return answer if isinstance(answer, str) else answer["Items"]


@settings(max_examples=150, deadline=None)
@given(st.lists(WRITES, max_size=20))
def test_writes_leave_the_items_and_records_of_the_item_operations(writes):
    one, two = Database(), Database()
    for kind, what, more in writes:
        assert by_statement(one, kind, what, more) == by_item(two, kind, what, more)
    assert one.left() == two.left()


ANY = st.one_of(ORDERED, VALUES, st.sampled_from([{"BOOL": True}, {"L": []}, {"S": ""}]))
PARTS = st.sampled_from(
    [
        *("pk", "sk", "v", "?", "'a'", "1", "-2", "[1, 'a']", "<<1>>", "<<>>", "{'a': ?}", "NULL"),
        *("=", "<>", "<", ">=", "AND", "OR", "NOT", "IN", "BETWEEN", "IS", "MISSING", "(", ")"),
        *("size(v)", "begins_with(v, 'a')", "contains(pk, ?)", "attribute_type(v, 'S')", "+"),
        *("COUNT(*)", "list_append(v, [1])", "set_add(v, <<1>>)", "foo(v)", "v.a[0]"),
    ]
)
FRAMES = st.sampled_from(
    [
        "SELECT * FROM T WHERE pk = 'a' AND {}",
        "SELECT * FROM T WHERE {}",
        "SELECT {} FROM T.glo",
        "SELECT * FROM T WHERE pk = 'a' ORDER BY {}",
        "INSERT INTO T VALUE {{'pk': {}, 'sk': 'a'}}",
        "INSERT INTO T VALUE {}",
        "UPDATE T SET v = {} WHERE pk = 'a' AND sk = 'a'",
        "UPDATE T SET l = <<1>> WHERE pk = 'a' AND sk = 'a' AND {}",
        "DELETE FROM T WHERE pk = 'a' AND sk = {}",
        "EXISTS(SELECT * FROM T WHERE {})",
    ]
)
FILLED = filled([{"pk": {"S": "a"}, "sk": {"S": "a"}, "v": {"N": "1"}, "l": {"L": []}}])


@settings(max_examples=500, deadline=None)
@given(FRAMES, st.lists(PARTS, min_size=1, max_size=9), st.lists(ANY, max_size=12))
def test_whatever_a_statement_says_it_is_done_or_refused(frame, parts, values):
    """Any other exception than AWS's ends the test."""
    text = frame.format(" ".join(parts))
    wanted = text.count("?")
    parameters = (values * wanted)[:wanted] if values else [{"S": "a"}] * wanted
    FILLED.statement(text, *parameters)
