"""aiobotocore: aiobotocore_story.py URL"""

# mypy: ignore-errors
# What it imports is installed for `make clients` alone.

import asyncio
import sys

from aiobotocore.session import get_session


def key(number):
    return {"pk": {"S": "aio"}, "sk": {"N": str(number)}}


async def make_table(dynamodb):
    made = await dynamodb.create_table(
        TableName="aio",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    await dynamodb.get_waiter("table_exists").wait(TableName="aio")
    return made["TableDescription"]["LatestStreamArn"]


async def write(dynamodb):
    await asyncio.gather(
        *[
            dynamodb.put_item(TableName="aio", Item={**key(n), "b": {"B": b"\0\xff"}})
            for n in range(20)
        ]
    )
    answer = await dynamodb.update_item(
        TableName="aio",
        Key=key(0),
        UpdateExpression="ADD n :n",
        ExpressionAttributeValues={":n": {"N": "1.50"}},
        ReturnValues="UPDATED_NEW",
    )
    assert answer["Attributes"] == {"n": {"N": "1.5"}}, answer
    await dynamodb.batch_write_item(
        RequestItems={"aio": [{"PutRequest": {"Item": key(n)}} for n in range(20, 40)]}
    )
    await dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "aio", "Item": key(40)}},
            {"Delete": {"TableName": "aio", "Key": key(39)}},
        ]
    )


async def read(dynamodb):
    got = await dynamodb.get_item(TableName="aio", Key=key(1))
    assert got["Item"]["b"]["B"] == b"\0\xff"
    found = []
    pages = dynamodb.get_paginator("query").paginate(
        TableName="aio",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "aio"}},
        PaginationConfig={"PageSize": 7},
    )
    async for page in pages:
        found += [int(item["sk"]["N"]) for item in page["Items"]]
    assert found == [*range(39), 40], found
    count = 0
    async for page in dynamodb.get_paginator("scan").paginate(
        TableName="aio", PaginationConfig={"PageSize": 9}
    ):
        count += page["Count"]
    assert count == 40
    batch = await dynamodb.batch_get_item(RequestItems={"aio": {"Keys": [key(1), key(99)]}})
    assert len(batch["Responses"]["aio"]) == 1


async def fail(dynamodb):
    errors = dynamodb.exceptions
    try:
        await dynamodb.put_item(
            TableName="aio", Item=key(1), ConditionExpression="attribute_not_exists(pk)"
        )
        raise AssertionError("it was put")
    except errors.ConditionalCheckFailedException as failed:
        assert failed.response["Error"]["Message"] == "The conditional request failed"
    try:
        check = {"TableName": "aio", "Key": key(1), "ConditionExpression": "pk = sk"}
        await dynamodb.transact_write_items(TransactItems=[{"ConditionCheck": check}])
        raise AssertionError("it was done")
    except errors.TransactionCanceledException as failed:
        assert failed.response["CancellationReasons"][0]["Code"] == "ConditionalCheckFailed"


async def follow(streams, arn):
    count = 0
    told = await streams.describe_stream(StreamArn=arn)
    for shard in told["StreamDescription"]["Shards"]:
        iterator = await streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        page = await streams.get_records(ShardIterator=iterator["ShardIterator"])
        count += len(page["Records"])
    assert count == 43, count


async def main(url):
    session = get_session()
    how = {"endpoint_url": url, "region_name": "us-east-1"}
    async with session.create_client("dynamodb", **how) as dynamodb:
        arn = await make_table(dynamodb)
        await write(dynamodb)
        await read(dynamodb)
        await fail(dynamodb)
        async with session.create_client("dynamodbstreams", **how) as streams:
            await follow(streams, arn)
        await dynamodb.delete_table(TableName="aio")
        await dynamodb.get_waiter("table_not_exists").wait(TableName="aio")
    sys.stdout.write("done\n")


asyncio.run(main(sys.argv[1]))
