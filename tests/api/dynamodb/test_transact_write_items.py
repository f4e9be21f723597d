"""TransactWriteItems as a client sees it. Texts and reasons are recorded answers of AWS, 2026."""

import uuid

import pytest

OMP = "One or more parameter values were invalid: "
CANCELLED = "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]"
NONE = {"Code": "None"}
FAILED = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}


def key(name):
    return {"pk": {"S": name}}


@pytest.fixture
def table(make_table):
    return make_table("pk", indexes={"glo": "x"})


@pytest.fixture
def act(dynamodb, table):
    """act(("Put", name, more), ...): a transaction on the table."""

    def call(*actions, **more):
        items = []
        for kind, name, *rest in actions:
            request = dict(rest[0]) if rest else {}
            if kind == "Put":
                request["Item"] = {**key(name), **request.pop("item", {})}
            else:
                request["Key"] = key(name)
            items.append({kind: {"TableName": table, **request}})
        return dynamodb.transact_write_items(TransactItems=items, **more)

    return call


@pytest.fixture
def items(dynamodb, table):
    """items(): all items by partition key."""
    pages = dynamodb.get_paginator("scan")
    return lambda: {
        item["pk"]["S"]: item
        for page in pages.paginate(TableName=table, ConsistentRead=True)
        for item in page["Items"]
    }


@pytest.fixture
def reasons(dynamodb, act):
    """reasons(*actions): why a transaction is cancelled, one reason for each action."""

    def call(*actions):
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
            act(*actions)
        answer = caught.value.response
        codes = ", ".join(reason["Code"] for reason in answer["CancellationReasons"])
        assert answer["Error"]["Message"] == CANCELLED.format(codes)
        return answer["CancellationReasons"]

    return call


@pytest.fixture
def token():
    """A ClientRequestToken that no other run has used."""
    return uuid.uuid4().hex


SET_N = {
    "UpdateExpression": "SET n = :n",
    "ExpressionAttributeValues": {":n": {"N": "1"}},
}


def test_all_actions_happen(dynamodb, table, act, items):
    for name in ("old", "checked"):
        dynamodb.put_item(TableName=table, Item=key(name))
    answer = act(
        ("Put", "new"),
        ("Update", "changed", SET_N),
        ("Delete", "old"),
        ("ConditionCheck", "checked", {"ConditionExpression": "attribute_exists(pk)"}),
    )
    assert answer.keys() == {"ResponseMetadata"}
    changed = {**key("changed"), "n": {"N": "1"}}
    assert items() == {"new": key("new"), "changed": changed, "checked": key("checked")}


def test_or_none_does_and_every_action_has_a_reason(dynamodb, table, act, items, reasons):
    dynamodb.put_item(TableName=table, Item={**key("there"), "n": {"N": "7"}})
    absent = {"ConditionExpression": "attribute_not_exists(pk)"}
    told = reasons(
        ("Put", "new", absent),
        ("Delete", "there", absent),
        ("Update", "other", {**SET_N, **absent}),
        ("ConditionCheck", "none", {"ConditionExpression": "attribute_exists(pk)"}),
    )
    assert told == [NONE, FAILED, NONE, FAILED]
    assert items() == {"there": {**key("there"), "n": {"N": "7"}}}


def test_a_reason_shows_the_item_if_asked(dynamodb, table, reasons):
    item = {**key("there"), "n": {"N": "7"}}
    dynamodb.put_item(TableName=table, Item=item)
    absent = {
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    assert reasons(("Put", "there", absent)) == [{**FAILED, "Item": item}]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (("Put", "a", {"item": {"x": {"N": "1"}}}), OMP + "Type mismatch for Index Key x "
         "Expected: S Actual: N IndexName: glo"),
        (("Put", "a", {"item": {"pk": {"N": "1"}}}), OMP + "Type mismatch for key pk expected: S "
         "actual: N"),
        (("Update", "a", {**SET_N, "UpdateExpression": "SET pk = :n"}), OMP + "Cannot update "
         "attribute pk. This attribute is part of the key"),
        (("Update", "a", {**SET_N, "UpdateExpression": "SET n = n + :n"}), "The provided "
         "expression refers to an attribute that does not exist in the item"),
        (("Update", "a", {**SET_N, "ExpressionAttributeValues": {":n": {"S": "x" * 409_600}}}),
         "Item size to update has exceeded the maximum allowed size"),
    ],
    ids=["index-type", "key-type", "key-update", "absent", "size"],
)  # fmt: skip
def test_faults_met_while_it_runs_are_reasons(reasons, items, action, message):
    told = reasons(("Put", "good"), action)
    assert told == [NONE, {"Code": "ValidationError", "Message": message}]
    assert items() == {}


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (("Put", ""), "One or more parameter values are not valid. The AttributeValue for a key "
         "attribute cannot contain an empty string value. Key: pk"),
        (("Put", "a", {"item": {"x": {"S": ""}}}), "One or more parameter values are not valid. A "
         "value specified for a secondary index key is not supported. The AttributeValue for a key "
         "attribute cannot contain an empty string value. IndexName: glo, IndexKey: x"),
        (("Put", "a", {"item": {"v": {"S": "x" * 409_600}}}), "Item size has exceeded the maximum "
         "allowed size"),
        (("Put", "a", {"item": {"s": {"SS": []}}}), OMP + "An string set  may not be empty"),
        (("Put", "a", {"ConditionExpression": "a b"}), "Invalid ConditionExpression: Syntax "
         'error; token: "b", near: "a b"'),
        (("Update", "a", {"UpdateExpression": "SET n = :n"}), "Invalid UpdateExpression: An "
         "expression attribute value used in expression is not defined; attribute value: :n"),
        (("Delete", "a", {"ExpressionAttributeNames": {"#a": "a"}}), "ExpressionAttributeNames "
         "can only be specified when using expressions"),
        (("Put", "good"), "Transaction request cannot include multiple operations on one item"),
    ],
    ids=["empty", "index-empty", "size", "set", "syntax", "undefined", "stray", "twice"],
)  # fmt: skip
def test_faults_of_the_request_are_told_at_the_top(act, invalid, items, action, text):
    assert invalid(lambda: act(("Put", "good"), action)) == text
    assert items() == {}


