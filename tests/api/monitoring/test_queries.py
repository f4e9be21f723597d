"""Searches and expressions through boto3's own client, and what is refused by name."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def till(watched):
    """Three tills of a shop, each with as many sales as its number, in this minute."""
    for till in ("1", "2", "3"):
        dimensions = [{"Name": "Till", "Value": till}, {"Name": "Shop", "Value": "Main Street"}]
        sold = {"MetricName": "SoldItems", "Dimensions": dimensions, "Value": float(till)}
        watched.cloudwatch.put_metric_data(
            Namespace="Shop", MetricData=[sold, {**sold, "MetricName": "Returned"}]
        )
    watched.cloudwatch.put_metric_data(
        Namespace="Shop", MetricData=[{"MetricName": "SoldItems", "Value": 100.0}]
    )
    return watched


def asked(watched, *queries):
    found = watched.cloudwatch.get_metric_data(
        MetricDataQueries=[
            query if isinstance(query, dict) else {"Id": f"e{number}", "Expression": query}
            for number, query in enumerate(queries)
        ],
        StartTime=watched.start - timedelta(minutes=5),
        EndTime=watched.start + timedelta(minutes=1),
    )["MetricDataResults"]
    return [(one["Label"], one["Values"]) for one in found]


@pytest.mark.parametrize(
    ("search", "labels"),
    [
        ("{Shop,Shop,Till} MetricName=SoldItems", ["1", "2", "3"]),
        ("{Shop,Shop,Till} MetricName=SoldItems Till=2", ["2"]),
        ('{Shop,Shop,Till} MetricName="SoldItems" Till=("1" OR "3")', ["1", "3"]),
        ("{Shop,Shop,Till} sold NOT Till=1", ["2", "3"]),
        ("{Shop,Shop,Till} sold AND (Till=1 OR Till=3)", ["1", "3"]),
        ("{Shop,Shop,Till} sold street", ["1", "2", "3"]),
        ('{Shop,Shop,Till} "sold"', []),
        ("{Shop,Till} sold", []),
        ("{Shop} sold", [""]),
        ("{Nowhere,Till} sold", []),
        ("Namespace=Shop MetricName=SoldItems Till=1", ["1"]),
    ],
)
def test_a_search_finds_metrics_by_dimensions_and_words(till, search, labels):
    found = asked(till, f"SEARCH('{search}', 'Sum', 60)")
    assert [label.removeprefix("SoldItems").strip() for label, _ in found] == [
        f"Main Street {label}" if label else "" for label in labels
    ]
    assert all(
        values == [float(label.split()[-1] if " " in label else 100)] for label, values in found
    )


def test_what_was_searched_is_worked_with(till):
    sold = "SEARCH('{Shop,Shop,Till} MetricName=\"SoldItems\"', 'Sum', 60)"
    most = f"SLICE(SORT({sold}, SUM, DESC), 0, 2)"
    found = asked(till, f"SUM({sold})", most, f"MAX({sold}) * 10")
    assert found == [
        ("e0", [6.0]),
        ("SoldItems Main Street 3", [3.0]),
        ("SoldItems Main Street 2", [2.0]),
        ("e2", [30.0]),
    ]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("SELECT SUM(SoldItems) FROM SCHEMA(Shop)", "Metrics Insights"),
        ("ANOMALY_DETECTION_BAND(e0)", "ANOMALY_DETECTION_BAND"),
        ("SERVICE_QUOTA(e0) + 1", "SERVICE_QUOTA"),
        ("SEARCH('{Shop} x', 'Median')", "Median"),
        ("SEARCH('{Shop} (x', 'Sum')", "SEARCH"),
        ("SEARCH('{Shop} x', 'Sum', 10)", "Period"),
        ("NONSENSE(1)", "NONSENSE"),
        ("1 + 1", "not a time series"),
    ],
)
def test_what_is_not_there_is_refused_by_name(till, expression, text):
    with pytest.raises(ClientError) as refused:
        asked(till, expression)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert text in refused.value.response["Error"]["Message"]


def test_percentiles_are_of_the_values_and_metrics_come_in_pages(watched):
    for first in range(0, 1000, 100):
        watched.cloudwatch.put_metric_data(
            Namespace="Long",
            MetricData=[
                {
                    "MetricName": "wait",
                    "Values": [float(value + 1) for value in range(first, first + 100)],
                    "Unit": "Milliseconds",
                }
            ],
        )
    (point,) = watched.cloudwatch.get_metric_statistics(
        Namespace="Long",
        MetricName="wait",
        StartTime=watched.start - timedelta(minutes=1),
        EndTime=watched.start + timedelta(minutes=1),
        Period=120,
        ExtendedStatistics=["p50", "p99", "p99.9", "p100"],
        Unit="Milliseconds",
    )["Datapoints"]
    assert point["ExtendedStatistics"] == {
        "p50": pytest.approx(500, rel=0.021),
        "p99": pytest.approx(990, rel=0.021),
        "p99.9": pytest.approx(999, rel=0.021),
        "p100": pytest.approx(1000, rel=0.021),
    }
    for first in range(0, 1200, 300):
        watched.cloudwatch.put_metric_data(
            Namespace="Wide",
            MetricData=[
                {"MetricName": f"m{number:04}", "Value": 1.0}
                for number in range(first, first + 300)
            ],
        )
    pages = watched.cloudwatch.get_paginator("list_metrics").paginate(Namespace="Wide")
    names = [[one["MetricName"] for one in page["Metrics"]] for page in pages]
    assert [len(page) for page in names] == [500, 500, 200]
    listed = [name for page in names for name in page]
    assert listed == [f"m{number:04}" for number in range(1200)]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"MetricDataQueries": []}, "MissingParameter"),
        ({"MaxDatapoints": 100_801}, "InvalidParameterValue"),
        ({"MaxDatapoints": 0}, "InvalidParameterValue"),
    ],
)
def test_a_page_of_no_query_or_of_too_many_points_is_refused(watched, asked, code):
    """API reference, GetMetricData: "If you omit this, the default of 100,800 is used"."""
    query = {"Id": "e1", "Expression": "SEARCH('{App} m', 'Sum', 60)"}
    given = {
        "MetricDataQueries": [query],
        "StartTime": watched.start - timedelta(minutes=1),
        "EndTime": watched.start,
    }
    with pytest.raises(ClientError) as refused:
        watched.cloudwatch.get_metric_data(**given | asked)
    assert refused.value.response["Error"]["Code"] == code


def test_composite_alarms_are_refused_by_name(watched):
    with pytest.raises(ClientError, match="PutCompositeAlarm"):
        watched.cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(a)")


@pytest.mark.parametrize("bad", ["café", "tab\tstop", "nul\0"])
def test_names_and_values_are_printed_ascii(watched, bad):
    """Text: AWS, as users of agents have seen it, for what is not printed too."""
    name = {"MetricName": bad, "Value": 1.0}
    dimension = {**name, "MetricName": "sold", "Dimensions": [{"Name": "shop", "Value": bad}]}
    for namespace, datum, where in [
        ("Shop", name, "MetricData.member.1.MetricName"),
        ("Shop", dimension, "MetricData.member.1.Dimensions.member.1.Value"),
        (bad, {**name, "MetricName": "sold"}, "Namespace"),
    ]:
        with pytest.raises(ClientError) as refused:
            watched.cloudwatch.put_metric_data(Namespace=namespace, MetricData=[datum])
        assert refused.value.response["Error"]["Code"] == "InvalidParameterValue"
        text = f"The value for parameter {where} contains non-ASCII characters."
        assert refused.value.response["Error"]["Message"] == text
    assert watched.cloudwatch.list_metrics(Namespace="Shop")["Metrics"] == []
