"""The shop, in plain boto3: nothing but the endpoint says that this is not AWS.

Orders are put, some are shipped (an update), some are cancelled (a delete). The stream of the table
is mapped to the function in confirm.py, for new orders only.

    python shop.py http://127.0.0.1:8000 2525      # endpoint, port of an SMTP server
"""

import io
import json
import random
import sys
import time
import zipfile
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

TABLE = "Orders"
FUNCTION = "confirm-order"
ROLE = "arn:aws:iam::000000000000:role/shop"
ARTICLES = ("lamp", "chair", "teapot", "notebook", "umbrella", "clock", "kettle", "rug")
CUSTOMERS = 40
REGION = "us-east-1"
# Each call is made once: what to do about a lost connection is said in `insist`, in plain sight.
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
PATIENCE_S = 60.0
PAUSE_S = 0.02


class OrderKey(NamedTuple):
    """What an order is found by."""

    customer: str
    order: str

    @property
    def attributes(self) -> dict[str, str]:
        """The key as DynamoDB wants it."""
        return {"CustomerId": self.customer, "OrderId": self.order}


def client(endpoint: str, service: str) -> Any:
    """A client for DynamoDB, its streams or Lambda."""
    return session().client(service, endpoint_url=endpoint, config=ONCE)


def orders_table(endpoint: str) -> Any:
    """The table as a boto3 resource; one for each thread, as boto3 asks."""
    return session().resource("dynamodb", endpoint_url=endpoint, config=ONCE).Table(TABLE)


@cache
def session() -> boto3.Session:
    """Any credentials will do. One session: it keeps the service models that each client reads."""
    return boto3.Session("test", "test", region_name=REGION)


# --- opening -------------------------------------------------------------------------------------


def open_shop(endpoint: str, smtp_port: int) -> str:
    """Create table, function and the mapping between them; returns the stream's ARN."""
    dynamodb, lambda_ = client(endpoint, "dynamodb"), client(endpoint, "lambda")
    dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[
            {"AttributeName": "CustomerId", "AttributeType": "S"},
            {"AttributeName": "OrderId", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "CustomerId", "KeyType": "HASH"},
            {"AttributeName": "OrderId", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    dynamodb.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
    stream_arn: str = dynamodb.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]

    lambda_.create_function(
        FunctionName=FUNCTION,
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Handler="confirm.handle",
        Role=ROLE,
        Code={"ZipFile": packed(Path(__file__).with_name("confirm.py"))},
        Environment={"Variables": {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(smtp_port)}},
        Timeout=30,
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName=FUNCTION)

    mapping = lambda_.create_event_source_mapping(
        EventSourceArn=stream_arn,
        FunctionName=FUNCTION,
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        MaximumBatchingWindowInSeconds=0,
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]},
    )
    deadline = time.monotonic() + PATIENCE_S
    while lambda_.get_event_source_mapping(UUID=mapping["UUID"])["State"] != "Enabled":
        if time.monotonic() > deadline:
            raise TimeoutError(f"the mapping was not enabled within {PATIENCE_S:g} s")
        time.sleep(PAUSE_S)
    return stream_arn


def packed(source: Path) -> bytes:
    """A deployment package: a zip with one file at its top."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as into:
        into.write(source, source.name)
    return archive.getvalue()


# --- trading -------------------------------------------------------------------------------------


def new_order(number: int) -> dict[str, Any]:
    """Order `number`: the same one each time it is asked for."""
    dice = random.Random(number)
    lines, total = [], Decimal(0)
    for article in dice.sample(ARTICLES, dice.randint(2, 5)):
        count, price = dice.randint(1, 4), Decimal(dice.randint(199, 19_999)) / 100
        lines.append({"Article": article, "Count": count, "Price": price})
        total += count * price
    return {
        "CustomerId": f"c-{dice.randrange(CUSTOMERS):02d}",
        "OrderId": f"o-{number:05d}",
        "Status": "PLACED",
        "Lines": lines,
        "Total": total,
    }


def place(table: Any, order: dict[str, Any]) -> OrderKey:
    """Store an order; when this returns, it was acknowledged."""
    insist(lambda: table.put_item(Item=order))
    return OrderKey(order["CustomerId"], order["OrderId"])


def ship(table: Any, key: OrderKey) -> None:
    """Change an order's status."""
    insist(
        lambda: table.update_item(
            Key=key.attributes,
            UpdateExpression="SET #status = :shipped",
            ExpressionAttributeNames={"#status": "Status"},
            ExpressionAttributeValues={":shipped": "SHIPPED"},
        )
    )


def cancel(table: Any, key: OrderKey) -> None:
    """Delete an order."""
    insist(lambda: table.delete_item(Key=key.attributes))


def insist(call: Callable[[], Any]) -> Any:
    """The answer to `call`, made again when the connection was lost or the service was away.

    A lost connection does not tell whether the call was carried out. All calls of this shop may be
    carried out twice: a second time changes nothing, and so leaves no second record in the stream.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return call()
        except (ConnectionError, HTTPClientError) as trouble:
            reason: Exception = trouble
        except ClientError as refusal:
            if refusal.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
                raise
            reason = refusal
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer within {PATIENCE_S:g} s") from reason
        time.sleep(PAUSE_S)


def records_by_kind(endpoint: str, stream_arn: str) -> dict[str, int]:
    """How many records of each kind the stream holds, read as any consumer would read it."""
    streams = client(endpoint, "dynamodbstreams")
    counts = dict.fromkeys(("INSERT", "MODIFY", "REMOVE"), 0)
    for shard in shards(streams, stream_arn):
        iterator = streams.get_shard_iterator(
            StreamArn=stream_arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            page = streams.get_records(ShardIterator=iterator)
            for record in page["Records"]:
                counts[record["eventName"]] += 1
            # An open shard goes on for ever; this reader has seen enough at its first empty page.
            iterator = page.get("NextShardIterator") if page["Records"] else None
    return counts


def shards(streams: Any, stream_arn: str) -> list[str]:
    """The ids of all shards: a new table has several."""
    found: list[str] = []
    start: dict[str, str] = {}
    while True:
        page = streams.describe_stream(StreamArn=stream_arn, **start)["StreamDescription"]
        found += [shard["ShardId"] for shard in page["Shards"]]
        if "LastEvaluatedShardId" not in page:
            return found
        start = {"ExclusiveStartShardId": page["LastEvaluatedShardId"]}


def main(endpoint: str, smtp_port: str) -> None:
    """Open the shop at an endpoint that runs already, and sell a little."""
    stream_arn = open_shop(endpoint, int(smtp_port))
    table = orders_table(endpoint)
    for number in range(20):
        key = place(table, new_order(number))
        if number % 3 == 0:
            ship(table, key)
    print(records_by_kind(endpoint, stream_arn))


if __name__ == "__main__":
    main(*sys.argv[1:])
