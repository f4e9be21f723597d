"""The one distinction AWS makes among texts about values and expressions: which carry a prefix.

Since 2026 PutItem and UpdateItem answer some families of ValidationException behind the words
"1 validation error detected: " (empty and duplicate sets, NULL false, expression syntax, stray
placeholders, ...), and all other texts bare. The same fault met by Query or BatchWriteItem is
bare too. So the fault only says that its family can carry the prefix; an operation decides.
"""

from headwater.errors import Validation

PREFIX = "1 validation error detected: "


class Prefixable(Validation):
    """A Validation of a family that PutItem and UpdateItem answer behind PREFIX."""


def prefixed(error: Validation) -> Validation:
    """The error as PutItem and UpdateItem answer it: behind PREFIX if its family carries one.

    >>> prefixed(Prefixable("x")).message, prefixed(Validation("x")).message
    ('1 validation error detected: x', 'x')
    """
    if isinstance(error, Prefixable) and not error.message.startswith(PREFIX):
        return Validation(PREFIX + error.message, **error.fields)
    return error
