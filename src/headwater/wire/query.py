"""AWS's query protocol: a form goes in, XML comes out. Spoken by older SDKs.

    Action=PutMetricData&Version=2010-08-01&MetricData.member.1.MetricName=sold

The service's model tells what is a list, a number or a moment. This file knows the two forms.
Source: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

import math
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from headwater.errors import InvalidParameterValue
from headwater.moments import iso, moment_ms
from headwater.wire.models import Model, Shape

_TRUE: Final = {"true": True, "false": False}
_ENTRIES_MAX: Final = 1000
_NAME_CHARS_MAX: Final = 300


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form; of one that comes twice, the last. No field of ours has a long name."""
    text = body.decode("utf-8", "replace")
    fields = parse_qsl(text, keep_blank_values=True)
    return {name: value for name, value in fields if len(name) <= _NAME_CHARS_MAX}


def form_params(model: Model, operation: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The params that a form means. Raises InvalidParameterValue."""
    name = model.operations[operation].input
    if not name:
        return {}
    reader = _FormReader(model, form)
    params = reader.read(model.shape(name), "")
    return params if isinstance(params, dict) else {}


class _FormReader:
    def __init__(self, model: Model, form: Mapping[str, str]) -> None:
        self._model = model
        self._form = form
        # Every beginning of a field's name, so that absent members are passed over at once.
        self._stems = {
            name[:end]
            for name in form
            for end in range(len(name) + 1)
            if name[end : end + 1] in "."
        }

    def read(self, shape: Shape, name: str) -> Any:
        """The value under `name`; None if there is none."""
        if name and name not in self._stems:
            return None
        if shape.kind == "structure":
            found = {
                member: self.read(self._model.shape(about.shape), _joined(name, member))
                for member, about in shape.members.items()
            }
            return {member: value for member, value in found.items() if value is not None}
        if shape.kind == "list":
            return self._read_list(shape, name)
        text = self._form.get(name)
        return None if text is None else _scalar(shape.kind, name, text)

    def _read_list(self, shape: Shape, name: str) -> list[Any]:
        element = self._model.shape(shape.element)
        found: list[Any] = []
        while len(found) <= _ENTRIES_MAX:
            value = self.read(element, f"{name}.member.{len(found) + 1}")
            if value is None:
                break
            found.append(value)
        return found


def _joined(name: str, member: str) -> str:
    return f"{name}.{member}" if name else member


def _scalar(kind: str, name: str, text: str) -> Any:
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("double", "float"):
            return _finite(float(text))
        if kind == "boolean":
            return _TRUE[text.lower()]
        if kind == "timestamp":
            return _seconds(text)
    except (ValueError, KeyError):
        raise InvalidParameterValue(f"The value {text} for parameter {name} is invalid.") from None
    return text


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(number)
    return number


def _seconds(text: str) -> float:
    found = moment_ms(text) if not text.replace(".", "").isdigit() else round(float(text) * 1000)
    if found is None:
        raise ValueError(text)
    return found / 1000


def render_answer(
    model: Model, operation: str, answer: Mapping[str, Any], request_id: str
) -> bytes:
    """The XML of a success."""
    output = model.operations[operation].output
    result = ""
    if output:
        inner = _members(model, model.shape(output), answer)
        result = f"<{operation}Result>{inner}</{operation}Result>"
    return (
        f'<{operation}Response xmlns="{model.xml_namespace}">{result}<ResponseMetadata><RequestId>'
        f"{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    ).encode()


def _members(model: Model, shape: Shape, value: Mapping[str, Any]) -> str:
    return "".join(
        _element(model, model.shape(about.shape), name, value[name])
        for name, about in shape.members.items()
        if value.get(name) is not None
    )


def _element(model: Model, shape: Shape, tag: str, value: Any) -> str:
    if shape.kind == "structure":
        inner = _members(model, shape, value)
    elif shape.kind == "list":
        element = model.shape(shape.element)
        inner = "".join(_element(model, element, "member", one) for one in value)
    elif shape.kind == "map":
        entry = model.shape(shape.element)
        inner = "".join(
            f"<entry><key>{escape(key)}</key>{_element(model, entry, 'value', one)}</entry>"
            for key, one in value.items()
        )
    elif shape.kind == "timestamp":
        inner = iso(round(value * 1000))
    elif shape.kind == "boolean":
        inner = "true" if value else "false"
    else:
        inner = escape(str(value))
    return f"<{tag}>{inner}</{tag}>"


def render_error(model: Model, code: str, message: str, status: int, request_id: str) -> bytes:
    """The XML of an error. code: its older name"""
    kind = "Sender" if status < 500 else "Receiver"
    return (
        f'<ErrorResponse xmlns="{model.xml_namespace}"><Error><Type>{kind}</Type><Code>{code}'
        f"</Code><Message>{escape(message)}</Message></Error><RequestId>{request_id}"
        "</RequestId></ErrorResponse>"
    ).encode()
