"""The documents agree with the code they speak of."""

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_page_of_operations_is_what_the_tables_say():
    generator = runpy.run_path(str(ROOT / "docs" / "generate_operations.py"))
    written = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    said = set(re.findall(r"^- (\w+)$", written, re.MULTILINE))
    served = {name for table in generator["OPERATIONS"].values() for name in table}
    assert said == served, "run .venv/bin/python docs/generate_operations.py"
    # What is refused depends on what AWS has by now: another botocore knows other operations.
    if f"botocore {generator['models_version']()}." in written:
        assert written == generator["page"](), "run .venv/bin/python docs/generate_operations.py"


def test_every_served_operation_is_one_that_aws_has():
    generator = runpy.run_path(str(ROOT / "docs" / "generate_operations.py"))
    for service, operations in generator["OPERATIONS"].items():
        model = generator["load_model"](generator["SERVICES"][service].model)
        assert set(operations) <= set(model.operations), service
