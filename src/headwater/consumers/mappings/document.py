"""Event source mappings as they are stored and shown.

One document holds what is wanted (the settings) and what can be seen of it (state, last result).
Positions are not in here: they are checkpoints of the owner `owner`.

Source: the Lambda service model, EventSourceMappingConfiguration; key set of a DynamoDB mapping
and states as recorded. This file knows the form. Requests are read in request.py.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from headwater.arns import Scope, StreamName, function_arn, mapping_arn, parse_stream_arn
from headwater.consumers.mappings.decide import ENDLESS, Policy
from headwater.consumers.mappings.outcome import NOTHING_YET
from headwater.storage import keyspace

CREATING = "Creating"
ENABLED = "Enabled"
DISABLING = "Disabling"
DISABLED = "Disabled"
ENABLING = "Enabling"
UPDATING = "Updating"
DELETING = "Deleting"

USER_ACTION = "User action"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One event source mapping. Numbers have the units and ranges of the request's members."""

    scope: Scope
    uuid: str
    function: str
    qualifier: str | None  # version or alias the function was named with
    stream_arn: str
    starting_position: str  # TRIM_HORIZON or LATEST
    modified_ms: int
    enabled: bool = True
    batch_size: int = 100
    window_s: int = 0
    filters: tuple[str, ...] = ()  # patterns, JSON texts as they were given
    parallelization: int = 1
    record_age_s_max: int = ENDLESS
    retries_max: int = ENDLESS
    bisect: bool = False
    tumbling_window_s: int = 0
    response_types: tuple[str, ...] = ()
    on_failure: str | None = None  # ARN of the destination
    metrics: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)
    state: str = CREATING
    state_reason: str = USER_ACTION
    last_result: str = NOTHING_YET

    @property
    def key(self) -> bytes:
        return keyspace.mapping_key(self.scope, self.uuid)

    @property
    def owner(self) -> str:
        """Whose checkpoints its positions are."""
        return f"mapping/{self.uuid}"

    @property
    def function_arn(self) -> str:
        return function_arn(self.scope, self.function, self.qualifier)

    @property
    def stream(self) -> StreamName:
        name = parse_stream_arn(self.stream_arn)
        assert name is not None, f"mapping {self.uuid} reads {self.stream_arn}"
        return name

    @property
    def policy(self) -> Policy:
        age_s = self.record_age_s_max
        return Policy(
            retries_max=self.retries_max,
            age_ms_max=age_s if age_s == ENDLESS else age_s * 1000,
            bisect=self.bisect,
            report="ReportBatchItemFailures" in self.response_types,
            windowed=self.tumbling_window_s > 0,
        )

    @property
    def in_transition(self) -> bool:
        return self.state not in (ENABLED, DISABLED)

    def settled(self, now_ms: int) -> "Mapping":
        """This mapping when its transition is over."""
        state = ENABLED if self.enabled else DISABLED
        return replace(self, state=state, modified_ms=now_ms)

    def encode(self) -> bytes:
        return orjson.dumps(asdict(self) | {"scope": tuple(self.scope)})

    @staticmethod
    def decode(data: bytes) -> "Mapping":
        fields: dict[str, Any] = orjson.loads(data)
        fields["scope"] = Scope(*fields["scope"])
        for name in ("filters", "response_types", "metrics"):
            fields[name] = tuple(fields.get(name, ()))
        return Mapping(**fields)

    def answer(self) -> dict[str, Any]:
        """The mapping as the API shows it."""
        on_failure = {} if self.on_failure is None else {"Destination": self.on_failure}
        shown = {
            "UUID": self.uuid,
            "StartingPosition": self.starting_position,
            "BatchSize": self.batch_size,
            "MaximumBatchingWindowInSeconds": self.window_s,
            "ParallelizationFactor": self.parallelization,
            "EventSourceArn": self.stream_arn,
            "FunctionArn": self.function_arn,
            "LastModified": self.modified_ms / 1000,
            "LastProcessingResult": self.last_result,
            "State": self.state,
            "StateTransitionReason": self.state_reason,
            "DestinationConfig": {"OnFailure": on_failure},
            "MaximumRecordAgeInSeconds": self.record_age_s_max,
            "BisectBatchOnFunctionError": self.bisect,
            "MaximumRetryAttempts": self.retries_max,
            "TumblingWindowInSeconds": self.tumbling_window_s,
            "FunctionResponseTypes": list(self.response_types),
            "EventSourceMappingArn": mapping_arn(self.scope, self.uuid),
        }
        if self.filters:
            shown["FilterCriteria"] = {"Filters": [{"Pattern": each} for each in self.filters]}
        if self.metrics:
            shown["MetricsConfig"] = {"Metrics": list(self.metrics)}
        return shown
