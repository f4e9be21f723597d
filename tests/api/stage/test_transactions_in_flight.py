"""Transactions that last, on a clock that stands still: what meets one conflicts with it.

Sources: AWS, developer guide, "Amazon DynamoDB Transactions: How it works", conflict handling and
isolation; API reference, TransactionInProgressException; the reasons' text is recorded.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.headwater("--transaction-time", "2s", clock="virtual")

ONGOING = "Transaction is ongoing for the item"
CONFLICT = {"Code": "TransactionConflict", "Message": ONGOING}


def key(letter):
    return {"pk": {"S": letter}}


def put(letter, n):
    return {"Put": {"TableName": "Orders", "Item": {**key(letter), "n": {"N": str(n)}}}}


def check(letter):
    condition = "attribute_not_exists(gone)"
    return {
        "ConditionCheck": {
            "TableName": "Orders",
            "Key": key(letter),
            "ConditionExpression": condition,
        }
    }


def get(letter):
    return {"Get": {"TableName": "Orders", "Key": key(letter)}}


def error_of(call, **params):
    with pytest.raises(ClientError) as caught:
        call(**params)
    return caught.value.response


class Flight:
    """Lets a transaction last."""

    def __init__(self, headwater, dynamodb, eventually, threads):
        self.clock = headwater.stage.clock
        self.dynamodb = dynamodb
        self.eventually = eventually
        self.threads = threads
        self.begun = None

    def __call__(self, *actions, **more):
        """Begin a transaction, and return when it is in flight; the item `a` is one of its."""
        transact = self.dynamodb.transact_write_items
        self.begun = self.threads.submit(transact, TransactItems=list(actions), **more)
        self.eventually(self._holds, what="a transaction in flight")

    def _holds(self):
        try:
            self.dynamodb.transact_get_items(TransactItems=[get("a")])
        except self.dynamodb.exceptions.TransactionCanceledException:
            return True
        return False

    def land(self):
        """Let it end, well."""
        begun, self.begun = self.begun, None
        if begun is not None:
            self.clock.advance("2s")
            begun.result()


@pytest.fixture
def fly(headwater, dynamodb, table, eventually):
    with ThreadPoolExecutor(1) as threads:
        flight = Flight(headwater, dynamodb, eventually, threads)
        yield flight
        flight.land()


@pytest.mark.parametrize("action", [put("a", 1), check("a")], ids=["put", "check"])
def test_single_writes_of_its_items_conflict_and_others_do_not(fly, dynamodb, action):
    fly(action)
    for call, params in (
        (dynamodb.put_item, {"Item": key("a")}),
        (dynamodb.update_item, {"Key": key("a")}),
        (dynamodb.delete_item, {"Key": key("a")}),
        (dynamodb.put_item, {"Item": key("a"), "ConditionExpression": "attribute_exists(x)"}),
    ):
        error = error_of(call, TableName="Orders", **params)["Error"]
        assert error == {"Code": "TransactionConflictException", "Message": ONGOING}
    dynamodb.put_item(TableName="Orders", Item=key("b"))
    fly.land()
    dynamodb.put_item(TableName="Orders", Item=key("a"))


def test_transactions_that_overlap_are_cancelled_with_their_reasons(fly, dynamodb):
    fly(put("a", 1))
    writes = [put("b", 2), put("a", 2)]
    error = error_of(dynamodb.transact_write_items, TransactItems=writes)
    assert error["Error"]["Code"] == "TransactionCanceledException"
    assert error["CancellationReasons"] == [{"Code": "None"}, CONFLICT]
    assert "[None, TransactionConflict]" in error["Error"]["Message"]
    error = error_of(dynamodb.transact_get_items, TransactItems=[get("a"), get("b")])
    assert error["CancellationReasons"] == [CONFLICT, {"Code": "None"}]
    fly.land()
    answer = dynamodb.transact_get_items(TransactItems=[get("a"), get("b")])
    assert answer["Responses"] == [{"Item": put("a", 1)["Put"]["Item"]}, {}]


def test_plain_reads_see_the_item_as_it_was(fly, dynamodb):
    dynamodb.put_item(TableName="Orders", Item={**key("a"), "n": {"N": "0"}})
    fly(put("a", 1))
    ask = {"TableName": "Orders", "Key": key("a"), "ConsistentRead": True}
    assert dynamodb.get_item(**ask)["Item"]["n"] == {"N": "0"}
    assert dynamodb.scan(TableName="Orders")["Items"][0]["n"] == {"N": "0"}
    statement = """SELECT n FROM "Orders" WHERE pk = 'a'"""
    assert dynamodb.execute_statement(Statement=statement)["Items"] == [{"n": {"N": "0"}}]
    batch = {"Orders": {"Keys": [key("a")]}}
    found = dynamodb.batch_get_item(RequestItems=batch)["Responses"]["Orders"]
    assert found[0]["n"] == {"N": "0"}
    fly.land()
    assert dynamodb.get_item(**ask)["Item"]["n"] == {"N": "1"}


def test_a_batch_leaves_the_held_item_unprocessed(fly, dynamodb):
    fly(put("a", 1))
    requests = [{"PutRequest": {"Item": key("a")}}, {"PutRequest": {"Item": key("b")}}]
    left = dynamodb.batch_write_item(RequestItems={"Orders": requests})["UnprocessedItems"]
    assert left == {"Orders": requests[:1]}
    assert "Item" in dynamodb.get_item(TableName="Orders", Key=key("b"))
    fly.land()
    assert dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"] == {}


def test_statements_conflict_as_the_operations_they_stand_for(fly, dynamodb):
    fly(put("a", 1))
    statement = """UPDATE "Orders" SET n = 5 WHERE pk = 'a'"""
    error = error_of(dynamodb.execute_statement, Statement=statement)["Error"]
    assert error == {"Code": "TransactionConflictException", "Message": ONGOING}
    answer = dynamodb.batch_execute_statement(Statements=[{"Statement": statement}])
    assert answer["Responses"] == [{"Error": CONFLICT, "TableName": "Orders"}]
    error = error_of(dynamodb.execute_transaction, TransactStatements=[{"Statement": statement}])
    assert error["CancellationReasons"] == [CONFLICT]


def test_a_token_in_flight_is_told_to_wait_and_then_has_been_done(fly, dynamodb):
    again = {"TransactItems": [put("a", 1)], "ClientRequestToken": "once"}
    fly(put("a", 1), ClientRequestToken="once")
    error = error_of(dynamodb.transact_write_items, **again)
    assert error["Error"]["Code"] == "TransactionInProgressException"
    fly.land()
    dynamodb.transact_write_items(**again)


def test_what_refuses_a_transaction_is_told_at_once_and_holds_nothing(dynamodb, table):
    """The clock stands still, so an answer is one that did not wait."""
    missing = put("a", 1)
    missing["Put"]["ConditionExpression"] = "attribute_exists(pk)"
    error = error_of(dynamodb.transact_write_items, TransactItems=[put("b", 1), missing])
    assert [reason["Code"] for reason in error["CancellationReasons"]] == [
        "None",
        "ConditionalCheckFailed",
    ]
    for letter in "ab":
        dynamodb.put_item(TableName="Orders", Item=key(letter))


def test_each_item_that_conflicts_is_counted(fly, headwater, dynamodb):
    """AWS's metric TransactionConflict: "rejected item-level requests"."""
    fly(put("a", 1), put("b", 1))
    error_of(dynamodb.put_item, TableName="Orders", Item=key("a"))
    error_of(dynamodb.transact_write_items, TransactItems=[put("a", 2), put("b", 2), put("c", 2)])
    batch = {"Orders": [{"PutRequest": {"Item": key("b")}}]}
    dynamodb.batch_write_item(RequestItems=batch)
    error_of(dynamodb.transact_get_items, TransactItems=[get("b")])
    began_ms = headwater.stage.clock.now_ms
    fly.land()
    headwater.stage.clock.advance("2m")
    (row,) = headwater.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            {
                "Id": "conflicts",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/DynamoDB",
                        "MetricName": "TransactionConflict",
                        "Dimensions": [{"Name": "TableName", "Value": "Orders"}],
                    },
                    "Period": 3600,
                    "Stat": "Sum",
                },
            }
        ],
        StartTime=began_ms / 1000 - 7200,
        EndTime=began_ms / 1000 + 7200,
    )["MetricDataResults"]
    # One of PutItem, two of TransactWriteItems, one each of the batch, of the transaction that
    # reads, and of the look that found the first in flight.
    assert sum(row["Values"]) == 6
