"""The endpoint that is looked at: AWS operations signed and sent, and a node's admin pages.

It knows how a question is sent and what an answer is. What may be asked is in `operations.py`; who
asks is handed in.
"""

import base64
import ssl
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
import orjson
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from yarl import URL

from headwater.console.identity import Identity, Key, anybody
from headwater.console.operations import LAMBDA, RPC
from headwater.console.troubles import Refused, from_aws, unreachable, wants_login

ADMIN: Final = "/_headwater/"
_TIMEOUT_S: Final = 70.0  # longer than the longest wait of a page that waits
_AWS_HOSTS: Final = {
    "dynamodb": "dynamodb",
    "streams": "streams.dynamodb",
    "lambda": "lambda",
    "cloudwatch": "monitoring",
    "logs": "logs",
    "sqs": "sqs",
}


class Facts(NamedTuple):
    """What an endpoint is.

    version       of Headwater; "" where it is something else
    wants_login   it answers only known keys
    """

    version: str
    wants_login: bool


class Endpoint:
    """One endpoint, asked by any number of browsers at once."""

    def __init__(self, url: str, ca_file: str = "") -> None:
        """Raises OSError if the file of certificates cannot be read."""
        self.url = url
        self._is_aws = (urlsplit(url).hostname or "").endswith(".amazonaws.com")
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S, sock_connect=5)
        # A tail holds a connection for as long as somebody watches.
        trust = _trusting(ca_file) if ca_file else True
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60, ssl=trust)
        self._http = aiohttp.ClientSession(
            timeout=timeout, connector=connector, auto_decompress=True, trust_env=False
        )

    async def close(self) -> None:
        await self._http.close()

    async def facts(self) -> Facts:
        """Raises Refused if nothing answers there."""
        status, raw = await self._exchange("GET", self.url + ADMIN + "health", b"", {})
        health = _json(raw) if status == 200 else None
        if isinstance(health, dict) and "version" in health:
            status, _ = await self._exchange("GET", self.url + ADMIN + "clock", b"", {})
            return Facts(str(health["version"]), status == 401)
        try:
            await self.aws(Identity(anybody(""), "us-east-1"), "dynamodb", "ListTables", {})
        except Refused as refused:
            return Facts("", refused.trouble.status == 401)
        return Facts("", False)

    async def admin(
        self, key: Key, method: str, page: str, query: Mapping[str, str], body: bytes = b""
    ) -> tuple[int, bytes]:
        """Status and body of a page under /_headwater/. Raises Refused: unreachable, no login."""
        url = self.url + ADMIN + quote(page) + ("?" + urlencode(query) if query else "")
        word = base64.b64encode(f"{key.access}:{key.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {word}"}
        status, raw = await self._exchange(method, url, body, headers)
        if status == 401:
            raise Refused(wants_login())
        return status, raw

    async def aws(
        self, identity: Identity, service: str, operation: str, params: dict[str, Any]
    ) -> bytes:
        """The JSON an operation answers. Raises Refused, also for the errors it answers."""
        if operation == "Invoke":
            return await self._invoke(identity, params)
        if service == "lambda":
            status, raw, _ = await self._rest(identity, operation, params)
        else:
            rpc = RPC[service]
            headers = {
                "Content-Type": f"application/x-amz-json-{rpc.json_version}",
                "X-Amz-Target": f"{rpc.target}.{operation}",
            }
            url = self._base(service, identity.region) + "/"
            signed = _signed(identity, rpc.signing_name, "POST", url, _dumps(params), headers)
            status, raw = await self._exchange("POST", url, _dumps(params), signed)
        if status >= 300:
            raise Refused(from_aws(operation, status, _json(raw)))
        return raw or b"{}"

    async def _invoke(self, identity: Identity, params: dict[str, Any]) -> bytes:
        """Invoke's answer, as JSON: StatusCode, Payload (text), FunctionError, LogResult."""
        status, raw, told = await self._rest(identity, "Invoke", params)
        if status >= 300:
            raise Refused(from_aws("Invoke", status, _json(raw)))
        answer: dict[str, Any] = {
            "StatusCode": status,
            "Payload": raw.decode("utf-8", "replace"),
            "FunctionError": told.get("X-Amz-Function-Error"),
        }
        if "X-Amz-Log-Result" in told:
            log = base64.b64decode(told["X-Amz-Log-Result"])
            answer["LogResult"] = log.decode("utf-8", "replace")
        return _dumps(answer)

    async def _rest(
        self, identity: Identity, operation: str, params: dict[str, Any]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        rest = LAMBDA[operation]
        left = dict(params)
        path = rest.path
        for name in list(left):
            if "{" + name + "}" in path:
                path = path.replace("{" + name + "}", quote(str(left.pop(name)), safe=""))
        query = {name: str(left.pop(name)) for name in rest.query if left.get(name) is not None}
        headers = {"Content-Type": "application/json"}
        if operation == "Invoke":
            headers["X-Amz-Invocation-Type"] = str(left.get("InvocationType", "RequestResponse"))
            headers["X-Amz-Log-Type"] = "Tail"
            body = str(left.get("Payload", "null")).encode()
        else:
            body = _dumps(left) if rest.method in ("POST", "PUT") else b""
        url = self._base("lambda", identity.region) + path
        if query:
            url += "?" + urlencode(query, quote_via=quote)
        signed = _signed(identity, "lambda", rest.method, url, body, headers)
        return await self._told(rest.method, url, body, signed)

    def _base(self, service: str, region: str) -> str:
        """AWS itself has an address for each service; everybody else has one."""
        if self._is_aws:
            return f"https://{_AWS_HOSTS[service]}.{region}.amazonaws.com"
        return self.url

    async def _exchange(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        status, raw, _ = await self._told(method, url, body, headers)
        return status, raw

    async def _told(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        target = URL(url, encoded=True)
        data = body or None
        try:
            async with self._http.request(
                method, target, data=data, headers=headers, allow_redirects=False
            ) as response:
                return response.status, await response.read(), response.headers
        except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
            why = str(trouble) or type(trouble).__name__
            raise Refused(unreachable(self.url, why)) from None


def _trusting(ca_file: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.check_hostname = False  # a node's own certificate may bear any name
    return context


def _signed(
    identity: Identity, service: str, method: str, url: str, body: bytes, headers: dict[str, str]
) -> dict[str, str]:
    key = identity.key
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    credentials = Credentials(key.access, key.secret, key.token or None)
    SigV4Auth(credentials, service, identity.region).add_auth(request)
    return dict(request.headers.items())


def _dumps(value: Any) -> bytes:
    return orjson.dumps(value)


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
