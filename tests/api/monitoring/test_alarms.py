"""Alarms through all their states on a clock that is moved, and what they do."""

import json
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ClientError
from tests.servers import Handler, serving

ALARM = {
    "AlarmName": "lag",
    "Namespace": "Shop",
    "MetricName": "waiting",
    "Dimensions": [{"Name": "Till", "Value": "1"}],
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 10.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def put(watched, value):
    watched.cloudwatch.put_metric_data(
        Namespace="Shop",
        MetricData=[
            {
                "MetricName": "waiting",
                "Dimensions": [{"Name": "Till", "Value": "1"}],
                "Value": float(value),
            }
        ],
    )


def state(watched, name="lag"):
    alarms = watched.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return alarms[0]["StateValue"], alarms[0]["StateReason"]


def test_an_alarm_goes_through_all_its_states(watched):
    watched.cloudwatch.put_metric_alarm(**ALARM)
    watched.cloudwatch.get_waiter("alarm_exists").wait(AlarmNames=["lag"])
    assert state(watched) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    put(watched, 21.5)
    watched.advance("30s")
    assert state(watched) == (
        "ALARM",
        "Threshold Crossed: 1 datapoint [21.5 (04/03/26 05:06:00)] was greater than the "
        "threshold (10.0).",
    )
    put(watched, 3)
    watched.advance("1m")
    assert state(watched) == (
        "OK",
        "Threshold Crossed: 1 datapoint [3.0 (04/03/26 05:07:00)] was not greater than the "
        "threshold (10.0).",
    )
    watched.advance("10m")
    assert state(watched) == ("INSUFFICIENT_DATA", "Insufficient Data: 1 datapoint was unknown.")
    summaries = [
        item["HistorySummary"]
        for item in watched.cloudwatch.describe_alarm_history(
            AlarmName="lag", ScanBy="TimestampAscending"
        )["AlarmHistoryItems"]
    ]
    assert summaries == [
        'Alarm "lag" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to INSUFFICIENT_DATA",
    ]


def test_history_tells_the_configuration_and_both_states(watched):
    """Members as in recorded entries of an alarm's history."""
    watched.cloudwatch.put_metric_alarm(**ALARM, AlarmDescription="waits")
    watched.cloudwatch.set_alarm_state(
        AlarmName="lag", StateValue="OK", StateReason="tested", StateReasonData='{"by": "hand"}'
    )
    watched.cloudwatch.put_metric_alarm(**{**ALARM, "Threshold": 11})
    watched.cloudwatch.delete_alarms(AlarmNames=["lag"])
    items = watched.cloudwatch.describe_alarm_history(AlarmName="lag", ScanBy="TimestampAscending")[
        "AlarmHistoryItems"
    ]
    created, turned, updated, deleted = [json.loads(item["HistoryData"]) for item in items]
    at = "2026-03-04T05:06:30.000+0000"
    assert created == {
        "version": "1.0",
        "type": "Create",
        "createdAlarm": {
            "alarmName": "lag",
            "alarmDescription": "waits",
            "alarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:lag",
            "alarmConfigurationUpdatedTimestamp": at,
            "namespace": "Shop",
            "metricName": "waiting",
            "statistic": "Maximum",
            "period": 60,
            "dimensions": [{"value": "1", "name": "Till"}],
            "threshold": 10.0,
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "stateValue": "INSUFFICIENT_DATA",
            "stateUpdatedTimestamp": at,
            "actionsEnabled": True,
            "alarmActions": [],
            "insufficientDataActions": [],
            "okactions": [],
        },
    }
    assert turned == {
        "version": "1.0",
        "oldState": {
            "stateValue": "INSUFFICIENT_DATA",
            "stateReason": "Unchecked: Initial alarm creation",
        },
        "newState": {
            "stateValue": "OK",
            "stateReason": "tested",
            "stateReasonData": {"by": "hand"},
        },
    }
    assert (updated["type"], updated["updatedAlarm"]["threshold"]) == ("Update", 11.0)
    assert updated["updatedAlarm"]["stateValue"] == "OK"
    assert (deleted["type"], deleted["deletedAlarm"]["alarmName"]) == ("Delete", "lag")


def test_some_of_the_last_datapoints_make_an_alarm(watched):
    watched.cloudwatch.put_metric_alarm(**{**ALARM, "EvaluationPeriods": 3, "DatapointsToAlarm": 2})
    states = []
    for value in (20, 1, 30, 1, 1):
        put(watched, value)
        watched.advance("1m")
        states.append(state(watched)[0])
    assert states == ["INSUFFICIENT_DATA", "OK", "ALARM", "OK", "OK"]


def test_missing_data_may_be_breaching(watched):
    watched.cloudwatch.put_metric_alarm(
        **{**ALARM, "EvaluationPeriods": 2, "TreatMissingData": "breaching"}
    )
    watched.advance("1m")
    assert state(watched) == (
        "ALARM",
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints "
        "were treated as [Breaching].",
    )


def test_silence_after_a_breach_is_treated_as_each_alarm_says(watched):
    """Source: AWS, "Configuring how CloudWatch alarms treat missing data"."""
    modes = ("missing", "ignore", "breaching", "notBreaching")
    for mode in modes:
        asked = {**ALARM, "AlarmName": mode, "EvaluationPeriods": 2, "DatapointsToAlarm": 1}
        watched.cloudwatch.put_metric_alarm(**asked, TreatMissingData=mode)
    put(watched, 21)
    watched.advance("1m")
    assert [state(watched, mode)[0] for mode in modes] == ["ALARM"] * 4
    watched.advance("10m")
    states = {mode: state(watched, mode)[0] for mode in modes}
    assert states == {
        "missing": "INSUFFICIENT_DATA",
        "ignore": "ALARM",
        "breaching": "ALARM",
        "notBreaching": "OK",
    }


def test_an_alarm_may_be_on_an_expression_of_aws_metrics(watched):
    table = watched.table("Errors")
    dimensions = [{"Name": "TableName", "Value": table}]

    def stat(name):
        metric = {"Namespace": "AWS/DynamoDB", "MetricName": name, "Dimensions": dimensions}
        return {"Metric": metric, "Period": 60, "Stat": "Sum"}

    watched.cloudwatch.put_metric_alarm(
        AlarmName="conflicts",
        Metrics=[
            {
                "Id": "bad",
                "MetricStat": stat("ConditionalCheckFailedRequests"),
                "ReturnData": False,
            },
            {"Id": "all", "MetricStat": stat("ConsumedWriteCapacityUnits"), "ReturnData": False},
            {"Id": "rate", "Expression": "100 * FILL(bad, 0) / all"},
        ],
        EvaluationPeriods=1,
        Threshold=40.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )
    for number in range(4):
        try:
            watched.dynamodb.put_item(
                TableName=table,
                Item={"k": {"S": "same" if number < 2 else str(number)}},
                ConditionExpression="attribute_not_exists(k)",
            )
        except ClientError:
            pass
    watched.advance("1m")
    assert state(watched, "conflicts")[0] == "OK"
    for _ in range(4):
        with pytest.raises(ClientError):
            watched.dynamodb.put_item(
                TableName=table,
                Item={"k": {"S": "same"}},
                ConditionExpression="attribute_not_exists(k)",
            )
    watched.advance("1m")
    assert state(watched, "conflicts")[0] == "ALARM"


@pytest.fixture
def webhook():
    """A URL and what was posted to it."""
    posted = []

    class Webhook(Handler):
        """Takes everything."""

        def do_POST(self):
            posted.append(json.loads(self.body()))
            self.answer(204)

    with serving(Webhook) as url:
        yield f"{url}/hook", posted


def test_actions_are_done_when_the_state_changes_and_only_then(watched, webhook, eventually):
    url, posted = webhook
    cloudwatch = watched.cloudwatch
    cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[url], OKActions=[url])
    for value in (20, 30, 1):
        put(watched, value)
        watched.advance("1m")
        eventually(lambda: True)
    eventually(lambda: len(posted) >= 2)
    assert sorted((one["OldStateValue"], one["NewStateValue"]) for one in posted) == [
        ("ALARM", "OK"),
        ("INSUFFICIENT_DATA", "ALARM"),
    ]
    assert posted[0]["Trigger"]["MetricName"] == "waiting"
    cloudwatch.disable_alarm_actions(AlarmNames=["lag"])
    cloudwatch.set_alarm_state(AlarmName="lag", StateValue="ALARM", StateReason="testing")
    assert state(watched) == ("ALARM", "testing")
    cloudwatch.enable_alarm_actions(AlarmNames=["lag"])
    cloudwatch.set_alarm_state(AlarmName="lag", StateValue="OK", StateReason="tested")
    eventually(lambda: len(posted) == 3)
    assert posted[2]["NewStateReason"] == "tested"

    def actions():
        return cloudwatch.describe_alarm_history(AlarmName="lag", HistoryItemType="Action")[
            "AlarmHistoryItems"
        ]

    eventually(lambda: len(actions()) == 3)
    assert actions()[0]["HistorySummary"] == f"Successfully executed action {url}"


