"""ListStreams: which streams it lists, and its pages."""

import pytest

from kit.cases import LIST_STREAMS, MODEL, RECORDED, complete, core, strict
from kit.endpoint import Endpoint, unique
from kit.past import Renewed
from kit.tables import Table, Tables


@core(LIST_STREAMS)
def test_a_table_without_a_stream_has_none(endpoint: Endpoint, tables: Tables) -> None:
    name = tables.own(None).name
    assert endpoint.streams.list_streams(TableName=name)["Streams"] == []


@complete(RECORDED)
def test_a_table_that_does_not_exist_has_none(endpoint: Endpoint) -> None:
    assert endpoint.streams.list_streams(TableName=unique("never-made"))["Streams"] == []


@core(LIST_STREAMS)
def test_a_stream_is_listed_by_arn_table_and_label(endpoint: Endpoint, table: Table) -> None:
    (listed,) = endpoint.streams.list_streams(TableName=table.name)["Streams"]
    label = table.arn.rpartition("/")[2]
    assert listed == {"StreamArn": table.arn, "TableName": table.name, "StreamLabel": label}


@core(LIST_STREAMS)
def test_a_table_name_narrows_the_list(
    endpoint: Endpoint, table: Table, sorted_table: Table
) -> None:
    listed = endpoint.streams.list_streams(TableName=sorted_table.name)["Streams"]
    assert [stream["StreamArn"] for stream in listed] == [sorted_table.arn]
    assert table.arn != sorted_table.arn


@core(LIST_STREAMS)
def test_without_a_table_name_all_are_listed_page_by_page(
    endpoint: Endpoint, table: Table, sorted_table: Table
) -> None:
    listed: list[str] = []
    page = endpoint.streams.list_streams(Limit=7)
    while True:
        assert len(page["Streams"]) <= 7
        listed += [stream["StreamArn"] for stream in page["Streams"]]
        last = page.get("LastEvaluatedStreamArn")
        if last is None:
            break
        page = endpoint.streams.list_streams(Limit=7, ExclusiveStartStreamArn=last)
    assert {table.arn, sorted_table.arn} <= set(listed)
    assert len(listed) == len(set(listed)), "a stream is listed twice"


@core(LIST_STREAMS)
def test_several_streams_of_a_table_come_in_pages(endpoint: Endpoint, renewed: Renewed) -> None:
    name = renewed.table.name
    first = endpoint.streams.list_streams(TableName=name, Limit=1)
    (one,) = first["Streams"]
    assert first["LastEvaluatedStreamArn"] == one["StreamArn"]
    rest = endpoint.streams.list_streams(
        TableName=name, ExclusiveStartStreamArn=first["LastEvaluatedStreamArn"]
    )
    (other,) = rest["Streams"]
    assert {one["StreamArn"], other["StreamArn"]} == {renewed.table.arn, renewed.second}


@core(LIST_STREAMS)
def test_the_last_page_names_no_last_stream(endpoint: Endpoint, table: Table) -> None:
    assert "LastEvaluatedStreamArn" not in endpoint.streams.list_streams(TableName=table.name)


@strict(RECORDED)
def test_a_full_page_names_its_last_stream_even_if_none_follows(
    endpoint: Endpoint, table: Table
) -> None:
    page = endpoint.streams.list_streams(TableName=table.name, Limit=1)
    assert page["LastEvaluatedStreamArn"] == table.arn


@complete(LIST_STREAMS)
def test_after_a_tables_last_stream_come_no_more(endpoint: Endpoint, table: Table) -> None:
    rest = endpoint.streams.list_streams(TableName=table.name, ExclusiveStartStreamArn=table.arn)
    assert rest["Streams"] == []
    assert "LastEvaluatedStreamArn" not in rest


@strict(RECORDED)
def test_the_list_goes_on_after_a_stream_that_is_gone(endpoint: Endpoint, table: Table) -> None:
    gone = table.arn.rpartition("/")[0] + "/2015-05-11T21:21:33.291"
    rest = endpoint.streams.list_streams(TableName=table.name, ExclusiveStartStreamArn=gone)
    assert [stream["StreamArn"] for stream in rest["Streams"]] == [table.arn]


@complete(f"{LIST_STREAMS}: Limit is at least 1; the upper limit is 100")
@pytest.mark.parametrize("limit", [0, -1, 101])
def test_a_limit_out_of_range_is_refused(endpoint: Endpoint, limit: int) -> None:
    refusal = endpoint.refused("ListStreams", {"Limit": limit})
    assert (refusal.status, refusal.code) == (400, "ValidationException")


@strict(RECORDED)
def test_the_refusal_of_a_limit_names_it(endpoint: Endpoint) -> None:
    assert endpoint.refused("ListStreams", {"Limit": 0}).message == (
        "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    )


@core(LIST_STREAMS)
@pytest.mark.parametrize("limit", [1, 100])
def test_the_limits_of_a_limit_are_taken(endpoint: Endpoint, table: Table, limit: int) -> None:
    page = endpoint.streams.list_streams(TableName=table.name, Limit=limit)
    assert len(page["Streams"]) == 1


@complete(f"{MODEL}: StreamArn has at least 37 characters")
@pytest.mark.parametrize("arn", ["", "bogus", "x" * 40], ids=["empty", "short", "rubbish"])
def test_a_start_that_is_no_arn_is_refused(endpoint: Endpoint, arn: str) -> None:
    refusal = endpoint.refused("ListStreams", {"ExclusiveStartStreamArn": arn})
    assert refusal.code == "ValidationException"


@complete(f"{MODEL}: TableName")
@pytest.mark.parametrize("name", ["", "ab", "no blanks", "no/slash"])
def test_what_can_be_no_tables_name_is_refused(endpoint: Endpoint, name: str) -> None:
    assert endpoint.refused("ListStreams", {"TableName": name}).code == "ValidationException"
