"""BatchExecuteStatement as a client sees it. Texts are recorded answers of AWS, 2026."""

import pytest


@pytest.fixture
def table(make_table, dynamodb):
    name = make_table("pk", indexes={"gsi": ("glo",)})
    for letter in "ab":
        item = {"pk": {"S": letter}, "v": {"S": letter}, "glo": {"S": "x"}}
        dynamodb.put_item(TableName=name, Item=item)
    return name


@pytest.fixture
def batch(dynamodb, table):
    """batch("SELECT * FROM T ...", ("... ?", {"S": "a"}), ...): T stands for the table."""

    def call(*statements, **more):
        members = []
        for one in statements:
            text, *parameters = one if isinstance(one, tuple) else (one,)
            member = {"Statement": text.replace(" T", f' "{table}"', 1)}
            if parameters:
                member["Parameters"] = parameters
            members.append(member)
        return dynamodb.batch_execute_statement(Statements=members, **more)

    return call


def test_answers_stand_where_the_statements_stood(batch, table):
    answer = batch(
        "SELECT v FROM T WHERE pk = 'b'",
        ("SELECT * FROM T WHERE pk = ?", {"S": "none"}),
        "SELECT * FROM T WHERE pk = 'a' AND v = 'other'",
    )
    assert answer["Responses"] == [
        {"TableName": table, "Item": {"v": {"S": "b"}}},
        {"TableName": table},
        {"TableName": table},
    ]


def test_each_member_fails_by_itself(batch, dynamodb, table):
    """A member that does not come to its table is answered without the table's name."""
    answer = batch(
        "SLECT * FROM T",
        "INSERT INTO T VALUE {'pk': 'a'}",
        "UPDATE T SET v = 'w' WHERE pk = 'none'",
        "INSERT INTO T VALUE {'pk': 'new'}",
        "UPDATE nowhere SET v = 'w' WHERE pk = 'b'",
        "DELETE FROM T WHERE v = 'a'",
    )
    parse, duplicate, missing, made, nowhere, no_key = answer["Responses"]
    assert parse == {
        "Error": {
            "Code": "ValidationError",
            "Message": "Statement wasn't well formed, can't be processed: "
            "Expected data manipulation",
        }
    }
    assert duplicate == {
        "Error": {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"},
        "TableName": table,
    }
    assert missing == {
        "Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"},
        "TableName": table,
    }
    assert made == {"TableName": table}
    assert nowhere == {
        "Error": {"Code": "ResourceNotFound", "Message": "Requested resource not found"}
    }
    assert no_key["Error"]["Code"] == "ValidationError"
    assert "Item" in dynamodb.get_item(TableName=table, Key={"pk": {"S": "new"}})


def test_a_failed_condition_shows_the_item_it_met(dynamodb, table):
    """AWS, API reference, "BatchStatementError", Item."""
    statement = f"DELETE FROM \"{table}\" WHERE pk = 'a' AND v = 'other'"
    member = {"Statement": statement, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    (response,) = dynamodb.batch_execute_statement(Statements=[member])["Responses"]
    assert response["Error"]["Item"]["v"] == {"S": "a"}
    assert "Item" not in response


def test_returning_is_honoured(batch, table):
    answer = batch(
        "UPDATE T SET v = 'w' WHERE pk = 'a' RETURNING MODIFIED NEW *",
        "UPDATE T REMOVE v WHERE pk = 'b' RETURNING MODIFIED NEW *",
    )
    assert answer["Responses"] == [
        {"TableName": table, "Item": {"v": {"S": "w"}}},
        {"TableName": table},
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM T WHERE v = 'a'",
        "SELECT * FROM T.gsi WHERE glo = 'x'",
        "SELECT * FROM T.gsi WHERE pk = 'a' AND glo = 'x'",
        "SELECT * FROM T WHERE pk IN ['a', 'b']",
    ],
)
def test_a_read_names_the_whole_key(batch, statement):
    (response,) = batch(statement)["Responses"]
    assert response == {
        "Error": {
            "Code": "ValidationError",
            "Message": "Select statements within BatchExecuteStatement must specify the primary "
            "key in the where clause.",
        }
    }


def test_reads_and_writes_do_not_mix(batch, invalid):
    text = invalid(lambda: batch("SELECT * FROM T WHERE pk = 'a'", "DELETE FROM T WHERE pk = 'b'"))
    assert text == "Read and write requests together in the same batch is not supported."


@pytest.mark.parametrize(
    "statements",
    [
        ("SELECT * FROM T WHERE pk = 'a'", "SELECT v FROM T WHERE pk = 'a'"),
        ("DELETE FROM T WHERE pk = 'a'", "INSERT INTO T VALUE {'pk': 'a'}"),
    ],
)
def test_one_item_is_named_once(batch, invalid, statements):
    text = invalid(lambda: batch(*statements))
    assert text == "Provided list of item keys contains duplicates"


def test_consistency_is_each_members_own(dynamodb, table):
    """Half a unit and one unit."""
    members = [
        {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'a'", "ConsistentRead": True},
        {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'b'"},
    ]
    answer = dynamodb.batch_execute_statement(Statements=members, ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 1.5}]


def test_there_are_1_to_25_statements(bare, invalid, table):
    statement = {"Statement": f"SELECT * FROM \"{table}\" WHERE pk = 'a'"}
    few = invalid(lambda: bare.batch_execute_statement(Statements=[]))
    many = invalid(lambda: bare.batch_execute_statement(Statements=[statement] * 26))
    assert "Member must have length greater than or equal to 1" in few
    assert "Member must have length less than or equal to 25" in many
