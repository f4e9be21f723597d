"""Calls that go wrong on purpose."""

import time

import pytest
from botocore.config import Config

from headwater.testing import Refused


def outcomes(put, count):
    """For each of `count` puts, whether it failed."""
    failed = []
    for number in range(count):
        try:
            put("a", n=number)
            failed.append(False)
        except Exception:
            failed.append(True)
    return failed


def test_the_next_calls_of_an_operation_fail_and_then_no_more(headwater, dynamodb, table, put):
    fault = headwater.stage.fault("PutItem", error="ThrottlingException", times=2)
    assert outcomes(put, 4) == [True, True, False, False]
    assert headwater.stage.faults() == []
    assert fault.met is None


def test_an_error_has_aws_s_form_and_reaches_the_sdk_by_its_class(headwater, dynamodb, table, put):
    """The status and class are those boto3 makes of AWS's own answer."""
    headwater.stage.fault("PutItem", error="ProvisionedThroughputExceededException")
    with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException) as caught:
        put("a")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "provisioned throughput" in caught.value.response["Error"]["Message"]
    headwater.stage.fault("PutItem", error="InternalServerError", message="once more, please")
    with pytest.raises(dynamodb.exceptions.InternalServerError, match="once more, please") as other:
        put("a")
    assert other.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_further_members_of_an_error_are_told(headwater, dynamodb, table):
    reasons = [{"Code": "TransactionConflict", "Message": "not now"}]
    headwater.stage.fault(
        "TransactWriteItems",
        error="TransactionCanceledException",
        fields={"CancellationReasons": reasons},
    )
    put = {"Put": {"TableName": "Orders", "Item": {"pk": {"S": "a"}}}}
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as caught:
        dynamodb.transact_write_items(TransactItems=[put])
    assert caught.value.response["CancellationReasons"] == reasons


def test_a_single_write_may_meet_a_transaction(headwater, dynamodb, table):
    """Without --transaction-time it never does by itself."""
    text = "Transaction is ongoing for the item"
    headwater.stage.fault("PutItem", error="TransactionConflictException", message=text)
    with pytest.raises(dynamodb.exceptions.TransactionConflictException, match=text):
        dynamodb.put_item(TableName="Orders", Item={"pk": {"S": "a"}})
    dynamodb.put_item(TableName="Orders", Item={"pk": {"S": "a"}})


def test_an_sdk_that_retries_gets_through(headwater, table):
    client = headwater.client("dynamodb", config=Config(retries={"total_max_attempts": 4}))
    headwater.stage.fault("PutItem", error="InternalServerError", times=2)
    answer = client.put_item(TableName="Orders", Item={"pk": {"S": "a"}})
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_what_failed_before_was_not_done_and_what_failed_after_was(
    headwater, dynamodb, table, put, refusal
):
    headwater.stage.fault("PutItem", error="InternalServerError")
    assert outcomes(put, 1) == [True]
    assert dynamodb.scan(TableName="Orders")["Count"] == 0
    headwater.stage.fault("PutItem", error="InternalServerError", after=True)
    assert outcomes(put, 1) == [True]
    assert dynamodb.scan(TableName="Orders")["Count"] == 1
    assert len(headwater.stage.changes("Orders")) == 1


def test_a_fault_of_one_table_leaves_others_alone(headwater, dynamodb, table, put):
    headwater.stage.fault("PutItem", error="ThrottlingException", table="Customers", times=9)
    assert outcomes(put, 2) == [False, False]
    headwater.stage.fault("BatchWriteItem", error="ThrottlingException", table="Orders")
    request = {"Orders": [{"PutRequest": {"Item": {"pk": {"S": "a"}}}}]}
    with pytest.raises(dynamodb.exceptions.ClientError, match="Throttling"):
        dynamodb.batch_write_item(RequestItems=request)


def test_a_fault_of_one_operation_leaves_others_alone(headwater, dynamodb, table, put):
    with headwater.stage.fault("PutItem", error="ThrottlingException", times=9) as fault:
        assert dynamodb.scan(TableName="Orders")["Count"] == 0
        assert outcomes(put, 1) == [True]
        assert fault.met == 1
    assert outcomes(put, 1) == [False]


def test_dice_fall_the_same_way_for_the_same_seed(headwater, table, put):
    seen = []
    for seed in (7, 7, 8):
        with headwater.stage.fault("PutItem", error="InternalServerError", rate=0.3, seed=seed):
            seen.append(outcomes(put, 60))
    assert seen[0] == seen[1] != seen[2]
    # 60 throws at 0.3: 18, and less than 6 or more than 32 in one of 5,000 runs; the seed is fixed.
    assert 6 <= sum(seen[0]) <= 32


