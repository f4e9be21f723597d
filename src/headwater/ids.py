"""Random and unique things, handed in. The only module that imports `random`, `secrets`, `uuid`."""

import random
import secrets
import uuid
from binascii import b2a_base64
from typing import Protocol

# 39 random bytes are 52 letters of base64, which this makes upper-case letters and digits: three
# calls into C, on the path of every request.
_REQUEST_ID_BYTES = 39
_UPPER = bytes.maketrans(b"abcdefghijklmnopqrstuvwxyz+/", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ01")


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

    def request_id(self) -> str:
        drawn = self._generator.getrandbits(_REQUEST_ID_BYTES * 8)
        encoded = b2a_base64(drawn.to_bytes(_REQUEST_ID_BYTES, "big"), newline=False)
        return encoded.translate(_UPPER).decode()

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
