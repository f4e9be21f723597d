"""The endpoints a node was given, and one way to call them.

A call is made by botocore, which signs it, keeps connections open and knows each service's
protocol; in a thread of its own, so that the event loop does not wait. botocore is loaded with the
first call, and looks for credentials where AWS's tools do, first in the environment
(AWS_ACCESS_KEY_ID, ...). This file knows endpoints, threads and time-outs. It does not retry,
because only who calls knows what may be repeated, and it does not know what the calls are for.
"""

import asyncio
import importlib
import threading
from collections.abc import Callable
from typing import Any, Final

from headwater.config.settings import Settings
from headwater.outbound.failure import explained, not_configured
from headwater.outbound.poster import Poster
from headwater.outbound.webhook import post_json

CALLS_AT_ONCE: Final = 16
CONNECT_TIMEOUT_S: Final = 5
ANSWER_TIMEOUT_S: Final = 30

# Services that can be called, by botocore's name, and the setting that says where.
SETTINGS: Final = {
    "kinesis": "kinesis_endpoint",
    "sqs": "sqs_endpoint",
    "sns": "sns_endpoint",
    "s3": "s3_endpoint",
}


def table_service(region: str) -> str:
    """The name under which the endpoint with a region's tables is called.

    >>> table_service("eu-west-1")
    'dynamodb@eu-west-1'
    """
    return f"dynamodb@{region}"


class Outbound:
    """Built once by the node. All methods are called on its loop."""

    def __init__(self, settings: Settings) -> None:
        self._urls: dict[str, str] = {
            service: getattr(settings, name) for service, name in SETTINGS.items()
        }
        self._lock = threading.Lock()  # held while a client is made
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._posters: dict[str, Poster] = {}
        self._room = asyncio.Semaphore(CALLS_AT_ONCE)

    def serve(self, service: str, url: str) -> None:
        """Call a service at `url` that no setting names. service: as table_service gives it"""
        self._urls[service] = url

    def require(self, service: str) -> None:
        """Raises CallFailed if no endpoint is set for `service`."""
        if not self._urls[service]:
            raise not_configured(service, SETTINGS[service])

    async def call(
        self, service: str, operation: str, region: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        """The answer to one request; who is cancelled meanwhile does not learn what it was.

        service    one of SETTINGS
        operation  as botocore's client calls it: put_records
        region     of the signature
        params     by AWS's names; blobs are bytes
        Raises CallFailed. No call is repeated.
        """

        def work() -> dict[str, Any]:
            client = self._client(service, region)
            answer: dict[str, Any] = getattr(client, operation)(**params)
            if hasattr(answer.get("Body"), "read"):
                answer["Body"] = answer["Body"].read()  # of an object: not on the loop
            return answer

        return await self._run(service, operation, work)

    async def post(
        self, service: str, operation: str, region: str, params: dict[str, Any]
    ) -> dict[str, Any]:
        """As `call`, for requests by the thousand of a service whose protocol is JSON.

        service    one of poster.TARGETS, or what `serve` was told
        operation  by AWS's name: PutRecords
        """
        return await self._run(
            service, operation, lambda: self._poster(service).post(operation, region, params)
        )

    async def _run(
        self, service: str, operation: str, work: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        self.require(service)
        async with self._room:
            try:
                return await _in_thread(f"{service} {operation}", work)
            except Exception as trouble:
                raise explained(trouble, service, self._urls[service]) from trouble

    async def webhook(self, url: str, body: bytes) -> None:
        """POST JSON to any URL. Raises CallFailed."""

        def work() -> dict[str, Any]:
            post_json(url, body)
            return {}

        async with self._room:
            await _in_thread("webhook", work)

    def close(self) -> None:
        """Close idle connections. Calls that are under way are not waited for."""
        for client in (*self._clients.values(), *self._posters.values()):
            client.close()
        self._clients.clear()
        self._posters.clear()

    # --- in the threads ------------------------------------------------------------------------

    def _client(self, service: str, region: str) -> Any:
        """botocore's client, made when first needed. It may be used by many threads at once."""
        client = self._clients.get((service, region))
        if client is None:
            with self._lock:
                client = self._clients.get((service, region))
                if client is None:
                    client = self._new_client(service, region)
                    self._clients[service, region] = client
        return client

    def _poster(self, service: str) -> Poster:
        poster = self._posters.get(service)
        if poster is None:
            with self._lock:
                poster = self._posters.get(service)
                if poster is None:
                    timeout_s = (CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S)
                    poster = Poster(
                        self._loaded(),
                        service.partition("@")[0],
                        self._urls[service],
                        timeout_s,
                        CALLS_AT_ONCE,
                    )
                    self._posters[service] = poster
        return poster

    def _loaded(self) -> Any:
        """botocore's session. Loaded here and not above: it takes a quarter of a second and 20 MB
        with a client, and most nodes never call anybody."""
        if self._session is None:
            self._session = importlib.import_module("botocore.session").Session()
        return self._session

    def _new_client(self, service: str, region: str) -> Any:
        session = self._loaded()
        config = importlib.import_module("botocore.config").Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=ANSWER_TIMEOUT_S,
            retries={"total_max_attempts": 1},
            max_pool_connections=CALLS_AT_ONCE,
            parameter_validation=False,
            s3={"addressing_style": "path"},
            # Checksums that a service does not ask for are unknown to many that speak like S3.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return session.create_client(
            service,
            region_name=region,
            endpoint_url=self._urls[service],
            config=config,
        )


async def _in_thread(name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result of `work`, done in a thread that nobody has to wait for.

    A pool's threads are waited for when the process ends, and an endpoint that hangs would hold
    that up by its time-out. Starting a thread costs far less than a request.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[dict[str, Any]] = loop.create_future()

    def tell(result: dict[str, Any] | None, trouble: BaseException | None) -> None:
        if done.cancelled():
            return
        if trouble is not None:
            done.set_exception(trouble)
        elif result is not None:
            done.set_result(result)

    def run() -> None:
        result, trouble = None, None
        try:
            result = work()
        except BaseException as caught:
            trouble = caught
        try:
            loop.call_soon_threadsafe(tell, result, trouble)
        except RuntimeError:
            pass  # the loop has ended meanwhile, and with it who asked

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done
