"""Read a table's stream with the AWS CLI, as a shell script would, and print each record.

    python cli_loop.py URL TABLE COUNT

Shards are read parents first, each with get-shard-iterator and get-records until there is no next
iterator, or the shard is open and has no more.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def aws(url: str, *words: str) -> dict[str, Any]:
    """The answer of `aws dynamodbstreams WORDS`."""
    line = [str(Path(sys.executable).with_name("aws")), "--endpoint-url", url, "--output", "json"]
    done = subprocess.run(
        [*line, "dynamodbstreams", *words],
        env={**os.environ, **CREDENTIALS},
        check=True,
        stdout=subprocess.PIPE,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def tell(line: str) -> None:
    """To the test, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(url: str, table: str, count: int) -> None:
    """Print `count` records."""
    tell("ready")
    (stream,) = aws(url, "list-streams", "--table-name", table)["Streams"]
    arn = ("--stream-arn", stream["StreamArn"])
    seen = 0
    # The list is sorted by the time of creation, so no child stands before its parent.
    for shard in aws(url, "describe-stream", *arn)["StreamDescription"]["Shards"]:
        wanted = ("--shard-id", shard["ShardId"], "--shard-iterator-type", "TRIM_HORIZON")
        iterator = aws(url, "get-shard-iterator", *arn, *wanted)["ShardIterator"]
        while iterator:
            page = aws(url, "get-records", "--shard-iterator", iterator)
            for record in page["Records"]:
                change = record["dynamodb"]
                told = {
                    "pk": change["NewImage"]["pk"]["S"],
                    "v": int(change["NewImage"]["v"]["N"]),
                    "number": change["SequenceNumber"],
                }
                tell(json.dumps(told))
                seen += 1
            iterator = page.get("NextShardIterator") if page["Records"] else None
    assert seen == count, f"{seen} records, {count} were written"


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
