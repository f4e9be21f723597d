"""What is in an event, when it is sent, and in which order.

Source: AWS, Lambda guide, "Polling and batching streams", its sample event, and "Control which
events Lambda sends to your function"; what is unsure says so.
"""

import json

import pytest


def filtered(*patterns):
    return {"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]}


def test_an_event_has_the_form_of_the_guides_sample(desk):
    desk.map()
    desk.put("a", n={"N": "1"}, blob={"B": b"\0\1\2"}, tags={"SS": ["x", "y"]})
    desk.settle()
    (event,) = desk.events()
    assert set(event) == {"Records"}
    (record,) = event["Records"]
    change = record.pop("dynamodb")
    assert len(record.pop("eventID")) == 32
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "eventSourceARN": desk.arn,
    }
    assert isinstance(change.pop("ApproximateCreationDateTime"), float)
    assert len(change.pop("SequenceNumber")) == 21
    # pk 2 + "a" 1; n 1 + 2; blob 4 + 3; tags 4 + 1 + 1, the keys 3 more: by the rules of item size
    assert change.pop("SizeBytes") == 3 + 3 + 3 + 7 + 6
    assert change == {
        "Keys": {"pk": {"S": "a"}},
        "NewImage": {
            "pk": {"S": "a"},
            "n": {"N": "1"},
            "blob": {"B": "AAEC"},
            "tags": {"SS": ["x", "y"]},
        },
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }


def test_names_and_images_follow_the_change(desk):
    desk.map()
    desk.put("a", n={"N": "1"})
    desk.put("a", n={"N": "2"})
    desk.delete("a")
    desk.settle()
    records = [record for event in desk.events() for record in event["Records"]]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    images = [
        ("NewImage" in record["dynamodb"], "OldImage" in record["dynamodb"]) for record in records
    ]
    assert images == [(True, False), (True, True), (False, True)]


