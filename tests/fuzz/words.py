"""What a fuzzer says: names that mean something to its node, and texts that nearly parse."""

import random
from typing import Any

TABLE = "fuzz"
TABLES = (TABLE, "fuzz2", "missing")
ATTRIBUTES = ("pk", "sk", "a", "b", "ttl", "m", "l")
NUMBERS = (0, 1, -1, 2, 24, 100, 1000, 2**31, 2**63, -(2**63), 10**30, 1.5, -0.0, 1e308)
STRINGS = (
    *(
        "",
        "a",
        "fuzz",
        " ",
        "\0",
        "é",
        "\U0001f30a",
        "\uffff",
        "0",
        "-1",
        "null",
        "true",
        "x" * 256,
    ),
    *("NaN", "1e400", "../..", "%00", "$LATEST", "{}", "[]", "arn:aws:", "a" * 5000, "\r\nX: y"),
)
_PLACES = (
    "#n",
    "#m",
    "pk",
    "a",
    "a.b",
    "a[0]",
    "a[1].b",
    "#n.#m[2]",
    "size",
    "status",
    "a[999999]",
)
_CONSTANTS = (":v", ":w", ":x", ":missing")
_WORDS = (
    *(
        "AND",
        "OR",
        "NOT",
        "BETWEEN",
        "IN",
        "(",
        ")",
        ",",
        "=",
        "<>",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
    ),
    *("SET", "REMOVE", "ADD", "DELETE", "attribute_exists(", "attribute_not_exists(", "size("),
    *("begins_with(", "contains(", "attribute_type(", "if_not_exists(", "list_append(", ".", "["),
    *("]", "0", "#", ":", "$", '"', "'", "\0", "é", "((", "))"),
)
_CONDITIONS = (
    "a = :v AND b < :w",
    "attribute_exists(a) OR NOT contains(l, :v)",
    "#n BETWEEN :v AND :w",
    "a IN (:v, :w, :x)",
    "size(a) > :w AND begins_with(b, :v)",
    "pk = :v AND sk >= :w",
    "pk = :v",
    "attribute_type(a, :v)",
)
_UPDATES = (
    "SET a = :v, b = if_not_exists(b, :w) + :w REMOVE l[0]",
    "ADD ttl :w DELETE a :x",
    "SET m.x = :v, l[5] = :w",
    "SET l = list_append(l, :x)",
    "REMOVE a, b.c[0]",
)
_STATEMENTS = (
    "SELECT * FROM fuzz WHERE pk = 'a'",
    'SELECT a, m.x FROM "fuzz"."glo" WHERE a = ? AND begins_with(sk, ?)',
    "INSERT INTO fuzz VALUE {'pk': 'a', 'sk': 1, 'l': [1, <<'x'>>, {'y': null}]}",
    "UPDATE fuzz SET a = a + 1 SET m.x = ? REMOVE b WHERE pk = 'a' AND sk = 1 RETURNING ALL NEW *",
    "DELETE FROM fuzz WHERE pk = ? AND sk = ? RETURNING ALL OLD *",
    "EXISTS(SELECT * FROM fuzz WHERE pk = 'a' AND sk = 1)",
    "SELECT * FROM fuzz WHERE a IN [1, 2] OR NOT (b BETWEEN 1 AND 2) AND m IS NOT MISSING",
)
_SQL = (
    *("SELECT", "FROM", "WHERE", "INSERT", "INTO", "VALUE", "UPDATE", "SET", "REMOVE", "DELETE"),
    *("RETURNING", "ALL", "NEW", "*", "IS", "MISSING", "NULL", "<<", ">>", "{", "}", "[", "]", "?"),
    *("'", '"', "``", "--", "/*", "ORDER BY", "DESC", "list_append(", "set_add(", "1e5", "-", "."),
)
_PATTERNS = (
    '{"dynamodb":{"NewImage":{"a":{"S":[{"prefix":"x"}]}}}}',
    '{"eventName":["INSERT",{"anything-but":["MODIFY"]}]}',
    '{"dynamodb":{"Keys":{"n":{"N":[{"numeric":[">",0,"<=",5]}]}}}}',
    '{"$or":[{"a":[{"exists":true}]},{"b":[{"suffix":"y"}]}]}',
    '{"a":[{"wildcard":"x*y"},{"equals-ignore-case":"Z"},null,1.5]}',
)
_MATHS = (
    "m1 + m2 * 2 ^ -1 / 0",
    "SUM([m1, m2]) > 1 AND NOT e1 < 3 || m1 == 2",
    "IF(m1 > 1, FILL(m2, REPEAT), RUNNING_SUM(m1))",
    "METRICS('m') * 100 / PERIOD(m1)",
    "RATE(DIFF(m1)) - LAST(SORT(METRICS(), AVG, DESC, 2))",
    "ABS(LOG(m1)) + EPOCH(m1) + DAY(m1)",
)
_MATH_WORDS = (
    *(
        "m1",
        "m2",
        "e1",
        "9",
        "1e308",
        "-",
        "+",
        "*",
        "/",
        "^",
        "(",
        ")",
        "[",
        "]",
        ",",
        "AND",
        "OR",
    ),
    *("==", "!=", "<", ">=", "&&", "||", "'m'", "'", '"', "REPEAT", "LINEAR", "METRICS()", "SUM("),
    *(
        "AVG(",
        "STDDEV(",
        "FILL(",
        "IF(",
        "RATE(",
        "DIFF(",
        "CEIL(",
        "LOG10(",
        "FIRST(",
        "((((",
        "$",
    ),
)
_LOG_PATTERNS = (
    "ERROR -disk ?WARN",
    '"disk 7" %E.*k% -"x y"',
    r"%\d+\s[a-z]{1,3}|^E$%",
    '{ $.a = "b" && $.n > 1 }',
    "[ip, user, ..., status = 4*, bytes]",
)
_LOG_WORDS = ("%", '"', "-", "?", "a+", ".*", "(", ")", "[", "]", "{2,}", "^", "$", "|", "\\", "é")
_LINES = (
    'pk,a,b\nx,1,"two ""2"""\ny,-3e5,\n',
    'pk;a;b\r\n"x\nz";1;2\r\n',
    '{"Item":{"pk":{"S":"x"},"a":{"N":"1"}}}\n{"Item":{"pk":{"S":"y"}}}\n',
    '{"Item":{"pk":{"B":"YQ=="},"m":{"M":{"l":{"L":[{"NULL":true}]}}}}}',
)
_LINE_PIECES = (
    '"',
    '""',
    ",",
    ";",
    "\n",
    "\r",
    "\r\n",
    "\ufeff",
    "\0",
    "{",
    "}",
    "[",
    '"Item":',
    "é",
)
_JSON = ('"', "{", "}", "[", "]", ":", ",", "null", "1e999", "-", "\\u0000", "\\ud800", "NaN")


