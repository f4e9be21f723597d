"""In which order Query gives items, and which of them an index has."""


def test_numbers_sort_as_numbers(dynamodb, make_table):
    table = make_table("pk", "n:N")
    numbers = ["-10", "-9.5", "-1", "0", "0.001", "2", "10", "1000000"]
    for number in reversed(numbers):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": "p"}, "n": {"N": number}})
    answer = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "p"}},
    )
    assert [item["n"]["N"] for item in answer["Items"]] == numbers


def test_strings_sort_by_their_utf8_bytes(dynamodb, make_table):
    table = make_table("pk", "sk")
    words = ["", "A", "Z", "a", "é", "\uffee", "\U0001f600"][1:]
    for word in reversed(words):
        dynamodb.put_item(TableName=table, Item={"pk": {"S": "p"}, "sk": {"S": word}})
    answer = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "p"}},
    )
    assert [item["sk"]["S"] for item in answer["Items"]] == words


def test_an_index_key_of_several_attributes(dynamodb, table_name, eventually):
    """Source: AWS, "Multi-attribute keys in global secondary indexes", November 2025."""
    dynamodb.create_table(
        TableName=table_name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("pk", "S"), ("h1", "S"), ("h2", "N"), ("r1", "S"), ("r2", "N"))
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "multi",
                "KeySchema": [
                    {"AttributeName": "h1", "KeyType": "HASH"},
                    {"AttributeName": "h2", "KeyType": "HASH"},
                    {"AttributeName": "r1", "KeyType": "RANGE"},
                    {"AttributeName": "r2", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    eventually(
        lambda: dynamodb.describe_table(TableName=table_name)["Table"]["TableStatus"] == "ACTIVE"
    )
    for number in range(12):
        item = {
            "pk": {"S": str(number)},
            "h1": {"S": "h"},
            "h2": {"N": str(number % 2)},
            "r1": {"S": "ab"[number % 4 // 2]},
            "r2": {"N": str(number)},
        }
        dynamodb.put_item(TableName=table_name, Item=item)

    def ask(condition, **values):
        answer = dynamodb.query(
            TableName=table_name,
            IndexName="multi",
            KeyConditionExpression=condition,
            ExpressionAttributeValues={f":{name}": value for name, value in values.items()},
        )
        return [int(item["pk"]["S"]) for item in answer["Items"]]

    h1, h2 = {"S": "h"}, {"N": "0"}
    assert ask("h1 = :h1 AND h2 = :h2", h1=h1, h2=h2) == [0, 4, 8, 2, 6, 10]
    assert ask("h1 = :h1 AND h2 = :h2 AND r1 = :a", h1=h1, h2=h2, a={"S": "b"}) == [2, 6, 10]
    found = ask(
        "h1 = :h1 AND h2 = :h2 AND r1 = :a AND r2 > :n", h1=h1, h2=h2, a={"S": "b"}, n={"N": "2"}
    )
    assert found == [6, 10]


def test_items_without_the_keys_of_an_index_are_not_in_it(dynamodb, make_table):
    """Source: AWS, "Global secondary indexes": indexes are sparse."""
    table = make_table("pk", "sk", indexes={"glo": ("colour", "rank:N")})
    dynamodb.put_item(
        TableName=table, Item={"pk": {"S": "p"}, "sk": {"S": "x"}, "colour": {"S": "red"}}
    )
    answer = dynamodb.query(
        TableName=table,
        IndexName="glo",
        KeyConditionExpression="colour = :c",
        ExpressionAttributeValues={":c": {"S": "red"}},
    )
    assert answer["Items"] == []
