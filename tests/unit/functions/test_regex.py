"""Regular expressions of filter patterns find what Python's own engine finds, and never hang.

Source of the subset: AWS, CloudWatch Logs, "Supported regular expressions (regex) syntax".
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.functions.logs.regex import BadRegex, Regex

ATOMS = st.sampled_from(
    ["a", "b", "1", "-", ".", r"\.", r"\d", r"\D", r"\w", r"\s", r"\x41", "[ab]", "[^a1]", "[0-9_]"]
)
COUNTS = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,}", "{0,2}", "{2,3}"])
CHAINS = st.lists(st.tuples(ATOMS, COUNTS).map("".join), min_size=1, max_size=5).map("".join)
CHOICES = st.lists(
    st.tuples(st.sampled_from(["", "", "^"]), CHAINS, st.sampled_from(["", "", "$"])).map("".join),
    min_size=1,
    max_size=3,
).map("|".join)
TEXTS = st.text("abA1-. \n", max_size=12)


@given(regex=CHOICES, text=TEXTS)
def test_it_finds_what_python_finds(regex, text):
    assert Regex(regex).search(text) == (re.search(regex, text) is not None), (regex, text)


@pytest.mark.parametrize(
    ("regex", "text", "found"),
    [
        # AWS's own examples.
        (r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", "from 127.0.0.1", True),
        ("[Ee]rror|[Ff]ail", "it FAILED", False),
        ("[Ee]rror|[Ff]ail", "it Failed", True),
        ("AUTHORIZED", "[ERROR 401] UNAUTHORIZED REQUEST", True),
        ("a$", "a\n", True),
        ("a$", "a\nb", False),
        (r"[\]a-]+\^", "]-^", True),
        (r"a\|b", "a|b", True),
        ("[|]", "|", True),
    ],
)
def test_what_is_found(regex, text, found):
    assert Regex(regex).search(text) is found


@pytest.mark.parametrize(
    "regex",
    [
        "(a)",
        "a**",
        "*a",
        "something!",
        "é",
        "[",
        "[z-a]",
        "a{2",
        "a{3,2}",
        r"\b",
        "a^b",
        "\\",
        "a{9999}",
        "a|",
        "|",
    ],
)
def test_what_aws_does_not_have_is_refused(regex):
    with pytest.raises(BadRegex):
        Regex(regex)


def test_a_search_does_not_go_back():
    """An engine that does would need longer than any deadline."""
    assert not Regex("a*" * 100 + "b").search("a" * 20_000)
    assert not Regex(r"[a-z]+\d*.*" * 20 + "@").search("a1" * 10_000)