def test_alarms_are_found_by_name_metric_state_and_tag_and_deleted(watched):
    cloudwatch = watched.cloudwatch
    for number in range(5):
        tags = [{"Key": "team", "Value": "till"}]
        cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": f"lag-{number}"}, Tags=tags)
    cloudwatch.put_metric_alarm(**{**ALARM, "AlarmName": "other", "MetricName": "sold"})
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix="lag-", PaginationConfig={"PageSize": 2}
    )
    sizes = [len(page["MetricAlarms"]) for page in pages]
    assert sizes == [2, 2, 1]
    found = cloudwatch.describe_alarms_for_metric(
        Namespace="Shop", MetricName="sold", Dimensions=ALARM["Dimensions"]
    )["MetricAlarms"]
    assert [one["AlarmName"] for one in found] == ["other"]
    arn = found[0]["AlarmArn"]
    assert arn == "arn:aws:cloudwatch:us-east-1:000000000000:alarm:other"
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
        {"Key": "a", "Value": "1"}
    ]
    assert not cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    cloudwatch.delete_alarms(AlarmNames=["lag-0", "lag-1", "nobody"])
    left = cloudwatch.describe_alarms()["MetricAlarms"]
    assert [one["AlarmName"] for one in left] == ["lag-2", "lag-3", "lag-4", "other"]


