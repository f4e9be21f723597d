"""TransactGetItems as a client sees it. Texts are recorded answers of AWS, 2026."""

import pytest


@pytest.fixture
def table(make_table, dynamodb):
    name = make_table("pk")
    for letter in "abc":
        dynamodb.put_item(
            TableName=name, Item={"pk": {"S": letter}, "v": {"S": letter}, "w": {"S": letter}}
        )
    return name


@pytest.fixture
def ask(dynamodb):
    """ask((table, key, more), ...): TransactGetItems of them."""

    def call(*gets, **more):
        items = [
            {"Get": {"TableName": table, "Key": key, **rest}}
            for table, key, rest in ((*get, {})[:3] for get in gets)
        ]
        return dynamodb.transact_get_items(TransactItems=items, **more)

    return call


def test_answers_stand_where_the_questions_stood(ask, table):
    answer = ask(
        (table, {"pk": {"S": "b"}}, {"ProjectionExpression": "v"}),
        (table, {"pk": {"S": "none"}}),
        (table, {"pk": {"S": "a"}}),
    )
    assert answer["Responses"] == [
        {"Item": {"v": {"S": "b"}}},
        {},
        {"Item": {"pk": {"S": "a"}, "v": {"S": "a"}, "w": {"S": "a"}}},
    ]


def test_capacity_is_two_units_for_each_item_also_a_missing_one(ask, table):
    """Recorded, mid-2026."""
    answer = ask(
        (table, {"pk": {"S": "a"}}),
        (table, {"pk": {"S": "none"}}),
        ReturnConsumedCapacity="INDEXES",
    )
    units = {"CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}
    assert answer["ConsumedCapacity"] == [{"TableName": table, **units, "Table": units}]


def test_one_item_is_asked_for_once(ask, table, invalid):
    key = {"pk": {"S": "a"}}
    text = invalid(lambda: ask((table, key), (table, key)))
    assert text == "Transaction request cannot include multiple operations on one item"


def test_a_key_that_does_not_fit_is_the_reason_of_its_get(dynamodb, ask, table):
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        ask((table, {"pk": {"S": "a"}}), (table, {"pk": {"N": "1"}}))
    answer = caught.value.response
    assert answer["Error"]["Message"] == (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        "[None, ValidationError]"
    )
    assert answer["CancellationReasons"] == [
        {"Code": "None"},
        {
            "Code": "ValidationError",
            "Message": "The provided key element does not match the schema",
        },
    ]


@pytest.mark.parametrize(
    ("key", "more", "text"),
    [
        (
            {"pk": {"S": ""}},
            {},
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk",
        ),
        (
            {"pk": {"S": "a"}},
            {"ProjectionExpression": "!!!"},
            'Invalid ProjectionExpression: Syntax error; token: "!", near: "!!"',
        ),
    ],
    ids=["empty", "syntax"],
)
def test_faults_of_the_request_are_told_at_the_top(ask, table, invalid, key, more, text):
    assert invalid(lambda: ask((table, key, more))) == text


def test_one_missing_table_fails_the_transaction(ask, table, refusal):
    key = {"pk": {"S": "a"}}
    answer = refusal(lambda: ask((table, key), ("no-such-table", key)))
    assert answer == ("ResourceNotFoundException", "Requested resource not found")


@pytest.mark.parametrize(("count", "bound"), [(0, "greater than or equal to 1"), (101, "less")])
def test_one_to_100_gets(bare, table, invalid, count, bound):
    gets = [{"Get": {"TableName": table, "Key": {"pk": {"S": str(n)}}}} for n in range(count)]
    text = invalid(bare.transact_get_items, TransactItems=gets)
    assert f"at 'transactItems' failed to satisfy constraint: Member must have length {bound}" in (
        text
    )
