"""Rates made of two metrics pages. Source: Prometheus' text format; arithmetic stands beside."""

from headwater.console.figures import parse, point

FIRST = """\
# HELP headwater_requests_total Requests answered.
# TYPE headwater_requests_total counter
headwater_requests_total{service="dynamodb",operation="PutItem",outcome="ok"} 100
headwater_requests_total{service="dynamodb",operation="Query",outcome="ok"} 7
headwater_request_seconds_count{service="dynamodb",operation="PutItem"} 100
headwater_request_seconds_sum{service="dynamodb",operation="PutItem"} 0.5
headwater_change_records_total 90
headwater_connections 3
"""
SECOND = """\
headwater_requests_total{service="dynamodb",operation="PutItem",outcome="ok"} 120
headwater_requests_total{service="dynamodb",operation="PutItem",outcome="ThrottlingException"} 4
headwater_requests_total{service="dynamodb",operation="Query",outcome="ok"} 7
headwater_requests_total{service="streams",operation="GetRecords",outcome="ok"} 2
headwater_request_seconds_count{service="dynamodb",operation="PutItem"} 120
headwater_request_seconds_sum{service="dynamodb",operation="PutItem"} 0.54
headwater_change_records_total 110
headwater_connections 5
headwater_mapping_lag_ms{mapping="m",function="mail",shard="s-1"} 300
headwater_mapping_lag_ms{mapping="m",function="mail",shard="s-2"} 900
headwater_mapping_waiting_records{mapping="m",function="mail",shard="s-1"} 2
headwater_mapping_waiting_records{mapping="m",function="mail",shard="s-2"} 5
"""


def test_rates_are_what_was_added_by_the_second():
    found = point(parse(FIRST), parse(SECOND), 2.0)
    assert found["writes"] == (20 + 4) / 2
    assert found["reads"] == 0
    assert found["streams"] == 2 / 2
    assert found["errors"] == {"ThrottlingException": 4 / 2}
    assert found["changes"] == 20 / 2
    assert found["latency_ms"] == 2.0  # 0.04 s for 20 requests


def test_a_reader_is_as_late_as_its_latest_shard():
    found = point(parse(FIRST), parse(SECOND), 2.0)
    assert found["lag_ms"] == {"mail": 900}
    assert found["waiting"] == 7
    assert found["connections"] == 5


def test_counters_of_a_node_that_was_started_anew_count_from_nothing():
    again = FIRST.replace(" 100\n", " 10\n").replace(" 90\n", " 4\n")
    found = point(parse(SECOND), parse(again), 1.0)
    assert found["writes"] == 10
    assert found["changes"] == 4


def test_a_time_without_requests_has_no_mean():
    assert point(parse(FIRST), parse(FIRST), 1.0)["latency_ms"] is None


def test_labels_with_quotes_and_commas_are_read():
    page = 'headwater_log_records{table="a\\"b,c",region="x"} 4\n'
    assert list(parse(page)["log_records"]) == [('a\\"b,c', "x")]
