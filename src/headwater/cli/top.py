"""`headwater top`: what a node does now, looked at again and again."""

import threading
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from headwater.cli.endpoint import DEFAULT, Endpoint, asking
from headwater.cli.figures import Figures, read_figures, since
from headwater.remote import Remote

PAGE = "metrics"
LATE_MS = 60_000  # from here on a reader's lag is shown in red
ROWS_MAX = 12


def top(
    endpoint: Endpoint = DEFAULT,
    interval: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.2, help="From one look to the next.")
    ] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="End after the first interval.")] = False,
) -> None:
    """Show requests a second, errors, the lag of every reader, and logs, until Ctrl-C."""
    console = Console(highlight=False)
    pause = threading.Event()  # that nobody sets: a wait that Ctrl-C ends
    with asking(endpoint) as node:
        before = _look(node)
        if once or not console.is_terminal:
            pause.wait(interval)
            console.print(screen(node.url, before, _look(node), interval))
            return
        with Live(console=console, screen=True, auto_refresh=False) as live:
            live.update(screen(node.url, before, before, interval), refresh=True)
            while True:
                pause.wait(interval)
                after = _look(node)
                live.update(screen(node.url, before, after, interval), refresh=True)
                before = after


def _look(node: Remote) -> Figures:
    return read_figures(node.text(PAGE))


def screen(url: str, before: Figures, after: Figures, seconds: float) -> RenderableType:
    """What is shown of two looks that are `seconds` apart."""
    new = since(before, after)
    parts: list[RenderableType] = [_head(url, new, after, seconds), Text()]
    for made in (_operations(new, seconds), _readers(after), _logs(after)):
        if made.row_count:
            parts += [made, Text()]
    return Group(*parts[:-1])


def _head(url: str, new: Figures, after: Figures, seconds: float) -> Text:
    done = new.total("headwater_requests_total")
    failed = sum(n for labels, n in new.of("headwater_requests_total") if labels["outcome"] != "ok")
    changes = new.total("headwater_change_records_total")
    text = Text(url, "bold")
    text.append(f"  {done / seconds:,.0f} requests/s  ")
    text.append(f"{failed / seconds:,.1f} errors/s", "red" if failed else "")
    text.append(f"  {changes / seconds:,.0f} changes/s\n")
    connections = after.total("headwater_connections")
    processes = after.total("headwater_function_processes")
    text.append(f"{connections:,.0f} connections, {processes:,.0f} function processes", "dim")
    groups = new.total("headwater_sync_seconds_count")
    if groups:
        sync_ms = 1000 * new.total("headwater_sync_seconds_sum") / groups
        size = new.total("headwater_group_transactions_sum") / groups
        text.append(f"  sync {sync_ms:.2f} ms of {size:.1f} transactions", "dim")
    alarms = {labels["state"]: 0.0 for labels, _ in after.of("headwater_alarms")}
    for labels, count in after.of("headwater_alarms"):
        alarms[labels["state"]] += count
    for state, count in sorted(alarms.items()):
        text.append(f"  {count:,.0f} {state}", "bold red" if state == "ALARM" else "dim")
    return text


def _operations(new: Figures, seconds: float) -> Table:
    """The busiest operations: rate, errors, how long."""
    rates: dict[tuple[str, str], list[float]] = {}
    for labels, count in new.of("headwater_requests_total"):
        found = rates.setdefault((labels["service"], labels["operation"]), [0.0, 0.0])
        found[0] += count
        found[1] += count if labels["outcome"] != "ok" else 0
    sums = {
        (labels["service"], labels["operation"]): total
        for labels, total in new.of("headwater_request_seconds_sum")
    }
    table = _table("operation", "requests/s", "errors/s", "mean ms")
    busiest = sorted(rates.items(), key=lambda entry: -entry[1][0])
    for (service, operation), (count, failed) in busiest[:ROWS_MAX]:
        if not count:
            break
        well = count - failed
        mean = f"{1000 * sums.get((service, operation), 0.0) / well:.2f}" if well else ""
        errors = Text(f"{failed / seconds:,.1f}", "red") if failed else Text()
        table.add_row(f"{service} {operation}", f"{count / seconds:,.1f}", errors, mean)
    return table


def _readers(after: Figures) -> Table:
    """Every mapping: how far behind it is, the furthest first."""
    found: dict[tuple[str, str], list[float]] = {}
    for labels, lag_ms in after.of("headwater_mapping_lag_ms"):
        entry = found.setdefault((labels["function"], labels["mapping"]), [0.0, 0.0, 0.0])
        entry[0] = max(entry[0], lag_ms)
        entry[2] += 1
    for labels, waiting in after.of("headwater_mapping_waiting_records"):
        found.setdefault((labels["function"], labels["mapping"]), [0.0, 0.0, 0.0])[1] += waiting
    table = _table("reader", "lag", "waiting", "shards")
    furthest = sorted(found.items(), key=lambda entry: (-entry[1][0], entry[0]))
    for (function, mapping), (lag_ms, waiting, shards) in furthest[:ROWS_MAX]:
        name = Text(function).append(f" {mapping[:8]}", "dim")
        lag = Text(lasting(lag_ms), "red" if lag_ms >= LATE_MS else "")
        table.add_row(name, lag, f"{waiting:,.0f}", f"{shards:,.0f}")
    if after.total("headwater_kinesis_lag_ms"):
        lag_ms = after.total("headwater_kinesis_lag_ms")
        table.add_row("Kinesis destinations", Text(lasting(lag_ms)), "", "")
    return table


def _logs(after: Figures) -> Table:
    """The longest logs."""
    shards = {labels["table"]: value for labels, value in after.of("headwater_log_shards")}
    table = _table("stream of", "records kept", "shards", "")
    longest = sorted(after.of("headwater_log_records"), key=lambda entry: -entry[1])
    for labels, records in longest[:ROWS_MAX]:
        shown = f"{records:,.0f}" if records < 1000 else "1,000 or more"
        table.add_row(labels["table"], shown, f"{shards.get(labels['table'], 0):,.0f}", "")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column(first, min_width=34, overflow="ellipsis", no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", min_width=12, no_wrap=True)
    return table


def lasting(ms: float) -> str:
    """
    >>> lasting(0), lasting(850), lasting(61_000), lasting(7_300_000)
    ('0', '850 ms', '61 s', '2.0 h')
    """
    if not ms:
        return "0"
    if ms < 10_000:
        return f"{ms:.0f} ms"
    return f"{ms / 1000:.0f} s" if ms < 600_000 else f"{ms / 3_600_000:.1f} h"
