"""ExecuteTransaction as a client sees it. Texts are recorded answers of AWS, 2026."""

import pytest


@pytest.fixture
def table(make_table, dynamodb):
    name = make_table("pk", indexes={"gsi": ("glo",)})
    for letter in "abc":
        item = {"pk": {"S": letter}, "n": {"N": "0"}}
        dynamodb.put_item(TableName=name, Item=item)
    return name


@pytest.fixture
def transact(dynamodb, table):
    """transact("SELECT * FROM T ...", ...): T stands for the table."""

    def call(*statements, **more):
        members = [{"Statement": text.replace(" T", f' "{table}"', 1)} for text in statements]
        return dynamodb.execute_transaction(TransactStatements=members, **more)

    return call


@pytest.fixture
def reasons(dynamodb, transact):
    """reasons(...): why a transaction is cancelled."""

    def call(*statements):
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
            transact(*statements)
        return cancelled.value.response["CancellationReasons"]

    return call


def test_reads_are_answered_in_order(transact):
    answer = transact(
        "SELECT n FROM T WHERE pk = 'b'",
        "SELECT * FROM T WHERE pk = 'none'",
        "SELECT * FROM T WHERE pk = 'c' AND n = 7",
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["Responses"] == [{"Item": {"n": {"N": "0"}}}, {}, {}]
    (used,) = answer["ConsumedCapacity"]
    assert (used["CapacityUnits"], used["ReadCapacityUnits"]) == (6.0, 6.0)


def test_writes_happen_together(transact, dynamodb, table):
    """Two units each; EXISTS is a check and costs as much (guide, "Transactions")."""
    answer = transact(
        "EXISTS(SELECT * FROM T WHERE pk = 'a' AND n = 0)",
        "INSERT INTO T VALUE {'pk': 'new'}",
        "UPDATE T SET n = n + 1 WHERE pk = 'b'",
        "DELETE FROM T WHERE pk = 'c'",
        ReturnConsumedCapacity="TOTAL",
    )
    (used,) = answer["ConsumedCapacity"]
    assert (used["CapacityUnits"], used["WriteCapacityUnits"]) == (8.0, 8.0)
    found = dynamodb.scan(TableName=table)["Items"]
    assert sorted((item["pk"]["S"], item.get("n", {}).get("N")) for item in found) == [
        ("a", "0"),
        ("b", "1"),
        ("new", None),
    ]


def test_one_refusal_cancels_all_and_every_reason_is_told(reasons, dynamodb, table):
    told = reasons(
        "INSERT INTO T VALUE {'pk': 'new'}",
        "INSERT INTO T VALUE {'pk': 'a'}",
        "UPDATE T SET n = 1 WHERE pk = 'none'",
        "EXISTS(SELECT * FROM T WHERE pk = 'b' AND n = 7)",
    )
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    assert told == [
        {"Code": "None"},
        {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
        failed,
        failed,
    ]
    assert "Item" not in dynamodb.get_item(TableName=table, Key={"pk": {"S": "new"}})


def test_exists_is_false_of_a_missing_item(reasons):
    """Guide, "EXISTS function": true if the value is a non-empty collection."""
    (told,) = reasons("EXISTS(SELECT * FROM T WHERE pk = 'none' AND n IS MISSING)")
    assert told["Code"] == "ConditionalCheckFailed"


def test_the_same_token_does_nothing_again(transact, dynamodb, table, refusal):
    """Recorded: a replay costs a transactional read of what was written."""
    statement = "UPDATE T SET n = n + 1 WHERE pk = 'a'"
    token = {"ClientRequestToken": table[-30:], "ReturnConsumedCapacity": "INDEXES"}
    (first,) = transact(statement, **token)["ConsumedCapacity"]
    (again,) = transact(statement, **token)["ConsumedCapacity"]
    assert (first["WriteCapacityUnits"], again["ReadCapacityUnits"]) == (2.0, 2.0)
    assert dynamodb.get_item(TableName=table, Key={"pk": {"S": "a"}})["Item"]["n"] == {"N": "1"}
    code, _ = refusal(lambda: transact(statement + " AND n = 5", **token))
    assert code == "IdempotentParameterMismatchException"


@pytest.mark.parametrize(
    ("statements", "text"),
    [
        (
            ("SELECT * FROM T WHERE pk = 'a'", "DELETE FROM T WHERE pk = 'b'"),
            "ExecuteTransaction API does not support both read and write operations in the same "
            "request.",
        ),
        (
            ("SELECT * FROM T WHERE pk = 'a'", "SELECT n FROM T WHERE pk = 'a'"),
            "Transaction request cannot include multiple operations on one item",
        ),
        (
            ("UPDATE T SET n = 1 WHERE pk = 'a'", "DELETE FROM T WHERE pk = 'a'"),
            "Transaction request cannot include multiple operations on one item",
        ),
        (
            ("UPDATE T SET n = 1 WHERE pk = 'x' RETURNING ALL NEW *",),
            "Validation failed in TransactStatements[0]: RETURNING clause is not supported in "
            "ExecuteTransaction.",
        ),
        (
            ("SELECT * FROM T WHERE pk = 'a'", "SELECT * FROM T.gsi WHERE glo = 'x'"),
            "Validation failed in TransactStatements[1]: Reads on indices are not supported "
            "within transactions.",
        ),
    ],
)
def test_what_no_transaction_does_is_refused_before_it_begins(transact, invalid, statements, text):
    assert invalid(lambda: transact(*statements)) == text


def test_exists_stands_in_transactions_only(dynamodb, invalid, table):
    """Guide, "EXISTS function"; AWS's words are not on record."""
    statement = f"EXISTS(SELECT * FROM \"{table}\" WHERE pk = 'a' AND n = 0)"
    assert invalid(lambda: dynamodb.execute_statement(Statement=statement))


def test_there_are_1_to_100_statements(bare, invalid, table):
    statement = {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'a'"}
    few = invalid(lambda: bare.execute_transaction(TransactStatements=[]))
    many = invalid(lambda: bare.execute_transaction(TransactStatements=[statement] * 101))
    assert "Member must have length greater than or equal to 1" in few
    assert "Member must have length less than or equal to 100" in many
