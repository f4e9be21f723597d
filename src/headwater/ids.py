"""Random and unique things, handed in. The only module that imports `random`, `secrets`, `uuid`."""

import random
import secrets
import uuid
from typing import Protocol

_REQUEST_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"  # 32 letters: 5 bits each
_REQUEST_ID_LENGTH = 52


class Ids(Protocol):
    """Where every identifier and every throw of the dice comes from."""

    def request_id(self) -> str:
        """52 upper-case letters and digits, as DynamoDB's x-amzn-RequestId."""
        ...

    def uuid(self) -> str:
        """A version-4 UUID in lower case, with dashes."""
        ...

    def hex(self, digits: int) -> str:
        """`digits` lower-case hexadecimal digits."""
        ...

    def fraction(self) -> float:
        """A number in [0, 1): jitter."""
        ...


class _RandomIds:
    """Identifiers drawn from one generator; what differs is where its seed comes from."""

    def __init__(self, generator: random.Random) -> None:
        self._generator = generator
        self._pairs = [a + b for a in _REQUEST_ID_ALPHABET for b in _REQUEST_ID_ALPHABET]

    def request_id(self) -> str:
        # 26 pairs of 10 bits: half the look-ups of single letters, on the path of every request.
        bits = self._generator.getrandbits(_REQUEST_ID_LENGTH * 5)
        pairs = self._pairs
        return "".join([pairs[(bits >> shift) & 1023] for shift in range(0, 260, 10)])

    def uuid(self) -> str:
        return str(uuid.UUID(int=self._generator.getrandbits(128), version=4))

    def hex(self, digits: int) -> str:
        return f"{self._generator.getrandbits(digits * 4):0{digits}x}"

    def fraction(self) -> float:
        return self._generator.random()


class SystemIds(_RandomIds):
    """Seeded by the operating system once per process.

    Identifiers are names, not secrets: what must not be guessed comes from `secret_bytes`.
    """

    def __init__(self) -> None:
        super().__init__(random.Random(secrets.randbits(256)))


class SeededIds(_RandomIds):
    """The same identifiers in every run with the same seed: for tests and simulation."""

    def __init__(self, seed: int) -> None:
        super().__init__(random.Random(seed))


def secret_bytes(count: int) -> bytes:
    """`count` bytes nobody can guess: keys that sign what clients carry for us."""
    return secrets.token_bytes(count)
