"""What calls of DynamoDB and DynamoDB Streams add to AWS's metrics.

Called by the front door when a call has ended, for what it said of itself in `call.used`. This
file knows which metric an outcome belongs to; names and dimensions are metrics/aws.py's.
"""

from typing import Any, Final

from headwater.arns import Scope, StreamName, parse_arn, parse_stream_arn
from headwater.errors import AwsError, ConditionalCheckFailed
from headwater.metrics.aws import (
    account_series,
    index_series,
    operation_series,
    stream_series,
    table_series,
)
from headwater.metrics.recorder import Meter, Recorder, Series
from headwater.operations.call import Call
from headwater.operations.throttles import events
from headwater.operations.used import Used
from headwater.tables.capacity import write_units

MEASURED: Final = frozenset({"dynamodb", "streams"})

_READ: Final = "ConsumedReadCapacityUnits"
_WRITE: Final = "ConsumedWriteCapacityUnits"
_KINDS: Final = ("ConditionCheck", "Put", "Delete", "Update", "Get")
_KEPT_MAX: Final = 10_000
_THROTTLES: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
    }
)
_SYSTEM: Final = frozenset({"InternalServerError", "ServiceUnavailableException"})


class Metering:
    """Built once, by the front door."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        # Latency and units by what a call is known by without making names: one look-up.
        self._meters: dict[tuple[Scope, str, str, bool], tuple[Meter, Meter]] = {}

    def succeeded(self, call: Call, elapsed_ns: int) -> None:
        """A call was answered. elapsed_ns: since its request was complete."""
        used = call.used
        if isinstance(used, Used):
            self._add(call, used, elapsed_ns / 1e6)
        else:
            for one in used or ():
                self._add(call, one, elapsed_ns / 1e6)

    def _add(self, call: Call, used: Used, elapsed_ms: float) -> None:
        table, scope = used.table, call.scope
        key = (scope, table, call.operation, used.is_write)
        latency, units = self._meters.get(key) or self._meters_of(key, used)
        latency.add(elapsed_ms)
        if used.units:
            units.add(used.units)
        if used.indexes:
            name = _WRITE if used.is_write else _READ
            for index, of_index in used.indexes.items():
                self._recorder.add(index_series(scope, name, table, index), of_index)
        if used.items is not None:
            self._add_returned(call, used)

    def _add_returned(self, call: Call, used: Used) -> None:
        recorder, scope, table = self._recorder, call.scope, used.table
        assert used.items is not None
        if used.label is None:
            name = "ReturnedItemCount"
            recorder.add(operation_series(scope, name, table, call.operation), used.items)
            return
        records = stream_series(scope, "ReturnedRecordsCount", table, used.label)
        recorder.add(records, used.items)
        recorder.add(stream_series(scope, "ReturnedBytes", table, used.label), used.size)

    def _meters_of(self, key: tuple[Scope, str, str, bool], used: Used) -> tuple[Meter, Meter]:
        scope, table, operation, is_write = key
        name, recorder = "SuccessfulRequestLatency", self._recorder
        units = recorder.meter(table_series(scope, _WRITE if is_write else _READ, table))
        if used.label is not None:
            # A table has many streams in its life, so these are not kept by the table's name.
            return recorder.meter(stream_series(scope, name, table, used.label)), units
        if len(self._meters) >= _KEPT_MAX:
            self._meters.clear()
        latency = recorder.meter(operation_series(scope, name, table, operation))
        self._meters[key] = (latency, units)
        return latency, units

    def failed(self, call: Call, error: AwsError) -> None:
        """A call was answered with an error."""
        recorder, scope, code = self._recorder, call.scope, error.code
        tables = items_by_table(call.params)
        if not tables and type(call.used) is Used:
            tables = {call.used.table: 1}
        if isinstance(error, ConditionalCheckFailed):
            for table in tables:
                recorder.add(table_series(scope, "ConditionalCheckFailedRequests", table), 1)
                # It is paid for like a write of the larger of what was there and what was to be.
                units = write_units(error.bytes_found)
                recorder.add(table_series(scope, _WRITE, table), units)
            return
        if code in _SYSTEM:
            self._add_requests(call, "SystemErrors", tables)
            return
        # A reader of a shard who is one too many is told so by another name.
        if code in _THROTTLES or (code == "LimitExceededException" and call.service == "streams"):
            self._add_requests(call, "ThrottledRequests", tables)
            for name, table, index, times in events(call.operation, call.params, tables, error):
                series: Series = table_series(scope, name, table)
                if index is not None:
                    series = index_series(scope, name, table, index)
                recorder.add(series, 1, times)
            return
        if code == "TransactionCanceledException":
            self._add_reasons(scope, call.params, error)
        elif code == "TransactionConflictException":
            for table in tables:
                recorder.add(table_series(scope, "TransactionConflict", table), 1)
        self.refused(scope)

    def _add_requests(self, call: Call, name: str, tables: dict[str, int]) -> None:
        """Count a request in for each of its tables, or for the stream it reads."""
        stream = _stream_of(call)
        if stream is not None:
            series = stream_series(call.scope, name, stream.table, stream.label)
            self._recorder.add(series, 1)
        for table in tables:
            self._recorder.add(operation_series(call.scope, name, table, call.operation), 1)

    def refused(self, scope: Scope) -> None:
        """A request that was wrong in form."""
        self._recorder.add(account_series(scope, "UserErrors"), 1)

    def _add_reasons(self, scope: Scope, params: dict[str, Any], error: AwsError) -> None:
        reasons: Any = error.fields.get("CancellationReasons", ())
        names = {
            "ConditionalCheckFailed": "ConditionalCheckFailedRequests",
            "TransactionConflict": "TransactionConflict",
        }
        for entry, reason in zip(params.get("TransactItems", ()), reasons, strict=False):
            name = names.get(reason["Code"])
            for table in _tables_of_action(entry) if name is not None else ():
                self._recorder.add(table_series(scope, str(name), table), 1)


def items_by_table(params: dict[str, Any]) -> dict[str, int]:
    """The tables that a request names, in its order, with how many of its items are theirs."""
    found: dict[str, int] = {}
    if isinstance(single := params.get("TableName"), str):
        found[table_name(single)] = 1
    for reference, entries in params.get("RequestItems", {}).items():
        items = entries.get("Keys", ()) if isinstance(entries, dict) else entries
        found[table_name(reference)] = len(items)
    for entry in params.get("TransactItems", ()):
        for table in _tables_of_action(entry):
            found[table] = found.get(table, 0) + 1
    return found


def _stream_of(call: Call) -> StreamName | None:
    """The stream whose records were asked for."""
    if call.operation != "GetRecords":
        return None
    return parse_stream_arn(str(call.params.get("ShardIterator", "")).partition("|")[0])


def _tables_of_action(entry: dict[str, Any]) -> list[str]:
    """One, in a well-formed entry of TransactItems."""
    actions = [entry[kind] for kind in _KINDS if kind in entry]
    return [table_name(action["TableName"]) for action in actions]


def table_name(reference: str) -> str:
    """The name in a name or an ARN.

    >>> table_name("arn:aws:dynamodb:us-east-1:000000000000:table/Orders"), table_name("Orders")
    ('Orders', 'Orders')
    """
    arn = parse_arn(reference)
    return reference if arn is None else arn.resource.removeprefix("table/").split("/")[0]
