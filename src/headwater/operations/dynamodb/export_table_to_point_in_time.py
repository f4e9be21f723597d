"""ExportTableToPointInTime: a table at a moment, or its changes between two, as files in a bucket.

Source: AWS, API reference, ExportTableToPointInTime; developer guide, "DynamoDB data export to
Amazon S3" (an incremental export spans 15 minutes to 24 hours). Source of the texts and of their
order: recorded answers, October 2026.
"""

import re
from typing import Any

from headwater.arns import Scope, parse_arn
from headwater.backups.document import EXPORT, Job, jobs_of
from headwater.backups.exporting import INCREMENTAL, begin_export
from headwater.backups.point_in_time import Window, window
from headwater.errors import (
    ExportConflict,
    InvalidExportTime,
    NotSupported,
    PointInTimeRecoveryUnavailable,
    TableNotFound,
    Validation,
)
from headwater.moments import iso
from headwater.operations.call import Call
from headwater.operations.dynamodb.backup_params import check_account, ready_table
from headwater.operations.dynamodb.export_description import described_export
from headwater.operations.dynamodb.key_params import OMP
from headwater.tables.schema import Table

_MINUTE_MS = 60 * 1000
_SPAN_MS_MIN, _SPAN_MS_MAX = 15 * _MINUTE_MS, 24 * 60 * _MINUTE_MS
_TOKEN_LIFE_MS = 8 * 60 * _MINUTE_MS
_NOT_KEPT = "Point in Time Recovery is not available for specified export time"
_TABLE = re.compile("table/[^/]+")
_REFUSED = ("FilterSpecification",)


def export_table_to_point_in_time(call: Call) -> dict[str, Any]:
    """Raises TableNotFound, TableInUse, PointInTimeRecoveryUnavailable, InvalidExportTime,
    ExportConflict for a token that was used for something else, Validation, NotSupported."""
    node = call.node
    _refuse_unsupported(call)
    node.backups.buckets(call.scope)
    known = _same_token(call)
    if known is not None:
        return {"ExportDescription": described_export(known)}
    table = _table(call)
    now_ms = node.clock.now_ms()
    moments = _span(call, table, now_ms) if _is_incremental(call) else None
    found = window(call.tx, table, now_ms)
    if found is None:
        raise PointInTimeRecoveryUnavailable(
            f"Point in time recovery is not enabled for table '{table.name}'"
        )
    asked = {**call.params, **(moments or _moment(call, found))}
    job = begin_export(call.tx, node.catalog, node.ids, now_ms, table, asked)
    call.tx.after_commit(lambda: node.backups.export(job))
    return {"ExportDescription": described_export(job)}


def _refuse_unsupported(call: Call) -> None:
    params = call.params
    if params.get("ExportFormat", "DYNAMODB_JSON") != "DYNAMODB_JSON":
        raise NotSupported("Headwater does not support ExportFormat ION: ask for DYNAMODB_JSON")
    if "S3SseKmsKeyId" in params and params.get("S3SseAlgorithm") != "KMS":
        raise Validation("Invalid Request: KMS Key Id is not supported for this encryption type")
    if params.get("S3SseAlgorithm") == "KMS":
        raise NotSupported("Headwater does not support S3SseAlgorithm KMS")
    for name in _REFUSED:
        if params.get(name):
            raise NotSupported(f"Headwater does not support {name} in {call.operation}")


def _table(call: Call) -> Table:
    reference = call.params["TableArn"]
    if not reference.startswith("arn:"):
        raise Validation(f"{OMP}tableArn is not a valid ARN")
    arn = parse_arn(reference)
    if arn is None or arn.service != "dynamodb" or not _TABLE.fullmatch(arn.resource):
        raise Validation("Invalid Request: Table ARN is invalid.")
    check_account(call.scope, Scope(arn.account, arn.region))
    try:
        return ready_table(call, reference)
    except TableNotFound:
        raise TableNotFound(f"Table not found: {reference}") from None


def _same_token(call: Call) -> Job | None:
    token = call.params.get("ClientToken")
    if token is None:
        return None
    oldest_ms = call.node.clock.now_ms() - _TOKEN_LIFE_MS
    for job in jobs_of(call.tx, EXPORT, call.scope):
        if job["asked"].get("ClientToken") != token or job["start_ms"] < oldest_ms:
            continue
        if any(job["asked"].get(name) != given for name, given in call.params.items()):
            raise ExportConflict(
                "Export conflict: Duplicate request detected with conflicting parameters"
            )
        return job
    return None


def _is_incremental(call: Call) -> bool:
    """Raises Validation for parameters of the one kind of export with the other."""
    params = call.params
    kind = params.get("ExportType")
    specification = params.get("IncrementalExportSpecification")
    if kind != INCREMENTAL:
        if specification is not None and kind is None:
            raise Validation(
                "Invalid Request: Export Type expected to be Incremental Export when incremental "
                "export specification is provided"
            )
        if specification is not None:
            raise Validation(
                "Invalid Request: When Export Type is Full Export , Incremental Export "
                "Specification should not be provided"
            )
        return False
    if specification is None:
        raise Validation(
            "Invalid Request: Incremental Export Specification expected when export type is set as "
            "Incremental Export"
        )
    if "ExportFromTime" not in specification:
        raise Validation(
            "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification"
        )
    if "ExportTime" in params:
        # AWS's own words for this are not on record.
        raise Validation(
            "Invalid Request: ExportTime should not be provided when Export Type is Incremental "
            "Export"
        )
    return True


def _span(call: Call, table: Table, now_ms: int) -> dict[str, Any]:
    """FromMs, ToMs and ExportViewType; the table's age is asked before its recovery (recorded)."""
    specification = call.params["IncrementalExportSpecification"]
    from_ms = round(specification["ExportFromTime"] * 1000)
    to_ms = round(specification.get("ExportToTime", now_ms / 1000) * 1000)
    if from_ms < table.schema.created_ms // 1000 * 1000:
        raise InvalidExportTime(
            "Incremental export period from time cannot be less than the table creation time : "
            f"{_shown(from_ms)}"
        )
    if to_ms > now_ms:
        raise InvalidExportTime(
            "Incremental export period to time cannot be greater than the current time : "
            f"{_shown(to_ms)}"
        )
    between = "Difference between export period from time and export period to time is"
    if to_ms - from_ms < _SPAN_MS_MIN:
        raise InvalidExportTime(f"{between} less than 15 minutes")
    if to_ms - from_ms > _SPAN_MS_MAX:
        # This one's own words are not on record.
        raise InvalidExportTime(f"{between} more than 24 hours")
    found = window(call.tx, table, now_ms)
    if found is not None and not found.holds(from_ms + 999):
        raise InvalidExportTime(_NOT_KEPT)
    view = specification.get("ExportViewType", "NEW_AND_OLD_IMAGES")
    return {"FromMs": from_ms, "ToMs": to_ms, "ExportViewType": view}


def _moment(call: Call, found: Window) -> dict[str, Any]:
    """ExportMs."""
    asked = call.params.get("ExportTime")
    moment_ms = found.latest_ms if asked is None else round(asked * 1000)
    if not found.holds(moment_ms):
        raise InvalidExportTime("Export Time is invalid")
    return {"ExportMs": moment_ms}


def _shown(moment_ms: int) -> str:
    return f"{iso(moment_ms)[:19]}Z"
