"""The examples in docs/testing.md are a test file that passes, as whoever copies them expects."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_examples_pass_where_only_the_plugin_is_there(tmp_path):
    text = (ROOT / "docs" / "testing.md").read_text()
    sources = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    (tmp_path / "test_orders.py").write_text("\n\n".join(sources))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "headwater.testing.plugin"),
            *("-p", "no:cacheprovider", "--strict-markers", "test_orders.py"),
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout
