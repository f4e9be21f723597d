// Events to try a function with, as each source sends them. Source: AWS, Lambda developer guide,
// "Using AWS Lambda with Amazon DynamoDB", "... with Amazon SQS".

const REGION = "us-east-1";

// streamArn: of a stream that the function reads, if it reads one.
export function sampleEvents(streamArn) {
  const arn = streamArn || `arn:aws:dynamodb:${REGION}:000000000000:table/Orders/stream/2026-01-01T00:00:00.000`;
  return [
    ["An empty event", {}],
    ["Changes of a table", { Records: changes(arn) }],
    ["A message of a queue", { Records: [message()] }],
    ["A scheduled event", scheduled()],
  ];
}

function changes(arn) {
  const keys = { id: { S: "o-1" } };
  const placed = { ...keys, status: { S: "PLACED" }, total: { N: "12.5" } };
  const paid = { ...placed, status: { S: "PAID" } };
  return [
    change(arn, 1, "INSERT", { Keys: keys, NewImage: placed }),
    change(arn, 2, "MODIFY", { Keys: keys, OldImage: placed, NewImage: paid }),
    change(arn, 3, "REMOVE", { Keys: keys, OldImage: paid }),
  ];
}

function change(arn, number, kind, images) {
  return {
    eventID: `0000000000000000000000000000000${number}`,
    eventName: kind,
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: arn.split(":")[3],
    dynamodb: {
      ApproximateCreationDateTime: 1767225600 + number,
      ...images,
      SequenceNumber: `10000000000000000000${number}`,
      SizeBytes: 59,
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
    eventSourceARN: arn,
  };
}

function message() {
  return {
    messageId: "059f36b4-87a3-44ab-83d2-661975830a7d",
    receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
    body: "{\"order\": \"o-1\"}",
    attributes: { ApproximateReceiveCount: "1", SentTimestamp: "1767225600000" },
    messageAttributes: {},
    md5OfBody: "c4a4a2ff2a1d6b1f8f6d2c6a6d3ff9a1",
    eventSource: "aws:sqs",
    eventSourceARN: `arn:aws:sqs:${REGION}:000000000000:Orders`,
    awsRegion: REGION,
  };
}

function scheduled() {
  return {
    version: "0", id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event", source: "aws.events",
    account: "000000000000", time: "2026-01-01T00:00:00Z", region: REGION,
    resources: [`arn:aws:events:${REGION}:000000000000:rule/every-minute`], detail: {},
  };
}
