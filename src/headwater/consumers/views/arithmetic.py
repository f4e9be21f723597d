"""Sums of DynamoDB's numbers, exact however many there are, and their means.

A number has 38 digits between 1E-130 and 9.99E+125; a sum of 10**40 of them has at most 296, and is
kept with all of them. A mean is rounded to 38 digits, half to even.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal, Inexact
from functools import reduce
from typing import Final

from headwater.limits import NUMBER_DIGITS_MAX

Number = int | Decimal

_EXACT: Final = Context(prec=400, Emax=9999, Emin=-9999, traps=[Inexact])
_MEAN: Final = Context(
    prec=NUMBER_DIGITS_MAX, rounding=ROUND_HALF_EVEN, Emax=9999, Emin=-9999, traps=[]
)


def number_of(text: str) -> Number:
    """The number of a canonical text, or of one that `text_of` made.

    >>> number_of("12"), number_of("-0.5")
    (12, Decimal('-0.5'))
    """
    return Decimal(text) if "." in text else int(text)


def total(one: Number, two: Number) -> Number:
    """The exact sum."""
    if type(one) is int and type(two) is int:
        return one + two
    return _EXACT.add(Decimal(one), Decimal(two))


def sum_of(texts: Iterable[str]) -> Number:
    """The exact sum of canonical texts.

    >>> sum_of(["1", "2"]), sum_of(["1", "0.5"]), sum_of([])
    (3, Decimal('1.5'), 0)
    """
    numbers = list(texts)
    try:
        return sum(map(int, numbers))
    except ValueError:  # there is a fraction among them
        return reduce(_EXACT.add, map(Decimal, numbers))


def negative(number: Number) -> Number:
    """With all digits: a minus before a Decimal would round it to 28.

    >>> negative(1), negative(Decimal("0.5"))
    (-1, Decimal('-0.5'))
    """
    return -number if type(number) is int else Decimal(number).copy_negate()


def text_of(number: Number) -> str:
    """Digits without an exponent and without zeros at the end.

    >>> text_of(Decimal("1.50")), text_of(Decimal("2.0")), text_of(Decimal("0E+3")), text_of(7)
    ('1.5', '2', '0', '7')
    """
    if type(number) is int:
        return str(number)
    text = f"{number:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def mean(sum_of: Number, count: int) -> str:
    """
    >>> mean(10, 4), mean(1, 3)
    ('2.5', '0.33333333333333333333333333333333333333')
    """
    return text_of(_MEAN.divide(Decimal(sum_of), Decimal(count)))
