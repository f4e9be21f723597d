"""ImportTable: a new table of the files in a bucket.

Source: AWS, API reference, ImportTable; developer guide, "DynamoDB data import from Amazon S3".
"""

from dataclasses import replace
from typing import Any

from headwater.backups.document import IMPORT, IN_PROGRESS, Job, jobs_of
from headwater.backups.importing import begin_import
from headwater.errors import ImportConflict, NotSupported, Validation
from headwater.operations.call import Call
from headwater.operations.dynamodb.create_table import asked_schema
from headwater.operations.dynamodb.import_description import described_import
from headwater.tables.definition import create
from headwater.tables.schema import CREATING

_TOKEN_LIFE_MS = 8 * 60 * 60 * 1000


def import_table(call: Call) -> dict[str, Any]:
    """Raises ResourceInUse if there is a table of that name, ImportConflict for a token that was
    used for something else, Validation, NotSupported."""
    node = call.node
    _refuse_unsupported(call)
    node.backups.buckets(call.scope)
    known = _same_token(call)
    if known is not None:
        return {"ImportTableDescription": described_import(known)}
    schema = replace(asked_schema(call, call.params["TableCreationParameters"]), status=CREATING)
    now_ms = schema.created_ms
    table = create(call.tx, node.catalog, node.ids, now_ms, schema, None)
    job = begin_import(call.tx, node.ids, now_ms, table, call.params)
    call.tx.after_commit(lambda: node.backups.import_(job))
    return {"ImportTableDescription": described_import(job)}


def _refuse_unsupported(call: Call) -> None:
    params = call.params
    if params["InputFormat"] == "ION":
        raise NotSupported("Headwater does not support InputFormat ION: use DYNAMODB_JSON or CSV")
    if params.get("InputCompressionType") == "ZSTD":
        raise NotSupported("Headwater does not support InputCompressionType ZSTD: use GZIP or NONE")
    creation = params["TableCreationParameters"]
    if creation.get("VectorIndexes"):
        raise NotSupported("Headwater does not support VectorIndexes")
    if params["InputFormat"] != "CSV" and params.get("InputFormatOptions", {}).get("Csv"):
        raise Validation(
            "Invalid Request: Unsupported InputFormatOptions for the given input format: "
            f"{params['InputFormat']}."
        )


def _same_token(call: Call) -> Job | None:
    """The import that was begun under the request's token, unless its table is there: then the
    name is taken, whatever the token. Only the table's name is compared (recorded, October 2026).
    """
    token = call.params.get("ClientToken")
    if token is None:
        return None
    name = call.params["TableCreationParameters"]["TableName"]
    oldest_ms = call.node.clock.now_ms() - _TOKEN_LIFE_MS
    for job in jobs_of(call.tx, IMPORT, call.scope):
        if job["asked"].get("ClientToken") == token and job["start_ms"] >= oldest_ms:
            if job["table"] != name:
                raise ImportConflict(
                    "Import conflict: Duplicate request detected with conflicting parameters"
                )
            table = call.node.catalog.find(call.tx, call.scope, name)
            return job if table is None or job["status"] == IN_PROGRESS else None
    return None
