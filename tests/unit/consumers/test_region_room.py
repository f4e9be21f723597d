"""A region whose disk is nearly full takes no more items of the others, and says that it may pass.

What frees room is taken, and so is everything when there is room: the sender asks again.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from tests.doorless import SCOPE, Doorless

from headwater.changelog.conflict import Stamp
from headwater.consumers.replication.batch import Head, Write, encode_batch
from headwater.consumers.replication.lines import PeerRefused
from headwater.consumers.replication.receiver import Receiver
from headwater.tables.definition import change
from headwater.tables.replicas import with_replica
from headwater.tables.schema import ACTIVE

FAR = "eu-west-1"


@pytest.fixture
def world():
    made = Doorless()
    yield made
    made.close()


def test_items_of_another_region_wait_for_room_and_deletions_do_not(world, monkeypatch):
    key = {"AttributeName": "pk", "AttributeType": "S"}
    world(
        "CreateTable",
        TableName="T",
        AttributeDefinitions=[key],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = world.table_of("T")
    schema = table.schema
    for region in (SCOPE.region, FAR):
        schema = with_replica(schema, "group", region, Status=ACTIVE)
    world.do(lambda tx: change(tx, world.node.catalog, table, schema))
    parts: Any = SimpleNamespace(
        engine=world.engine,
        clock=world.clock,
        catalog=world.node.catalog,
        lines=SimpleNamespace(is_own=lambda region: True),
    )
    running: Any = SimpleNamespace(heard_of=lambda region: None)
    nothing: Any = None
    receiver = Receiver(parts, running, nothing)
    head = Head(SCOPE.account, "T", "group", FAR, SCOPE.region)

    def told(item: bytes, time: int) -> Any:
        write = Write(b"" if item else b'{"pk":{"S":"a"}}', item, 4, Stamp(time, FAR), 0)
        body = encode_batch(head, [write], packed=False)
        return world.loop.run(receiver.receive("apply", body))

    item, room = b'{"pk":{"S":"a"}}', True
    monkeypatch.setattr(world.engine, "has_room", lambda: room)
    told(item, 1)
    room = False
    told(b"", 2)
    assert world("Scan", TableName="T")["Count"] == 0
    with pytest.raises(PeerRefused, match="nearly full") as refused:
        told(item, 3)
    assert refused.value.may_pass
    room = True
    told(item, 3)
    assert world("Scan", TableName="T")["Count"] == 1
