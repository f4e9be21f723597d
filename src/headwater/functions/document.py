"""The document of a function: what is stored about it, and what AWS's operations answer from it.

    {"configuration": {...}, "upload": "<upload id>", "directory": "", "layers": [{...}],
     "tags": {...}, "reserved": 5, "policies": {...}, "invoke_configs": {...}, "versions": 2}

A published version is such a document too, of the first four members. Code is an upload or a
directory; of each layer there is {"arn", "upload", "size"}. `versions` counts those ever published.

`configuration` is what GetFunctionConfiguration answers, member by member, so that an answer is a
copy and nothing is translated. Source of its shape: recorded answers of AWS.

States. AWS prepares a function after it has answered, so it answers Pending (after an update:
InProgress) and the function becomes Active later. Here everything is done before the answer: the
stored document is Active from the first, so an invocation never meets a function that is not
ready. The answers of create and update still show the passing state, as AWS's do: programs wait
for it with a waiter, which is satisfied by its first look.
"""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import orjson

from headwater.arns import Scope, function_arn
from headwater.functions.configuration import EPHEMERAL_MB, architecture, merged_logging
from headwater.functions.invocation import LATEST
from headwater.functions.sources import Source

Document = dict[str, Any]

_PASSING_REASON = "The function is being created."  # AWS says "created" of updates too
_PASSING_CODE = "Creating"
_OWN_OF_A_VERSION = {"Version", "FunctionArn", "RevisionId", "Description", "LastModified"}
_LIST_LACKS = ("State", "StateReason", "StateReasonCode", "LastUpdateStatus")


def encode(document: Document) -> bytes:
    return orjson.dumps(document)


def decode(stored: bytes) -> Document:
    document: Document = orjson.loads(stored)
    return document


def new_document(
    scope: Scope,
    name: str,
    fields: dict[str, Any],
    *,
    source: Source,
    upload: str,
    tags: dict[str, str],
    now_ms: int,
    revision: str,
) -> Document:
    """A new function. fields: checked members of the configuration, all required ones given."""
    configuration: dict[str, Any] = {
        "FunctionName": name,
        "FunctionArn": function_arn(scope, name),
        "Runtime": "",
        "Role": "",
        "Handler": "",
        "CodeSize": 0,
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "LastModified": "",
        "CodeSha256": "",
        "Version": LATEST,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": "",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": [architecture()],
        "EphemeralStorage": {"Size": EPHEMERAL_MB},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"},
    }
    document = {"configuration": configuration, "upload": "", "directory": "", "tags": dict(tags)}
    with_code = changed_code(document, source, upload, now_ms=now_ms, revision=revision)
    return changed_configuration(with_code, fields, now_ms=now_ms, revision=revision)


def changed_configuration(
    document: Document, fields: dict[str, Any], *, now_ms: int, revision: str
) -> Document:
    """A copy of `document` in which each of `fields` is replaced whole.

    Among the fields, Layers is a list of {"arn", "upload", "size"}.
    """
    old = document["configuration"]
    new = old | fields
    layers: list[Document] = fields["Layers"] if "Layers" in fields else document.get("layers", [])
    new["Layers"] = [{"Arn": entry["arn"], "CodeSize": entry["size"]} for entry in layers]
    if not layers:
        del new["Layers"]
    if "LoggingConfig" in fields:
        new["LoggingConfig"] = merged_logging(old["LoggingConfig"], fields["LoggingConfig"])
    if not new.get("DeadLetterConfig"):
        new.pop("DeadLetterConfig", None)
    if not new.get("Environment", {}).get("Variables"):
        new.pop("Environment", None)
    new["RuntimeVersionConfig"] = {"RuntimeVersionArn": _runtime_version(new)}
    return document | {"configuration": new | _stamp(now_ms, revision), "layers": layers}


def changed_code(
    document: Document, source: Source, upload: str, *, now_ms: int, revision: str
) -> Document:
    """A copy of `document` with other code. upload: "" if it is a directory's."""
    code = {"CodeSize": len(source.package), "CodeSha256": source.sha256}
    new = document["configuration"] | code | _stamp(now_ms, revision)
    return document | {"configuration": new, "upload": upload, "directory": source.directory}


def version_document(
    document: Document, number: int, description: str | None, *, revision: str
) -> Document:
    """What a function is now, as its version `number`."""
    configuration = document["configuration"] | {
        "Version": str(number),
        "FunctionArn": f"{document['configuration']['FunctionArn']}:{number}",
        "RevisionId": revision,
    }
    if description is not None:
        configuration["Description"] = description
    kept = {name: document[name] for name in ("upload", "directory", "layers")}
    return kept | {"configuration": configuration}


def is_unchanged(document: Document, version: Document) -> bool:
    """Whether a version has the code and settings that the function has now."""
    old, new = version["configuration"], document["configuration"]
    names = (old.keys() | new.keys()) - _OWN_OF_A_VERSION
    return all(old.get(name) == new.get(name) for name in names)


# --- answers -----------------------------------------------------------------------------------


def created(document: Document) -> dict[str, Any]:
    """The answer of CreateFunction: the function in its passing state."""
    answer = dict(document["configuration"])
    del answer["LastUpdateStatus"]
    return answer | {
        "State": "Pending",
        "StateReason": _PASSING_REASON,
        "StateReasonCode": _PASSING_CODE,
    }


def updated(document: Document) -> dict[str, Any]:
    """The answer of the update operations."""
    answer: dict[str, Any] = document["configuration"] | {
        "LastUpdateStatus": "InProgress",
        "LastUpdateStatusReason": _PASSING_REASON,
        "LastUpdateStatusReasonCode": _PASSING_CODE,
    }
    return answer


def listed(document: Document) -> dict[str, Any]:
    """An entry of ListFunctions."""
    configuration = document["configuration"]
    return {name: value for name, value in configuration.items() if name not in _LIST_LACKS}


def _stamp(now_ms: int, revision: str) -> dict[str, str]:
    moment = datetime.fromtimestamp(now_ms / 1000, UTC)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{now_ms % 1000:03d}+0000"
    return {"LastModified": text, "RevisionId": revision}


def _runtime_version(configuration: dict[str, Any]) -> str:
    """An ARN of the right form: the same for the same runtime, as AWS's is between its updates."""
    region = configuration["FunctionArn"].split(":")[3]
    digest = sha256(configuration["Runtime"].encode()).hexdigest()
    return f"arn:aws:lambda:{region}::runtime:{digest}"
