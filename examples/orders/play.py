"""Plays the shop from its first order to its last, with a power cut in between, and counts.

    headwater demo orders                # or: python play.py --orders 1000 --clients 8

A node and an SMTP server run as processes of their own. Clients place orders; halfway the node is
killed with SIGKILL and started again on the same data. At the end every order that was acknowledged
must have its mail, and the stream must hold a record for exactly what was acknowledged. Exits with
1 if not.
"""

import argparse
import itertools
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import shop
from headwater.testing.process import NodeProcess, NodeTrouble
from show import Bars, Show

HERE = Path(__file__).resolve().parent
QUIET_S = 1.0  # how long no further mail may come before the counting starts
SILENCE_S_MAX = 60.0  # how long a missing mail is waited for while none comes at all


class Books:
    """What the shop was told, by the moment it was told."""

    def __init__(self) -> None:
        self.acknowledged_ns: dict[str, int] = {}
        self.counts: Counter[str] = Counter()
        self.closing = False  # the play was stopped: clients place no further order
        self._lock = threading.Lock()

    def note(self, kind: str, order: str) -> None:
        """Write down one acknowledged call: kind INSERT, MODIFY or REMOVE."""
        moment_ns = time.time_ns()
        with self._lock:
            self.counts[kind] += 1
            if kind == "INSERT":
                self.acknowledged_ns[order] = moment_ns


class Mailbox:
    """The SMTP server, as a process, and the mails it wrote down."""

    def __init__(self, directory: Path) -> None:
        self.file = directory / "mails.jsonl"
        self.file.touch()
        self.received_ns: dict[str, list[int]] = {}
        self._read_to = 0
        log = directory / "mailbox.log"
        # Nothing of ours is left open in it: with --keep it outlives whoever reads our output.
        with log.open("w") as sink:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "mailbox.py"), str(self.file)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                start_new_session=True,
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        if ":" not in said:
            raise RuntimeError(f"the SMTP server did not start: {log.read_text()}")
        self.port = int(said.rpartition(":")[2])

    def look(self) -> int:
        """Take in what came since the last look; how many orders have a mail."""
        with self.file.open("rb") as source:
            source.seek(self._read_to)
            whole, _, _ = source.read().rpartition(b"\n")
        if whole:
            self._read_to += len(whole) + 1
            for line in whole.split(b"\n"):
                mail = json.loads(line)
                self.received_ns.setdefault(mail["order"], []).append(mail["received_ns"])
        return len(self.received_ns)

    def mails(self) -> int:
        """All mails that came, repeated ones included."""
        return sum(map(len, self.received_ns.values()))


def trade(table: Any, numbers: "itertools.count[int]", orders: int, books: Books) -> None:
    """One client: place the next order until there are enough; ship some and cancel some."""
    while (number := next(numbers)) < orders and not books.closing:
        key = shop.place(table, shop.new_order(number))
        books.note("INSERT", key.order)
        if number % 3 == 0:
            shop.ship(table, key)
            books.note("MODIFY", key.order)
        if number % 10 == 5:
            shop.cancel(table, key)
            books.note("REMOVE", key.order)


def trade_through_a_crash(
    node: NodeProcess, mailbox: Mailbox, books: Books, asked: argparse.Namespace, show: Show
) -> float:
    """Let all clients trade, kill the node halfway and start it again; returns its seconds away."""
    numbers, away_s = itertools.count(), 0.0
    tables = [shop.orders_table(node.url) for _ in range(asked.clients)]
    with show.progress(asked.orders) as bars, ThreadPoolExecutor(asked.clients) as clients:
        running = [clients.submit(trade, table, numbers, asked.orders, books) for table in tables]
        try:
            while not all(client.done() for client in running):
                if not away_s and len(books.acknowledged_ns) >= asked.orders // 2:
                    away_s = cut_the_power(node, books, show)
                bars.update(len(books.acknowledged_ns), mailbox.look())
                time.sleep(0.05)
        finally:
            books.closing = True
        for client in running:
            client.result()
        wait_for_mails(mailbox, books, bars)
    return away_s


def cut_the_power(node: NodeProcess, books: Books, show: Show) -> float:
    """SIGKILL, and the same data again; returns the seconds until it answered."""
    node.kill()
    killed = time.monotonic()
    show.say(f"[bold red]SIGKILL[/] to the node, {len(books.acknowledged_ns)} orders acknowledged")
    node.start()
    away_s = time.monotonic() - killed
    show.say(f"the node answers again, on the same data, {away_s * 1000:.0f} ms later")
    return away_s


def wait_for_mails(mailbox: Mailbox, books: Books, bars: Bars) -> None:
    """Until every order has its mail and no more come, or none came for a long time."""
    last, changed = -1, time.monotonic()
    while True:
        complete = mailbox.look() >= len(books.acknowledged_ns)
        if mailbox.mails() != last:
            last, changed = mailbox.mails(), time.monotonic()
        bars.update(len(books.acknowledged_ns), len(mailbox.received_ns))
        if time.monotonic() - changed > (QUIET_S if complete else SILENCE_S_MAX):
            return
        time.sleep(0.05)


