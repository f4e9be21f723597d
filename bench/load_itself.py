"""How many requests a second can the load client send, and a bare server answer?

The ceiling of every other figure here: a node that came near it could not be measured this way.
"""

from harness import Report, echo_server, item, load, options, over, pace, request_file
from wire import request

REQUESTS = 20_000
ANSWER_BYTES = 2


def main() -> None:
    """PutItem requests of 1 KB against a server that only parses them."""
    chosen = options(__doc__)
    report = Report("load_itself", __doc__, chosen.runs)
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(REQUESTS))
    with request_file(puts) as file, echo_server(ANSWER_BYTES) as server:
        for _ in range(chosen.runs):
            for count in chosen.connections:
                bare = load(server, file, count, seconds=chosen.seconds)
                report.add(
                    over(count),
                    **pace(bare),
                )
    report.finish()


if __name__ == "__main__":
    main()
