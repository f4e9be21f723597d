"""How often a table may be switched to on-demand mode.

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
