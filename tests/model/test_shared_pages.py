"""GetRecords with shared pages answers as without them, whatever happens to the shard."""

import itertools

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.model.rig import Rig

from headwater.changelog.read import read_log
from headwater.changelog.retention import sweep_stream, trim
from headwater.changelog.stream import load_shards
from headwater.changelog.tail import Tail
from headwater.errors import AwsError

VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "NEW_AND_OLD_IMAGES")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(1, 4)),
        st.tuples(st.just("read"), st.integers(0, 2), st.integers(1, 5)),
        st.tuples(st.just("read"), st.integers(0, 2), st.just(1000)),
        st.tuples(st.just("start"), st.integers(0, 2), st.sampled_from(["TRIM_HORIZON", "LATEST"])),
        st.tuples(st.just("trim"), st.integers(0, 3)),
        st.tuples(st.just("later"), st.sampled_from([1, 600, 86_100, 90_000])),
        st.tuples(st.just("sweep")),
        st.tuples(st.just("roll over")),
    ),
    min_size=5,
    max_size=40,
)
# What one reader has left behind becomes too old while another could still be shown it.
TOO_LATE = [
    ("put", 4),
    ("later", 86_100),
    ("start", 0, "TRIM_HORIZON"),
    ("start", 1, "TRIM_HORIZON"),
    ("read", 0, 1),
    ("read", 1, 5),
    ("later", 600),
    ("read", 0, 5),
]
_names = itertools.count()


class Readers:
    """A table, and readers of its first shard, asked twice each time: with pages shared in a tail
    of `bytes_max` bytes, and without."""

    def __init__(self, rig, view, bytes_max):
        self.rig = rig
        self.name = f"shared{next(_names)}"
        self.shared, self.none = Tail(bytes_max), Tail(0)
        rig(
            "CreateTable",
            TableName=self.name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
        )
        described = rig("DescribeTable", TableName=self.name)["Table"]
        self.arn = described["LatestStreamArn"]
        shards = rig("DescribeStream", StreamArn=self.arn)["StreamDescription"]["Shards"]
        self.shard = shards[0]["ShardId"]
        self.puts = itertools.count()
        self.places = [None, None, None]

    def answer(self, tail, place, limit):
        self.rig.node.tail = tail
        try:
            page = self.rig("GetRecords", ShardIterator=place, Limit=limit)
        except AwsError as refused:
            return None, refused.code, None
        assert tail.size <= tail._bytes_max
        return page["Records"], "NextShardIterator" in page, page.get("NextShardIterator")

    def put(self, count):
        for _ in range(count):
            number = next(self.puts)
            item = {"pk": {"S": f"k{number % 3}"}, "n": {"N": str(number)}}
            self.rig("PutItem", TableName=self.name, Item=item)

    def start(self, reader, kind):
        try:
            self.places[reader] = self.rig(
                "GetShardIterator",
                StreamArn=self.arn,
                ShardId=self.shard,
                ShardIteratorType=kind,
            )["ShardIterator"]
        except AwsError:
            self.places[reader] = None  # the shard is gone

    def read(self, reader, limit):
        if self.places[reader] is None:
            return
        without = self.answer(self.none, self.places[reader], limit)
        assert self.answer(self.shared, self.places[reader], limit)[:2] == without[:2]
        self.places[reader] = without[2]

    def of_shard(self, work):
        """Run `work` with the stream and its first shard, if that is still there."""

        def found(tx):
            stream = self.rig.table_of(self.name).stream.stream
            shards = [one for one in load_shards(tx, stream) if one.id == self.shard]
            if shards:
                work(tx, stream, shards[0])

        self.rig.do(found)

    def trim(self, count):
        """Take away the `count` oldest records that are left."""

        def some(tx, stream, shard):
            oldest = read_log(tx, shard.log, shard.first_kept - 1, count)
            if oldest:
                trim(tx, stream, shard, oldest[-1].sequence + 1)

        self.of_shard(some)

    def sweep(self):
        now_ms = self.rig.clock.now_ms()
        self.of_shard(lambda tx, stream, shard: sweep_stream(tx, stream, now_ms))

    def later(self, seconds):
        self.rig.clock.move(seconds=seconds)

    def roll_over(self):
        self.rig.change_shards(self.name, splits=False)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=STEPS,
    view=st.sampled_from(VIEWS),
    bytes_max=st.sampled_from([400, 3000, 1 << 20]),
    engine=st.sampled_from(["memory", "embedded"]),
)
@example(steps=TOO_LATE, view="NEW_IMAGE", bytes_max=1 << 20, engine="memory")
def test_shared_pages_change_no_answer(steps, view, bytes_max, engine, tmp_path_factory):
    rig = Rig(engine, tmp_path_factory.mktemp("shared"))
    readers = Readers(rig, view, bytes_max)
    for reader in range(3):
        readers.start(reader, "TRIM_HORIZON")
    for kind, *given_ in steps:
        getattr(readers, kind.replace(" ", "_"))(*given_)
    for reader in range(3):
        readers.read(reader, 1000)
    rig.engine.close()
