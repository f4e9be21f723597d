"""Failures: retries, splits, reports, ages, and what the destination is told.

Source: AWS, Lambda guide, "Configuring error handling controls", "Configuring partial batch
response", "Retain discarded records for a DynamoDB event source"; answers and messages recorded.
"""

import pytest

REPORT = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_hopeless_batch_is_invoked_once_more_than_it_may_be_retried(desk, retries):
    """Recorded: attempts 1 gives approximateInvokeCount 2, attempts 3 gives 4."""
    desk.does(fails=["bad"])
    desk.map(MaximumRetryAttempts=retries, DestinationConfig=desk.to_queue(), BatchSize=1)
    desk.put("bad", "good")
    desk.pass_time(60)
    assert desk.seen() == [["bad"]] * (retries + 1) + [["good"]]
    (message,) = desk.messages()
    assert message["requestContext"]["approximateInvokeCount"] == retries + 1
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"


def test_a_message_has_awss_form(desk):
    desk.does(fails="all")
    desk.map(MaximumRetryAttempts=0, DestinationConfig=desk.to_queue())
    desk.put("a", "b")
    desk.settle()
    (message,) = desk.messages()
    records = desk.events()[0]["Records"]
    sequences = [record["dynamodb"]["SequenceNumber"] for record in records]
    (shard,) = desk.house.streams.describe_stream(StreamArn=desk.arn)["StreamDescription"]["Shards"]
    context, batch = message.pop("requestContext"), message.pop("DDBStreamBatchInfo")
    assert len(context.pop("requestId")) == 36
    assert context == {
        "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:actor",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 1,
    }
    arrivals = [batch.pop(f"approximateArrivalOf{which}Record") for which in ("First", "Last")]
    assert [len(arrival) for arrival in arrivals] == [len("2026-03-04T05:06:40Z")] * 2
    assert batch == {
        "shardId": shard["ShardId"],
        "startSequenceNumber": sequences[0],
        "endSequenceNumber": sequences[1],
        "batchSize": 2,
        "streamArn": desk.arn,
    }
    assert len(message.pop("timestamp")) == len("2026-03-04T05:06:40.123Z")
    assert message == {
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
    }


def test_without_retries_to_end_it_goes_on_until_it_works(desk):
    desk.does(fails="all")
    desk.map()
    desk.put("a")
    desk.pass_time(1800)
    assert len(desk.seen()) > 20
    desk.does()
    desk.pass_time(60)
    assert desk.get()["LastProcessingResult"] == "OK"


def test_a_function_that_dies_is_a_failure_like_any_other(desk):
    desk.does(dies=True)
    desk.map(MaximumRetryAttempts=1, DestinationConfig=desk.to_queue())
    desk.put("a")
    desk.pass_time(10)
    assert desk.seen() == [["a"], ["a"]]
    assert len(desk.messages()) == 1


def test_a_shard_stands_still_while_its_batch_is_retried(desk):
    desk.does(fails=["a"])
    desk.map(BatchSize=1)
    desk.put("a", "b")
    desk.pass_time(60)
    assert {tuple(batch) for batch in desk.seen()} == {("a",)}


@pytest.mark.parametrize("retries", [0, 2])
def test_bisecting_isolates_the_poisoned_record(desk, retries):
    """Source: the guide: splitting a batch does not count towards the retry quota."""
    desk.does(fails=["e"])
    desk.map(
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=retries,
        DestinationConfig=desk.to_queue(),
    )
    desk.put(*"abcdefgh")
    desk.pass_time(60)
    halves = [list("abcdefgh"), list("abcd"), list("efgh"), list("ef")]
    rest = [["f"], list("gh")]
    assert desk.seen() == [*halves, *[["e"]] * (retries + 1), *rest]
    (message,) = desk.messages()
    assert message["DDBStreamBatchInfo"]["batchSize"] == 1
    assert message["requestContext"]["approximateInvokeCount"] == retries + 1


