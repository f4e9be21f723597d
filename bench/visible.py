"""How long after a put is acknowledged does GetRecords show its record?"""

import time

from harness import Report, create_table, item, node, options, percentiles
from streams import iterator, shards, stream_arn
from wire import Caller

WRITES = 2000


def main() -> None:
    """Put, then ask the one open shard until the record is there; times start at the reply."""
    chosen = options(__doc__)
    report = Report("visible", __doc__, chosen.runs)
    for _ in range(chosen.runs):
        with node("--initial-partitions", "1") as server:
            writer, reader = Caller(server.port), Caller(server.port)
            create_table(writer, "bench")
            arn = stream_arn(writer, "bench")
            token = iterator(reader, arn, shards(reader, arn)[-1], "LATEST")
            samples, calls = [], 0
            for number in range(int(WRITES * chosen.scale)):
                writer.call("PutItem", TableName="bench", Item=item(number))
                acknowledged_ns = time.perf_counter_ns()
                seen = 0
                while not seen:
                    answer = reader.call("GetRecords", ShardIterator=token)
                    token = answer["NextShardIterator"]
                    seen = len(answer["Records"])
                    calls += 1
                samples.append((time.perf_counter_ns() - acknowledged_ns) / 1000)
        figures = percentiles(samples)
        report.add("acknowledged to read", **figures, calls_per_record=calls / len(samples))
    report.notes.append("One call a record is the least there can be: visible at the first look.")
    report.finish()


if __name__ == "__main__":
    main()
