"""A real SMTP server in a process of its own, which writes down when each mail came.

    python mailbox.py mails.jsonl

Prints `mailbox listening on 127.0.0.1:PORT`, then appends one line of JSON for each mail:
{"order": "o-00017", "to": ["c-03@customers.example"], "received_ns": 1760000000000000000}
"""

import asyncio
import contextlib
import email
import json
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from aiosmtpd.smtp import SMTP


class Mailbox:
    """Takes every mail there is."""

    def __init__(self, file: TextIO) -> None:
        self.file = file

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        """Called by aiosmtpd with a whole mail, before the sender is told that it was taken."""
        received_ns = time.time_ns()
        mail = email.message_from_bytes(envelope.content)
        line = {"order": mail["X-Order-Id"], "to": envelope.rcpt_tos, "received_ns": received_ns}
        print(json.dumps(line), file=self.file, flush=True)
        return "250 OK"


async def serve(file: Path) -> None:
    """Take mails on a free port of loopback until stopped."""
    loop = asyncio.get_running_loop()
    with file.open("a") as sink:
        server = await loop.create_server(lambda: SMTP(Mailbox(sink)), "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        print(f"mailbox listening on {host}:{port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Path(sys.argv[1])))
