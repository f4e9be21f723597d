"""What does a global secondary index add to a PutItem of 1 KB?

Tables without an index, with one of each projection and with five, in turns: new items, and items
put again with another text and the same index key.
"""

from typing import Any

from harness import Report, item, load, node, options, request_file
from wire import Caller, request

CONNECTIONS = 64
KEYS = 20_000
TABLES: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "KEYS_ONLY": [{"ProjectionType": "KEYS_ONLY"}],
    "INCLUDE": [{"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total", "gift"]}],
    "ALL": [{"ProjectionType": "ALL"}],
    "five of ALL": [{"ProjectionType": "ALL"}] * 5,
}


def create(caller: Caller, name: str, projections: list[dict[str, Any]]) -> None:
    """A table with a stream and indexes by `status`."""
    indexes = [
        {
            "IndexName": f"by-status-{number}",
            "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
            "Projection": projection,
        }
        for number, projection in enumerate(projections)
    ]
    names = ["pk", "status"] if indexes else ["pk"]
    caller.call(
        "CreateTable",
        TableName=name,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )


def stored(number: int) -> dict[str, Any]:
    """An item with one of a hundred index keys."""
    return {**item(number), "status": {"S": f"S{number % 100:05d}"}}


def main() -> None:
    """Each table is filled and then put again, all of them in every run."""
    chosen = options(__doc__, connections=str(CONNECTIONS))
    report = Report("index", __doc__, chosen.runs)
    keys = int(KEYS * max(0.25, chosen.scale))
    connections = chosen.connections[0]
    for _ in range(chosen.runs):
        with node() as server:
            caller = Caller(server.port)
            for place, (name, projections) in enumerate(TABLES.items()):
                create(caller, f"bench{place}", projections)
                puts = (
                    request("PutItem", {"TableName": f"bench{place}", "Item": stored(number)})
                    for number in range(keys)
                )
                with request_file(puts) as file:
                    for row in ("new items", "items put again"):
                        ours = load(server, file, connections, count=keys)
                        report.add(
                            f"{row}, {name}",
                            per_second=ours["per_second"],
                            p50_us=ours["p50_us"],
                            cpu_us=ours["cpu_us"],
                        )
                        base = report.rows[f"{row}, none"]["cpu_us"][-1]
                        report.add(
                            f"{row}, {name}", percent_added=(ours["cpu_us"] / base - 1) * 100
                        )
    report.finish()


if __name__ == "__main__":
    main()
