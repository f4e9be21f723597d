"""REST-JSON: a request spread over path, query, headers and body, gathered into one dict.

    PUT /2015-03-31/functions/f/aliases/live?..   {"FunctionVersion": "1"}
    -> {"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}

Where each member travels is read from the service model once for each operation. A body that is
one blob (Invoke) stays bytes. This file does not check values; `shapes.py` does.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from headwater.errors import InvalidRequestContent, Serialization
from headwater.wire.models import Member, Model

CONTENT_TYPE: Final = b"application/json"

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_STATUSES = {
    # The model says 200 and "the status is in the answer"; AWS answers 204.
    "DeleteFunction": 204,
}


class Binding:
    """How one operation's request is read, and the status of its success."""

    __slots__ = ("_body_members", "_located", "_model", "_payload", "status")

    def __init__(self, model: Model, operation: str) -> None:
        about = model.operations[operation]
        self._model = model
        self.status = _STATUSES.get(operation, about.status)
        shape = model.shape(about.input) if about.input else None
        members = shape.members if shape is not None else {}
        self._payload: Member | None = members[shape.payload] if shape and shape.payload else None
        self._located = [member for member in members.values() if member.location]
        self._body_members = any(not member.location for member in members.values())

    def read(
        self,
        labels: Mapping[str, str],
        query: Mapping[str, Sequence[str]],
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> dict[str, Any]:
        """The params of a request.

        labels   of the path, decoded
        query    decoded, every value of each name in order
        headers  names in lower case
        Raises Serialization or InvalidRequestContent.
        """
        params = self._read_body(body)
        for member in self._located:
            # What the model places elsewhere is not taken from the body.
            params.pop(member.name, None)
            value = self._read_member(member, labels, query, headers)
            if value is not None:
                params[member.name] = value
        return params

    def _read_body(self, body: bytes) -> dict[str, Any]:
        if self._payload is not None:
            if self._model.shape(self._payload.shape).kind == "blob":
                return {self._payload.name: body}
            return {self._payload.name: _json(body)} if body else {}
        if not self._body_members or not body:
            return {}
        params = _json(body)
        if not isinstance(params, dict):
            raise Serialization
        return params

    def _read_member(
        self,
        member: Member,
        labels: Mapping[str, str],
        query: Mapping[str, Sequence[str]],
        headers: Mapping[bytes, bytes],
    ) -> Any:
        if member.location == "uri":
            return self._convert(member, labels.get(member.wire_name))
        if member.location == "querystring":
            values = query.get(member.wire_name)
            if values is None:
                return None
            if self._model.shape(member.shape).kind == "list":
                return list(values)
            return self._convert(member, values[-1])
        if member.location == "header":
            raw = headers.get(member.wire_name.lower().encode("ascii"))
            return self._convert(member, None if raw is None else raw.decode("latin-1"))
        return None

    def _convert(self, member: Member, text: str | None) -> Any:
        """The JSON value a text stands for; a text that stands for none is left to the check."""
        if text is None:
            return None
        kind = self._model.shape(member.shape).kind
        if kind in ("integer", "long") and _INTEGER.fullmatch(text):
            return int(text)
        if kind == "boolean" and text in ("true", "false"):
            return text == "true"
        return text


def encode(answer: dict[str, Any]) -> bytes:
    return orjson.dumps(answer)


def _json(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as trouble:
        raise InvalidRequestContent(
            f"Could not parse request body into json: {trouble.msg}"
        ) from None
