"""What black-box tests of queues share: a client, queues in one line, refusals as values."""

import itertools
import os
from collections.abc import Callable
from typing import Any

import pytest

_numbers = itertools.count(1)


@pytest.fixture
def sqs(node) -> Any:
    """A client that does not retry."""
    return node.client("sqs")


@pytest.fixture
def make_queue(sqs) -> Callable[..., str]:
    """make_queue(VisibilityTimeout=5): the URL of a queue that no other test uses."""

    def make(client: Any = None, **attributes: Any) -> str:
        name = f"q-{os.getpid()}-{next(_numbers)}"
        given = {key: str(value) for key, value in attributes.items()}
        answer = (client or sqs).create_queue(QueueName=name, Attributes=given)
        return str(answer["QueueUrl"])

    return make


@pytest.fixture
def attributes(sqs) -> Callable[..., dict[str, str]]:
    """attributes(url): all of a queue's."""

    def get(url: str, *names: str) -> dict[str, str]:
        asked = list(names) or ["All"]
        answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=asked)
        found: dict[str, str] = answer.get("Attributes", {})
        return found

    return get
