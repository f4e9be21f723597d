"""Requests for every operation of every service, made from the service models, then bent.

Each member is given what the model says, or what a table, function or queue of the node is called;
now and then one is left out, doubled, swapped for another type, or filled with the unexpected.
"""

import base64
import json
import random
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from botocore.loaders import Loader
from tests.fuzz.words import ATTRIBUTES, NUMBERS, STRINGS, TABLES, Words

SERVICES = ("dynamodb", "dynamodbstreams", "lambda", "sqs", "logs", "cloudwatch")
# Calls that would wait, or run programs by the thousand, teach nothing here.
LEFT_OUT = frozenset({"InvokeWithResponseStream", "StartLiveTail"})
_DEPTH_MAX = 6


class Forged(NamedTuple):
    """A request, and what it is for."""

    operation: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Forge:
    """Makes requests. known: values that the node has told, by the member that they are for."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.words = Words(dice)
        self.known: dict[str, list[str]] = {}
        loader = Loader()
        models = {name: loader.load_service_model(name, "service-2") for name in SERVICES}
        self._models: dict[str, Any] = models
        self._operations = [
            (service, operation)
            for service, model in models.items()
            for operation in model["operations"]
            if operation not in LEFT_OUT
        ]
        names = [name for name in self._operations if name[0] in SERVICES[:2]]
        self._operations += names * 3  # what the node is there for

    def request(self) -> Forged:
        """The next one."""
        dice = self.dice
        service, operation = dice.choice(self._operations)
        model = self._models[service]
        about = model["operations"][operation]
        params: Any = {}
        if "input" in about:
            params = self._structure(model["shapes"], about["input"]["shape"], 0)
        for _ in range(dice.choice((0, 0, 0, 1, 1, 2))):
            params = self._bent(params)
        if service == "lambda":
            return self._rest(model, operation, about, params)
        prefix = model["metadata"]["targetPrefix"]
        headers = {"X-Amz-Target": f"{prefix}.{operation}"}
        version = model["metadata"].get("jsonVersion", "1.0")
        headers["Content-Type"] = f"application/x-amz-json-{version}"
        return Forged(operation, "POST", "/", headers, self._body(params))

    def learn(self, operation: str, answer: Any) -> None:
        """Remember the names in an answer that other requests may want."""
        if isinstance(answer, dict):
            for name, value in answer.items():
                if isinstance(value, str) and name.endswith(_TELLING):
                    known = self.known.setdefault(name.removeprefix("Next"), [])
                    known.append(value)
                    del known[:-5]
                self.learn(operation, value)
        elif isinstance(answer, list):
            for value in answer[:5]:
                self.learn(operation, value)

    # --- what the model says -----------------------------------------------------------------

    def _structure(self, shapes: Any, name: str, depth: int) -> Any:
        shape = shapes[name]
        if depth > _DEPTH_MAX:
            return {}
        required = set(shape.get("required", ()))
        made = {}
        for member, about in shape["members"].items():
            chance = 0.97 if member in required else 0.6 if member in _WELCOME else 0.2
            if shape.get("union") or name == "AttributeValue":
                return self.words.value()
            if self.dice.random() < chance:
                made[member] = self._member(shapes, member, about["shape"], depth)
        return made

    def _member(self, shapes: Any, member: str, name: str, depth: int) -> Any:
        special = _SPECIAL.get(member) or _SPECIAL.get(name)
        if special is not None and self.dice.random() < 0.95:
            return special(self)
        for known_name in (member, name):
            if self.known.get(known_name) and self.dice.random() < 0.8:
                return self.dice.choice(self.known[known_name])
        return self._shape(shapes, name, depth)

    def _shape(self, shapes: Any, name: str, depth: int) -> Any:
        shape = shapes[name]
        dice = self.dice
        kind = shape["type"]
        if kind == "structure":
            return self._structure(shapes, name, depth + 1)
        if kind == "list":
            element = shape["member"]["shape"]
            count = 0 if depth > _DEPTH_MAX else dice.choice((1, 1, 2, 0, 3))
            return [self._member(shapes, element, element, depth + 1) for _ in range(count)]
        if kind == "map":
            key, value = shape["key"]["shape"], shape["value"]["shape"]
            count = 0 if depth > _DEPTH_MAX else dice.choice((1, 1, 2, 0))
            return {
                str(self._member(shapes, key, key, depth + 1)): self._member(
                    shapes, value, value, depth + 1
                )
                for _ in range(count)
            }
        if "enum" in shape:
            return dice.choice(shape["enum"])
        return self._scalar(kind, shape)

    def _scalar(self, kind: str, shape: Any) -> Any:
        dice = self.dice
        if kind in ("integer", "long"):
            return dice.choice((shape.get("min", 0), shape.get("max", 10), 1, 5, *NUMBERS))
        if kind in ("float", "double", "timestamp"):
            return dice.choice((0, 1.5, 1_772_600_767, *NUMBERS))
        if kind == "boolean":
            return dice.choice((True, False))
        if kind == "blob":
            return base64.b64encode(dice.choice(STRINGS).encode()).decode()
        return dice.choice(("a", "fuzz", *STRINGS))

    # --- bending ---------------------------------------------------------------------------------

    def _bent(self, value: Any) -> Any:
        """One member somewhere below becomes something else."""
        dice = self.dice
        if isinstance(value, dict) and value and dice.random() < 0.8:
            name = dice.choice(list(value))
            bent = dict(value)
            if dice.random() < 0.15:
                del bent[name]
            elif dice.random() < 0.1:
                bent[dice.choice(STRINGS)] = bent[name]
            else:
                bent[name] = self._bent(bent[name])
            return bent
        if isinstance(value, list) and value and dice.random() < 0.8:
            at = dice.randrange(len(value))
            if dice.random() < 0.2:
                return value * dice.choice((0, 2, 30, 101))
            return [*value[:at], self._bent(value[at]), *value[at + 1 :]]
        others: tuple[Any, ...] = (
            None,
            True,
            {},
            [],
            [None],
            {"a": None},
            {"S": "a"},
            *NUMBERS,
            *STRINGS,
        )
        return dice.choice(others)

    def _body(self, params: Any) -> bytes:
        body = json.dumps(params, allow_nan=True).encode()
        if self.dice.random() < 0.02:
            at = self.dice.randrange(len(body) + 1)
            body = body[:at] + bytes([self.dice.randrange(256)]) + body[at + 1 :]
        return body

    def _rest(self, model: Any, operation: str, about: Any, params: Any) -> Forged:
        shapes = model["shapes"]
        shape = shapes[about["input"]["shape"]] if "input" in about else {"members": {}}
        path = about["http"]["requestUri"]
        query, headers, body = {}, {"Content-Type": "application/json"}, {}
        payload: bytes | None = None
        for name, value in params.items() if isinstance(params, dict) else ():
            told = shape["members"].get(name, {})
            place, wire_name = told.get("location"), told.get("locationName", name)
            text = value if isinstance(value, str) else json.dumps(value)
            if place == "uri":
                path = path.replace("{" + wire_name + "}", quote(text, safe=""))
            elif place == "querystring":
                query[wire_name] = text
            elif place in ("header", "headers"):
                headers[wire_name] = "".join(c for c in text if 31 < ord(c) < 127)[:1000]
            elif shape.get("payload") == name and shapes[told["shape"]]["type"] == "blob":
                payload = text.encode()
            else:
                body[name] = value
        path = path.replace("{", "%7B").replace("}", "%7D")
        if query:
            path += ("&" if "?" in path else "?") + urlencode(query)
        data = self._body(body) if payload is None else payload
        return Forged(operation, about["http"]["method"], path, headers, data)


_TELLING = ("Arn", "Url", "Token", "Iterator", "Id", "Handle", "UUID", "Label", "Name", "Key")
_WELCOME = frozenset(
    {"ExpressionAttributeValues", "ExpressionAttributeNames", "KeyConditionExpression"}
    | {"UpdateExpression", "ConditionExpression", "FilterExpression", "BillingMode"}
)
_SPECIAL: dict[str, Callable[[Forge], Any]] = {
    "TableName": lambda forge: forge.dice.choice(TABLES),
    "IndexName": lambda forge: forge.dice.choice(("glo", "loc", "missing")),
    "AttributeName": lambda forge: forge.dice.choice(ATTRIBUTES),
    "AttributeValue": lambda forge: forge.words.value(),
    "Key": lambda forge: forge.words.key(),
    "Item": lambda forge: forge.words.item(),
    "ExclusiveStartKey": lambda forge: forge.words.key(),
    "ConditionExpression": lambda forge: forge.words.condition(),
    "FilterExpression": lambda forge: forge.words.condition(),
    "KeyConditionExpression": lambda forge: forge.words.condition(),
    "UpdateExpression": lambda forge: forge.words.update(),
    "ProjectionExpression": lambda forge: forge.words.projection(),
    "Statement": lambda forge: forge.words.statement(),
    "Pattern": lambda forge: forge.words.pattern(),
    "ExpressionAttributeNames": lambda forge: {"#n": forge.dice.choice(ATTRIBUTES)},
    "ExpressionAttributeValues": lambda forge: {
        mark: forge.words.value(1) for mark in (":v", ":w", ":x")[: forge.dice.randrange(1, 4)]
    },
    "FunctionName": lambda forge: forge.dice.choice(("fuzz", "missing", "fuzz:1", "a:b:c")),
    "QueueName": lambda forge: forge.dice.choice(("fuzz", "fuzz.fifo", "other")),
    # A call that waits for messages would wait for real.
    "WaitTimeSeconds": lambda forge: forge.dice.choice((0, 0, -1, 21)),
    "ReceiveMessageWaitTimeSeconds": lambda forge: "0",
    "Timeout": lambda forge: forge.dice.choice((1, 1, 0, -1, 901)),
}
