"""What black-box tests of all services share: a client of tables, refusals as values."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def dynamodb(node) -> Any:
    """A client of the table API that does not retry."""
    return node.client("dynamodb")


@pytest.fixture
def refusal() -> Callable[..., tuple[str, str]]:
    """refusal(call, **params): code and message of the error a call must end in."""

    def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            call(**params)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return refused
