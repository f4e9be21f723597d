"""The table of reserved words. Source: AWS, "Reserved words in DynamoDB" (573 words)."""

from headwater.expressions.parser import FUNCTIONS, KEYWORDS, SECTIONS
from headwater.expressions.reserved import RESERVED_WORDS


def test_there_are_573_words_in_capitals():
    assert len(RESERVED_WORDS) == 573
    assert all(word.isascii() and word.isalpha() and word.isupper() for word in RESERVED_WORDS)


def test_every_keyword_of_the_language_is_reserved_and_no_long_function_name_is():
    assert KEYWORDS <= RESERVED_WORDS
    assert SECTIONS - {"REMOVE"} <= RESERVED_WORDS
    assert {"size"} == {name for name in FUNCTIONS if name.upper() in RESERVED_WORDS}
