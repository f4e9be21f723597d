"""Which operation does a request ask for? By the X-Amz-Target header, or by method and path.

    DynamoDB_20120810.PutItem                           dynamodb, PutItem
    POST /2015-03-31/functions/arn%3Aaws.../aliases     lambda, CreateAlias, {"FunctionName": ...}

The routes are made from the service models; paths match with and without a trailing slash. This
file knows what AWS has. Whether Headwater has it too is known to who holds the handlers.
"""

import functools
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from headwater.errors import UnknownOperation
from headwater.wire.models import OperationModel, load_model
from headwater.wire.protocols import REST_JSON, SERVICES, ServiceSpec


class Route(NamedTuple):
    """A service's operation, and what the path itself told about the request."""

    service: str
    operation: str
    labels: Mapping[str, str]  # percent-decoded; empty for X-Amz-Target


_NO_LABELS: Mapping[str, str] = {}


def route_target(target: str) -> Route:
    """The route of an X-Amz-Target header; UnknownOperation if no service has such a thing."""
    prefix, _, operation = target.partition(".")
    spec = _by_target_prefix().get(prefix)
    if spec is None or operation not in load_model(spec.model).operations:
        raise UnknownOperation
    return Route(spec.name, operation, _NO_LABELS)


def route_path(method: str, path: str, query: Mapping[str, str]) -> Route | None:
    """The route of a REST request, or None.

    method  GET
    path    still percent-encoded, without the query: an encoded slash belongs to a label
    query   only looked at where one path means two operations
    """
    segments = path.strip("/").split("/")
    candidates = _paths().get((method, len(segments)), ())
    for candidate in candidates:
        labels = candidate.match(segments, query)
        if labels is not None:
            return Route(candidate.service, candidate.operation, labels)
    return None


class _Path:
    """One operation's path, cut into segments."""

    __slots__ = ("condition", "labels", "literals", "operation", "service")

    def __init__(self, service: str, model: OperationModel) -> None:
        path, _, query = model.path.partition("?")
        self.service = service
        self.operation = model.name
        self.literals: list[tuple[int, str]] = []
        self.labels: list[tuple[int, str]] = []
        for index, segment in enumerate(path.strip("/").split("/")):
            if segment.startswith("{"):
                # A greedy label would need another kind of match, and no model we serve has one.
                assert not segment.endswith("+}"), model.path
                self.labels.append((index, segment[1:-1]))
            else:
                self.literals.append((index, segment))
        name, _, value = query.partition("=")
        self.condition = (name, value) if name else None

    def match(self, segments: list[str], query: Mapping[str, str]) -> dict[str, str] | None:
        for index, literal in self.literals:
            if segments[index] != literal:
                return None
        if self.condition is not None and query.get(self.condition[0]) != self.condition[1]:
            return None
        return {name: unquote(segments[index]) for index, name in self.labels}


@functools.cache
def _by_target_prefix() -> dict[str, ServiceSpec]:
    return {spec.target_prefix: spec for spec in SERVICES.values() if spec.target_prefix}


@functools.cache
def _paths() -> dict[tuple[str, int], tuple[_Path, ...]]:
    """All REST paths by method and number of segments, the most particular ones first."""
    found: dict[tuple[str, int], list[_Path]] = {}
    for spec in SERVICES.values():
        if spec.protocol != REST_JSON:
            continue
        for operation in load_model(spec.model).operations.values():
            path = _Path(spec.name, operation)
            size = len(path.literals) + len(path.labels)
            found.setdefault((operation.method, size), []).append(path)
    return {
        key: tuple(sorted(paths, key=lambda path: (len(path.labels), path.condition is None)))
        for key, paths in found.items()
    }
