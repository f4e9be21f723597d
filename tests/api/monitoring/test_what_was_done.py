"""The metrics of tables and streams agree with a count of what was asked."""

import json
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError
from tests.tables import create_table


def test_units_requests_and_errors_of_a_table_are_counted(watched):
    table, dynamodb = watched.table("Orders"), watched.dynamodb
    for number in range(7):
        item = {"k": {"S": str(number)}, "x": {"S": "y" * 1500}}
        dynamodb.put_item(TableName=table, Item=item)
    for number in range(3):
        dynamodb.get_item(TableName=table, Key={"k": {"S": str(number)}}, ConsistentRead=True)
    with pytest.raises(ClientError, match="conditional"):
        dynamodb.put_item(
            TableName=table,
            Item={"k": {"S": "1"}},
            ConditionExpression="attribute_not_exists(k)",
        )
    with pytest.raises(ClientError, match="Missing the key"):
        dynamodb.put_item(TableName=table, Item={"q": {"S": "1"}})
    with pytest.raises(ClientError, match="validation error"):
        dynamodb.put_item(TableName="n o", Item={"q": {"S": "1"}})
    dynamodb.scan(TableName=table)
    # Two units for each item of more than a kilobyte, the refused one too.
    assert watched.statistic("ConsumedWriteCapacityUnits", TableName=table) == 16
    # Three strong reads of 1 unit, and 7 x 1.5 KB scanned: 3 x 4 KB at half a unit.
    assert watched.statistic("ConsumedReadCapacityUnits", TableName=table) == 3 + 1.5
    assert watched.statistic("ConditionalCheckFailedRequests", TableName=table) == 1
    assert watched.statistic("UserErrors") == 2
    puts = {"TableName": table, "Operation": "PutItem"}
    assert watched.statistic("SuccessfulRequestLatency", "SampleCount", **puts) == 7
    assert watched.statistic("SuccessfulRequestLatency", "Minimum", **puts) > 0
    assert watched.statistic("ReturnedItemCount", TableName=table, Operation="Scan") == 7


def test_batches_transactions_and_statements_are_counted_by_table(watched):
    one, two, dynamodb = watched.table("One"), watched.table("Two"), watched.dynamodb
    put = {"PutRequest": {"Item": {"k": {"S": "a"}}}}
    dynamodb.batch_write_item(RequestItems={one: [put], two: [put]})
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": one, "Item": {"k": {"S": "b"}}}},
            {"Put": {"TableName": two, "Item": {"k": {"S": "b"}}}},
        ]
    )
    dynamodb.execute_statement(Statement=f"INSERT INTO \"{one}\" VALUE {{'k': 'c'}}")
    with pytest.raises(ClientError, match="Duplicate"):
        dynamodb.execute_statement(Statement=f"INSERT INTO \"{one}\" VALUE {{'k': 'c'}}")
    with pytest.raises(ClientError, match="cancelled"):
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Put": {
                        "TableName": two,
                        "Item": {"k": {"S": "b"}},
                        "ConditionExpression": "attribute_not_exists(k)",
                    }
                }
            ]
        )
    dynamodb.batch_get_item(RequestItems={one: {"Keys": [{"k": {"S": "a"}}, {"k": {"S": "z"}}]}})
    # 1 by the batch, 2 by the transaction, 1 each by the statements, the refused one too.
    assert watched.statistic("ConsumedWriteCapacityUnits", TableName=one) == 5
    assert watched.statistic("ConsumedWriteCapacityUnits", TableName=two) == 3
    assert watched.statistic("ConsumedReadCapacityUnits", TableName=one) == 1
    assert watched.statistic("ConditionalCheckFailedRequests", TableName=one) == 1
    assert watched.statistic("ConditionalCheckFailedRequests", TableName=two) == 1


def test_what_readers_of_a_stream_get_is_counted(watched):
    table, dynamodb = watched.table("Streamed"), watched.dynamodb
    for number in range(5):
        dynamodb.put_item(TableName=table, Item={"k": {"S": str(number)}})
    streams = watched.node.client("dynamodbstreams")
    arn = dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shards = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    for shard in shards:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        streams.get_records(ShardIterator=iterator)
    label = {"StreamLabel": arn.rpartition("/")[2], "TableName": table, "Operation": "GetRecords"}
    assert watched.statistic("ReturnedRecordsCount", **label) == 5
    assert watched.statistic("ReturnedBytes", **label) > 5 * 100
    calls = watched.statistic("SuccessfulRequestLatency", "SampleCount", **label)
    assert calls == len(shards)


