"""How often a table may be switched to on-demand mode, and its throughput lowered.

Source: AWS, developer guide, "Considerations when switching capacity modes": "You can switch
tables to on-demand mode up to four times in a 24-hour rolling window."
"""

import json
import urllib.request

import pytest

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
def timed(node_factory):
    return node_factory("--clock", "virtual", in_memory=True)


def advance(node, ms):
    body = json.dumps({"advance_ms": ms}).encode()
    request = urllib.request.Request(f"{node.url}/_headwater/clock", data=body)
    urllib.request.urlopen(request).read()


def test_the_fifth_switch_to_on_demand_waits_for_a_day(timed, table_name):
    api = timed.client("dynamodb")
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    api.create_table(
        TableName=table_name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        ProvisionedThroughput=units,
    )

    def to_on_demand():
        api.update_table(TableName=table_name, BillingMode="PAY_PER_REQUEST")

    def back():
        api.update_table(
            TableName=table_name, BillingMode="PROVISIONED", ProvisionedThroughput=units
        )

    for _ in range(4):
        to_on_demand()
        back()
    advance(timed, DAY_MS - 1)
    with pytest.raises(api.exceptions.LimitExceededException):
        to_on_demand()
    advance(timed, 1)
    to_on_demand()


def test_after_four_decreases_in_a_day_one_more_is_made_every_hour(node_factory, table_name):
    """Source: AWS, "Service, account, and table quotas"; the text is recorded."""
    flags = ("--clock", "virtual", "--clock-start", "2026-10-09T00:21:34Z")
    node = node_factory(*flags, in_memory=True)
    api = node.client("dynamodb")
    api.create_table(
        TableName=table_name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 10, "WriteCapacityUnits": 10},
    )

    def lower(reads):
        units = {"ReadCapacityUnits": reads, "WriteCapacityUnits": 10}
        api.update_table(TableName=table_name, ProvisionedThroughput=units)

    def decreases():
        found = api.describe_table(TableName=table_name)["Table"]["ProvisionedThroughput"]
        return found["NumberOfDecreasesToday"]

    for reads in (9, 8, 7, 6):
        lower(reads)
    with pytest.raises(api.exceptions.LimitExceededException) as refused:
        lower(5)
    assert refused.value.response["Error"]["Message"] == (
        "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given "
        "UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be "
        "performed at most once every 3600 seconds. Number of decreases today: 4. Last decrease at "
        "Friday, October 9, 2026 at 12:21:34 AM Coordinated Universal Time. Next decrease can be "
        "made at Friday, October 9, 2026 at 1:21:34 AM Coordinated Universal Time"
    )
    advance(node, 3_599_999)
    with pytest.raises(api.exceptions.LimitExceededException):
        lower(5)
    assert decreases() == 4
    advance(node, 1)
    lower(5)
    assert decreases() == 5
    with pytest.raises(api.exceptions.LimitExceededException):
        lower(4)
    lower(20)  # up is never limited
    advance(node, DAY_MS)
    assert decreases() == 0
    lower(4)
