"""How fast does one reader drain small records, from a log of 100,000 and from one of 5,000,000?"""

import time
from typing import NamedTuple

from filled import fill_log
from harness import Report, create_table, node, options
from load import cpu_s
from streams import iterator, shards, stream_arn
from wire import Caller, request

SHORT_LOG = 100_000
LONG_LOG = 5_000_000
DRAINED = 100_000
_NEXT = b',"NextShardIterator":"'


class Drained(NamedTuple):
    """What reading so many records took."""

    records: int
    seconds: float
    cpu_s: float
    bytes: int


def drain(caller: Caller, pid: int, token: str, most: int) -> Drained:
    """Read pages from an iterator on until `most` records came, without parsing them."""
    records = size = 0
    began, used = time.perf_counter(), cpu_s(pid)
    while records < most:
        body = caller.exchange(request("GetRecords", {"ShardIterator": token}))
        here = body.count(b'"eventID"')
        if not here:
            break
        records += here
        size += len(body)
        token = body[body.rindex(_NEXT) + len(_NEXT) : -2].decode()
    return Drained(records, time.perf_counter() - began, cpu_s(pid) - used, size)


def main() -> None:
    """Fill a log while the node is down, then read its beginning and its end over HTTP."""
    chosen = options(__doc__, runs=5)
    report = Report("drain", __doc__, chosen.runs)
    for length in (SHORT_LOG, int(LONG_LOG * chosen.scale)):
        with node("--initial-partitions", "1") as server:
            create_table(Caller(server.port), "bench")
            server.stop()
            assert server.data is not None
            numbers = fill_log(server.data, "bench", length, told=(length - DRAINED,))
            server.start()
            caller = Caller(server.port)
            arn = stream_arn(caller, "bench")
            (shard,) = shards(caller, arn)
            for _ in range(chosen.runs):
                first = iterator(caller, arn, shard, "TRIM_HORIZON")
                last = iterator(caller, arn, shard, "AT_SEQUENCE_NUMBER", numbers[0])
                for row, token in (("first", first), ("last", last)):
                    done = drain(caller, server.pid, token, DRAINED)
                    report.add(
                        f"{row} {done.records:,} of {length:,}",
                        records_per_second=done.records / done.seconds,
                        node_cpu_us_per_record=done.cpu_s / done.records * 1e6,
                        bytes_per_record=done.bytes / done.records,
                    )
    report.finish()


if __name__ == "__main__":
    main()
