"""How many strongly consistent GetItem of 1 KB items a second?"""

import orjson

from harness import (
    Report,
    beside,
    create_table,
    echo_server,
    item,
    load,
    node,
    options,
    over,
    pace,
    request_file,
)
from wire import Caller, request

KEYS = 20_000
ANSWER_BYTES = len(orjson.dumps({"Item": item(1)}))


def main() -> None:
    """Get items that were put before, beside a bare server that answers as many bytes."""
    chosen = options(__doc__)
    report = Report("get_item", __doc__, chosen.runs)
    keys = int(KEYS * chosen.scale)
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(keys))
    gets = (
        request(
            "GetItem",
            {"TableName": "bench", "Key": {"pk": item(n)["pk"]}, "ConsistentRead": True},
        )
        for n in range(keys)
    )
    with request_file(puts) as filling, request_file(gets) as file, node() as server:
        create_table(Caller(server.port), "bench")
        load(server, filling, 16, count=keys)
        for _ in range(chosen.runs):
            for count in chosen.connections:
                with echo_server(ANSWER_BYTES) as other:
                    bare = load(other, file, count, seconds=chosen.seconds / 2)
                ours = load(server, file, count, seconds=chosen.seconds)
                report.add(
                    over(count),
                    **pace(ours),
                    **beside(ours, bare),
                )
    report.finish()


if __name__ == "__main__":
    main()
