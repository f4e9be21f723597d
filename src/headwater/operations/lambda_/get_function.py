"""GetFunction: how a function is set up, and where its code can be fetched."""

from typing import Any

from headwater.functions.pages import package_url
from headwater.operations.call import Call
from headwater.operations.lambda_.named import functions_of, unqualified_name


async def get_function(call: Call) -> dict[str, Any]:
    functions = functions_of(call)
    name = unqualified_name(call)
    document = await functions.get(call.scope, name)
    # The link leads to the node, but a client that looks at the type expects AWS's only one.
    location = package_url(functions.endpoint(), call.scope, name)
    answer = {
        "Configuration": document["configuration"],
        "Code": {"RepositoryType": "S3", "Location": location},
    }
    if document["tags"]:
        answer["Tags"] = document["tags"]
    return answer
