"""How long after a put is called is its change on the console's screen, at 10 and at 100 a second?

The time goes from before the call to the frame in which the row is drawn, in a real Chromium that
shows a stream's page; both clocks are the machine's. Beside it: the processor time that the node,
the console and the browser spend for a change. Latencies need a machine that does nothing
else; processor times hold on a busy one too, within a tenth or two.
"""

import contextlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from harness import Report, chromium, create_table, item, node, options
from wire import Caller

Pids = dict[str, list[int]]

RATES: Final = (10, 100)
FLAGS: Final = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
LISTENING: Final = re.compile(r"headwater console on (\S+)")

# Notes when a change is on the screen: after the frame in which its row was added.
WATCH: Final = """() => {
  window.seen = [];
  new MutationObserver((changes) => {
    const rows = changes.flatMap((one) => [...one.addedNodes]);
    const keys = rows.map((row) => row.querySelector('.key').textContent);
    requestAnimationFrame(() => {
      const at = Date.now();
      for (const key of keys) window.seen.push([key, at]);
    });
  }).observe(document.querySelector('[role=log]'), { childList: true });
}"""


@contextlib.contextmanager
def console(port: int) -> Iterator[tuple[str, int]]:
    """A console of the node at `port`: its URL and process."""
    words = ["-m", "headwater.console", "--endpoint", f"http://127.0.0.1:{port}", "--port", "0"]
    with subprocess.Popen(
        [sys.executable, *words, "--with-parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        said = LISTENING.search(process.stdout.readline())
        assert said, "the console did not start"
        yield said[1], process.pid
        process.stdin.close()


def stat(pid: int) -> list[str]:
    """What /proc tells of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_s(pids: Iterable[int]) -> float:
    """Processor time of processes, user and system."""
    fields = [stat(pid) for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in fields) / os.sysconf("SC_CLK_TCK")


def below(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    parents = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(path.name)] = int(stat(int(path.name))[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


def write(caller: Caller, rate: int, count: int, prefix: str) -> dict[str, float]:
    """Put `count` items, `rate` a second; when each call began, by key, in ms since the epoch."""
    began = {}
    first = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, first + number / rate - time.monotonic()))
        made = item(number, size_bytes=400, prefix=prefix)
        began[made["pk"]["S"]] = time.time() * 1000
        caller.call("PutItem", TableName="bench", Item=made)
    return began


def measured(page: Page, caller: Caller, rate: int, count: int, pids: Pids) -> dict[str, float]:
    """The figures of one rate."""
    page.evaluate("() => { window.seen = []; }")
    before = {name: cpu_s(some) for name, some in pids.items()}
    began = write(caller, rate, count, f"r{rate}-{time.monotonic_ns()}-")
    page.wait_for_function(f"() => window.seen.length >= {count}", timeout=60_000)
    used = {name: cpu_s(some) - before[name] for name, some in pids.items()}
    took = sorted(at - began[key] for key, at in page.evaluate("() => window.seen"))
    return {
        "p50_ms": took[len(took) // 2],
        "p99_ms": took[min(len(took) - 1, len(took) * 99 // 100)],
        "most_ms": took[-1],
        **{f"{name}_cpu_us": seconds / count * 1e6 for name, seconds in used.items()},
    }


def main() -> None:
    """One browser; in each run a node, a console and a page that has already drawn some."""
    chosen = options(__doc__, runs=3)
    report = Report("console", __doc__, chosen.runs)
    path = chromium()
    if path is None:
        sys.exit("there is no Chromium on this machine: .ci/chromium installs it, or says how")
    with sync_playwright() as playwright:
        before = set(below(os.getpid()))
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for _ in range(chosen.runs):
            with node(pin=False) as server, console(server.port) as (url, pid):
                caller = Caller(server.port)
                create_table(caller, "bench")
                page = browser.new_page()
                page.goto(f"{url}/stream/bench")
                page.get_by_text("live", exact=True).wait_for()
                page.evaluate(WATCH)
                pids = {
                    "node": [server.pid],
                    "console": [pid],
                    "browser": sorted(set(below(os.getpid())) - before - {server.pid, pid}),
                }
                measured(page, caller, 50, 100, pids)
                for rate in RATES:
                    count = int(rate * 5 * max(chosen.scale, 0.2) * chosen.seconds / 4)
                    figures = measured(page, caller, rate, count, pids)
                    report.add(f"{rate} a second", **figures)
                page.close()
        browser.close()
    report.finish()


if __name__ == "__main__":
    main()
