"""`headwater console`: serve the console until it is told to stop.

The one line on standard output is a contract: `headwater console on http://127.0.0.1:8080`, printed
when it answers.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence

from aiohttp import web

from headwater.console.options import Options, OptionTrouble, read_options
from headwater.console.server import make_app


def run(argv: Sequence[str]) -> int:
    """Serve until SIGINT or SIGTERM; returns the exit status: 0, or 2 if it could not start."""
    try:
        options = read_options(argv)
        asyncio.run(_serve(options))
    except OptionTrouble as trouble:
        sys.stderr.write(f"headwater: {trouble}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


async def _serve(options: Options) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if options.with_parent:
        loop.add_reader(sys.stdin.fileno(), stopped.set)  # nothing is ever written: it ends
    try:
        app = make_app(options)
    except OSError as trouble:
        raise OptionTrouble(f"cannot use --ca-file {options.ca_file}: {trouble}.") from None
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, options.host, options.port)
    try:
        try:
            await site.start()
        except OSError as trouble:
            raise OptionTrouble(
                f"cannot listen on {options.host} port {options.port}: {trouble.strerror}. Give "
                "another with --port, or 0 for a free one."
            ) from None
        port = runner.addresses[0][1]
        host = f"[{options.host}]" if ":" in options.host else options.host
        sys.stdout.write(f"headwater console on http://{host}:{port}\n")
        sys.stdout.flush()
        await stopped.wait()
    finally:
        await runner.cleanup()
