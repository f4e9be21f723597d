// The JavaScript SDK's document client: document_client.js URL
const assert = require("node:assert");
const db = require("@aws-sdk/client-dynamodb");
const doc = require("@aws-sdk/lib-dynamodb");
const streams = require("@aws-sdk/client-dynamodb-streams");

const how = {
  endpoint: process.argv[2],
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
};
const plain = new db.DynamoDBClient(how);
const client = doc.DynamoDBDocumentClient.from(plain, {
  marshallOptions: { removeUndefinedValues: true },
});
const TableName = "document";
const key = (sk) => ({ pk: "js", sk });

async function makeTable() {
  const made = await plain.send(
    new db.CreateTableCommand({
      TableName,
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "N" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      BillingMode: "PAY_PER_REQUEST",
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    }),
  );
  await db.waitUntilTableExists({ client: plain, minDelay: 1, maxWaitTime: 60 }, { TableName });
  assert.ok(made.TableDescription.CreationDateTime instanceof Date);
  return made.TableDescription.LatestStreamArn;
}

async function write() {
  const Item = {
    ...key(1),
    text: "é\u{1F30A}",
    set: new Set(["a", "b"]),
    raw: Uint8Array.from([0, 255]),
    list: [1, "two", null, { deep: true }],
  };
  await client.send(new doc.PutCommand({ TableName, Item }));
  const got = await client.send(new doc.GetCommand({ TableName, Key: key(1) }));
  assert.deepStrictEqual(got.Item, Item);
  const updated = await client.send(
    new doc.UpdateCommand({
      TableName,
      Key: key(1),
      UpdateExpression: "SET #l = list_append(#l, :more) REMOVE #r",
      ExpressionAttributeNames: { "#l": "list", "#r": "raw" },
      ExpressionAttributeValues: { ":more": ["three"] },
      ReturnValues: "ALL_NEW",
    }),
  );
  assert.strictEqual(updated.Attributes.list.at(-1), "three");
  const puts = Array.from({ length: 20 }, (_, n) => ({ PutRequest: { Item: key(n + 2) } }));
  await client.send(new doc.BatchWriteCommand({ RequestItems: { [TableName]: puts } }));
  await client.send(
    new doc.TransactWriteCommand({
      TransactItems: [
        { Put: { TableName, Item: key(22) } },
        { Delete: { TableName, Key: key(21) } },
      ],
    }),
  );
  await client.send(new doc.DeleteCommand({ TableName, Key: key(20) }));
}

async function read() {
  const found = [];
  const pages = doc.paginateQuery(
    { client, pageSize: 4 },
    { TableName, KeyConditionExpression: "pk = :p", ExpressionAttributeValues: { ":p": "js" } },
  );
  for await (const page of pages) found.push(...page.Items.map((item) => item.sk));
  assert.deepStrictEqual(found, [...Array.from({ length: 19 }, (_, n) => n + 1), 22]);
  let count = 0;
  for await (const page of doc.paginateScan({ client, pageSize: 6 }, { TableName }))
    count += page.Count;
  assert.strictEqual(count, 20);
  const batch = await client.send(
    new doc.BatchGetCommand({ RequestItems: { [TableName]: { Keys: [key(1), key(99)] } } }),
  );
  assert.strictEqual(batch.Responses[TableName].length, 1);
  const chosen = await client.send(
    new doc.ExecuteStatementCommand({
      Statement: `SELECT sk FROM "${TableName}" WHERE pk = ? AND sk < ?`,
      Parameters: ["js", 3],
    }),
  );
  assert.deepStrictEqual(chosen.Items, [{ sk: 1 }, { sk: 2 }]);
}

async function fail() {
  const put = new doc.PutCommand({
    TableName,
    Item: key(1),
    ConditionExpression: "attribute_not_exists(pk)",
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  });
  await assert.rejects(client.send(put), (error) => {
    assert.ok(error instanceof db.ConditionalCheckFailedException);
    assert.strictEqual(error.Item.sk.N, "1");
    return true;
  });
  const check = { TableName, Key: key(1), ConditionExpression: "attribute_not_exists(pk)" };
  const transaction = new doc.TransactWriteCommand({ TransactItems: [{ ConditionCheck: check }] });
  await assert.rejects(client.send(transaction), (error) => {
    assert.ok(error instanceof db.TransactionCanceledException);
    assert.strictEqual(error.CancellationReasons[0].Code, "ConditionalCheckFailed");
    return true;
  });
  const none = new doc.GetCommand({ TableName: "none", Key: key(1) });
  await assert.rejects(client.send(none), db.ResourceNotFoundException);
}

async function follow(StreamArn) {
  const reader = new streams.DynamoDBStreamsClient(how);
  const told = await reader.send(new streams.DescribeStreamCommand({ StreamArn }));
  let count = 0;
  for (const { ShardId } of told.StreamDescription.Shards) {
    const { ShardIterator } = await reader.send(
      new streams.GetShardIteratorCommand({
        StreamArn,
        ShardId,
        ShardIteratorType: "TRIM_HORIZON",
      }),
    );
    const page = await reader.send(new streams.GetRecordsCommand({ ShardIterator }));
    count += page.Records.length;
    for (const record of page.Records)
      assert.ok(record.dynamodb.ApproximateCreationDateTime instanceof Date);
  }
  assert.strictEqual(count, 25);
}

async function main() {
  const arn = await makeTable();
  await write();
  await read();
  await fail();
  await follow(arn);
  await plain.send(new db.DeleteTableCommand({ TableName }));
  process.stdout.write("done\n");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
