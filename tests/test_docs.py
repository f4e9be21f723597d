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


def test_every_make_target_stands_in_contributing():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert targets == set(re.findall(r"^    make (\w+)", told, re.MULTILINE))


def test_every_link_of_a_page_leads_to_a_file():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("[!.]*/**/*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert not broken, broken
