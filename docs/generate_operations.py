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
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
