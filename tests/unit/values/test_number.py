"""Numbers: canonical texts, range and precision, exact arithmetic, order.

Sources: the range and precision are AWS's, "Supported data types and naming rules"; round trips of
00042, 1.0, 3.1400, 1.5E2 and -0 were recorded on AWS; all else is arithmetic (Python's Decimal).
"""

from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import Validation
from headwater.values.number import add, canonical_number, compare, subtract
from headwater.values.size import number_size

OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)
TOO_PRECISE = "Attempting to store more than 38 significant digits in a Number"
NINES = "9" * 38

numbers = st.builds(
    lambda sign, digits, exponent: f"{sign}{digits}E{exponent}",
    st.sampled_from(["", "-"]),
    st.integers(0, 10**38 - 1),
    st.integers(-130, 88),
)
exact = Context(prec=300)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("-0.000", "0"),
        ("0E999999999999999999", "0"),
        ("00042", "42"),
        ("+7", "7"),
        ("1.0", "1"),
        ("3.1400", "3.14"),
        ("1.5E2", "150"),
        ("1e3", "1000"),
        ("1E2", "100"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-12.340e-2", "-0.1234"),
        ("0.00000000000000000000000000000000000001", "0." + "0" * 37 + "1"),
        ("1E-130", "0." + "0" * 129 + "1"),
        (f"9.{NINES[1:]}E+125", NINES + "0" * 88),
        (f"-9.{NINES[1:]}E+125", "-" + NINES + "0" * 88),
        ("1" + "0" * 40, "1" + "0" * 40),
    ],
)
def test_a_number_becomes_its_shortest_plain_text(text, canonical):
    assert canonical_number(text) == canonical


@pytest.mark.parametrize("text", ["abc", " 1", "1 ", "1e", "--1", ".", "1.2.3", "0x1", "NaN", "１"])
def test_what_is_no_number_is_told_with_its_text(text):
    with pytest.raises(Validation) as refused:
        canonical_number(text)
    assert refused.value.message == f"The parameter cannot be converted to a numeric value: {text}"


def test_an_empty_number_is_told_without_text():
    with pytest.raises(Validation) as refused:
        canonical_number("")
    assert refused.value.message == "The parameter cannot be converted to a numeric value"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1E126", OVERFLOW),
        ("-1E126", OVERFLOW),
        ("1e999999999999999999999", OVERFLOW),
        ("1E-131", UNDERFLOW),
        ("1e-999999999999999999999", UNDERFLOW),
        ("1" * 39, TOO_PRECISE),
        ("0." + "1" * 39, TOO_PRECISE),
    ],
)
def test_a_number_out_of_range_or_too_precise_is_refused(text, message):
    with pytest.raises(Validation) as refused:
        canonical_number(text)
    assert refused.value.message == message


@given(numbers)
def test_the_canonical_text_is_the_same_number_and_its_own_canonical_text(text):
    canonical = canonical_number(text)
    assert Decimal(canonical) == Decimal(text)
    assert canonical_number(canonical) == canonical
    assert "E" not in canonical
    assert canonical == "0" or not canonical.startswith(("00", "-00", "+"))


@given(numbers, numbers)
def test_numbers_compare_as_decimals_do(left, right):
    one, two = canonical_number(left), canonical_number(right)
    expected = (Decimal(left) > Decimal(right)) - (Decimal(left) < Decimal(right))
    assert compare(one, two) == expected
    assert (one == two) == (expected == 0)


@given(numbers, numbers)
def test_a_sum_is_exact_or_refused(left, right):
    one, two = canonical_number(left), canonical_number(right)
    total = exact.add(Decimal(one), Decimal(two))
    digits = "".join(map(str, total.as_tuple().digits)).strip("0")
    fits = len(digits) <= 38 and (not total or -130 <= total.adjusted() <= 125)
    if fits:
        assert Decimal(add(one, two)) == total
        assert (
            Decimal(subtract(one, canonical_number(two[1:] if two[0] == "-" else "-" + two)))
            == total
        )
    else:
        with pytest.raises(Validation):
            add(one, two)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        # 1 byte, 1 for each base-100 digit between the first and last that is not zero, 1 for "-".
        ("0", 1),
        ("1", 2),
        ("12", 2),
        ("123", 3),
        ("-1", 3),
        ("100", 2),
        ("1000", 2),
        ("0.5", 2),
        ("0.001", 2),
        ("1.5", 3),
        ("10.01", 3),
        (NINES, 20),
    ],
)
def test_a_number_takes_about_half_a_byte_for_each_digit(text, size):
    assert number_size(text) == size
