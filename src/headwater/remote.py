"""A node, asked over HTTP from another process: the client of the pages under /_headwater/.

Standard library only. This file knows how a question is sent and how a refusal is told. What can
be asked is known to who asks.
"""

import http.client
import json
from typing import Any, Self
from urllib.parse import urlencode

from headwater.urls import parts_of

PREFIX = "/_headwater/"
TIMEOUT_S = 120.0


class Refused(Exception):
    """The node said no, or could not be reached.

    status  of HTTP; 0 if there was no answer
    answer  the body, where it is JSON
    """

    def __init__(self, text: str, status: int = 0, answer: dict[str, Any] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.answer = answer or {}


class Remote:
    """One node. A connection is kept between questions; not for several threads at once.

    url  http://127.0.0.1:8000, or https; a path behind it is refused
    raw  the last answer as it came, with numbers to their last digit
    """

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        parts = parts_of(url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.path not in ("", "/")
        ):
            raise Refused(f"{url!r} is not a node's URL: give one as http://127.0.0.1:8000.")
        self.url = url.rstrip("/")
        self.raw = b""
        kind: type[http.client.HTTPConnection] = http.client.HTTPConnection
        if parts.scheme == "https":
            # Certificates of its own are named by SSL_CERT_FILE.
            kind = http.client.HTTPSConnection
        self._connection = kind(parts.hostname, parts.port, timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def get(self, page: str, **query: Any) -> dict[str, Any]:
        """GET a page. Members of `query` that are None are left out. Raises Refused."""
        return self._ask("GET", page, query, None)

    def text(self, page: str) -> str:
        """GET a page that is text. Raises Refused."""
        status, raw = self._exchange("GET", PREFIX + page, None)
        text = raw.decode("utf-8", "replace")
        if status >= 300:
            raise Refused(f"{self.url}{PREFIX}{page} answered {status}: {text[:200]}", status)
        return text

    def delete(self, page: str, **query: Any) -> dict[str, Any]:
        return self._ask("DELETE", page, query, None)

    def post(self, page: str, **body: Any) -> dict[str, Any]:
        """POST a JSON object. Members of `body` that are None are left out. Raises Refused."""
        return self._ask("POST", page, {}, _given(body))

    def _ask(
        self, method: str, page: str, query: dict[str, Any], body: dict[str, Any] | None
    ) -> dict[str, Any]:
        path = PREFIX + page
        if wanted := _given(query):
            path += "?" + urlencode(wanted)
        data = None if body is None else json.dumps(body).encode()
        status, raw = self._exchange(method, path, data)
        self.raw = raw
        try:
            answer = json.loads(raw)
        except ValueError:
            text = raw.decode("utf-8", "replace").strip()
            raise Refused(f"{self.url}{path} answered {status}: {text[:200]}", status) from None
        if not isinstance(answer, dict):
            raise Refused(f"{self.url}{path} is no page of a node's.", status)
        if status >= 300:
            raise Refused(str(answer.get("error", f"answered {status}")), status, answer)
        return answer

    def _exchange(self, method: str, path: str, data: bytes | None) -> tuple[int, bytes]:
        connection = self._connection
        kept = connection.sock is not None
        try:
            connection.request(method, path, body=data, headers={"Accept-Encoding": "identity"})
            response = connection.getresponse()
            return response.status, response.read()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as trouble:
            connection.close()
            # A node that was started anew has dropped the connection that was kept.
            if kept:
                return self._exchange(method, path, data)
            raise Refused(f"the node at {self.url} hung up: {trouble}.") from None
        except (OSError, http.client.HTTPException) as trouble:
            connection.close()
            raise Refused(
                f"no node answers at {self.url} ({trouble}). Start one with `headwater serve`, or "
                "give the right URL."
            ) from None


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
