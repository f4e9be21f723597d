"""Small rules that keep a house readable, checked on every file of ours.

Each rule is a function from one file to what is wrong with it, and is shown failing once below on
a made-up file, so that a rule that has gone blind is noticed.
"""

import ast
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = ("src", "tests", "conformance", "bench", "examples")
PROSE = ("docs", "changelog.d", ".ci")
PROSE_FILES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile", "pyproject.toml")

FILE_LINES_MAX = 500
LINE_CHARS_MAX = 100
# Tables of data: long because the world is, and read by looking things up.
DATA_TABLES: frozenset[str] = frozenset()

# Paths of one machine, hosts that only a package client needs, and the talk around the work mean
# nothing to somebody who reads a clone.
WORKPLACE = re.compile(
    r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/"
    r"|\b(?:pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian)"
    r"|\b(?:this session|the brief|as requested|the issue asks|sub-?agents?|coworkers?)\b",
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
# A link cannot be broken; it may run over, if it starts in time.
LINK = re.compile(r"\S*://\S+$")


class SourceFile(NamedTuple):
    """One file of ours: its path from the root, with slashes, and its text."""

    path: str
    text: str

    @property
    def room(self) -> str:
        """The top directory it lies in."""
        return self.path.split("/")[0]


Found = Iterator[tuple[int, str]]


@lru_cache(maxsize=1)
def parsed(text: str) -> ast.Module:
    """A file's tree, which several rules look at one after another."""
    return ast.parse(text)


def found_in(file: SourceFile, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    """Line and text of each match; far sooner over all lines at once than over each."""
    for match in pattern.finditer(file.text):
        yield file.text.count("\n", 0, match.start()) + 1, match[0]


def length(file: SourceFile) -> Found:
    """A file is read in one sitting."""
    lines = file.text.count("\n")
    if lines > FILE_LINES_MAX and file.path not in DATA_TABLES:
        yield 1, f"{lines} lines, at most {FILE_LINES_MAX}: split it along a noun"


def width(file: SourceFile) -> Found:
    """A line fits beside another."""
    for number, line in enumerate(file.text.splitlines(), 1):
        link = LINK.search(line)
        if len(line) > LINE_CHARS_MAX and not (link and link.start() < LINE_CHARS_MAX):
            yield number, f"{len(line)} characters, at most {LINE_CHARS_MAX}: break it"


def unfinished(file: SourceFile) -> Found:
    """What is missing is refused by name and written down where users look, not in a comment."""
    for number, _ in found_in(file, UNFINISHED):
        yield number, "finish it, or refuse it by name: a note in a comment is read by nobody"


def workplace(file: SourceFile) -> Found:
    """A clone is read on other machines, by other people."""
    for number, word in found_in(file, WORKPLACE):
        yield number, f"'{word}' means nothing to a reader elsewhere: leave it out"


def module_docstring(file: SourceFile) -> Found:
    """A module says what it is."""
    tree = parsed(file.text)
    if tree.body and not ast.get_docstring(tree):
        yield 1, "start with a docstring: what this module is, knows, and refuses to know"


def function_docstrings(file: SourceFile) -> Found:
    """A public function of the package says what it takes and gives.

    Excepted where there is nothing to say that the name and the types have not said: a body of one
    or two statements, and an operation in the file of its name. Methods are left to their class.
    """
    if file.room != "src":
        return
    tree = parsed(file.text)
    is_operation = file.path.startswith("src/headwater/operations/")
    told = file.path.rpartition("/")[2].removesuffix(".py") if is_operation else ""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and lacks_docstring(node):
            if node.name != told:
                yield node.lineno, f"`{node.name}` is public: give it a docstring"


def lacks_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a reader of the signature alone is left to guess."""
    return not node.name.startswith("_") and len(node.body) > 2 and not ast.get_docstring(node)


def prints(file: SourceFile) -> Found:
    """Standard output belongs to the command line and to programs that are run by hand."""
    if file.room not in ("src", "tests") or file.path.startswith("src/headwater/cli/"):
        return
    if "print(" not in file.text:  # to walk through all trees takes long
        return
    for node in ast.walk(parsed(file.text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "print":
                yield node.lineno, "no print outside cli: log it with facts, or return it"


def sleeps(file: SourceFile) -> Found:
    """A test waits for what it wants to see, never for a while: poll with a deadline, or move
    a ManualClock."""
    if file.room != "tests" or file.path == "tests/conftest.py" or "sleep(" not in file.text:
        return
    for node in ast.walk(parsed(file.text)):
        if isinstance(node, ast.Call) and called_name(node) == "sleep":
            if not (
                node.args and isinstance(node.args[0], ast.Constant) and not node.args[0].value
            ):
                yield node.lineno, "no sleep in tests: use eventually() or a ManualClock"


def called_name(node: ast.Call) -> str:
    """The last part of the name that is called."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


FOR_ALL: tuple[Callable[[SourceFile], Found], ...] = (unfinished, workplace)
FOR_PYTHON = (length, width, module_docstring, function_docstrings, prints, sleeps)


def troubles(file: SourceFile) -> list[str]:
    """Everything that is wrong with one file, each with the place and what to do."""
    rules = FOR_ALL + FOR_PYTHON if file.path.endswith(".py") else FOR_ALL
    return [f"{file.path}:{line}: {advice}" for rule in rules for line, advice in rule(file)]


def our_files() -> Iterator[SourceFile]:
    """Every text file that is ours to keep tidy; this one alone has to name what it forbids."""
    paths = [path for room in CODE for path in (ROOT / room).rglob("*.py")]
    paths += [path for room in PROSE for path in (ROOT / room).rglob("*") if path.is_file()]
    paths += [path for room in CODE for path in (ROOT / room).rglob("*.md")]
    paths += [ROOT / name for name in PROSE_FILES]
    for path in sorted(paths):
        if path.suffix == ".png":
            continue
        if "results" not in path.parts and path != Path(__file__).resolve():
            yield SourceFile(path.relative_to(ROOT).as_posix(), path.read_text())


def test_every_file_is_tidy():
    found = [trouble for file in our_files() for trouble in troubles(file)]
    assert not found, "\n" + "\n".join(found)


def test_the_exceptions_from_length_still_exist():
    assert not [path for path in DATA_TABLES if not (ROOT / path).is_file()]


DOC = '"""Doc."""\n'


@pytest.mark.parametrize(
    ("path", "text", "advice"),
    [
        ("src/headwater/a.py", DOC + "x = 1\n" * 500, "split it along a noun"),
        ("src/headwater/a.py", DOC + "x = '" + "y" * 96 + "'\n", "break it"),
        ("src/headwater/a.py", "x = 1\n", "start with a docstring"),
        (
            "src/headwater/a.py",
            DOC + "def f(a):\n    a += 1\n    a *= 2\n    return a\n",
            "`f` is public",
        ),
        ("src/headwater/a.py", DOC + "print(1)\n", "no print outside cli"),
        ("tests/test_a.py", DOC + "time.sleep(1)\n", "no sleep in tests"),
        ("tests/test_a.py", DOC + "await asyncio.sleep(0.1)\n", "no sleep in tests"),
        ("docs/a.md", "# TODO: write\n", "finish it"),
        ("src/headwater/a.py", DOC + "# FIXME\n", "finish it"),
        ("README.md", "see /work/main\n", "means nothing to a reader elsewhere"),
        ("README.md", "see /home/ann/x\n", "means nothing to a reader elsewhere"),
        ("docs/a.md", "found in this session\n", "means nothing to a reader elsewhere"),
    ],
)
def test_each_rule_is_seen_to_fail(path, text, advice):
    assert any(advice in trouble for trouble in troubles(SourceFile(path, text)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("src/headwater/a.py", DOC + "def _f(a):\n    a += 1\n    return a\n"),
        ("src/headwater/a.py", DOC + "def f(a):\n    return a + 1\n"),
        ("src/headwater/cli/a.py", DOC + "print(1)\n"),
        ("tests/test_a.py", DOC + "async def test_a():\n    await asyncio.sleep(0)\n"),
        ("src/headwater/__init__.py", ""),
        ("src/headwater/operations/dynamodb/f.py", DOC + "def f(c):\n    c()\n    c()\n    c()\n"),
        ("docs/a.md", "y" * 200),
        ("docs/a.md", "a framework/abc and docs/work/here are words like others"),
    ],
)
def test_what_is_allowed_is_left_alone(path, text):
    assert not troubles(SourceFile(path, text))
