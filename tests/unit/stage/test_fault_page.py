"""Which faults may be set, and which calls meet them."""

from typing import Any

import pytest

from headwater.arns import Scope
from headwater.errors import AwsError
from headwater.frontdoor.faults import Faults, StagedFault, tables_of
from headwater.ids import SeededIds
from headwater.operations.call import Call
from headwater.stage.fault_page import fault_of

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/2026-03-04T05:06:07.891"


def call(operation, service="dynamodb", **params):
    """A call as the pipeline makes it; no node is behind it."""
    nobody: Any = None
    return Call(service, operation, Scope("000000000000", "us-east-1"), params, "id", nobody)


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"TableName": "Orders"}, {"Orders"}),
        ({"TableName": ARN.partition("/stream")[0]}, {"Orders"}),
        ({"RequestItems": {"a": [], "b": []}}, {"a", "b"}),
        (
            {"TransactItems": [{"Put": {"TableName": "a"}}, {"Delete": {"TableName": "b"}}]},
            {"a", "b"},
        ),
        ({"StreamArn": ARN}, {"Orders"}),
        ({"ShardIterator": f"{ARN}|1|abc"}, {"Orders"}),
        ({"ShardIterator": "rubbish"}, set()),
        ({}, set()),
    ],
)
def test_a_call_names_its_tables_in_many_ways(params, names):
    assert tables_of(call("Any", **params)) == names


def test_the_first_fault_that_fits_is_met_and_counted():
    faults = Faults()
    for given in (
        {"operation": "PutItem", "table": "b", "delay_ms": 1},
        {"operation": "PutItem", "delay_ms": 2, "times": 2},
        {"operation": "PutItem", "delay_ms": 3},
    ):
        faults.add(fault_of(given, SeededIds(1)))
    met = [faults.meet(call("PutItem", TableName="a")) for _ in range(4)]
    assert [None if fault is None else fault.delay_ms for fault in met] == [2, 2, 3, None]
    assert [fault.delay_ms for fault in faults.rules] == [1]
    assert faults.meet(call("GetItem", TableName="b")) is None


def test_dice_are_thrown_only_for_calls_that_could_meet_the_fault():
    """Calls of other tables in between do not change what a seed does."""

    def outcomes(with_others):
        faults = Faults()
        given = {"operation": "PutItem", "table": "a", "delay_ms": 1, "rate": 0.5, "seed": 3}
        faults.add(fault_of(given, SeededIds(1)))
        found = []
        for _ in range(40):
            if with_others:
                assert faults.meet(call("PutItem", TableName="b")) is None
            found.append(faults.meet(call("PutItem", TableName="a")) is not None)
        return found

    assert outcomes(False) == outcomes(True)


def test_an_operation_of_several_services_is_dynamodb_s_unless_said():
    assert fault_of({"operation": "TagResource", "delay_ms": 1}, SeededIds(1)).service == "dynamodb"
    given = {"operation": "TagResource", "service": "lambda", "delay_ms": 1}
    assert fault_of(given, SeededIds(1)).service == "lambda"


def test_a_limit_only_makes_a_page_shorter():
    fault = StagedFault(service="streams", operation="GetRecords", limit=10)
    for asked, given in ((None, 10), (100, 10), (3, 3)):
        params = {} if asked is None else {"Limit": asked}
        bent = call("GetRecords", "streams", **params)
        fault.bend(None, bent)  # type: ignore[arg-type]
        assert bent.params["Limit"] == given


def test_each_error_is_one_of_its_own():
    one, two = (
        fault_of({"operation": "PutItem", "error": code}, SeededIds(1)).error
        for code in ("ThrottlingException", "InternalServerError")
    )
    assert isinstance(one, AwsError)
    assert isinstance(two, AwsError)
    assert (one.code, two.code) == ("ThrottlingException", "InternalServerError")
    assert AwsError.code == "InternalServerError"
