"""What lies between two nodes: a line that is cut, slow, out of order, and tells things twice.

It speaks enough HTTP to hold one request back while others pass, to lose the answer of one that
arrived, and to send an old one again: what a network and its retries can do to a POST.
"""

import asyncio
import contextlib
import random
import threading

from headwater.clock import SystemClock, sleep_ms

CLOCK = SystemClock()
HEAD_END = b"\r\n\r\n"
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """One direction of one link, with a port of its own.

    cut         nothing passes, and what is under way is cut off
    delay_s     each request is held back by up to so long, so they overtake each other
    loses       share of requests whose answer is lost although they arrived
    repeats     share of requests that are sent again later, when nobody asks any more
    """

    def __init__(self, lines: "Lines", target_port: int, dice: random.Random) -> None:
        self._lines = lines
        self._target_port = target_port
        self._dice = dice
        self._open: set[asyncio.StreamWriter] = set()
        self._again: set[asyncio.Task[None]] = set()
        self.cut = False
        self.delay_s = 0.0
        self.loses = 0.0
        self.repeats = 0.0
        self.passed = 0
        self.port = 0

    async def start(self) -> None:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._lines.servers.append(server)
        self.port = server.sockets[0].getsockname()[1]

    def set_cut(self, cut: bool) -> None:
        """Called from any thread."""
        self.cut = cut
        if cut:
            self._lines.loop.call_soon_threadsafe(self._hang_up)

    def heal(self) -> None:
        self.set_cut(False)
        self.delay_s = self.loses = self.repeats = 0.0

    def _hang_up(self) -> None:
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while True:
                request = await read_message(reader)
                await sleep_ms(CLOCK, round(self._dice.random() * self.delay_s * 1000))
                if self.cut:
                    break
                answer = await self._ask(request)
                self.passed += 1
                if self._dice.random() < self.repeats:
                    task = asyncio.ensure_future(self._ask_again(request))
                    self._again.add(task)
                    task.add_done_callback(self._again.discard)
                if self._dice.random() < self.loses:
                    break
                writer.write(answer)
                await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._open.add(writer)
        try:
            writer.write(request)
            await writer.drain()
            return await read_message(reader)
        finally:
            self._open.discard(writer)
            writer.close()

    async def _ask_again(self, request: bytes) -> None:
        await sleep_ms(CLOCK, round(self._dice.random() * 1000))
        with contextlib.suppress(OSError, EOFError):
            await self._ask(request)


async def read_message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP request or answer with a Content-Length."""
    head = await reader.readuntil(HEAD_END)
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return head + await reader.readexactly(int(value))
    return head


class Lines:
    """The proxies of a test, on a loop in a thread of their own."""

    def __init__(self, seed: int) -> None:
        self.loop = asyncio.new_event_loop()
        self.servers: list[asyncio.Server] = []
        self._dice = random.Random(seed)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def add(self, target_port: int) -> Proxy:
        proxy = Proxy(self, target_port, random.Random(self._dice.random()))
        asyncio.run_coroutine_threadsafe(proxy.start(), self.loop).result(10)
        return proxy

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    async def _close(self) -> None:
        for server in self.servers:
            server.close()
        mine = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not mine]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
