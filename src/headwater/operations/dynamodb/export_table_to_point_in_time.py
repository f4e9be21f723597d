"""ExportTableToPointInTime: a table at a moment, or its changes between two, as files in a bucket.

Source: AWS, API reference, ExportTableToPointInTime; developer guide, "DynamoDB data export to
Amazon S3" (an incremental export spans 15 minutes to 24 hours; the text of
InvalidExportTimeException).
"""

from typing import Any

from headwater.backups.document import EXPORT, Job, jobs_of
from headwater.backups.exporting import INCREMENTAL, begin_export
from headwater.backups.point_in_time import Window, window
from headwater.errors import (
    ExportConflict,
    InvalidExportTime,
    NotSupported,
    PointInTimeRecoveryUnavailable,
    Validation,
)
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import ready_table
from headwater.operations.dynamodb.export_description import described_export
from headwater.operations.dynamodb.key_params import OMP
from headwater.tables.schema import Table

_MINUTE_MS = 60 * 1000
_SPAN_MS_MIN, _SPAN_MS_MAX = 15 * _MINUTE_MS, 24 * 60 * _MINUTE_MS
_TOKEN_LIFE_MS = 8 * 60 * _MINUTE_MS
_REFUSED = ("FilterSpecification", "S3SseKmsKeyId")


def export_table_to_point_in_time(call: Call) -> dict[str, Any]:
    """Raises TableNotFound, TableInUse, PointInTimeRecoveryUnavailable, InvalidExportTime,
    ExportConflict for a token that was used for something else, Validation, NotSupported."""
    node = call.node
    _refuse_unsupported(call)
    node.backups.buckets(call.scope)
    table = ready_table(call, call.params["TableArn"])
    known = _same_token(call, table)
    if known is not None:
        return {"ExportDescription": described_export(known)}
    now_ms = node.clock.now_ms()
    found = window(call.tx, table, now_ms)
    if found is None:
        raise PointInTimeRecoveryUnavailable(
            f"Point in time recovery is not enabled for table '{table.name}'"
        )
    asked = {**call.params, **_moments(call, found)}
    job = begin_export(call.tx, node.catalog, node.ids, now_ms, table, asked)
    call.tx.after_commit(lambda: node.backups.export(job))
    return {"ExportDescription": described_export(job)}


def _refuse_unsupported(call: Call) -> None:
    params = call.params
    if params.get("ExportFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
        raise NotSupported("Headwater does not support ExportFormat ION: ask for DYNAMODB_JSON")
    if params.get("S3SseAlgorithm") == "KMS":
        raise NotSupported("Headwater does not support S3SseAlgorithm KMS")
    for name in _REFUSED:
        if params.get(name):
            raise NotSupported(f"Headwater does not support {name} in {call.operation}")


def _same_token(call: Call, table: Table) -> Job | None:
    token = call.params.get("ClientToken")
    if token is None:
        return None
    oldest_ms = call.node.clock.now_ms() - _TOKEN_LIFE_MS
    for job in jobs_of(call.tx, EXPORT, call.scope, table.name):
        if job["asked"].get("ClientToken") != token or job["start_ms"] < oldest_ms:
            continue
        if any(job["asked"].get(name) != given for name, given in call.params.items()):
            raise ExportConflict(f"The client token {token} was used for another export")
        return job
    return None


def _moments(call: Call, found: Window) -> dict[str, Any]:
    """ExportMs; or FromMs, ToMs and ExportViewType."""
    params = call.params
    specification = params.get("IncrementalExportSpecification")
    if params.get("ExportType") != INCREMENTAL:
        if specification is not None:
            raise Validation(
                f"{OMP}IncrementalExportSpecification can only be specified with ExportType "
                "INCREMENTAL_EXPORT"
            )
        return {"ExportMs": _moment_ms(params.get("ExportTime"), found, found.latest_ms)}
    if specification is None or "ExportFromTime" not in specification:
        raise Validation(f"{OMP}ExportFromTime is required with ExportType INCREMENTAL_EXPORT")
    if "ExportTime" in params:
        raise Validation(f"{OMP}ExportTime cannot be specified with ExportType INCREMENTAL_EXPORT")
    from_ms = _moment_ms(specification["ExportFromTime"], found, 0)
    to_ms = _moment_ms(specification.get("ExportToTime"), found, found.latest_ms)
    if not _SPAN_MS_MIN <= to_ms - from_ms <= _SPAN_MS_MAX:
        raise Validation(
            f"{OMP}The difference between ExportFromTime and ExportToTime must be between 15 "
            "minutes and 24 hours"
        )
    view = specification.get("ExportViewType", "NEW_AND_OLD_IMAGES")
    return {"FromMs": from_ms, "ToMs": to_ms, "ExportViewType": view}


def _moment_ms(asked: float | None, found: Window, default_ms: int) -> int:
    moment_ms = default_ms if asked is None else round(asked * 1000)
    if not found.holds(moment_ms):
        raise InvalidExportTime(
            "The specified ExportTime is outside of the point in time recovery window."
        )
    return moment_ms
