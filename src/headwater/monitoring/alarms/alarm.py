"""An alarm as a document: what was asked for, in AWS's words, and the state it is in."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from headwater.arns import Scope
from headwater.monitoring.alarms.judgement import INSUFFICIENT_DATA, MISSING, Rule
from headwater.storage import monitoring_keys

NEW = "Unchecked: Initial alarm creation"


@dataclass(frozen=True, slots=True)
class State:
    """value: OK, ALARM or INSUFFICIENT_DATA. data: JSON as text, "" if there is none."""

    value: str = INSUFFICIENT_DATA
    reason: str = NEW
    data: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """config: PutMetricAlarm's members, those that were given and those with a default."""

    scope: Scope
    name: str
    config: dict[str, Any]
    changed_ms: int
    state: State
    updated_ms: int  # when the state, or its reason, was last set
    turned_ms: int  # when its value last changed
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:cloudwatch:{self.scope.region}:{self.scope.account}:alarm:{self.name}"

    @property
    def key(self) -> bytes:
        return monitoring_keys.alarm_key(self.scope, self.name)

    @property
    def rule(self) -> Rule:
        config = self.config
        periods = config["EvaluationPeriods"]
        return Rule(
            config["ComparisonOperator"],
            float(config["Threshold"]),
            periods,
            config.get("DatapointsToAlarm", periods),
            config.get("TreatMissingData", MISSING),
        )

    @property
    def queries(self) -> list[dict[str, Any]]:
        """What it looks at, as GetMetricData asks it; one of them is returned."""
        config = self.config
        if "Metrics" in config:
            queries: list[dict[str, Any]] = config["Metrics"]
            return queries
        metric = {name: config[name] for name in ("Namespace", "MetricName", "Dimensions")}
        statistic = config.get("Statistic") or config["ExtendedStatistic"]
        stat = {"Metric": metric, "Period": config["Period"], "Stat": statistic}
        if "Unit" in config:
            stat["Unit"] = config["Unit"]
        return [{"Id": "m", "MetricStat": stat}]

    @property
    def period_s(self) -> int:
        """Of its datapoints."""
        stats = [query["MetricStat"] for query in self.queries if "MetricStat" in query]
        return max(int(stat["Period"]) for stat in stats)

    def turned(self, state: State, now_ms: int) -> "Alarm":
        """The alarm in this state."""
        turned_ms = self.turned_ms if state.value == self.state.value else now_ms
        return replace(self, state=state, updated_ms=now_ms, turned_ms=turned_ms)

    def shown(self) -> dict[str, Any]:
        """A MetricAlarm, as answers have it."""
        state = self.state
        shown = {
            **self.config,
            "AlarmName": self.name,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.changed_ms / 1000,
            "StateValue": state.value,
            "StateReason": state.reason,
            "StateUpdatedTimestamp": self.updated_ms / 1000,
            "StateTransitionedTimestamp": self.turned_ms / 1000,
        }
        return {**shown, "StateReasonData": state.data} if state.data else shown

    def encode(self) -> bytes:
        return orjson.dumps(asdict(self) | {"scope": tuple(self.scope)})

    @staticmethod
    def decode(data: bytes) -> "Alarm":
        fields: dict[str, Any] = orjson.loads(data)
        fields["scope"] = Scope(*fields["scope"])
        fields["state"] = State(**fields["state"])
        return Alarm(**fields)
