"""Indexes in statements as a client sees them.

Texts and behaviour are recorded answers of AWS of 2026 unless a test names its page of the
developer guide ("PartiQL - a SQL-compatible query language for Amazon DynamoDB").
"""

import pytest


def test_an_index_gives_what_it_holds_and_keeps(run, indexed):
    cost = {"ReturnConsumedCapacity": "INDEXES"}
    answer = run(f'SELECT * FROM "{indexed}"."inc" WHERE glo2 = \'y\'', **cost)
    assert [sorted(item) for item in answer["Items"]] == [["glo2", "kept", "pk", "sk"]] * 3
    used = answer["ConsumedCapacity"]
    assert used["Table"] == {"CapacityUnits": 0.0}
    assert used["GlobalSecondaryIndexes"] == {"inc": {"CapacityUnits": 0.5}}


def test_a_local_index_fetches_other_columns_but_not_for_a_star(run, indexed):
    cost = {"ReturnConsumedCapacity": "INDEXES"}
    star = run(f'SELECT * FROM "{indexed}"."lsi" WHERE pk = \'p\'', **cost)
    assert [sorted(item) for item in star["Items"]] == [["loc", "pk", "sk"]] * 3
    assert star["ConsumedCapacity"]["Table"] == {"CapacityUnits": 0.0}
    named = run(f'SELECT loose FROM "{indexed}"."lsi" WHERE pk = \'p\'', **cost)
    assert named["Items"] == [{"loose": {"S": f"l{number}"}} for number in "124"]
    # One unit for the page of the index, and half a unit for each of three items.
    assert named["ConsumedCapacity"]["Table"] == {"CapacityUnits": 1.5}


@pytest.mark.parametrize(
    ("index", "where"),
    [
        ("inc", "glo2 = 'y' AND loose = 'l1'"),
        ("inc", "glo2 = 'y' AND loose IS MISSING"),
        ("inc", "glo2 = 'y' AND NOT loose = 'l1'"),
        ("inc", "glo2 IN ['y', 'z'] AND loose = 'l1'"),
        ("lsi", "pk = 'p' AND begins_with(loose, 'l')"),
        ("lsi", "pk = 'p' AND loc BETWEEN 'k1' AND 'k4' AND loose = 'l1'"),
    ],
)
def test_a_keyed_read_cannot_filter_by_what_its_index_lacks(run, invalid, indexed, index, where):
    text = invalid(lambda: run(f'SELECT pk FROM "{indexed}"."{index}" WHERE {where}'))
    assert text == (
        f"One or more parameter values were invalid: Secondary index {index} does not project one "
        "or more filter attributes: [loose]"
    )


@pytest.mark.parametrize(
    ("index", "where", "count"),
    [
        ("inc", "loose = 'l1'", 0),
        ("lsi", "loose = 'l1'", 0),
        ("inc", "NOT loose = 'l1'", 3),
        ("inc", "(glo2 = 'y' AND loose = 'l1') OR glo2 = 'y'", 3),
    ],
)
def test_a_scan_of_an_index_takes_it_for_missing(items, indexed, index, where, count):
    assert len(items(f'SELECT pk FROM "{indexed}"."{index}" WHERE {where}')) == count


@pytest.mark.parametrize(
    ("statement", "more", "text"),
    [
        (
            "SELECT loose FROM {}.\"inc\" WHERE glo2 = 'y'",
            {},
            "One or more parameter values were invalid: Global secondary index inc does not "
            "project [loose]",
        ),
        ('SELECT * FROM {}."none"', {}, "The table does not have the specified index"),
        (
            "SELECT * FROM {}.\"gsi\" WHERE glo = 'x'",
            {"ConsistentRead": True},
            "Strongly consistent read is not supported on Global Secondary Indexes",
        ),
        (
            "UPDATE {}.\"gsi\" SET kept = 'z' WHERE pk = 'p' AND sk = '1'",
            {},
            "This operation is not supported on an index",
        ),
        (
            "DELETE FROM {}.\"gsi\" WHERE pk = 'p' AND sk = '1'",
            {},
            "This operation is not supported on an index",
        ),
        (
            "INSERT INTO {}.\"gsi\" VALUE {{'pk': 'w', 'sk': 'w'}}",
            {},
            "FROM clause may only contain a single table name",
        ),
    ],
)
def test_what_an_index_cannot_do_is_told_in_words_of_its_own(
    run, invalid, indexed, statement, more, text
):
    assert invalid(lambda: run(statement.format(f'"{indexed}"'), **more)) == text


def test_indexes_of_several_key_attributes_are_refused(
    make_table, dynamodb, run, invalid, eventually
):
    """Recorded, October 2026; ahead of what is wrong with columns and conditions."""
    name = make_table("id")
    kinds = {"id": "S", "h1": "S", "h2": "S"}
    dynamodb.update_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": kind} for key, kind in kinds.items()
        ],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "gsi",
                    "KeySchema": [
                        {"AttributeName": "h1", "KeyType": "HASH"},
                        {"AttributeName": "h2", "KeyType": "HASH"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )

    def status():
        described = dynamodb.describe_table(TableName=name)["Table"]
        return described["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"

    eventually(status)
    for columns, where in (("*", "h1 = 'a'"), ("*", "h1 = 5"), ("COUNT(*)", "id = 'i'")):
        text = invalid(lambda c=columns, w=where: run(f'SELECT {c} FROM "{name}"."gsi" WHERE {w}'))
        assert text == (
            "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or "
            "multi-attribute RANGE keys."
        )