def test_without_bisecting_good_records_go_with_the_bad(desk):
    desk.does(fails=["b"])
    desk.map(MaximumRetryAttempts=0, DestinationConfig=desk.to_queue())
    desk.put(*"abc")
    desk.settle()
    (message,) = desk.messages()
    assert message["DDBStreamBatchInfo"]["batchSize"] == 3


# --- ages ----------------------------------------------------------------------------------------


def test_records_older_than_the_mapping_allows_are_dropped_before_a_first_try(desk):
    desk.map(MaximumRecordAgeInSeconds=60, DestinationConfig=desk.to_queue(), Enabled=False)
    desk.put("old")
    desk.pass_time(61)
    desk.put("new")
    desk.update(Enabled=True)
    desk.settle()
    assert desk.seen() == [["new"]]
    (message,) = desk.messages()
    assert message["requestContext"]["condition"] == "RecordAgeExceeded"
    assert "responseContext" not in message  # unsure: no call was made


def test_a_batch_that_grows_too_old_is_given_up(desk):
    desk.does(fails="all")
    desk.map(MaximumRecordAgeInSeconds=60, DestinationConfig=desk.to_queue())
    desk.put("a")
    desk.pass_time(180)
    (message,) = desk.messages()
    assert message["requestContext"]["condition"] == "RecordAgeExceeded"
    assert message["requestContext"]["approximateInvokeCount"] == len(desk.seen())


def test_without_an_age_records_wait_until_the_stream_forgets_them(desk):
    """Source: streams keep records for 24 hours. That the destination is told is unsure."""
    desk.map(DestinationConfig=desk.to_queue())
    desk.put("before")
    desk.settle()
    desk.update(Enabled=False)
    desk.settle()
    desk.put("a")
    desk.pass_time(24 * 3600 + 2)
    desk.update(Enabled=True)
    desk.settle()
    assert desk.seen() == [["before"]]
    (message,) = desk.messages()
    assert message["requestContext"]["condition"] == "RecordAgeExceeded"


# --- reports -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [{"batchItemFailures": []}, {"batchItemFailures": None}, {}, None, [], "", {"other": 1}],
)
def test_an_answer_without_failures_is_a_success(desk, answer):
    desk.does(answer=answer)
    desk.map(MaximumRetryAttempts=0, DestinationConfig=desk.to_queue(), **REPORT)
    desk.put("a", "b")
    desk.pass_time(5)
    assert desk.seen() == [["a", "b"]]
    assert desk.messages() == []


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"foo": "x"}]},
        {"batchItemFailures": [{"itemIdentifier": "100000000000000000042"}]},
        {"batchItemFailures": [{"itemIdentifier": 5}]},  # from here on unsure
        {"batchItemFailures": ["5"]},
        {"batchItemFailures": "5"},
        "done",
        7,
    ],
)
def test_a_report_that_names_no_record_fails_the_whole_batch(desk, answer):
    desk.does(answer=answer)
    desk.map(MaximumRetryAttempts=1, DestinationConfig=desk.to_queue(), **REPORT)
    desk.put("a", "b")
    desk.pass_time(5)
    assert desk.seen() == [["a", "b"]] * 2
    (message,) = desk.messages()
    assert message["DDBStreamBatchInfo"]["batchSize"] == 2


def test_what_is_before_the_lowest_reported_record_is_done(desk):
    desk.does(names=["c", "e"])
    desk.map(MaximumRetryAttempts=1, DestinationConfig=desk.to_queue(), **REPORT)
    desk.put(*"abcdef")
    desk.pass_time(5)
    assert desk.seen() == [list("abcdef"), list("cdef")]
    (message,) = desk.messages()
    assert message["responseContext"]["functionError"] is None
    assert message["responseContext"]["statusCode"] == 200
    assert message["DDBStreamBatchInfo"]["batchSize"] == 4


