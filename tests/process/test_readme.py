"""What the README shows is run as it stands, but for the port."""

import re
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"
DEFAULT_URL = "http://127.0.0.1:8000"


def test_the_program_in_the_readme_runs_and_prints_the_item(node_factory, capsys):
    (program,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert DEFAULT_URL in program
    exec(program.replace(DEFAULT_URL, node_factory(in_memory=True).url), {})
    printed = capsys.readouterr().out
    assert "'OrderId': 'o-1'" in printed and "'Status': 'PLACED'" in printed
