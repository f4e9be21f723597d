"""What to do with a request for one operation, prepared once: which handler, which check.

A plan joins what AWS has (the models) with what Headwater has (the OPERATIONS tables), so that a
request finds everything in one look-up. This file prepares; `pipeline.py` runs.
"""

import inspect
from collections.abc import Mapping
from typing import Any

from headwater.errors import NotSupported
from headwater.operations.call import First, Handler
from headwater.operations.refusals import reason
from headwater.wire.models import load_model
from headwater.wire.protocols import REST_JSON, SERVICES, ServiceSpec
from headwater.wire.rest_json import Binding
from headwater.wire.routing import Route, route_target
from headwater.wire.shapes import Check, compile_check

Operations = Mapping[str, Mapping[str, Handler]]
"""Service name -> operation name -> handler."""


class Plan:
    """How one operation is answered.

    handler  None: AWS has the operation and Headwater does not
    first    what must be asked of others before the handler's transaction, mostly nothing
    binding  only for REST-JSON
    counted  labels under which a success is counted
    timed    labels under which its time is
    """

    __slots__ = (
        "binding",
        "check",
        "counted",
        "first",
        "handler",
        "is_async",
        "operation",
        "spec",
        "status",
        "timed",
    )

    def __init__(self, spec: ServiceSpec, operation: str, handler: Handler | None) -> None:
        model = load_model(spec.model)
        self.spec = spec
        self.operation = operation
        self.handler = handler
        self.first: First | None = getattr(handler, "first", None)
        self.is_async = inspect.iscoroutinefunction(handler)
        self.check: Check = compile_check(model, operation)
        self.binding = Binding(model, operation) if spec.protocol == REST_JSON else None
        self.status = self.binding.status if self.binding is not None else 200
        self.counted = (spec.name, operation, "ok")
        self.timed = (spec.name, operation)

    def refusal(self) -> NotSupported:
        """What a request for an operation without a handler is answered."""
        why = reason(self.spec.name, self.operation)
        return NotSupported(
            f"Headwater does not support {self.spec.title}'s {self.operation} operation: {why}"
        )


class Plans:
    """All plans, made when first asked for."""

    def __init__(self, operations: Operations) -> None:
        unknown = set(operations) - set(SERVICES)
        assert not unknown, f"operations of services that nothing routes to: {unknown}"
        self._operations = operations
        self._made: dict[tuple[str, str], Plan] = {}
        self.by_target: dict[bytes, Plan] = {}

    def for_target(self, target: bytes) -> Plan:
        """The plan of an X-Amz-Target header; UnknownOperation if AWS has none.

        `by_target` holds those that were asked for before: the hot path looks there itself.
        """
        route = route_target(target.decode("latin-1"))
        plan = self.by_target[target] = self.for_route(route)
        return plan

    def for_route(self, route: Route) -> Plan:
        key = (route.service, route.operation)
        plan = self._made.get(key)
        if plan is None:
            handler: Any = self._operations.get(route.service, {}).get(route.operation)
            plan = self._made[key] = Plan(SERVICES[route.service], route.operation, handler)
        return plan
