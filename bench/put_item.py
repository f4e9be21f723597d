"""How many synced PutItem of 1 KB a second, with a change record each?"""

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

KEYS = 60_000  # the first puts of each are new items, later ones overwrite
ANSWER_BYTES = 2  # PutItem answers {}


def main() -> None:
    """Put on a fresh node for each run, beside a bare server fed the same bytes."""
    chosen = options(__doc__)
    report = Report("put_item", __doc__, chosen.runs)
    puts = (request("PutItem", {"TableName": "bench", "Item": item(n)}) for n in range(KEYS))
    with request_file(puts) as file:
        for _ in range(chosen.runs):
            for count in chosen.connections:
                with echo_server(ANSWER_BYTES) as other:
                    bare = load(other, file, count, seconds=chosen.seconds / 2)
                with node() as server:
                    create_table(Caller(server.port), "bench")
                    ours = load(server, file, count, seconds=chosen.seconds)
                report.add(
                    over(count),
                    **pace(ours),
                    **beside(ours, bare),
                )
    report.finish()


if __name__ == "__main__":
    main()