@pytest.mark.parametrize(
    ("call", "given", "code"),
    [
        (
            "set_alarm_state",
            {"AlarmName": "no", "StateValue": "OK", "StateReason": "x"},
            "ResourceNotFound",
        ),
        ("delete_alarms", {"AlarmNames": ["no"]}, "ResourceNotFound"),
        (
            "set_alarm_state",
            {"AlarmName": "no", "StateValue": "INVALID", "StateReason": "x"},
            "ValidationError",
        ),
        ("put_metric_alarm", {**ALARM, "Period": 10}, "ValidationError"),
        (
            "put_metric_alarm",
            {**ALARM, "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:x"]},
            "ValidationError",
        ),
        ("put_metric_alarm", {**ALARM, "DatapointsToAlarm": 2}, "InvalidParameterValue"),
    ],
)
def test_what_cannot_be_done_is_refused(watched, call, given, code):
    with pytest.raises(ClientError) as refused:
        getattr(watched.cloudwatch, call)(**given)
    assert refused.value.response["Error"]["Code"] == code


def test_a_state_that_there_is_not_is_told_with_those_that_there_are(watched):
    """Recorded, with the states in this order."""
    with pytest.raises(ClientError) as refused:
        watched.cloudwatch.set_alarm_state(AlarmName="no", StateValue="INVALID", StateReason="x")
    assert refused.value.response["Error"]["Message"] == (
        "1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy "
        "constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"
    )


def test_alarms_do_not_slow_a_long_journey(watched):
    watched.cloudwatch.put_metric_alarm(**ALARM)
    put(watched, 20)
    before = watched.start
    watched.advance("365d")
    assert state(watched)[0] == "INSUFFICIENT_DATA"
    history = watched.cloudwatch.describe_alarm_history(AlarmName="lag")["AlarmHistoryItems"]
    assert history[0]["Timestamp"] < before + timedelta(minutes=10)


def test_a_reset_takes_metrics_and_alarms(watched):
    watched.cloudwatch.put_metric_alarm(**ALARM)
    put(watched, 20)
    watched.table("Gone")
    watched.post("reset", {})
    assert not watched.cloudwatch.describe_alarms()["MetricAlarms"]
    left = watched.cloudwatch.list_metrics()["Metrics"]
    assert {one["Namespace"] for one in left} <= {"Headwater"}, "only what it took to reset"
    assert not any(one["Dimensions"] for one in left)
    assert not watched.cloudwatch.describe_alarm_history()["AlarmHistoryItems"]


@pytest.fixture
def topics():
    """A URL where Publish is answered as SNS does, and what was published; the first call fails."""
    published = []

    class Topic(Handler):
        """Speaks SNS's query protocol."""

        def do_POST(self):
            assert self.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
            assert "/sns/aws4_request" in self.headers["Authorization"]
            published.append({name: one for name, (one,) in parse_qs(self.body().decode()).items()})
            answer = b"<PublishResult><MessageId>1</MessageId></PublishResult>"
            body = b"<PublishResponse>%b</PublishResponse>" % answer
            self.answer(500 if len(published) == 1 else 200, body, Content_Type="text/xml")

    with serving(Topic) as url:
        yield url, published


def test_an_alarm_is_published_to_a_topic_and_tried_again(watched_with, topics, eventually):
    url, published = topics
    environment = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    watched = watched_with("--sns-endpoint", url, environment=environment)
    topic = "arn:aws:sns:us-east-1:000000000000:ops"
    watched.cloudwatch.put_metric_alarm(**ALARM, AlarmActions=[topic])
    put(watched, 20)
    watched.advance("1m")
    eventually(lambda: published)

    def tried_again():
        # The pause before the next try begins when the node has read the refusal.
        watched.advance("5s")
        return len(published) == 2

    eventually(tried_again)
    for call in published:
        assert (call["Action"], call["Version"]) == ("Publish", "2010-03-31")
        assert call["TopicArn"] == topic
        assert call["Subject"] == 'ALARM: "lag" in US East (N. Virginia)'
        message = json.loads(call["Message"])
        assert (message["AlarmName"], message["NewStateValue"]) == ("lag", "ALARM")
        assert message["AWSAccountId"] == "000000000000"
        assert message["Trigger"]["Dimensions"] == [{"name": "Till", "value": "1"}]
        assert message["StateChangeTime"] == "2026-03-04T05:07:00.000+0000"

    def done():
        return watched.cloudwatch.describe_alarm_history(AlarmName="lag", HistoryItemType="Action")[
            "AlarmHistoryItems"
        ]

    assert eventually(done)[0]["HistorySummary"] == f"Successfully executed action {topic}"
