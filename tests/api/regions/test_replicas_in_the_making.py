"""Changes of replicas that take their time: what is seen meanwhile, and what has to wait.

Source: AWS, API reference, UpdateTable, "ReplicaStatus" and "TableStatus"; the day that a source
has to stay is of a recorded answer.
"""

import json
import urllib.request

import pytest

EAST, WEST, SOUTH = "us-east-1", "eu-west-1", "sa-east-1"


@pytest.fixture
def slow(node_factory, replicated_on):
    """A table with a replica that is being made, for 30 seconds of the node's clock."""
    node = node_factory("--status-delay", "30s", "--clock", "virtual", in_memory=True)
    table = replicated_on(node)
    table.create()
    advance(table)
    table.soon(lambda: table.table()["TableStatus"] == "ACTIVE")
    for number in range(10):
        table.put(EAST, f"k{number}")
    table.ask(EAST, {"Create": {"RegionName": WEST}})
    table.soon(lambda: table.exists(WEST))
    return table


def advance(table, seconds=30):
    body = json.dumps({"advance_ms": seconds * 1000}).encode()
    request = urllib.request.Request(f"{table.node.url}/_headwater/clock", data=body)
    urllib.request.urlopen(request).read()


def test_a_change_that_takes_its_time_is_seen_and_holds_off_others(slow, refusal):
    east, name = slow.at(EAST), slow.name
    assert slow.table()["TableStatus"] == "UPDATING"
    assert slow.table(WEST)["TableStatus"] == "CREATING"
    slow.soon(lambda: slow.replica(WEST).get("ReplicaStatusPercentProgress") == "100")
    assert slow.replica(WEST)["ReplicaStatus"] == "CREATING"
    for call, params in (
        (slow.ask, {"region": EAST, "updates": {"Create": {"RegionName": SOUTH}}}),
        (east.update_table, {"TableName": name, "DeletionProtectionEnabled": True}),
        (east.delete_table, {"TableName": name}),
        (slow.at(WEST).delete_table, {"TableName": name}),
    ):
        if "updates" in params:
            code, text = refusal(call, params["region"], params["updates"])
        else:
            code, text = refusal(call, **params)
        assert code == "ResourceInUseException", text
    slow.put(EAST, "meanwhile")  # data goes on
    advance(slow)
    slow.until(WEST, "ACTIVE")
    slow.soon(lambda: slow.get(WEST, "meanwhile"))
    assert slow.table(WEST)["TableStatus"] == "ACTIVE"


def test_updating_and_deleting_take_their_time_too(slow):
    advance(slow)
    slow.until(WEST, "ACTIVE")
    asked = {"RegionName": WEST, "TableClassOverride": "STANDARD_INFREQUENT_ACCESS"}
    slow.ask(EAST, {"Update": asked})
    assert slow.replica(WEST)["ReplicaStatus"] == "UPDATING"
    assert slow.table()["TableStatus"] == "UPDATING"
    advance(slow)
    slow.until(WEST, "ACTIVE")
    slow.ask(EAST, {"Delete": {"RegionName": WEST}})
    assert slow.replica(WEST)["ReplicaStatus"] == "DELETING"
    assert slow.exists(WEST)
    advance(slow)
    slow.until(WEST, None)
    assert not slow.exists(WEST)


def test_a_source_may_go_after_a_day(slow):
    advance(slow)
    slow.until(WEST, "ACTIVE")
    advance(slow, 24 * 60 * 60)
    slow.ask(WEST, {"Delete": {"RegionName": EAST}})
    slow.soon(lambda: slow.replica(EAST, seen_from=WEST).get("ReplicaStatus") == "DELETING")
    advance(slow)
    slow.until(EAST, None, seen_from=WEST)
    assert not slow.exists(EAST)
    assert slow.get(WEST, "k1")
