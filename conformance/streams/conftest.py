"""Options, the endpoint and its tables, streams with a known past, and the report at the end."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.cases import CAPABILITIES, TIERS
from kit.endpoint import Endpoint, Json, unique
from kit.past import Past, Renewed, disabled, make_past, orphaned, renew
from kit.report import document, group_of, text_table
from kit.tables import Table, Tables


def pytest_addoption(parser: pytest.Parser) -> None:
    """What to test, and how."""
    group = parser.getgroup("streams conformance")
    add = group.addoption
    add("--endpoint", metavar="URL", help="what to test; `aws` is AWS itself, and costs money")
    add("--streams-endpoint", metavar="URL", help="if streams are served at another address")
    add("--region", default="us-east-1", help="default: us-east-1")
    add("--title", default="", help="what the results call the endpoint; default: its address")
    add("--results", metavar="FILE", help="write the results there, as JSON")
    add("--without", metavar="A,B", default="", help=f"skip: {', '.join(CAPABILITIES)}")
    add("--slow", action="store_true", help="run the cases that wait for minutes too")
    add("--patience", type=float, metavar="S", help="wait so long for what is to come: 10, aws 90")
    add("--ttl-patience", type=float, default=60, metavar="S", help="and for TTL: default 60")
    add("--keep-tables", action="store_true", help="do not delete the tables at the end")


def pytest_configure(config: pytest.Config) -> None:
    """Know the capabilities by name, so that a misspelt one is told."""
    unknown = _without(config) - CAPABILITIES.keys()
    if unknown:
        raise pytest.UsageError(f"--without: there is no {', '.join(sorted(unknown))}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every case has a tier and a source; skip what the endpoint does not claim to have."""
    if not config.getoption("--endpoint") and not config.getoption("--collect-only"):
        raise pytest.UsageError("say what to test: --endpoint URL, or --endpoint aws")
    lacking = _without(config)
    for item in items:
        if len(_tiers(item)) != 1 or len(list(item.iter_markers("source"))) != 1:
            raise pytest.UsageError(f"{item.nodeid}: a case has one tier and one source")
        facts = {"tier": _tiers(item)[0]}
        for name in ("source", "needs"):
            marker = item.get_closest_marker(name)
            facts[name] = marker.args[0] if marker else ""
        # These go along with its reports, which may come from another process.
        item.user_properties += facts.items()
        if facts["needs"] in lacking:
            item.add_marker(pytest.mark.skip(f"--without {facts['needs']}"))
        if item.get_closest_marker("slow") and not config.getoption("--slow"):
            item.add_marker(pytest.mark.skip("takes minutes: --slow"))


@pytest.fixture(scope="session")
def endpoint(request: pytest.FixtureRequest) -> Iterator[Endpoint]:
    """The endpoint under test."""
    option = request.config.getoption
    url = str(option("--endpoint")).rstrip("/")
    is_aws = url == "aws"
    patience_s = option("--patience") or (90 if is_aws else 10)
    made = Endpoint(
        None if is_aws else url, option("--streams-endpoint"), option("--region"), patience_s
    )
    yield made
    made.close()


@pytest.fixture(scope="session")
def tables(endpoint: Endpoint, request: pytest.FixtureRequest) -> Iterator[Tables]:
    """Makes tables; deletes them in the end."""
    made = Tables(endpoint)
    yield made
    if not request.config.getoption("--keep-tables"):
        left = made.delete_all()
        assert not left, "these tables could not be deleted: " + "; ".join(left)


@pytest.fixture
def table(tables: Tables) -> Table:
    """The table that most cases share: both images, key `pk`."""
    return tables.shared()


@pytest.fixture
def sorted_table(tables: Tables) -> Table:
    """The same with a sort key, `sk`."""
    return tables.shared(sort=True)


@pytest.fixture
def key() -> Json:
    """The key of an item that no other case touches."""
    return {"pk": {"S": unique("item")}}


@pytest.fixture(scope="session")
def past(tables: Tables) -> Past:
    """An enabled stream with a known past, and nobody who writes to its table."""
    return make_past(tables.own())


@pytest.fixture(scope="session")
def closed(endpoint: Endpoint, tables: Tables) -> Past:
    """A stream with a known past that was disabled."""
    return disabled(endpoint, make_past(tables.own()))


@pytest.fixture(scope="session")
def orphan(endpoint: Endpoint, tables: Tables) -> Past:
    """A stream with a known past whose table was deleted."""
    return orphaned(endpoint, make_past(tables.own()))


@pytest.fixture(scope="session")
def renewed(endpoint: Endpoint, tables: Tables) -> Renewed:
    """A table whose stream was turned off and on again."""
    return renew(endpoint, tables.own("KEYS_ONLY"))


def _without(config: pytest.Config) -> set[str]:
    return {name for name in config.getoption("--without").split(",") if name}


def _tiers(item: pytest.Item) -> list[str]:
    return [tier for tier in TIERS if item.get_closest_marker(tier)]


_cases: dict[str, Json] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep the outcome of each case: that of its call, unless its setup came in between."""
    if report.when == "teardown" and not report.failed:
        return
    case = _cases.setdefault(report.nodeid, {"seconds": 0.0, "outcome": "passed", "message": ""})
    case.update(report.user_properties)
    case["seconds"] = round(case["seconds"] + report.duration, 3)
    if report.outcome != "passed":
        case["outcome"] = report.outcome
        case["message"] = _message(report)


def _message(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return str(crash.message).partition("\n")[0]
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table of results, and the file of them."""
    if not _cases:
        return
    endpoint = str(config.getoption("--endpoint"))
    facts = ("tier", "source", "needs", "outcome", "seconds", "message")
    cases = [
        {"case": name, "group": group_of(name), **{fact: case.get(fact, "") for fact in facts}}
        for name, case in sorted(_cases.items())
    ]
    run = document(config.getoption("--title") or endpoint, endpoint, cases)
    terminalreporter.section("streams conformance of " + run["title"])
    for line in text_table(run):
        terminalreporter.write_line(line)
    if name := config.getoption("--results"):
        Path(name).write_text(json.dumps(run, indent=1) + "\n")
