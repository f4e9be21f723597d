"""The order of the house: who may import whom, and who alone may touch what.

The layers are drawn in docs/architecture.md. Every rule is shown failing once, on a made-up
source, so that a rule that has gone blind is noticed.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCES = Path(__file__).resolve().parents[1] / "src" / "headwater"

# Lowest first. A name is a module or a package directly under headwater.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "limits", "clock", "ids", "arns", "loops", "moments", "urls"),
    ("values", "wire", "auth", "metrics", "traces", "config", "remote"),
    ("storage", "expressions", "outbound"),
    ("changelog",),
    ("tables",),
    ("functions", "queues", "partiql", "backups", "monitoring"),
    ("consumers",),
    ("operations",),
    ("frontdoor",),
    ("stage",),
    ("node",),
    ("cli", "testing"),
)
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}

# Facts beside the layers, importable from everywhere.
BELOW_ALL = frozenset(("__init__", "__version__"))

# Its own process: it knows a node through the node's APIs alone, and imports nothing of it.
ALONE = frozenset(("console",))

# What only one module may import, and where to go instead.
KEPT = {
    "time": ("clock.py", "take a Clock, or monotonic_ns from headwater.clock"),
    "random": ("ids.py", "take an Ids"),
    "secrets": ("ids.py", "take an Ids, or secret_bytes from headwater.ids"),
    "uuid": ("ids.py", "take an Ids"),
}

# The one module that may append to the change log.
APPEND = "headwater.changelog.append"
APPENDER = "tables/write.py"

NAMES_THAT_SAY_NOTHING = ("utils", "util", "helpers", "helper", "common", "base", "manager", "core")


class Trouble(NamedTuple):
    """One broken rule: where, and what to do about it."""

    path: str
    line: int
    advice: str

    def __str__(self) -> str:
        return f"src/headwater/{self.path}:{self.line}: {self.advice}"


def room_of(path: str) -> str:
    """The module or package directly under headwater that `path` belongs to."""
    return path.split("/")[0].removesuffix(".py")


def troubles(path: str, source: str) -> Iterator[Trouble]:
    """Every broken rule in one module; `path` is relative to src/headwater, with slashes."""
    yield from name_troubles(path)
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for trouble in import_troubles(path, node, at_top=node in tree.body):
                yield Trouble(path, node.lineno, trouble)


def name_troubles(path: str) -> Iterator[Trouble]:
    """Rules about where a file lies and what it is called."""
    for part in path.removesuffix(".py").split("/"):
        if part in NAMES_THAT_SAY_NOTHING:
            yield Trouble(path, 1, f"'{part}' says nothing: name the file after what it holds")
    room = room_of(path)
    if room not in LAYER_OF and room not in BELOW_ALL and room not in ALONE:
        advice = f"'{room}' is in no layer: give it one, in docs/architecture.md and in LAYERS here"
        yield Trouble(path, 1, advice)


def import_troubles(path: str, node: ast.Import | ast.ImportFrom, *, at_top: bool) -> Iterator[str]:
    """What is wrong with one import statement."""
    if not at_top:
        yield "import at the top of the file, where a reader looks for it"
    if isinstance(node, ast.ImportFrom):
        modules = [node.module or ""]
        if node.level:
            yield "write `from headwater.x import y`: relative imports hide which layer is meant"
            return
    else:
        modules = [alias.name for alias in node.names]
        if any(module.split(".")[0] == "headwater" for module in modules):
            yield "write `from headwater.x import y`, the one form for our own modules"
    for module in modules:
        yield from kept_troubles(path, module)
        if module.split(".")[0] == "headwater":
            imported = [alias.name for alias in node.names]
            yield from layer_troubles(path, module, imported)


def kept_troubles(path: str, module: str) -> Iterator[str]:
    """Time and dice are handed in, so that a test can hold them still."""
    keeper, instead = KEPT.get(module.split(".")[0], ("", ""))
    if keeper and path != keeper:
        yield f"only {keeper} imports `{module}`: {instead}"


def layer_troubles(path: str, module: str, imported: list[str]) -> Iterator[str]:
    """A module imports from lower layers and from its own package."""
    parts = module.split(".")
    targets = [parts[1]] if len(parts) > 1 else imported
    mine = room_of(path)
    for target in targets:
        if target == mine or target in BELOW_ALL:
            continue
        if mine in ALONE or target in ALONE:
            yield f"`{mine}` and `{target}` are separate processes: go through the node's API"
        elif target not in LAYER_OF:
            yield f"`headwater.{target}` is in no layer: give it one in LAYERS"
        elif mine not in BELOW_ALL and LAYER_OF[target] >= LAYER_OF.get(mine, len(LAYERS)):
            yield layer_advice(mine, target)
    appends = module == APPEND or (module == "headwater.changelog" and "append" in imported)
    if appends and path != APPENDER and mine != "changelog":
        yield f"only {APPENDER} appends to the change log: write through it"


def layer_advice(mine: str, target: str) -> str:
    """What to do when `mine` reaches for `target`."""
    if LAYER_OF[target] == LAYER_OF.get(mine):
        return f"`{mine}` and `{target}` share a layer and must not know each other: hand it in"
    return (
        f"`{mine}` (layer {LAYER_OF.get(mine)}) is below `{target}` (layer {LAYER_OF[target]}): "
        "hand it in from above, or move what is needed down"
    )


def modules() -> list[Path]:
    """Every module of the package."""
    return sorted(SOURCES.rglob("*.py"))


def test_every_module_keeps_the_order_of_the_house():
    found = [
        str(trouble)
        for file in modules()
        for trouble in troubles(file.relative_to(SOURCES).as_posix(), file.read_text())
    ]
    assert not found, "\n" + "\n".join(found)


def test_no_layer_names_a_room_twice():
    rooms = [name for names in LAYERS for name in names]
    assert len(rooms) == len(set(rooms))


@pytest.mark.parametrize(
    ("path", "source", "advice"),
    [
        ("storage/engine.py", "from headwater.tables.write import put", "is below `tables`"),
        ("errors.py", "from headwater.limits import KIB", "share a layer"),
        ("values/size.py", "from headwater.wire.fault import reply", "share a layer"),
        ("tables/read.py", "import headwater.storage.engine", "the one form"),
        ("tables/read.py", "from .write import put", "relative imports hide"),
        ("tables/read.py", "def f():\n    import json", "at the top of the file"),
        ("tables/read.py", "if True:\n    from json import loads", "at the top of the file"),
        ("tables/ttl.py", "import time", "only clock.py imports `time`"),
        ("tables/ttl.py", "from random import random", "only ids.py imports `random`"),
        ("auth/sigv4.py", "import secrets", "only ids.py imports `secrets`"),
        ("functions/invoke.py", "from uuid import uuid4", "only ids.py imports `uuid`"),
        ("tables/ttl.py", "from headwater.changelog.append import append", "only tables/write.py"),
        ("operations/dynamodb/a.py", "from headwater.changelog import append", "only tables/write"),
        ("tables/utils.py", "", "'utils' says nothing"),
        ("operations/base/a.py", "", "'base' says nothing"),
        ("shop/orders.py", "", "'shop' is in no layer"),
        ("tables/read.py", "from headwater.shop import sell", "`headwater.shop` is in no layer"),
        ("console/page.py", "from headwater.tables.read import get", "separate processes"),
        ("console/page.py", "from headwater.errors import AwsError", "separate processes"),
        ("cli/console.py", "from headwater.console.command import run", "separate processes"),
        ("cli/serve.py", "from headwater import frontdoor, console", "separate processes"),
    ],
)
def test_each_rule_is_seen_to_fail(path, source, advice):
    assert any(advice in str(trouble) for trouble in troubles(path, source))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("tables/write.py", "from headwater.changelog.append import append"),
        ("changelog/read.py", "from headwater.changelog.append import append"),
        ("clock.py", "import time"),
        ("ids.py", "import random, secrets, uuid"),
        ("console/api.py", "from headwater.console.endpoint import Endpoint"),
        ("cli/serve.py", "from headwater import __version__\nfrom headwater.node import serve"),
        ("consumers/mappings/worker.py", "from headwater.functions.invoke import Functions"),
    ],
)
def test_what_is_allowed_is_left_alone(path, source):
    assert not list(troubles(path, source))


def test_a_trouble_names_file_and_line():
    found = next(troubles("tables/ttl.py", '"""Doc."""\n\nimport time\n'))
    assert str(found).startswith("src/headwater/tables/ttl.py:3: ")
