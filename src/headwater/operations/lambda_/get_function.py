"""GetFunction: how a function is set up, and where its code can be fetched."""

from pathlib import Path
from typing import Any

from headwater.functions.invocation import LATEST
from headwater.functions.pages import package_url
from headwater.functions.stored import read_version
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, named


def get_function(call: Call) -> dict[str, Any]:
    name, qualifier = named(call)
    function, document = read_version(call.tx, call.scope, name, qualifier)
    configuration = document["configuration"]
    version = configuration["Version"]
    if document["directory"]:
        location = Path(document["directory"]).as_uri()
    else:
        shown = "" if version == LATEST else version
        location = package_url(functions_of(call).endpoint(), call.scope, name, shown)
    # The link leads to the node, but a client that looks at the type expects AWS's only one.
    code = {"RepositoryType": "S3", "Location": location}
    answer: dict[str, Any] = {"Configuration": configuration, "Code": code}
    if function["tags"]:
        answer["Tags"] = function["tags"]
    if function.get("reserved") is not None:
        answer["Concurrency"] = {"ReservedConcurrentExecutions": function["reserved"]}
    return answer
