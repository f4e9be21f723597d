"""DynamoDB's numbers: 38 significant digits, 1E-130 to 9.99E+125 in magnitude, and zero.

A number lives as its canonical text: no exponent, no "+", no leading or trailing zeros, "-0" is
"0". Equal numbers have equal texts, so equality is string equality. Arithmetic is exact: a result
that needs a 39th digit is refused, never rounded.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import re
from decimal import Context, Decimal, Inexact

from headwater.errors import Validation
from headwater.limits import NUMBER_DIGITS_MAX

MAGNITUDE_MAX = 125  # exponent of the first digit: 9.9E+125
MAGNITUDE_MIN = -130  # 1E-130

_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?)([0-9]+))?")
# Integers that are canonical already: most numbers in practice.
is_canonical_integer = re.compile(r"0|-?[1-9][0-9]{0,37}").fullmatch
is_positive_integer = re.compile(r"[1-9][0-9]{0,37}").fullmatch

# 1E+125 and 1E-130 differ by 255 digits; 300 digits hold any sum of two numbers exactly.
_EXACT = Context(prec=300, Emax=999, Emin=-999, traps=[Inexact])


def canonical_number(text: str) -> str:
    """The canonical text of a number.

    text   as a caller wrote it: "+1.50", "1e3", ".5", "007" are fine, blanks are not

    Raises Validation in AWS's words when it is no number, too large, too small, or too precise.

    >>> canonical_number("+1.50"), canonical_number("1e3"), canonical_number("-0.0")
    ('1.5', '1000', '0')
    """
    if is_canonical_integer(text):
        return text
    negative, digits, point = _parse(text)
    if not digits:
        return "0"
    if point - 1 > MAGNITUDE_MAX:
        raise Validation(
            "Number overflow. Attempting to store a number with magnitude larger than supported"
            " range"
        )
    if point - 1 < MAGNITUDE_MIN:
        raise Validation(
            "Number underflow. Attempting to store a number with magnitude smaller than supported"
            " range"
        )
    if len(digits) > NUMBER_DIGITS_MAX:
        raise Validation("Attempting to store more than 38 significant digits in a Number")
    return ("-" if negative else "") + _plain(digits, point)


def _parse(text: str) -> tuple[bool, str, int]:
    """(is negative, significant digits, place of the point): 0.<digits> * 10 ** point."""
    match = _NUMBER.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise Validation(
            "The parameter cannot be converted to a numeric value" + (text and f": {text}")
        )
    whole = match[2].lstrip("0")
    fraction = match[3] or ""
    point = len(whole)
    if not whole:
        point = len(fraction.lstrip("0")) - len(fraction)
        fraction = fraction.lstrip("0")
    exponent = (match[5] or "").lstrip("0")
    if exponent:
        # Beyond six figures every exponent is out of range; int() refuses absurd lengths anyway.
        shift = int(exponent) if len(exponent) <= 6 else 10**9
        point += -shift if match[4] == "-" else shift
    return match[1] == "-", (whole + fraction).rstrip("0"), point


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return digits[:point] + "." + digits[point:]


def number_of(text: str) -> int | Decimal:
    """A canonical number as a Python number, for comparison; exact.

    >>> number_of("10") > number_of("9.5")
    True
    """
    return Decimal(text) if "." in text else int(text)


def compare(left: str, right: str) -> int:
    """-1, 0 or 1 as the canonical number left is smaller than, equal to or larger than right.

    >>> compare("9", "10"), compare("0.5", "0.5"), compare("-1", "-2")
    (-1, 0, 1)
    """
    if left == right:
        return 0
    return -1 if number_of(left) < number_of(right) else 1


def add(left: str, right: str) -> str:
    """The exact sum of two canonical numbers, canonical.

    Raises Validation when the sum needs more than 38 digits or is out of range.

    >>> add("0.1", "0.2"), add("99", "-100")
    ('0.3', '-1')
    """
    if "." in left or "." in right:
        return canonical_number(str(_EXACT.add(Decimal(left), Decimal(right))))
    return canonical_number(str(int(left) + int(right)))


def subtract(left: str, right: str) -> str:
    """The exact difference of two canonical numbers, canonical; raises as add does.

    >>> subtract("1", "0.9")
    '0.1'
    """
    return add(left, right[1:] if right[0] == "-" else "-" + right)


def hundreds(text: str) -> tuple[str, int]:
    """The digits of a canonical number in base 100, and the power of 100 they start below.

    Returns (pairs, exponent): the magnitude is 0.<pairs> * 100 ** exponent; two characters are one
    base-100 digit, the first and the last digit are not "00". Zero is ("", 0).

    >>> hundreds("1"), hundreds("-123.4"), hundreds("0.001"), hundreds("100")
    (('01', 1), ('012340', 2), ('10', -1), ('01', 2))
    """
    if text[0] == "-":
        text = text[1:]
    whole, _, fraction = text.partition(".")
    if whole == "0":
        whole = ""
    elif len(whole) & 1:
        whole = "0" + whole
    if len(fraction) & 1:
        fraction += "0"
    exponent = len(whole) >> 1
    pairs = whole + fraction
    start = 0
    while pairs.startswith("00", start):
        start += 2
    end = len(pairs)
    while end > start and pairs.endswith("00", start, end):
        end -= 2
    if start == end:
        return "", 0
    return pairs[start:end], exponent - (start >> 1)
