"""Filter patterns of CloudWatch Logs, those of plain text: words, phrases, -not, ?or, %regex%.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
Patterns for JSON and for columns are refused by name.
"""

import re
from collections.abc import Callable

from headwater.errors import InvalidParameter, NotSupported
from headwater.functions.logs.regex import BadRegex, Regex

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|%([^%]+)%|([^\s"]+))')
_PLAIN = re.compile(r"[\w.:/@#&*()\[\]{}|+=,;!$'<>~^\\-]+")


def compile_pattern(pattern: str) -> Callable[[str], bool] | None:
    """What decides whether a message matches; None: every one does.

    >>> matches = compile_pattern('ERROR -timeout')
    >>> matches("ERROR: disk"), matches("ERROR: timeout"), matches("error")
    (True, False, False)

    Raises InvalidParameter, NotSupported.
    """
    pattern = pattern.strip()
    if not pattern:
        return None
    if pattern.startswith(("{", "[")):
        kind = "JSON" if pattern.startswith("{") else "space-delimited"
        raise NotSupported(
            f"Filter patterns for {kind} events are not supported by Headwater: use words, "
            '"phrases", -not, ?or or %regex%.'
        )
    needed: list[Callable[[str], bool]] = []
    banned: list[Callable[[str], bool]] = []
    any_of: list[Callable[[str], bool]] = []
    at = 0
    while at < len(pattern):
        term = _TERM.match(pattern, at)
        if term is None or term.end() == at:
            raise InvalidParameter("Invalid filter pattern")
        at = term.end()
        {"": needed, "-": banned, "?": any_of}[term[1]].append(_test(term))

    def matches(message: str) -> bool:
        return (
            all(test(message) for test in needed)
            and not any(test(message) for test in banned)
            and (not any_of or any(test(message) for test in any_of))
        )

    return matches


def _test(term: re.Match[str]) -> Callable[[str], bool]:
    phrase, regex, word = term[2], term[3], term[4]
    if regex is not None:
        try:
            return Regex(regex).search
        except BadRegex:
            raise InvalidParameter("Invalid filter pattern") from None
    text = word if phrase is None else re.sub(r"\\(.)", r"\1", phrase)
    if phrase is None and _PLAIN.fullmatch(text) is None:
        raise InvalidParameter("Invalid filter pattern")
    return lambda message: text in message
