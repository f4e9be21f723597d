"""Fuzzing a node over its wire: `python -m tests.fuzz.run SECONDS [SEED]`, from the top directory.

The node is one of its own, in memory. It must answer everything, never with a 5xx that is not the
answer of an operation that it says it does not have, in bounded time, and log no bug. What it did
wrong is told with the request, and the seed plays the same requests again.
"""

import contextlib
import http.client
import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tests.fuzz.forge import Forge, Forged
from tests.fuzz.words import TABLES
from tests.hostile.wire import MIB, resident_bytes

from headwater.clock import monotonic_ns
from headwater.testing.process import NodeProcess

ANSWER_S_MAX = 5.0
_TROUBLES_MAX = 20
_WAITING = frozenset({"ReceiveMessage"})  # may be asked to wait for 20 s
RESIDENT_MIB_MAX = 1024  # tables in memory among them, which every 500th request makes anew
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260304/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=00"
)


class Outcome(NamedTuple):
    """What came of it: answers by operation and status, and what went wrong."""

    answers: Counter[tuple[str, int]]
    troubles: list[str]
    resident_mib: list[int]  # of the node, every 500 requests


def fuzz(
    seconds: float,
    seed: int,
    directory: Path,
    *,
    requests_max: int | None = None,
    answer_s_max: float = ANSWER_S_MAX,
) -> Outcome:
    """Send forged requests to a new node for so long, or so many.

    answer_s_max  an answer that takes longer is trouble
    """
    outcome = Outcome(Counter(), [], [])
    requests_max = requests_max or sys.maxsize
    forge = Forge(random.Random(seed))
    ends_ns = monotonic_ns() + int(seconds * 1e9)
    with NodeProcess("--region", "us-east-1", data=None, log=directory / "node.log") as node:
        caller = _Caller(node.port, answer_s_max)
        for number in range(requests_max):
            if monotonic_ns() >= ends_ns or len(outcome.troubles) >= _TROUBLES_MAX:
                break
            if not number % 500:
                _furnish(caller)
                outcome.resident_mib.append(resident_bytes(node.pid) // MIB)
            _one(forge.request(), forge, caller, outcome)
            if not node.running:
                outcome.troubles.append("the node is gone")
                return outcome
        caller.close()
    if max(outcome.resident_mib) > RESIDENT_MIB_MAX:
        outcome.troubles.append(f"the node grew: {outcome.resident_mib[::100]} MiB")
    log = (directory / "node.log").read_text(errors="replace")
    if "Traceback" in log:
        outcome.troubles.append("the log has a bug:\n" + log[log.index("Traceback") - 300 :][:6000])
    return outcome


def _one(forged: Forged, forge: Forge, caller: "_Caller", outcome: Outcome) -> None:
    begun = monotonic_ns()
    try:
        status, body = caller.ask(forged)
    except (OSError, http.client.HTTPException) as trouble:
        outcome.troubles.append(f"{trouble!r}: {_shown(forged)}")
        caller.close()
        return
    outcome.answers[forged.operation, status] += 1
    took_s = (monotonic_ns() - begun) / 1e9
    if status >= 500 and b"is not supported" not in body and b"does not support" not in body:
        outcome.troubles.append(f"{status} {body[:300]!r}: {_shown(forged)}")
    elif took_s > caller.answer_s_max and forged.operation not in _WAITING:
        outcome.troubles.append(f"{took_s:.1f} s: {_shown(forged)}")
    elif status == 200:
        with contextlib.suppress(ValueError):
            forge.learn(forged.operation, json.loads(body))


def _shown(forged: Forged) -> str:
    return f"{forged.method} {forged.path} {forged.operation} {forged.body[:2000]!r}"


class _Caller:
    """A connection that is opened again when it was closed."""

    def __init__(self, port: int, answer_s_max: float) -> None:
        self.answer_s_max = answer_s_max
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=answer_s_max * 4)

    def ask(self, forged: Forged) -> tuple[int, bytes]:
        headers = {"Authorization": _AUTHORIZATION, "X-Amz-Date": "20260304T050607Z"}
        self._http.request(forged.method, forged.path, forged.body, {**headers, **forged.headers})
        reply = self._http.getresponse()
        return reply.status, reply.read()

    def close(self) -> None:
        self._http.close()


def _furnish(caller: _Caller) -> None:
    """Tables to work on; the fuzzer deletes them every now and then."""
    for name in TABLES[:2]:
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        types = {"pk": "S", "sk": "N", "a": "S", "b": "N"}
        projection = {"ProjectionType": "ALL"}
        request = {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": _schema(keys),
            "AttributeDefinitions": [
                {"AttributeName": key, "AttributeType": kind} for key, kind in types.items()
            ],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "glo",
                    "KeySchema": _schema([("a", "HASH")]),
                    "Projection": projection,
                }
            ],
            "LocalSecondaryIndexes": [
                {
                    "IndexName": "loc",
                    "KeySchema": _schema([("pk", "HASH"), ("b", "RANGE")]),
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        }
        headers = {
            "X-Amz-Target": "DynamoDB_20120810.CreateTable",
            "Content-Type": "application/x-amz-json-1.0",
        }
        caller.ask(Forged("CreateTable", "POST", "/", headers, json.dumps(request).encode()))


def _schema(keys: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in keys]


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
    with tempfile.TemporaryDirectory() as directory:
        outcome = fuzz(seconds, seed, Path(directory))
    statuses = Counter[int]()
    for (_, status), count in outcome.answers.items():
        statuses[status] += count
    operations = {operation for operation, status in outcome.answers if status < 300}
    told = f"seed {seed}: {dict(statuses)}; {len(operations)} operations did something; "
    told += f"{outcome.resident_mib[0]} to {outcome.resident_mib[-1]} MiB\n"
    sys.stdout.write(told + "".join(f"\n{trouble}\n" for trouble in outcome.troubles))
    return 1 if outcome.troubles else 0


if __name__ == "__main__":
    sys.exit(main())
