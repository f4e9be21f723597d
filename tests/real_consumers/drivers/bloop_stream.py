"""Follow a table's stream with bloop's own iterator, and print each record as one line of JSON.

    python bloop_stream.py URL TABLE COUNT

bloop makes the table, finds shards and their children, and orders what they hold; this only asks
it for the next record until it has COUNT of them.
"""

import json
import sys

import boto3
from bloop import BaseModel, Column, Engine, Integer, String  # type: ignore[import-not-found]


def tell(line: str) -> None:
    """To the test, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(url: str, table: str, count: int) -> None:
    """Print `count` records."""

    class Counted(BaseModel):  # type: ignore[misc]
        class Meta:
            table_name = table
            billing = {"mode": "on_demand"}  # noqa: RUF012
            stream = {"include": {"new", "old"}}  # noqa: RUF012

        pk = Column(String, hash_key=True)
        v = Column(Integer)

    given = {
        "endpoint_url": url,
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    clients = {name: boto3.client(name, **given) for name in ("dynamodb", "dynamodbstreams")}
    engine = Engine(**clients)
    engine.bind(Counted)
    stream = engine.stream(Counted, position="trim_horizon")
    tell("ready")
    seen = 0
    while seen < count:
        record = next(stream)
        if record is not None:
            seen += 1
            number = record["meta"]["sequence_number"]
            told = {"pk": record["new"].pk, "v": record["new"].v, "number": number}
            tell(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