def verdict(books: Books, mailed: Collection[str], records: dict[str, int]) -> list[str]:
    """Everything that is not as promised; an empty list is a good day.

    mailed   the orders that a mail came for
    records  how many of each kind the stream holds
    """
    missing = sorted(set(books.acknowledged_ns) - set(mailed))
    unordered = sorted(set(mailed) - set(books.acknowledged_ns))
    wrong = []
    if missing:
        wrong.append(f"{len(missing)} acknowledged orders without mail: {', '.join(missing[:5])}")
    if unordered:
        wrong.append(f"{len(unordered)} mails for orders nobody placed: {', '.join(unordered[:5])}")
    for kind, count in records.items():
        if count != books.counts[kind]:
            wrong.append(
                f"the stream holds {count} {kind} records, {books.counts[kind]} were acknowledged"
            )
    return wrong


def outcome(
    books: Books, mailbox: Mailbox, records: dict[str, int], away_s: float
) -> list[tuple[str, str, str]]:
    """The rows of the table at the end."""
    placed = len(books.acknowledged_ns)
    missing = len(set(books.acknowledged_ns) - set(mailbox.received_ns))
    waits_ms = [
        (min(received) - books.acknowledged_ns[order]) / 1e6
        for order, received in mailbox.received_ns.items()
        if order in books.acknowledged_ns
    ]
    rows = [
        ("orders acknowledged", f"{placed:,}", ""),
        ("mails delivered", f"{mailbox.mails():,}", ""),
        ("missing", f"{missing:,}", "must be 0"),
        (
            "duplicates",
            f"{mailbox.mails() - len(mailbox.received_ns):,}",
            "handed over again after the crash",
        ),
    ]
    if len(waits_ms) > 1:
        cuts = statistics.quantiles(waits_ms, n=100, method="inclusive")
        rows += [
            ("acknowledged to mail, p50", f"{cuts[49]:,.1f} ms", ""),
            (
                "acknowledged to mail, p99",
                f"{cuts[98]:,.1f} ms",
                f"the node was away for {away_s * 1000:,.0f} ms",
            ),
        ]
    for kind, count in records.items():
        rows.append((f"{kind} records", f"{count:,}", f"{books.counts[kind]:,} acknowledged"))
    return rows


def how_to_look(node: NodeProcess, mailbox: Mailbox, stream_arn: str, directory: Path) -> str:
    """What to type to look around in a shop that was kept open."""
    return f"""\
The node is still there, at {node.url}. With the AWS CLI:

  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION={shop.REGION}
  export AWS_ENDPOINT_URL={node.url}
  aws dynamodb scan --table-name {shop.TABLE} --max-items 2
  aws dynamodbstreams describe-stream --stream-arn {stream_arn}
  aws lambda list-event-source-mappings

With boto3:

  import boto3
  orders = boto3.resource("dynamodb", endpoint_url="{node.url}", region_name="{shop.REGION}",
      aws_access_key_id="test", aws_secret_access_key="test").Table("{shop.TABLE}")
  orders.put_item(Item={{"CustomerId": "c-99", "OrderId": "mine", "Lines": [], "Total": 0}})

The mail to that order is the last line of {mailbox.file}
To end it:  kill {node.pid} {mailbox.process.pid} ; sleep 1; rm -r {directory}
"""


def play(asked: argparse.Namespace, directory: Path, show: Show) -> int:
    """The whole play; returns the exit status."""
    node = NodeProcess(data=directory / "data", log=directory / "node.log")
    mailbox, books, keeping = Mailbox(directory), Books(), False
    try:
        show.say(f"a real SMTP server listens on port {mailbox.port}")
        show.say(f"a node answers at {node.start()}, its data in {node.data}")
        stream_arn = shop.open_shop(node.url, mailbox.port)
        show.say(f"table {shop.TABLE}, function {shop.FUNCTION} and the mapping between are ready")
        show.say(f"{asked.clients} clients place {asked.orders} orders, ship some, cancel some")
        away_s = trade_through_a_crash(node, mailbox, books, asked, show)
        records = shop.records_by_kind(node.url, stream_arn)
        show.table(outcome(books, mailbox, records, away_s))
        wrong = verdict(books, mailbox.received_ns, records)
        for trouble in wrong:
            show.console.print(f"[bold red]not as promised:[/] {trouble}")
        if not wrong:
            show.console.print("Every acknowledged order has its mail.\n")
        if asked.keep:
            keeping = True
            show.console.print(
                how_to_look(node, mailbox, stream_arn, directory), markup=False, soft_wrap=True
            )
        return 1 if wrong else 0
    finally:
        if not keeping:
            node.stop()
            mailbox.process.terminate()
            mailbox.process.wait()


def main() -> int:
    """Read the command line, play, and clean up unless something is worth looking at."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="headwater-orders-"))
    show, status = Show(), 1
    # Told to end from outside, it still ends what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = play(asked, directory, show)
    except NodeTrouble as trouble:
        show.console.print(str(trouble), markup=False)
    except KeyboardInterrupt:
        show.console.print("stopped")
        status = 130
    finally:
        if status == 1:
            show.console.print(f"The node's data and log are kept in {directory}", soft_wrap=True)
        elif not asked.keep:
            shutil.rmtree(directory)
    return status


if __name__ == "__main__":
    sys.exit(main())
