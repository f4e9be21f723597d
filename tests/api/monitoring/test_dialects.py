"""The same answers in JSON, CBOR and the query protocol, through botocore's own writers."""

import urllib.error
import urllib.request
from datetime import timedelta

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader

PROTOCOLS = ("json", "smithy-rpc-v2-cbor", "query")


@pytest.fixture(params=PROTOCOLS)
def cloudwatch(request, watched, monkeypatch):
    """A client that speaks one protocol only."""
    load = Loader.load_service_model

    def loaded(self, service, kind, *args, **kw):
        model = load(self, service, kind, *args, **kw)
        if (service, kind) == ("cloudwatch", "service-2"):
            metadata = {
                **model["metadata"],
                "protocol": request.param,
                "protocols": [request.param],
            }
            if request.param == "query":
                metadata.pop("awsQueryCompatible", None)
            return {**model, "metadata": metadata}
        return model

    monkeypatch.setattr(Loader, "load_service_model", loaded)
    session = boto3.session.Session(
        aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
    )
    config = Config(retries={"total_max_attempts": 1}, request_min_compression_size_bytes=2000)
    client = session.client("cloudwatch", endpoint_url=watched.node.url, config=config)
    assert client.meta.service_model.resolved_protocol == request.param
    yield client
    client.close()


def test_every_protocol_says_the_same(cloudwatch, watched):
    data = [
        {
            "MetricName": "sold & <kept>",
            "Dimensions": [{"Name": "Till", "Value": str(number)}],
            "Value": float(number),
            "Timestamp": watched.start - timedelta(minutes=2),
            "Unit": "Count",
        }
        for number in range(60)  # enough to be compressed
    ]
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=data)
    dimensions = [{"Name": "Till", "Value": "7"}]
    found = cloudwatch.get_metric_statistics(
        Namespace="Shop",
        MetricName="sold & <kept>",
        Dimensions=dimensions,
        StartTime=watched.start - timedelta(minutes=5),
        EndTime=watched.start,
        Period=60,
        Statistics=["Sum", "Average"],
        ExtendedStatistics=["p99"],
    )
    assert found["Label"] == "sold & <kept>"
    (point,) = found["Datapoints"]
    assert point["Timestamp"] == (watched.start - timedelta(minutes=2)).replace(second=0)
    assert (point["Sum"], point["Average"], point["Unit"]) == (7.0, 7.0, "Count")
    assert point["ExtendedStatistics"] == {"p99": 7.0}
    metric = {"Namespace": "Shop", "MetricName": "sold & <kept>", "Dimensions": dimensions}
    queries = [
        {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}},
        {"Id": "e1", "Expression": "m1 * 2"},
    ]
    results = cloudwatch.get_metric_data(
        MetricDataQueries=queries,
        StartTime=watched.start - timedelta(minutes=5),
        EndTime=watched.start,
    )["MetricDataResults"]
    assert [one["Values"] for one in results] == [[7.0], [14.0]]
    assert len(cloudwatch.list_metrics(Namespace="Shop")["Metrics"]) == 60


def test_alarms_are_made_shown_and_refused_in_every_protocol(cloudwatch, watched):
    cloudwatch.put_metric_alarm(
        AlarmName="x",
        Namespace="Shop",
        MetricName="sold",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.5,
        ComparisonOperator="LessThanThreshold",
        ActionsEnabled=False,
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["x"])["MetricAlarms"]
    assert alarm["AlarmConfigurationUpdatedTimestamp"] == watched.start
    assert (alarm["Threshold"], alarm["Period"], alarm["ActionsEnabled"]) == (1.5, 60, False)
    cloudwatch.delete_alarms(AlarmNames=["x"])
    with pytest.raises(ClientError) as refused:
        cloudwatch.delete_alarms(AlarmNames=["x"])
    assert refused.value.response["Error"]["Code"] == "ResourceNotFound"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    with pytest.raises(ClientError) as refused:
        cloudwatch.put_metric_data(Namespace="AWS/x", MetricData=[{"MetricName": "a", "Value": 1}])
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"
    with pytest.raises(ClientError) as refused:
        cloudwatch.list_dashboards()
    assert "does not support CloudWatch's ListDashboards" in str(refused.value)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused_in_every_protocol(cloudwatch, word):
    """Source: AWS, CloudWatch API reference, MetricDatum: "Special values (for example, NaN,
    +Infinity, -Infinity) are not supported", InvalidParameterValue."""
    odd = float(word)

    def refusal(call, **params):
        with pytest.raises(ClientError) as refused:
            call(**params)
        error = refused.value.response["Error"]
        assert error["Code"] == "InvalidParameterValue"
        return error["Message"]

    whole = {"SampleCount": 1.0, "Sum": 1.0, "Minimum": 1.0, "Maximum": 1.0}
    cases: dict[str, dict[str, object]] = {
        "Value": {"Value": odd},
        "Values": {"Values": [1.0, odd]},
        "StatisticValues.Sum": {"StatisticValues": {**whole, "Sum": odd}},
    }
    for member, given in cases.items():
        data = [{"MetricName": "a", **given}]
        told = refusal(cloudwatch.put_metric_data, Namespace="Shop", MetricData=data)
        assert told.startswith(f"The value {word} for parameter MetricData.member.1.{member}")
    told = refusal(
        cloudwatch.put_metric_alarm,
        AlarmName="x",
        Namespace="Shop",
        MetricName="sold",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=odd,
        ComparisonOperator="LessThanThreshold",
    )
    assert told == f"The value {word} for parameter Threshold is invalid."


def test_an_action_that_there_is_not_is_told_in_the_words_of_its_service(watched):
    """Source: AWS, "Common errors": InvalidAction; the text is a recorded answer."""
    body = b"Action=Sell&Version=2010-08-01"
    request = urllib.request.Request(
        watched.node.url,
        data=body,
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Amz-Date": "20260304T050607Z",
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/monitoring/"
            "aws4_request, SignedHeaders=host, Signature=0",
        },
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    told = refused.value.read().decode()
    assert refused.value.code == 400
    assert told.startswith(
        '<ErrorResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">'
    )
    assert "<Code>InvalidAction</Code>" in told
    assert "<Message>Could not find operation Sell for version 2010-08-01</Message>" in told
