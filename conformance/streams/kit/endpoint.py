"""The endpoint under test: two boto3 clients, raw signed requests, and waiting until a deadline.

It knows how to ask and how to wait. What the answers should be is the cases' business.
"""

import itertools
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.httpsession import URLLib3Session

T = TypeVar("T")
Json = dict[str, Any]

STREAMS = "DynamoDBStreams_20120810"
TABLES = "DynamoDB_20120810"

THROTTLES = (
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
)
_PAUSE_S_MIN, _PAUSE_S_MAX = 0.005, 0.5

_numbers = itertools.count(1)
_RUN = secrets.token_hex(4)


def unique(prefix: str) -> str:
    """A text that neither this run nor another has used."""
    return f"{prefix}-{_RUN}-{next(_numbers)}"


class Answer(NamedTuple):
    """One HTTP answer, as it came."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def doc(self) -> Json:
        """The body, which must be a JSON object."""
        doc = json.loads(self.body)
        assert isinstance(doc, dict), doc
        return doc


class Refusal(NamedTuple):
    """An answer that refuses."""

    status: int
    type: str  # __type, whole
    message: str

    @property
    def code(self) -> str:
        """What SDKs make of the type: all they read is what follows the #."""
        return self.type.rpartition("#")[2]


class Endpoint:
    """What is tested.

    url         None for AWS itself
    patience_s  how long an eventually consistent thing may take to show
    change_s    how long a change of a table may take
    """

    def __init__(
        self, url: str | None, streams_url: str | None, region: str, patience_s: float
    ) -> None:
        self.is_aws = url is None
        self.region = region
        self.patience_s = patience_s
        self.change_s = 300 if self.is_aws else 2 * patience_s
        session = boto3.Session(region_name=region)
        if url is not None and session.get_credentials() is None:
            # Emulators want a signature, and few care whose.
            session = boto3.Session("conformance", "conformance", region_name=region)
        config = Config(
            retries={"total_max_attempts": 10 if self.is_aws else 1, "mode": "standard"},
            connect_timeout=5,
            read_timeout=60,
            parameter_validation=False,
        )
        self.dynamodb = session.client("dynamodb", endpoint_url=url, config=config)
        self.streams = session.client(
            "dynamodbstreams", endpoint_url=streams_url or url, config=config
        )
        credentials = session.get_credentials()
        assert credentials is not None, "AWS wants credentials: see boto3's documentation"
        self._signer = SigV4Auth(credentials.get_frozen_credentials(), "dynamodb", region)
        self._http = URLLib3Session(timeout=60)

    def close(self) -> None:
        """Let go of all connections."""
        self.dynamodb.close()
        self.streams.close()
        self._http.close()

    def post(
        self,
        operation: str,
        params: Json | bytes,
        *,
        api: str = STREAMS,
        is_signed: bool = True,
    ) -> Answer:
        """Send a request as it is, checked by nobody on this side."""
        client = self.streams if api == STREAMS else self.dynamodb
        body = params if isinstance(params, bytes) else json.dumps(params).encode()
        headers = {
            "X-Amz-Target": f"{api}.{operation}",
            "Content-Type": "application/x-amz-json-1.0",
        }
        request = AWSRequest("POST", client.meta.endpoint_url + "/", headers, body)
        if is_signed:
            self._signer.add_auth(request)
        got = self._http.send(request.prepare())
        lower = {name.lower(): value for name, value in got.headers.items()}
        return Answer(got.status_code, lower, got.content)

    def refused(self, operation: str, params: Json | bytes, **how: Any) -> Refusal:
        """The refusal that a request must end in."""

        def attempt() -> Answer | None:
            answer = self.post(operation, params, **how)
            return None if _is_throttle(answer) else answer

        answer = self.eventually(attempt, "an answer other than throttling")
        assert 400 <= answer.status < 500, f"{operation} {params!r}: {answer}"
        doc = answer.doc
        message = str(doc.get("message", doc.get("Message", "")))
        return Refusal(answer.status, str(doc.get("__type", "")), message)

    def eventually(
        self, probe: Callable[[], T | None], what: str, patience_s: float | None = None
    ) -> T:
        """The first truthy answer of `probe`, asked again and again until the deadline."""
        deadline = time.monotonic() + (patience_s or self.patience_s)
        pause_s = _PAUSE_S_MIN
        while not (answer := probe()):
            assert time.monotonic() < deadline, f"waited in vain for {what}; last: {answer!r}"
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, _PAUSE_S_MAX)
        return answer


def _is_throttle(answer: Answer) -> bool:
    return answer.status == 400 and any(name.encode() in answer.body for name in THROTTLES)
