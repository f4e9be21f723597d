"""What `headwater top` makes of two looks at the page of metrics."""

from rich.console import Console

from headwater.cli.figures import read_figures, since
from headwater.cli.top import screen

BEFORE = """\
# HELP headwater_requests_total Requests.
# TYPE headwater_requests_total counter
headwater_requests_total{service="dynamodb",operation="PutItem",outcome="ok"} 100
headwater_request_seconds_sum{service="dynamodb",operation="PutItem"} 1.5
headwater_sync_seconds_count 10
headwater_sync_seconds_sum 0.5
headwater_group_transactions_sum 10
headwater_change_records_total 100
headwater_connections 3
"""
AFTER = """\
headwater_requests_total{service="dynamodb",operation="PutItem",outcome="ok"} 1100
headwater_requests_total{service="dynamodb",operation="PutItem",outcome="ThrottlingException"} 20
headwater_requests_total{service="dynamodb",operation="GetItem",outcome="ok"} 6
headwater_request_seconds_sum{service="dynamodb",operation="PutItem"} 3.5
headwater_sync_seconds_count 60
headwater_sync_seconds_sum 0.6
headwater_group_transactions_sum 1010
headwater_change_records_total 1100
headwater_connections 5
headwater_mapping_lag_ms{mapping="aaaaaaaa-1",function="slow",shard="s1"} 120000
headwater_mapping_lag_ms{mapping="aaaaaaaa-1",function="slow",shard="s2"} 5
headwater_mapping_waiting_records{mapping="aaaaaaaa-1",function="slow",shard="s1"} 40
headwater_mapping_waiting_records{mapping="aaaaaaaa-1",function="slow",shard="s2"} 2
headwater_mapping_lag_ms{mapping="bbbbbbbb-2",function="quick",shard="s1"} 0
headwater_log_records{account="0",region="r",table="A \\"quoted\\" name"} 1000
headwater_log_shards{account="0",region="r",table="A \\"quoted\\" name"} 4
headwater_alarms{account="0",region="r",state="ALARM"} 2
"""


def shown(before, after, seconds=2.0):
    console = Console(width=100, record=True, force_terminal=False)
    with console.capture() as capture:
        console.print(screen("http://x", read_figures(before), read_figures(after), seconds))
    return [" ".join(line.split()) for line in capture.get().splitlines()]


def test_rates_are_of_the_time_between_two_looks():
    lines = shown(BEFORE, AFTER)
    # 1,000 puts that went well, 20 that did not and 6 gets, in two seconds.
    assert lines[0] == "http://x 513 requests/s 10.0 errors/s 500 changes/s"
    # 100 ms for 50 groups of 1,000 transactions.
    assert lines[1].startswith("5 connections, 0 function processes sync 2.00 ms of 20.0 trans")
    assert lines[1].endswith("2 ALARM")
    assert "dynamodb PutItem 510.0 10.0 2.00" in lines
    assert "dynamodb GetItem 3.0 0.00" in lines


def test_readers_are_shown_the_furthest_behind_first():
    lines = shown(BEFORE, AFTER)
    at = lines.index("slow aaaaaaaa 120 s 42 2")
    assert lines[at + 1] == "quick bbbbbbbb 0 0 1"
    assert 'A "quoted" name 1,000 or more 4' in lines


def test_a_node_that_was_started_anew_began_at_nothing():
    new = since(read_figures(AFTER), read_figures(BEFORE))
    assert new.total("headwater_change_records_total") == 100
