"""Capacity units: what reads and writes cost, by AWS's arithmetic.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from headwater.limits import READ_UNIT_BYTES, WRITE_UNIT_BYTES


def read_units(size: int, *, consistent: bool, transactional: bool = False) -> float:
    """Read units of `size` bytes read together; a missing item counts as if it had one byte.

    >>> read_units(4097, consistent=True), read_units(0, consistent=False)
    (2.0, 0.5)
    >>> read_units(1, consistent=True, transactional=True)
    2.0
    """
    units = max(1, -(-size // READ_UNIT_BYTES))
    if transactional:
        return 2.0 * units
    return float(units) if consistent else units / 2


def write_units(size: int, *, transactional: bool = False) -> float:
    """Write units of one write; `size` is the larger of the old and the new item, in bytes.

    >>> write_units(1024), write_units(1025), write_units(0, transactional=True)
    (1.0, 2.0, 2.0)
    """
    units = max(1, -(-size // WRITE_UNIT_BYTES))
    return float(2 * units if transactional else units)
