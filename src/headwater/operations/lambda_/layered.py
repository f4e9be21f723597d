"""What the operations on layers share: which layer a call names, and how a version is answered."""

import re
from typing import Any

from headwater.arns import layer_arn, parse_arn
from headwater.errors import ResourceNotFound, Validation
from headwater.functions.document import Document
from headwater.functions.layers import MISSING, layer_answer
from headwater.functions.pages import layer_url
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of

_NAME = re.compile(r"[a-zA-Z0-9-_]{1,140}", re.ASCII)


def layer_name(call: Call) -> str:
    """The layer of LayerName: a name, or the ARN of a layer of the caller's scope.

    Raises ResourceNotFound, Validation.
    """
    text: str = call.params["LayerName"]
    arn = parse_arn(text)
    if arn is not None:
        if (arn.account, arn.region) != tuple(call.scope):
            raise ResourceNotFound(MISSING)
        text = arn.resource.removeprefix("layer:")
    if _NAME.fullmatch(text) is None:
        raise Validation(
            f"1 validation error detected: Value '{text}' at 'layerName' failed to satisfy "
            f"constraint: Member must satisfy regular expression pattern: {_NAME.pattern}"
        )
    return text


def layer_version_answer(call: Call, document: Document) -> dict[str, Any]:
    """A version with where its code is."""
    name, version = document["layer"], document["version"]
    return layer_answer(document) | {
        "LayerArn": layer_arn(call.scope, name),
        "Content": {
            "Location": layer_url(functions_of(call).endpoint(), call.scope, name, version),
            "CodeSha256": document["sha256"],
            "CodeSize": document["size"],
        },
    }


def fits(document: Document, params: dict[str, Any]) -> bool:
    """Whether a version is for the runtime and architecture that are asked for, if any."""
    about = document["about"]
    runtime = params.get("CompatibleRuntime")
    architecture = params.get("CompatibleArchitecture")
    return runtime in (None, *about.get("CompatibleRuntimes", ())) and architecture in (
        None,
        *about.get("CompatibleArchitectures", ()),
    )