def test_reports_move_on_record_by_record(desk):
    desk.does(names=["b"])
    desk.map(MaximumRetryAttempts=5, **REPORT)
    desk.put(*"abc")
    desk.settle()
    desk.does()
    desk.pass_time(5)
    assert desk.seen() == [list("abc"), list("bc")]


def test_a_report_splits_where_it_says_and_an_exception_halves(desk):
    desk.does(names=["c"])
    desk.map(
        MaximumRetryAttempts=1,
        BisectBatchOnFunctionError=True,
        DestinationConfig=desk.to_queue(),
        **REPORT,
    )
    desk.put(*"abcd")
    desk.settle()
    desk.does(fails=["c"])
    desk.pass_time(30)
    assert desk.seen()[:3] == [list("abcd"), list("cd"), ["c"]]
    assert desk.seen()[-1] == ["d"]


def test_without_function_response_types_an_answer_is_ignored(desk):
    desk.does(names=["a"])
    desk.map(MaximumRetryAttempts=0, DestinationConfig=desk.to_queue())
    desk.put("a")
    desk.settle()
    assert desk.messages() == []


# --- windows -------------------------------------------------------------------------------------


def window_events(desk):
    return [
        (len(event["Records"]), event["state"].get("seen", 0), event["isFinalInvokeForWindow"])
        for event in desk.events()
    ]


def at_a_minute(desk):
    """Move to the start of the next minute, so that a window is whole."""
    desk.pass_time(60 - desk.house.stage.clock.now_ms / 1000 % 60)


def test_a_window_folds_its_records_into_a_state_and_hands_it_over(desk):
    desk.does(sums=True)
    desk.map(TumblingWindowInSeconds=60)
    at_a_minute(desk)
    desk.put("a", "b")
    desk.pass_time(10)
    desk.put("c")
    desk.pass_time(49)
    assert window_events(desk) == [(2, 0, False), (1, 2, False)]
    desk.pass_time(1)
    assert window_events(desk)[2:] == [(0, 3, True)]
    desk.put("d")
    desk.settle()
    assert window_events(desk)[3:] == [(1, 0, False)]


def test_an_event_of_a_window_has_the_guides_members(desk):
    desk.does(sums=True)
    desk.map(TumblingWindowInSeconds=60)
    at_a_minute(desk)
    desk.put("a")
    desk.settle()
    (event,) = desk.events()
    assert set(event) == {
        "Records",
        "window",
        "state",
        "shardId",
        "eventSourceARN",
        "isFinalInvokeForWindow",
        "isWindowTerminatedEarly",
    }
    assert (event["window"]["start"][-4:], event["window"]["end"][-4:]) == (":00Z", ":00Z")
    assert event["eventSourceARN"] == desk.arn
    assert event["isWindowTerminatedEarly"] is False


def test_an_answer_without_state_is_retried(desk):
    desk.does(answer={})
    desk.map(TumblingWindowInSeconds=60, MaximumRetryAttempts=2)
    at_a_minute(desk)
    desk.put("a")
    desk.pass_time(10)
    assert len(desk.events()) == 3


def test_a_state_over_1_mb_ends_its_window_early(desk):
    desk.does(answer={"state": {"large": "x" * (1024 * 1024)}})
    desk.map(TumblingWindowInSeconds=900)
    desk.put("a")
    desk.settle()
    first, final = desk.events()
    assert (first["isFinalInvokeForWindow"], first["isWindowTerminatedEarly"]) == (False, False)
    assert (final["isFinalInvokeForWindow"], final["isWindowTerminatedEarly"]) == (True, True)


def test_the_end_of_a_shard_closes_its_window(desk, house):
    desk.does(sums=True)
    desk.map(TumblingWindowInSeconds=900)
    desk.put("a")
    desk.settle()
    house.stage.split(desk.table)
    desk.settle()
    assert window_events(desk) == [(1, 0, False), (0, 1, True)]