def test_an_expired_item_is_deleted_by_the_service(desk, house):
    """Source: the guide: userIdentity of a time to live deletion, its members in lower case."""
    house.dynamodb.update_time_to_live(
        TableName=desk.table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"},
    )
    desk.map(FilterCriteria=filtered({"eventName": ["REMOVE"]}))
    desk.put("a", ends={"N": str(house.stage.clock.now_ms // 1000 + 10)})
    desk.pass_time(3600)
    ((record,),) = [event["Records"] for event in desk.events()]
    identity = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert record["userIdentity"] == identity


def test_a_batch_is_full_at_batch_size(desk):
    desk.put(*"abcdefg")
    desk.map(BatchSize=3)
    assert desk.seen() == [list("abc"), list("def"), ["g"]]


def test_a_batch_waits_for_its_window_or_for_its_size(desk):
    desk.map(BatchSize=3, MaximumBatchingWindowInSeconds=10)
    desk.put("a")
    desk.pass_time(9)
    assert desk.seen() == []
    desk.put("b")
    desk.pass_time(1)
    assert desk.seen() == [["a", "b"]]
    desk.put(*"cde")
    desk.settle()
    assert desk.seen() == [["a", "b"], list("cde")]


def test_a_batch_stays_under_6_mb(desk):
    """Source: Lambda quotas, 6 MB of synchronous payload. Each record shows 380 KB of image."""
    large = {"S": "x" * 380_000}
    for number in range(20):
        desk.put(f"k{number:02d}", large=large)
    desk.map(BatchSize=100)
    sizes = [len(json.dumps(event, separators=(",", ":"))) for event in desk.events()]
    assert [len(batch) for batch in desk.seen()] == [16, 4]
    assert max(sizes) <= 6 * 1024 * 1024


def test_trim_horizon_sees_what_was_before_and_latest_does_not(desk, house):
    desk.put("before")
    desk.map()
    assert desk.seen() == [["before"]]
    desk.functions.delete_event_source_mapping(UUID=desk.uuid)
    desk.settle()
    desk.create(StartingPosition="LATEST")
    desk.put("after")
    desk.settle()
    assert desk.seen() == [["before"], ["after"]]


def test_changes_of_one_item_keep_their_order_across_a_split(desk, house):
    desk.map()
    for number in range(5):
        desk.put("a", n={"N": str(number)})
        house.stage.split(desk.table)
    desk.settle()
    order = [
        record["dynamodb"]["NewImage"]["n"]["N"]
        for event in desk.events()
        for record in event["Records"]
    ]
    assert order == list("01234")


def test_two_mappings_read_one_stream_on_their_own(desk, house):
    other = f"two-{desk.table}"
    house.make_function(other)
    desk.map()
    second = house.functions.create_event_source_mapping(
        EventSourceArn=desk.arn, FunctionName=other, StartingPosition="TRIM_HORIZON"
    )["UUID"]
    desk.put("a")
    desk.settle()
    assert desk.seen() == [["a"], ["a"]]
    house.functions.delete_event_source_mapping(UUID=second)


def test_lanes_split_a_shard_by_item_and_keep_each_items_order(desk):
    for number in range(4):
        desk.put(*(f"k{key}" for key in range(8)), n={"N": str(number)})
    desk.map(ParallelizationFactor=4, BatchSize=100)
    desk.settle()
    orders: dict[str, list[str]] = {}
    for event in desk.events():
        for record in event["Records"]:
            image = record["dynamodb"]["NewImage"]
            orders.setdefault(image["pk"]["S"], []).append(image["n"]["N"])
    assert orders == {f"k{key}": list("0123") for key in range(8)}
    assert len(desk.events()) > 1  # a single lane has everything in one batch


def test_a_poisoned_lane_holds_up_no_other(desk):
    desk.does(fails=["k0"])
    desk.map(ParallelizationFactor=10, BatchSize=1)
    keys = [f"k{number}" for number in range(30)]
    desk.put(*keys)
    desk.pass_time(5)
    done = {key for (key,) in desk.seen()}
    # By chance a tenth shares the lane of k0; a lane that stood for all would leave 29.
    assert len(done) >= 20


def test_a_new_factor_delivers_nothing_twice(desk):
    desk.map(ParallelizationFactor=3, BatchSize=2)
    desk.put(*(f"a{number}" for number in range(20)))
    desk.settle()
    desk.update(ParallelizationFactor=2)
    desk.settle()
    desk.put(*(f"b{number}" for number in range(20)))
    desk.settle()
    delivered = [key for batch in desk.seen() for key in batch]
    assert len(delivered) == len(set(delivered)) == 40


# --- filters -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "keys"),
    [
        ({"eventName": ["INSERT"]}, ["ann", "bob", "cid"]),
        ({"eventName": ["REMOVE"]}, ["ann"]),
        ({"dynamodb": {"Keys": {"pk": {"S": ["bob"]}}}}, ["bob"]),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "a"}]}}}}, ["ann", "ann"]),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"suffix": "d"}]}}}}, ["cid"]),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"equals-ignore-case": "BOB"}]}}}}, ["bob"]),
        ({"dynamodb": {"Keys": {"pk": {"S": [{"anything-but": ["ann"]}]}}}}, ["bob", "cid"]),
        ({"dynamodb": {"NewImage": {"n": {"N": ["5"]}}}}, ["bob"]),
        # recorded: numeric never matches a DynamoDB number, which is a text
        ({"dynamodb": {"NewImage": {"n": {"N": [{"numeric": [">", 0]}]}}}}, []),
        ({"dynamodb": {"ApproximateCreationDateTime": [{"numeric": [">", 0]}]}}, None),
        ({"dynamodb": {"NewImage": {"gone": {"S": [{"exists": True}]}}}}, ["cid"]),
        (
            {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"gone": [{"exists": False}]}}},
            ["ann", "bob"],
        ),
        (
            {
                "$or": [
                    {"eventName": ["REMOVE"]},
                    {"dynamodb": {"Keys": {"pk": {"S": ["cid"]}}}},
                ]
            },
            ["cid", "ann"],
        ),
        ({"eventName": ["INSERT"], "dynamodb": {"Keys": {"pk": {"S": ["ann"]}}}}, ["ann"]),
    ],
)
def test_a_filter_admits(desk, pattern, keys):
    desk.map(FilterCriteria=filtered(pattern))
    desk.put("ann", n={"N": "300"})
    desk.put("bob", n={"N": "5"})
    desk.put("cid", gone={"S": "x"})
    desk.delete("ann")
    desk.settle()
    everything = ["ann", "bob", "cid", "ann"]
    assert [key for batch in desk.seen() for key in batch] == (everything if keys is None else keys)


def test_several_filters_are_ored_and_a_new_one_holds_from_then_on(desk):
    one, two = {"eventName": ["REMOVE"]}, {"dynamodb": {"Keys": {"pk": {"S": ["b"]}}}}
    desk.map(FilterCriteria=filtered(one, two))
    desk.put(*"abc")
    desk.delete("a")
    desk.settle()
    assert [key for batch in desk.seen() for key in batch] == ["b", "a"]
    desk.update(FilterCriteria=filtered({"eventName": ["INSERT"]}))
    desk.settle()
    desk.put("d")
    desk.settle()
    assert desk.seen()[-1] == ["d"]


def test_filtered_records_count_as_processed(desk, house):
    desk.map(FilterCriteria=filtered({"eventName": ["REMOVE"]}))
    desk.put(*"abc")
    desk.pass_time(2)
    house.stage.idle()
    desk.update(FilterCriteria={})
    desk.settle()
    assert desk.seen() == []
