"""How functions are started, several at once. Source: the contract in functions/runtimes.py."""

import threading
from concurrent.futures import ThreadPoolExecutor

from headwater.functions.runtimes import Runtimes

CONFIGURATION = {"Runtime": "provided.al2023", "MemorySize": 128}


def test_functions_that_are_first_called_together_find_the_whole_runtime(tmp_path):
    """A node that starts with mappings that are behind deploys their functions at one moment."""
    together = 8
    for number in range(5):
        runtimes = Runtimes({}, tmp_path / f"home{number}")
        gate = threading.Barrier(together)

        def start(runtimes=runtimes, gate=gate):
            gate.wait()
            return runtimes.start(CONFIGURATION, tmp_path, None)

        with ThreadPoolExecutor(together) as pool:
            for started in [pool.submit(start) for _ in range(together)]:
                started.result()
        names = {entry.name for entry in (tmp_path / f"home{number}").iterdir()}
        assert {"awslambdaric", "simplejson", "launch.py", "guard.py"} <= names
