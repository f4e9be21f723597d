"""A node whose clock stands still, and what is done on it."""

import io
import json
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from urllib.request import Request, urlopen

import pytest
from tests.tables import create_table

START = datetime(2026, 3, 4, 5, 6, 30, tzinfo=UTC)


class Watched:
    """A node on a virtual clock, its clients, and questions about its metrics."""

    def __init__(self, node):
        self.node = node
        self.start = START
        self.dynamodb = node.client("dynamodb")
        self.cloudwatch = node.client("cloudwatch")

    def table(self, name):
        create_table(self.dynamodb, name, key="k", view="NEW_IMAGE")
        return name

    def advance(self, duration):
        """Move the node's clock."""
        self.post("clock", {"advance": duration})

    def post(self, page, body):
        """The answer of one of the node's own pages."""
        url = f"{self.node.url}/_headwater/{page}"
        with urlopen(Request(url, data=json.dumps(body).encode(), method="POST")) as answer:
            return json.load(answer)

    def statistic(self, name, statistic="Sum", *, namespace="AWS/DynamoDB", **dimensions):
        """Over the hours around the start, as one number; None if there is no datapoint."""
        found = self.cloudwatch.get_metric_statistics(
            Namespace=namespace,
            MetricName=name,
            Dimensions=[{"Name": one, "Value": value} for one, value in dimensions.items()],
            StartTime=START - timedelta(hours=1),
            EndTime=START + timedelta(hours=1),
            Period=7200,
            Statistics=[statistic],
        )["Datapoints"]
        return found[0][statistic] if found else None


@pytest.fixture
def watched_with(node_factory):
    """Makes one with further flags."""

    def make(*flags, **kw):
        clock = ("--clock", "virtual", "--clock-start", START.isoformat())
        return Watched(node_factory(*clock, *flags, in_memory=True, **kw))

    return make


@pytest.fixture
def watched(watched_with):
    return watched_with()


@pytest.fixture
def function_that_fails_on():
    """Makes one on a node, and returns its name."""
    return _failing


@pytest.fixture
def function_that_fails(watched):
    """Its name."""
    return _failing(watched)


def _failing(watched):
    source = "def handler(event, context):\n    raise ValueError('as asked')\n"
    watched.node.client("lambda").create_function(**_function("failing", source))
    return "failing"


@pytest.fixture
def function_package():
    """Makes what CreateFunction takes, of a name and the source of a module."""
    return _function


def _function(name, source):
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", source)
    return {
        "FunctionName": name,
        "Runtime": f"python{sys.version_info.major}.{sys.version_info.minor}",
        "Role": "arn:aws:iam::000000000000:role/r",
        "Handler": "app.handler",
        "Code": {"ZipFile": package.getvalue()},
    }
