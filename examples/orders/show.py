"""What a person sees while the shop trades, and the table at the end; lines without a terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

LINE_EVERY_S = 2.0


class Show:
    """Everything that is printed goes through here."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self._started = time.monotonic()

    def say(self, text: str) -> None:
        """One event, with the seconds since the start."""
        moment_s = time.monotonic() - self._started
        self.console.print(f"[dim]{moment_s:6.2f} s[/]  {text}", soft_wrap=True)

    @contextmanager
    def progress(self, orders: int) -> Iterator["Bars"]:
        """Two bars, one for orders and one for mails, for as long as the block runs."""
        columns = (
            TextColumn("         {task.description}"),
            BarColumn(bar_width=32),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, disable=not self.console.is_terminal) as bars:
            yield Bars(self, bars, orders)

    def table(self, rows: list[tuple[str, str, str]]) -> None:
        """The outcome: what, how much, and what that means."""
        table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(style="bold")
        table.add_column(justify="right")
        table.add_column(style="dim")
        for row in rows:
            table.add_row(*row)
        self.console.print()
        self.console.print(table)
        self.console.print()


class Bars:
    """How far orders and mails have come."""

    def __init__(self, show: Show, bars: Progress, orders: int) -> None:
        self._show = show
        self._bars = bars
        self._total = orders
        self._orders = bars.add_task("orders acknowledged", total=orders)
        self._mails = bars.add_task("orders with a mail ", total=orders)
        self._last_line = time.monotonic()

    def update(self, orders: int, mails: int) -> None:
        """Draw it, or say it every few seconds where nothing can be drawn."""
        self._bars.update(self._orders, completed=orders)
        self._bars.update(self._mails, completed=mails)
        moment = time.monotonic()
        if self._bars.disable and moment - self._last_line >= LINE_EVERY_S:
            self._last_line = moment
            self._show.say(
                f"{orders} of {self._total} orders acknowledged, {mails} mails delivered"
            )