class Words:
    """Picks them, with dice of a seed."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice

    def condition(self) -> str:
        return self._bent(_CONDITIONS, (*_WORDS, *_PLACES, *_CONSTANTS))

    def update(self) -> str:
        return self._bent(_UPDATES, (*_WORDS, *_PLACES, *_CONSTANTS))

    def projection(self) -> str:
        return self._bent(("a, b.c, l[0]", "#n", "pk, sk"), (*_PLACES, ",", ".", "[", "]", ""))

    def statement(self) -> str:
        return self._bent(_STATEMENTS, (*_SQL, *_WORDS, "pk", "fuzz", "1", "'a'"))

    def pattern(self) -> str:
        return self._bent(_PATTERNS, _JSON, separator="")

    def log_pattern(self) -> str:
        return self._bent(_LOG_PATTERNS, _LOG_WORDS, self.dice.choice(("", " ")))

    def math(self) -> str:
        return self._bent(_MATHS, _MATH_WORDS)

    def lines(self) -> str:
        return self._bent(_LINES, _LINE_PIECES, separator="")

    def string(self) -> str:
        return self.dice.choice(STRINGS)

    def value(self, levels: int = 3) -> Any:
        """DynamoDB JSON, more often right than wrong."""
        dice = self.dice
        kind = dice.choice(("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"))
        if kind in "LM" and levels == 0:
            kind = "S"
        if dice.random() < 0.05:
            return dice.choice(({}, [], None, "x", 1, {"X": "y"}, {"S": 1}, {"S": "a", "N": "1"}))
        content: Any = {
            "S": lambda: dice.choice(("a", "b", self.string())),
            "N": lambda: dice.choice(("1", "-2.5", "1e10", "1e126", "x", "", "0" * 50, "9" * 39)),
            "B": lambda: dice.choice(("YQ==", "", "YQ", "!", "A" * 400)),
            "BOOL": lambda: dice.choice((True, False, None, "true")),
            "NULL": lambda: dice.choice((True, True, False)),
            "SS": lambda: dice.choice((["a"], ["b", "a"], ["a", "a"], [], [1], [""])),
            "NS": lambda: dice.choice((["1"], ["1", "1.0"], [], ["x"], ["2", "1"])),
            "BS": lambda: dice.choice((["YQ=="], ["YQ==", "YQ=="], [], ["!"])),
            "L": lambda: [self.value(levels - 1) for _ in range(dice.randrange(3))],
            "M": lambda: self.item(levels - 1),
        }[kind]()
        return {kind: content}

    def item(self, levels: int = 3) -> dict[str, Any]:
        """Attributes, a key among them as a rule."""
        dice = self.dice
        names = dice.sample(ATTRIBUTES[2:], dice.randrange(3))
        item = {name: self.value(levels) for name in names}
        if dice.random() < 0.9:
            item |= self.key()
        return item

    def key(self) -> dict[str, Any]:
        dice = self.dice
        key: dict[str, Any] = {
            "pk": {"S": dice.choice("abc")},
            "sk": {"N": str(dice.randrange(3))},
        }
        if dice.random() < 0.1:
            key[dice.choice(ATTRIBUTES)] = self.value(1)
        return key

    def _bent(self, texts: tuple[str, ...], pieces: tuple[str, ...], separator: str = " ") -> str:
        """A right text with a few pieces put in, taken out or doubled."""
        dice = self.dice
        text = dice.choice(texts)
        for _ in range(dice.choice((0, 0, 1, 1, 2, 5))):
            at = dice.randrange(len(text) + 1)
            choice = dice.randrange(5)
            if choice == 4 and dice.random() < 0.2:
                again = separator.join(dice.choices(pieces, k=dice.randrange(1, 3)))
                text = text[:at] + again * dice.choice((20, 300, 2000)) + text[at:]
            elif choice == 0:
                text = text[:at] + separator + dice.choice(pieces) + separator + text[at:]
            elif choice == 1:
                text = text[:at] + text[at + dice.randrange(8) :]
            elif choice == 2:
                text = text[:at] + text[max(0, at - dice.randrange(20)) :]
            else:
                text = separator.join(dice.choices(pieces, k=dice.randrange(1, 12)))
        return text
