"""The service models that botocore ships, read without importing botocore.

A model says which operations a service has, how they are addressed, and what every member of a
request must look like. They are read when first needed (5 ms for DynamoDB's, the largest), and
shapes are built when first asked for. This file knows the models' format; it does not know what
AWS does beyond them (`rules.py`) nor how a check is done (`shapes.py`).
"""

import functools
import gzip
import importlib.util
import re
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from headwater.errors import StartupError


class Member(NamedTuple):
    """A member of a structure."""

    name: str  # as params and handlers call it
    shape: str  # name of its shape
    location: str  # "uri", "querystring", "header", "headers", "statusCode"; "" for the body
    wire_name: str  # its name there


class Shape:
    """One shape of a model.

    kind     structure, map, list, string, blob, boolean, integer, long, float, double, timestamp
    minimum  of the length (string, list, map, blob) or of the value; None: no bound
    """

    __slots__ = (
        "element",
        "enum",
        "key",
        "kind",
        "maximum",
        "members",
        "minimum",
        "name",
        "pattern",
        "payload",
        "required",
    )

    def __init__(self, name: str, raw: dict[str, Any]) -> None:
        self.name = name
        self.kind: str = raw["type"]
        self.minimum: int | None = raw.get("min")
        self.maximum: int | None = raw.get("max")
        self.pattern: str | None = raw.get("pattern")
        self.enum: tuple[str, ...] = tuple(raw.get("enum", ()))
        self.required: tuple[str, ...] = tuple(raw.get("required", ()))
        self.payload: str = raw.get("payload", "")
        self.members: dict[str, Member] = {
            member: Member(
                member, about["shape"], about.get("location", ""), about.get("locationName", member)
            )
            for member, about in raw.get("members", {}).items()
        }
        self.key: str = raw["key"]["shape"] if "key" in raw else ""
        element = raw.get("member") or raw.get("value")
        self.element: str = element["shape"] if element else ""  # of a list; of a map's values


class OperationModel(NamedTuple):
    """How one operation is addressed and what it takes."""

    name: str
    method: str  # POST
    path: str  # /2015-03-31/functions/{FunctionName}, may end in ?find=LayerVersion
    status: int  # of a success
    input: str  # name of the input shape; "" if it takes nothing
    output: str  # of the output shape; "" if it gives nothing


class ErrorModel(NamedTuple):
    """How one error of the model is answered."""

    status: int | None  # None: the protocol's default
    message_key: str  # "message" or "Message"
    header_members: dict[str, str]  # member name -> header name
    query_code: str  # its name in the older query protocol


class Model:
    """One service's model."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw_shapes: dict[str, dict[str, Any]] = raw["shapes"]
        self._shapes: dict[str, Shape] = {}
        self.service_id: str = raw["metadata"].get("serviceId", "")
        self.xml_namespace: str = raw["metadata"].get("xmlNamespace", "")
        self.operations: dict[str, OperationModel] = {
            name: OperationModel(
                name,
                about["http"]["method"],
                about["http"]["requestUri"],
                about["http"].get("responseCode", 200),
                about["input"]["shape"] if "input" in about else "",
                about["output"]["shape"] if "output" in about else "",
            )
            for name, about in raw["operations"].items()
        }

    def shape(self, name: str) -> Shape:
        """The shape called `name`; a name the model does not have is our bug (KeyError)."""
        shape = self._shapes.get(name)
        if shape is None:
            shape = self._shapes[name] = Shape(name, self._raw_shapes[name])
        return shape

    def error(self, code: str) -> ErrorModel | None:
        """The error called `code`, or None if the model does not describe it."""
        raw = self._raw_shapes.get(code)
        if raw is None or not raw.get("exception"):
            return None
        members = self.shape(code).members
        return ErrorModel(
            raw.get("error", {}).get("httpStatusCode"),
            "Message" if "Message" in members else "message",
            {name: entry.wire_name for name, entry in members.items() if entry.location},
            raw.get("error", {}).get("code", code),
        )


@functools.cache
def load_model(folder: str) -> Model:
    """The model under botocore's data, for example "dynamodb/2012-08-10".

    Raises StartupError when botocore is missing or has no such model.
    """
    file = _data_dir() / folder / "service-2.json"
    try:
        if file.exists():
            return Model(orjson.loads(file.read_bytes()))
        # Reading whole and inflating at once is a third faster than a GzipFile.
        return Model(orjson.loads(gzip.decompress(file.with_suffix(".json.gz").read_bytes())))
    except OSError as trouble:
        raise StartupError(
            f"the installed botocore has no service model {folder} ({trouble.strerror}). "
            "Install the botocore that this version of headwater names."
        ) from None


# Java's classes of characters, as the models use them: letters and numbers always together with the
# underscore, which is what Python's \w is; and every kind of blank that is not a control character.
_JAVA_CLASSES = {
    # Everything that can be seen, and spaces: Python has no name for it, but for the rest.
    r"[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]": r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]",
    r"\p{L}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000",
    r"\p{Print}": "[ -~]",
}


@functools.cache
def compile_pattern(pattern: str) -> re.Pattern[str] | None:
    """A model's pattern, or None where Python cannot express it.

    The patterns are Java's: digits are ASCII, and a match is of the whole text.
    """
    flags = re.UNICODE if r"\p{L}" in pattern else re.ASCII
    # Java takes the dash behind a class for itself, Python for a range without an end.
    pattern = pattern.replace(r"\w-_", r"\w\-_")
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    try:
        return re.compile(pattern, flags)
    except re.error:
        return None


@functools.cache
def known_regions() -> tuple[str, ...]:
    """The names of AWS's regions, as botocore ships them."""
    partitions = orjson.loads((_data_dir() / "partitions.json").read_bytes())["partitions"]
    names = (region for partition in partitions for region in partition["regions"])
    return tuple(sorted(name for name in names if not name.endswith("-global")))


@functools.cache
def _data_dir() -> Path:
    spec = importlib.util.find_spec("botocore")
    if spec is None or not spec.submodule_search_locations:
        raise StartupError(
            "botocore is not installed; its service models are what requests are checked "
            "against. Install headwater with its dependencies."
        )
    return Path(spec.submodule_search_locations[0]) / "data"
