"""Requests that are not calls of an AWS operation: health, admin pages, preflights, and errors
about the request itself rather than its content.
"""

import logging
from collections.abc import Coroutine
from typing import Any, Final

import orjson

from headwater.auth.basic import CHALLENGE, is_known
from headwater.auth.keys import Keys
from headwater.errors import AwsError, OperatorError, RequestTooLarge, ServiceUnavailable
from headwater.frontdoor.admin import PREFIX, Admin, AdminRequest, refused
from headwater.frontdoor.cors import Cors
from headwater.frontdoor.exchange import Exchange
from headwater.frontdoor.health import root
from headwater.frontdoor.sender import Sender
from headwater.ids import Ids
from headwater.limits import LAMBDA_REQUEST_BYTES_MAX
from headwater.loops import Tasks
from headwater.wire.fault import UNKNOWN_OPERATION_BODY, render_fault
from headwater.wire.protocols import SERVICES
from headwater.wire.query_errors import QUERY_PROTOCOL_BODY
from headwater.wire.reply import Answer, Reply
from headwater.wire.routing import route_path

log = logging.getLogger("headwater.frontdoor")

_TEXT: Final = b"text/plain; charset=utf-8"
_JSON: Final = b"application/json"
HEALTH: Final = "health"  # the admin page that balancers look at, without credentials
_XML: Final = b"application/xml"
_FORM: Final = b"application/x-www-form-urlencoded"


class PlainPages:
    """Answers what needs no signature.

    keys  who may see the admin pages, by HTTP's Basic scheme; None: everybody
    """

    def __init__(
        self,
        admin: Admin,
        region: str,
        cors: Cors,
        sender: Sender,
        ids: Ids,
        tasks: Tasks,
        keys: Keys | None,
    ) -> None:
        self._admin = admin
        self._keys = keys
        self._region = region
        self._cors = cors
        self._sender = sender
        self._ids = ids
        self._tasks = tasks

    def handle(self, exchange: Exchange) -> bool:
        """Answer `exchange` if it is one of ours; False: it is not, and is not answered."""
        path = exchange.path()
        if path == "/" and exchange.method in (b"GET", b"HEAD"):
            self._send(exchange, root(self._region))
            return True
        if path.startswith(PREFIX):
            self._admin_page(exchange, path[len(PREFIX) :].rstrip("/"))
            return True
        if exchange.method == b"OPTIONS" and b"access-control-request-method" in exchange.headers:
            self._send(exchange, Reply())
            return True
        return False

    def origin_refused(self, exchange: Exchange) -> bool:
        """Look at a browser's request before anything else does; True: it has been answered."""
        lines = self._cors.lines(exchange.headers[b"origin"])
        if lines is None:
            text = (
                "this node answers no web pages of that origin: start it with --cors and the "
                "origin, or with --cors '*'\n"
            )
            self._text(exchange, 403, text)
            return True
        if exchange.method == b"OPTIONS":
            asked = exchange.headers.get(b"access-control-request-headers", b"")
            lines += self._cors.preflight_lines(asked)
        exchange.extra_headers = lines
        return False

    def host_refused(self, exchange: Exchange) -> None:
        """Answer a request that calls the node by a name that may be a web page's."""
        text = (
            "this node answers only to names that no web page can have, such as localhost: call "
            "it by one, or start it with --allow-anonymous or --credentials\n"
        )
        self._text(exchange, 403, text)

    def unknown_operation(self, exchange: Exchange) -> None:
        """Not addressed to any operation. Source: AWS's own answer, to the letter."""
        request_id = self._ids.request_id()
        if exchange.headers.get(b"content-type", b"").startswith(_FORM) and (
            b"Version=2012-11-05" in exchange.body
        ):
            self._sender.send(exchange, 400, _XML, QUERY_PROTOCOL_BODY, request_id)
            return
        self._sender.send(exchange, 404, _XML, UNKNOWN_OPERATION_BODY, request_id, with_crc32=True)

    def refuse(self, exchange: Exchange, status: int, reason: str) -> None:
        """Answer a request that never became complete, in its service's words where it has any."""
        error = _as_aws_error(exchange, status)
        if error is None:
            self._text(exchange, status, reason + "\n")
            return
        rest = b"x-amz-target" not in exchange.headers
        spec = SERVICES["lambda" if rest else "dynamodb"]
        fault = render_fault(spec, error)
        request_id = self._ids.request_id()
        self._sender.send(exchange, status, _JSON, fault.body, request_id, headers=fault.headers)

    def _admin_page(self, exchange: Exchange, path: str) -> None:
        guard = self._admin.guard_of(path)
        if guard is not None:
            try:
                guard(exchange)
            except AwsError as trouble:
                self._send(
                    exchange, Reply({"error": str(trouble), "code": trouble.code}, status=403)
                )
                return
        elif path != HEALTH and self._keys is not None:
            authorization = exchange.headers.get(b"authorization")
            if not is_known(authorization, self._keys):
                text = "this page needs an access key and its secret, by HTTP Basic (curl -u)"
                headers = {"WWW-Authenticate": CHALLENGE}
                self._send(exchange, Reply({"error": text}, status=401, headers=headers))
                return
        method = exchange.method.decode("ascii")
        page = self._admin.find(method, path)
        if isinstance(page, Reply):
            self._send(exchange, page)
            return
        query = {name: values[-1] for name, values in exchange.query().items()}
        request = AdminRequest(method, path, query, exchange.body)
        try:
            found = page(request)
        except Exception as trouble:
            self._admin_failed(exchange, path, trouble)
            return
        if isinstance(found, Coroutine):
            self._tasks.spawn(f"admin {path}", self._wait(exchange, path, found))
        else:
            self._send(exchange, found)

    async def _wait(self, exchange: Exchange, path: str, page: Coroutine[Any, Any, Answer]) -> None:
        try:
            answer = await page
        except Exception as trouble:
            self._admin_failed(exchange, path, trouble)
        else:
            self._send(exchange, answer)

    def _admin_failed(self, exchange: Exchange, path: str, trouble: Exception) -> None:
        if isinstance(trouble, AwsError | OperatorError):
            self._send(exchange, refused(trouble))
            return
        log.error("admin page failed", extra={"page": path}, exc_info=trouble)
        self._text(exchange, 500, "internal error\n")

    def _send(self, exchange: Exchange, answer: Answer) -> None:
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        body = reply.body if reply.body is not None else b""
        if isinstance(body, dict):
            body = orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        headers = dict(reply.headers)
        content_type = headers.pop("Content-Type", "").encode("latin-1")
        self._sender.send(
            exchange,
            reply.status or 200,
            content_type or _JSON,
            body,
            self._ids.request_id(),
            headers=headers,
        )

    def _text(self, exchange: Exchange, status: int, text: str) -> None:
        self._sender.send(exchange, status, _TEXT, text.encode(), self._ids.request_id())


def _as_aws_error(exchange: Exchange, status: int) -> AwsError | None:
    """The AWS error that stands for `status`, if the request was one to a service at all."""
    path = exchange.path()
    rest = route_path(exchange.method.decode("latin-1"), path, {})
    if rest is None and b"x-amz-target" not in exchange.headers:
        return None
    if status == 503:
        return ServiceUnavailable("Service is temporarily unavailable")
    if status != 413:
        return None
    if rest is None:
        return RequestTooLarge()
    return RequestTooLarge(
        f"Request must be smaller than {LAMBDA_REQUEST_BYTES_MAX} bytes for the "
        f"{rest.operation} operation"
    )
