"""Scan: read a table or an index item by item, whole or one segment of it."""

from headwater.errors import Validation
from headwater.expressions.placeholders import check_parameters
from headwater.operations.call import Call
from headwater.operations.dynamodb.item_params import (
    Params,
    item_table,
    placeholders_of,
    projection_param,
)
from headwater.operations.dynamodb.reading import (
    BAD_START,
    Shown,
    check_select,
    filter_param,
    index_param,
    page_answer,
    start_key_matches,
    start_key_param,
    start_of,
)
from headwater.tables.read import read_page, scan_bounds, source_prefix


def scan(call: Call) -> bytes:
    """Source: AWS, API reference, "Scan"."""
    params = call.params
    segment, segments = _segment_params(params)
    check_parameters(
        params,
        expressions=("ProjectionExpression", "FilterExpression"),
        others=("AttributesToGet", "ScanFilter", "ConditionalOperator"),
    )
    check_select(params)
    start_key = start_key_param(params)
    placeholders = placeholders_of(params)
    shown = Shown(
        filter_param(params, placeholders, "ScanFilter"),
        projection_param(params, placeholders),
        params.get("Select") == "COUNT",
    )
    placeholders.check_all_used()
    table = item_table(call)
    plan = index_param(params, table, shown)
    prefix = source_prefix(table, plan)
    bounds = scan_bounds(prefix, segment, segments)
    after = None
    if start_key is not None:
        if not start_key_matches(table, plan, start_key):
            raise Validation(f"{BAD_START}: The provided key element does not match the schema")
        after = start_of(prefix, table, plan, start_key)
        if not bounds.start <= after < bounds.end:
            raise Validation(
                f"{BAD_START}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
                f"correct Segment. TotalSegments: {segments} Segment: {segment}"
            )
    page = read_page(call.tx, bounds, limit=params.get("Limit"), after=after)
    return page_answer(call, table, plan, page, shown)


def _segment_params(params: Params) -> tuple[int, int]:
    """Segment and TotalSegments; (0, 1) is the whole."""
    segment = params.get("Segment")
    segments = params.get("TotalSegments")
    if segment is None:
        if segments is None:
            return 0, 1
        raise Validation(
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present"
        )
    if segments is None:
        raise Validation(
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present"
        )
    if segment >= segments:
        raise Validation(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {segments}"
        )
    return segment, segments
