"""The least a Python server does for a request: what every other figure here is compared with.

asyncio on uvloop, httptools for the head, orjson for the body; the answer is as many bytes of JSON
as `--answer-bytes` says (as many as came, if it is not said), made anew each time unless it is
`--premade`. Nothing is checked, kept or synced.
"""

import argparse

import orjson
import uvloop

from bare import Connection, serve


class Echo(Connection):
    """One connection."""

    def __init__(self, answer_bytes: int | None, premade: bytes | None) -> None:
        super().__init__()
        self.answer_bytes = answer_bytes
        self.premade = premade

    def answer(self, body: bytes) -> bytes:
        answer = orjson.dumps(orjson.loads(body)) if body else b"{}"
        if self.premade is not None:
            answer = self.premade
        elif self.answer_bytes is not None:
            answer = b"{" + b" " * (self.answer_bytes - 2) + b"}"
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
            b"x-amzn-RequestId: 5KTQ0LGB2RIVSD9N3VOFUJ8MNRVV4KQNSO5AEMVJF66Q9ASUAAJG\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (len(answer), answer)
        )


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answer-bytes", type=int)
    parser.add_argument("--premade", action="store_true")
    chosen = parser.parse_args()
    premade = b" " * chosen.answer_bytes if chosen.premade else None
    await serve(lambda: Echo(chosen.answer_bytes, premade))


if __name__ == "__main__":
    uvloop.run(main())