def test_items_deleted_by_their_time_to_live_are_counted(watched):
    table, dynamodb = watched.table("Ending"), watched.dynamodb
    dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "end"}
    )
    for number in range(3):
        end = {"N": str(int(watched.start.timestamp()) + 10)}
        dynamodb.put_item(TableName=table, Item={"k": {"S": str(number)}, "end": end})
    watched.advance("2m")
    assert watched.statistic("TimeToLiveDeletedItemCount", TableName=table) == 3


def test_metrics_outlive_the_node_and_are_listed(node_factory):
    node = node_factory()
    dynamodb = node.client("dynamodb")
    create_table(dynamodb, "Kept", key="k")
    dynamodb.put_item(TableName="Kept", Item={"k": {"S": "1"}})
    node.restart()
    found = node.client("cloudwatch").list_metrics(
        Namespace="AWS/DynamoDB", Dimensions=[{"Name": "TableName", "Value": "Kept"}]
    )["Metrics"]
    assert {one["MetricName"] for one in found} == {
        "ConsumedWriteCapacityUnits",
        "SuccessfulRequestLatency",
    }


def test_ones_own_metrics_are_kept_by_the_minute_and_worked_with(watched):
    cloudwatch = watched.cloudwatch
    early = watched.start - timedelta(minutes=3)
    cloudwatch.put_metric_data(
        Namespace="Shop",
        MetricData=[
            {"MetricName": "sold", "Value": 3.0, "Unit": "Count"},
            {
                "MetricName": "sold",
                "Values": [1.0, 2.0],
                "Counts": [5.0, 1.0],
                "Unit": "Count",
                "Timestamp": early,
            },
        ],
    )
    stat = {
        "Metric": {"Namespace": "Shop", "MetricName": "sold"},
        "Period": 60,
        "Stat": "Sum",
    }
    found = cloudwatch.get_metric_data(
        MetricDataQueries=[
            {"Id": "m1", "MetricStat": stat},
            {"Id": "e1", "Expression": "FILL(m1, 0) * 2", "Label": "twice"},
        ],
        StartTime=early,
        EndTime=watched.start + timedelta(minutes=1),
        ScanBy="TimestampAscending",
    )["MetricDataResults"]
    assert [(one["Id"], one["Label"], one["Values"]) for one in found] == [
        ("m1", "sold", [7.0, 3.0]),
        ("e1", "twice", [14.0, 0.0, 0.0, 6.0]),
    ]
    assert found[0]["Timestamps"][0] == early.replace(second=0)


@pytest.mark.parametrize(
    ("data", "code", "text"),
    [
        (
            {"Value": 1.0, "Values": [1.0]},
            "InvalidParameterCombination",
            "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually "
            "exclusive and you have specified both.",
        ),
        (
            {"Values": [1.0], "Counts": [1.0, 2.0]},
            "InvalidParameterValue",
            "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of "
            "the same size.",
        ),
        ({"Value": 1.0, "StorageResolution": 1}, "ValidationError", "by the minute"),
    ],
)
def test_data_that_cannot_be_taken_is_refused_by_the_older_names(watched, data, code, text):
    with pytest.raises(ClientError) as refused:
        watched.cloudwatch.put_metric_data(
            Namespace="Shop", MetricData=[{"MetricName": "sold", **data}]
        )
    assert refused.value.response["Error"]["Code"] == code
    assert text in refused.value.response["Error"]["Message"]


def test_minutes_that_are_over_survive_a_kill(node_factory):
    node = node_factory("--clock", "virtual", "--clock-start", "2026-03-04T05:06:30Z")
    start = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
    dynamodb = node.client("dynamodb")
    create_table(dynamodb, "Killed", key="k")

    def put(numbers):
        for number in numbers:
            dynamodb.put_item(TableName="Killed", Item={"k": {"S": str(number)}})

    def advance(duration="1m"):
        body = json.dumps({"advance": duration}).encode()
        urlopen(Request(node.url + "/_headwater/clock", data=body, method="POST")).close()

    def sums():
        found = node.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/DynamoDB",
            MetricName="ConsumedWriteCapacityUnits",
            Dimensions=[{"Name": "TableName", "Value": "Killed"}],
            StartTime=start,
            EndTime=start + timedelta(hours=1),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return {(one["Timestamp"] - start).seconds // 60: one["Sum"] for one in found}

    put(range(5))
    advance()
    put(range(7))
    advance()
    put(range(9))  # in the minute that is cut off
    node.kill()
    node.start()
    assert sums() == {0: 5, 1: 7}
    advance("2m")  # a virtual clock begins where it is told to, again
    put(range(3))
    assert sums() == {0: 5, 1: 7, 2: 3}, "told as soon as it is asked for, and stored by that"
    node.kill()
    node.start()
    assert sums() == {0: 5, 1: 7, 2: 3}
