"""Writes operations.md beside this file: what is served and what is refused, from the code itself.

    .venv/bin/python docs/generate_operations.py

tests/test_docs.py fails while the page and the code disagree.
"""

from importlib.metadata import version
from pathlib import Path

from headwater.node import OPERATIONS
from headwater.operations.refusals import reason
from headwater.wire.models import load_model
from headwater.wire.protocols import SERVICES

PAGE = Path(__file__).with_name("operations.md")
HEAD = """# Operations

Every operation of AWS's models, by service: served, or refused by name with the reason that its
error gives. A parameter that is not supported is refused likewise, by the operation that has it.
One is kept and described without doing what it does on AWS: `SSESpecification`. Headwater encrypts
nothing itself; keep the data directory on an encrypted volume.
Written by `docs/generate_operations.py` from the models of botocore {version}.
"""
TAIL = """
## What to know of the answers

- **Conflicts.** A node runs one operation after another, so a transaction never meets another one,
  unless transactions are given a time to last: with `--transaction-time 50ms` overlapping requests
  get `TransactionConflict` and `TransactionInProgressException` as at AWS
  ([testing](testing.md#conflicts)).
- **Signatures.** With `--credentials`, `host` has to be among the signed headers. Others, also
  `x-amz-target`, may be signed or not: AWS asks signers for all `x-amz-*`, and DynamoDB refuses
  only where `host` is missing (recorded).
- **Resource policies** are kept and told; requests are not held to them.
  `ConfirmRemoveSelfResourceAccess` has nothing to confirm.
- **The newer texts.** AWS changed texts of PutItem, UpdateItem and BatchGetItem in 2026; Headwater
  has the newer ones. Of the 601 tests of the public suite `nubo-db/dynamodb-conformance`, which has
  the older ones, 586 pass with the access key `111122223333` (one asks for what is not its
  account's, and names account 000000000000, which is that of other keys), and these do not:

"""
_PREFIX = "begins with `1 validation error detected: `"
_LENGTH = "Member must have length greater than or equal to 1"
NEWER_TEXTS = {
    "error-messages/putItem: empty string set; empty number set; duplicate values in SS; NULL attr "
    "with false; mixing expression and non-expression; ExpressionAttributeValues without "
    "expression": _PREFIX,
    "error-messages/updateItem: invalid UpdateExpression syntax; unused ExpressionAttributeNames; "
    "unused ExpressionAttributeValues; missing ExpressionAttributeValues reference; mixing "
    "UpdateExpression with AttributeUpdates; empty UpdateExpression": _PREFIX,
    "error-messages/batchGetItem: empty RequestItems; validation-ordering/batchOperations: "
    "BatchGetItem rejects empty RequestItems": "`1 validation error detected: Value at "
    f"'RequestItems' failed to satisfy constraint: {_LENGTH}`",
    "validation-ordering/updateItem: reports invalid ReturnValues and invalid "
    "ReturnConsumedCapacity together": "only `returnValues` is told",
}


def models_version() -> str:
    """Of the botocore that is installed here."""
    return version("botocore")


def page() -> str:
    """The whole page, as Markdown."""
    parts = [HEAD.format(version=models_version())]
    for name, spec in SERVICES.items():
        served = OPERATIONS.get(name, {})
        known = sorted(load_model(spec.model).operations)
        lines = [operation for operation in known if operation in served]
        parts.append(f"\n## {spec.title}\n\nServed, {len(lines)} of {len(known)}:\n")
        parts.append("\n".join(f"- {operation}" for operation in lines) + "\n")
        refused = [operation for operation in known if operation not in served]
        if refused:
            parts.append("\n| refused | because |\n| --- | --- |\n")
            parts.append("".join(f"| {one} | {reason(name, one)} |\n" for one in refused))
    rows = [f"| {tests} | {answer} |\n" for tests, answer in NEWER_TEXTS.items()]
    return "".join([*parts, TAIL, "| test | the answer now |\n| --- | --- |\n", *rows])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
