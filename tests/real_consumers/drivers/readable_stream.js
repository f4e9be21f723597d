// Follow a table's stream with dynamodb-streams-readable, and print each record as a line of JSON.
//
//     node readable_stream.js URL TABLE COUNT
//
// The package reads one shard to its end; which shard is read when is decided here: roots at once,
// a child when its parent has ended.
const {DynamoDBStreams} = require('@aws-sdk/client-dynamodb-streams');
const readable = require('dynamodb-streams-readable');

const [url, table, count] = process.argv.slice(2);
const client = new DynamoDBStreams({
  endpoint: url,
  region: 'us-east-1',
  credentials: {accessKeyId: 'test', secretAccessKey: 'test'}
});
const started = new Set();
const ended = new Set();
let seen = 0;

function fail(error) {
  console.error(error);
  process.exit(1);
}

function show(records) {
  for (const {dynamodb} of records) {
    const {pk, v} = dynamodb.NewImage;
    console.log(JSON.stringify({pk: pk.S, v: Number(v.N), number: dynamodb.SequenceNumber}));
    seen += 1;
  }
  if (seen >= Number(count)) process.exit(0);
}

async function follow(arn) {
  const {StreamDescription} = await client.describeStream({StreamArn: arn});
  const listed = new Set(StreamDescription.Shards.map((shard) => shard.ShardId));
  for (const {ShardId, ParentShardId} of StreamDescription.Shards) {
    const isFree = !ParentShardId || ended.has(ParentShardId) || !listed.has(ParentShardId);
    if (started.has(ShardId) || !isFree) continue;
    started.add(ShardId);
    readable(client, arn, {shardId: ShardId, readInterval: 20})
      .on('data', show)
      .on('error', fail)
      .on('end', () => {
        ended.add(ShardId);
        follow(arn).catch(fail);
      });
  }
}

async function main() {
  const {Streams} = await client.listStreams({TableName: table});
  console.log('ready');
  await follow(Streams[0].StreamArn);
}

main().catch(fail);
