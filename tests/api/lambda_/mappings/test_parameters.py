"""What a mapping may be asked for, and how AWS words it when it may not.

Source: ranges and the texts of ValidationException from the Lambda service model; other texts
recorded, or ours where the case says so.
"""

import pytest

VALIDATION, INVALID = "ValidationException", "InvalidParameterValueException"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:nowhere"
UNSUPPORTED = "Unsupported DestinationConfig parameter for given event source mapping type."


def out_of_range(member, value, bound, limit):
    return (
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy "
        f"constraint: Member must have value {bound} than or equal to {limit}"
    )


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("BatchSize", 1, 10_000),
        ("MaximumBatchingWindowInSeconds", 0, 300),
        ("ParallelizationFactor", 1, 10),
        ("MaximumRecordAgeInSeconds", -1, 604_800),
        ("MaximumRetryAttempts", -1, 10_000),
        ("TumblingWindowInSeconds", 0, 900),
    ],
)
class TestARange:
    """Of each number: its ends are taken, what lies beyond is refused; by update, too."""

    def test_takes_its_lowest(self, desk, name, low, high):
        assert desk.create(**{name: low})[name] == low

    def test_takes_its_highest(self, desk, name, low, high):
        assert desk.create(**{name: high})[name] == high

    def test_refuses_what_is_below(self, desk, name, low, high):
        member = name[0].lower() + name[1:]
        text = out_of_range(member, low - 1, "greater", low)
        assert desk.refusal(desk.create, **{name: low - 1}) == (VALIDATION, 400, text)

    def test_refuses_what_is_above(self, desk, name, low, high):
        member = name[0].lower() + name[1:]
        text = out_of_range(member, high + 1, "less", high)
        assert desk.refusal(desk.create, **{name: high + 1}) == (VALIDATION, 400, text)
        desk.map()
        assert desk.refusal(desk.update, **{name: high + 1}) == (VALIDATION, 400, text)


@pytest.mark.parametrize("age_s", [0, 1, 59])
def test_a_record_age_below_a_minute_is_refused(desk, age_s):
    """Source: the guide's range, -1 or 60 to 604,800; the text is ours."""
    code, status, text = desk.refusal(desk.create, MaximumRecordAgeInSeconds=age_s)
    assert (code, status) == (INVALID, 400)
    assert "MaximumRecordAgeInSeconds" in text


@pytest.mark.parametrize(
    ("params", "code", "text"),
    [
        ({"EventSourceArn": None}, INVALID, "Unrecognized event source."),
        ({"FunctionName": "nobody"}, INVALID, "Function does not exist"),
        ({"FunctionName": "actor:7"}, INVALID, "Function does not exist"),
        ({"FunctionName": "actor:nobody"}, INVALID, "Function does not exist"),
        (
            {"StartingPosition": None},
            INVALID,
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            "constraint: Member must not be null.",
        ),
        (
            {"StartingPosition": "invalid"},
            VALIDATION,
            "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy "
            "constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]",
        ),
        ({"FilterCriteria": {"Filters": [{"Pattern": "text"}]}}, INVALID, "Invalid filter"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "[]"}]}}, INVALID, "Invalid filter"),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"a":1}'}]}}, INVALID, "Invalid filter"),
        ({"FilterCriteria": {"Filters": [{"Pattern": '{"a":[]}'}]}}, INVALID, "Invalid filter"),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": '{"a":[{"like":"x"}]}'}]}},
            INVALID,
            "Invalid filter pattern definition.",
        ),
        ({"DestinationConfig": {"OnSuccess": {"Destination": QUEUE}}}, INVALID, UNSUPPORTED),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": QUEUE + ".fifo"}}},
            INVALID,
            UNSUPPORTED,
        ),
        (
            {
                "DestinationConfig": {
                    "OnFailure": {"Destination": "arn:aws:lambda:us-east-1:000000000000:function:f"}
                }
            },
            INVALID,
            UNSUPPORTED,
        ),
        # ours: there is nobody to hand the message to
        (
            {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}},
            INVALID,
            f"Destination {QUEUE} is not a queue of this node",
        ),
        (
            {
                "DestinationConfig": {
                    "OnFailure": {"Destination": "arn:aws:sns:us-east-1:000000000000:t"}
                }
            },
            INVALID,
            "Destination arn:aws:sns:us-east-1:000000000000:t is not",
        ),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::b"}}}, INVALID, "s3"),
        # ours: what is not there is refused by name
        ({"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k"}, VALIDATION, "KMSKeyArn"),
        ({"ScalingConfig": {"MaximumConcurrency": 2}}, INVALID, "Unsupported ScalingConfig"),
        ({"Queues": ["queue"]}, INVALID, "Unsupported Queues"),
        ({"Topics": ["topic"]}, INVALID, "Unsupported Topics"),
        ({"MetricsConfig": {"Metrics": ["ErrorCount"]}}, INVALID, "Unsupported metric ErrorCount"),
        ({"MetricsConfig": {"Metrics": ["KafkaMetrics"]}}, INVALID, "Unsupported metric Kafka"),
        (
            {"TumblingWindowInSeconds": 1, "ParallelizationFactor": 2},
            INVALID,
            "TumblingWindowInSeconds is only supported with a ParallelizationFactor of 1",
        ),
        (
            {"FunctionResponseTypes": ["Report"]},
            VALIDATION,
            "Member must satisfy enum value set: [ReportBatchItemFailures]",
        ),
    ],
)
def test_a_refusal_has_its_code_and_text(desk, params, code, text):
    found, status, message = desk.refusal(desk.create, **params)
    assert (found, status) == (code, 400)
    assert text in message


def test_at_timestamp_is_refused_for_a_stream(desk):
    code, _, text = desk.refusal(
        desk.create, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1772600800
    )
    assert (code, text) == (INVALID, f"Unsupported starting position for arn type: {desk.arn}")


def test_a_stream_that_is_not_there_is_not_found(desk):
    arn = desk.arn.replace(desk.table, "nobody")
    assert desk.refusal(desk.create, EventSourceArn=arn) == (
        INVALID,
        400,
        f"Stream not found: {arn}",
    )


def test_a_pair_is_mapped_once(desk):
    uuid = desk.map()["UUID"]
    text = (
        f'The event source arn (" {desk.arn} ") and function (" actor ") provided mapping already '
        f"exists. Please update or delete the existing mapping with UUID {uuid}"
    )
    assert desk.refusal(desk.create) == ("ResourceConflictException", 409, text)


def test_an_unknown_mapping_is_not_found(desk):
    text = "The resource you requested does not exist."
    for call in ("get", "update", "delete"):
        method = getattr(desk.functions, f"{call}_event_source_mapping")
        found = desk.refusal(method, UUID="0c9a3c5e-6d3b-4a51-8a11-9a1f4f0c7d21")
        assert found == ("ResourceNotFoundException", 404, text)
