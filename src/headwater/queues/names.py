"""What a queue is called: its name, its URL, its ARN.

    orders-failed
    http://127.0.0.1:8000/000000000000/orders-failed
    arn:aws:sqs:us-east-1:000000000000:orders-failed

Of a URL only the path counts, so that it may be reached by any name of the host. This file does
not know which queues there are.
"""

import re
from typing import Final

from headwater.arns import Scope, parse_arn
from headwater.errors import (
    InvalidAddress,
    InvalidParameterValue,
    MissingParameter,
    NotSupported,
    QueueDoesNotExist,
)
from headwater.urls import parts_of

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,80}", re.ASCII)
_FIFO_SUFFIX: Final = ".fifo"


def check_name(name: str) -> None:
    """Raises InvalidParameterValue in AWS's words; NotSupported for a FIFO queue's name."""
    if name.endswith(_FIFO_SUFFIX):
        raise NotSupported(
            "Headwater has standard queues only: a FIFO queue (a name that ends in .fifo) is not "
            "supported"
        )
    if not _NAME.fullmatch(name):
        raise InvalidParameterValue(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )


def queue_url(node_url: str, scope: Scope, name: str) -> str:
    """node_url: http://127.0.0.1:8000, without a slash at the end."""
    return f"{node_url}/{scope.account}/{name}"


def name_in_url(scope: Scope, url: str) -> str:
    """The name of the queue a QueueUrl means; a name alone is taken too, as AWS takes it.

    Raises MissingParameter, InvalidAddress for what is no queue's URL, and QueueDoesNotExist for
    another account's, which is as good as not there.
    """
    if not url:
        raise MissingParameter("The request must contain the parameter QueueUrl.")
    if "/" not in url:
        return url
    account, _, name = parts_of(url).path.strip("/").rpartition("/")
    if not account or not name:
        raise InvalidAddress(f"The address {url} is not valid for this endpoint.")
    if account.rpartition("/")[2] != scope.account:
        raise QueueDoesNotExist
    return name


def name_of(scope: Scope, name_or_arn: str) -> str:
    """The name in a queue's ARN; a name is its own.

    Raises QueueDoesNotExist for an ARN of another service or scope.
    """
    if not name_or_arn.startswith("arn:"):
        return name_or_arn
    arn = parse_arn(name_or_arn)
    if arn is None or arn.service != "sqs" or (arn.account, arn.region) != scope:
        raise QueueDoesNotExist
    return arn.resource