def test_a_seed_that_was_not_given_is_told(headwater, table):
    fault = headwater.stage.fault("PutItem", error="InternalServerError", rate=0.5)
    assert isinstance(fault.facts["seed"], int)


def test_a_late_call_is_late_and_does_what_it_should(headwater, dynamodb, table, put):
    headwater.stage.fault("PutItem", delay_ms=200)
    began = time.monotonic()
    put("a")
    # Timers of a loop count from when its turn began, so they ring a little early.
    assert time.monotonic() - began >= 0.15
    assert dynamodb.scan(TableName="Orders")["Count"] == 1


def test_pages_of_records_are_cut_short_and_go_on(
    headwater, streams, table, put, shards_of, iterator_of
):
    put(*"abcdefgh")
    headwater.stage.fault("GetRecords", limit=1, times=100)
    found = []
    for shard in shards_of():
        iterator = iterator_of(shard["ShardId"])
        while True:
            page = streams.get_records(ShardIterator=iterator)
            assert len(page["Records"]) <= 1
            if not page["Records"]:
                break
            found += page["Records"]
            iterator = page["NextShardIterator"]
    assert len(found) == 8


@pytest.mark.headwater("--initial-partitions", "1")
def test_an_empty_page_is_not_the_end(headwater, streams, table, put, shards_of, iterator_of):
    put("a")
    headwater.stage.fault("GetRecords", empty=True, table="Orders")
    (shard,) = shards_of()
    page = streams.get_records(ShardIterator=iterator_of(shard["ShardId"]))
    assert page["Records"] == []
    assert len(streams.get_records(ShardIterator=page["NextShardIterator"])["Records"]) == 1


def test_query_pages_are_cut_short_too(headwater, dynamodb, table, put):
    put("a", "b", "c")
    headwater.stage.fault("Scan", limit=1)
    page = dynamodb.scan(TableName="Orders")
    assert (page["Count"], "LastEvaluatedKey" in page) == (1, True)


@pytest.mark.parametrize("clock", ["system", "virtual"])
def test_iterators_issued_so_far_expire_and_new_ones_do_not(clock, request):
    request.node.add_marker(pytest.mark.headwater("--initial-partitions", "1", clock=clock))
    headwater, streams, shards_of, iterator_of, refusal = (
        request.getfixturevalue(name)
        for name in ("headwater", "streams", "shards_of", "iterator_of", "refusal")
    )
    (shard,) = shards_of()
    old = iterator_of(shard["ShardId"])
    headwater.stage.expire_iterators()
    assert refusal(streams.get_records, ShardIterator=old) == "ExpiredIteratorException"
    new = iterator_of(shard["ShardId"])
    other = iterator_of(shard["ShardId"], "LATEST")
    headwater.stage.expire_iterators(other)
    assert refusal(streams.get_records, ShardIterator=other) == "ExpiredIteratorException"
    assert streams.get_records(ShardIterator=new)["Records"] == []


def test_faults_of_functions_calls_are_told_in_lambda_s_form(headwater, refusal):
    client = headwater.client("lambda", config=Config(retries={"total_max_attempts": 1}))
    headwater.stage.fault("ListFunctions", error="TooManyRequestsException", service="lambda")
    with pytest.raises(client.exceptions.TooManyRequestsException) as caught:
        client.list_functions()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429


@pytest.mark.parametrize(
    ("body", "advice"),
    [
        ({"operation": "PutItm", "error": "InternalServerError"}, "Did you mean PutItem"),
        ({"operation": "PutItem"}, "say what is to go wrong"),
        ({"operation": "PutItem", "error": "Nope"}, "DynamoDB does not answer"),
        ({"operation": "PutItem", "error": "InternalServerError", "rate": 2}, "above 0, up to 1"),
        ({"operation": "PutItem", "error": "InternalServerError", "times": 0}, "number of calls"),
        ({"operation": "PutItem", "limit": 1}, "operations that have a Limit"),
        ({"operation": "Scan", "empty": True}, "is for GetRecords"),
        ({"operation": "Scan", "delay_ms": 5, "after": True}, "give .error. too"),
        ({"operation": "Scan", "dealy_ms": 5}, "unknown: dealy_ms"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_advice(headwater, body, advice):
    with pytest.raises(Refused, match=advice):
        headwater.stage.remote.post("faults", **body)
    assert headwater.stage.faults() == []


def test_clearing_a_fault_that_is_not_there_is_refused(headwater):
    with pytest.raises(Refused, match="there is no fault 999"):
        headwater.stage.remote.delete("faults", id=999)