def test_one_missing_table_fails_the_transaction(dynamodb, table, refusal, items):
    actions = [{"Put": {"TableName": name, "Item": key("a")}} for name in (table, "no-such-table")]
    answer = refusal(dynamodb.transact_write_items, TransactItems=actions)
    assert answer == ("ResourceNotFoundException", "Requested resource not found")
    assert items() == {}


@pytest.mark.parametrize("entry", [{}, {"Put": {}, "Delete": {}}])
def test_an_entry_is_one_action(dynamodb, table, invalid, entry):
    filled = {
        kind: {"TableName": table, "Item" if kind == "Put" else "Key": key("a")} for kind in entry
    }
    assert invalid(dynamodb.transact_write_items, TransactItems=[filled]) == (
        "TransactItems can only contain one of Check, Put, Update or Delete"
    )


@pytest.mark.parametrize(("count", "bound"), [(0, "greater than or equal to 1"), (101, "less")])
def test_one_to_100_actions(bare, table, invalid, count, bound):
    puts = [{"Put": {"TableName": table, "Item": key(str(number))}} for number in range(count)]
    text = invalid(bare.transact_write_items, TransactItems=puts)
    assert f"at 'transactItems' failed to satisfy constraint: Member must have length {bound}" in (
        text
    )


def test_at_most_4_mb(act, invalid, items):
    """Source: AWS, "TransactWriteItems"; its words for it are not on record."""
    big = {"item": {"v": {"S": "x" * 400_000}}}
    act(*(("Put", f"a{number}", big) for number in range(10)))
    invalid(lambda: act(*(("Put", f"b{number}", big) for number in range(11))))
    assert len(items()) == 10


def test_capacity_doubles_on_the_table_alone(dynamodb, table, act):
    """Recorded. Put 1 KB and a bit: 2 * 2; a check of a missing item: 2; an index entry: 2."""
    answer = act(
        ("Put", "a", {"item": {"x": {"S": "1"}, "v": {"S": "x" * 1024}}}),
        ("ConditionCheck", "none", {"ConditionExpression": "attribute_not_exists(pk)"}),
        ReturnConsumedCapacity="INDEXES",
    )
    assert answer["ConsumedCapacity"] == [
        {
            "TableName": table,
            "CapacityUnits": 8.0,
            "WriteCapacityUnits": 8.0,
            "Table": {"CapacityUnits": 6.0, "WriteCapacityUnits": 6.0},
            "GlobalSecondaryIndexes": {"glo": {"CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}},
        }
    ]


COUNT = {
    "UpdateExpression": "ADD n :n",
    "ExpressionAttributeValues": {":n": {"N": "1"}},
}


def test_a_token_makes_a_request_happen_once_and_the_replay_a_read(act, items, token):
    """Recorded: the replay is charged as a transactional read of what was written, 4 KB a unit."""
    put = ("Put", "big", {"item": {"v": {"S": "x" * 1500}}})
    ask = {"ClientRequestToken": token, "ReturnConsumedCapacity": "TOTAL"}
    first = act(("Update", "a", COUNT), put, **ask)["ConsumedCapacity"][0]
    again = act(("Update", "a", COUNT), put, **ask)["ConsumedCapacity"][0]
    assert items()["a"]["n"] == {"N": "1"}
    assert (first["CapacityUnits"], first["WriteCapacityUnits"]) == (6.0, 6.0)
    assert (again["CapacityUnits"], again["ReadCapacityUnits"]) == (4.0, 4.0)
    act(("Update", "a", COUNT), ClientRequestToken=token[:-1])
    assert items()["a"]["n"] == {"N": "2"}


def test_a_token_belongs_to_one_content(act, refusal, items, token):
    act(("Update", "a", COUNT), ClientRequestToken=token)
    code, _ = refusal(lambda: act(("Update", "b", COUNT), ClientRequestToken=token))
    assert code == "IdempotentParameterMismatchException"
    assert items().keys() == {"a"}


def test_a_cancelled_request_may_come_again_under_its_token(dynamodb, act, items, token):
    put = ("Put", "a", {"ConditionExpression": "attribute_exists(pk)"})
    for _ in range(2):
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
            act(put, ClientRequestToken=token)
    assert items() == {}


def test_collection_metrics_are_told_by_table(dynamodb, make_table):
    table = make_table("pk", "sk", local={"loc": "x"})
    puts = [
        {"Put": {"TableName": table, "Item": {"pk": {"S": "a"}, "sk": {"S": sk}}}} for sk in "12"
    ]
    answer = dynamodb.transact_write_items(TransactItems=puts, ReturnItemCollectionMetrics="SIZE")
    assert answer["ItemCollectionMetrics"] == {
        table: [{"ItemCollectionKey": {"pk": {"S": "a"}}, "SizeEstimateRangeGB": [0.0, 1.0]}]
    }
