"""Further protocols of a service that speaks JSON: CBOR for newer SDKs, forms for older ones.

    POST /service/GraniteServiceVersion20100801/operation/PutMetricData      application/cbor
    POST /   Action=PutMetricData&Version=2010-08-01&...                     a form

STS has its forms alone. A dialect turns a body into the same params that JSON would give, and an
answer into its own form.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from headwater.errors import AwsError, UnknownOperation
from headwater.wire.cbor import Moment, decode_cbor, encode_cbor
from headwater.wire.fault import Fault, render_fault
from headwater.wire.models import Model, Shape, load_model
from headwater.wire.protocols import SERVICES, ServiceSpec
from headwater.wire.query import form_params, read_form, render_answer, render_error
from headwater.wire.query_errors import HEADER

_CBOR_PATH: Final = b"/service/"
_CBOR: Final = b"application/cbor"
_FORM: Final = b"application/x-www-form-urlencoded"
_XML: Final = b"text/xml"

# Services with dialects, by the version that a form names, and by the path of CBOR.
_BY_VERSION: Final = {"2010-08-01": SERVICES["monitoring"], "2011-06-15": SERVICES["sts"]}
_BY_PREFIX: Final = {SERVICES["monitoring"].target_prefix: SERVICES["monitoring"]}


class Dialect(Protocol):
    """How one protocol is read and written."""

    content_type: bytes
    headers: Mapping[str, str]

    def params(self, spec: ServiceSpec, operation: str, body: bytes) -> Any:
        """Raises AwsErrors."""
        ...

    def answer(
        self, spec: ServiceSpec, operation: str, answer: dict[str, Any], request_id: str
    ) -> bytes: ...

    def fault(self, error: AwsError, request_id: str) -> Fault: ...


class Spoken(NamedTuple):
    """What a request is spoken in, and its operation as X-Amz-Target would have it."""

    dialect: Dialect
    target: bytes


def spoken_in(
    url: bytes, headers: Mapping[bytes, bytes], read: Callable[[], bytes]
) -> Spoken | None:
    """The dialect of a POST; None if it is of none. read: gives the body, inflated"""
    if url.startswith(_CBOR_PATH):
        parts = url.decode("latin-1").strip("/").split("/")
        if len(parts) == 4 and parts[2] == "operation" and parts[1] in _BY_PREFIX:
            dialect = _CborDialect(_BY_PREFIX[parts[1]])
            return Spoken(dialect, f"{parts[1]}.{parts[3]}".encode())
        return None
    if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != _FORM:
        return None
    form = read_form(read())
    version, action = form.get("Version", ""), form.get("Action", "")
    spec = _BY_VERSION.get(version)
    if spec is None:
        return None
    unknown = f"Could not find operation {action} for version {version}"
    return Spoken(_QueryDialect(spec, unknown), f"{spec.target_prefix}.{action}".encode())


class _CborDialect:
    content_type = _CBOR
    headers: Mapping[str, str] = {"smithy-protocol": "rpc-v2-cbor"}

    def __init__(self, spec: ServiceSpec) -> None:
        self._spec = spec

    def params(self, spec: ServiceSpec, operation: str, body: bytes) -> Any:
        return decode_cbor(body)

    def answer(
        self, spec: ServiceSpec, operation: str, answer: dict[str, Any], request_id: str
    ) -> bytes:
        model = load_model(spec.model)
        output = model.operations[operation].output
        return encode_cbor(_timed(model, model.shape(output), answer) if output else {})

    def fault(self, error: AwsError, request_id: str) -> Fault:
        spec = self._spec
        fault = render_fault(spec, error)
        about = load_model(spec.model).error(error.code)
        body = {"__type": spec.error_prefix + error.code}
        if error.message:
            body[about.message_key if about is not None else "message"] = error.message
        return Fault(fault.status, {**fault.headers, **self.headers}, encode_cbor(body))


class _QueryDialect:
    content_type = _XML
    headers: Mapping[str, str] = {}

    def __init__(self, spec: ServiceSpec, unknown: str) -> None:
        """unknown: what is said of an operation that the service does not have"""
        self._spec = spec
        self._unknown = unknown

    def params(self, spec: ServiceSpec, operation: str, body: bytes) -> Any:
        return form_params(load_model(spec.model), operation, read_form(body))

    def answer(
        self, spec: ServiceSpec, operation: str, answer: dict[str, Any], request_id: str
    ) -> bytes:
        return render_answer(load_model(spec.model), operation, answer, request_id)

    def fault(self, error: AwsError, request_id: str) -> Fault:
        fault = render_fault(self._spec, error)
        code = fault.headers.get(HEADER, error.code).partition(";")[0]
        message = error.message
        if isinstance(error, UnknownOperation):
            code, message = "InvalidAction", self._unknown
        model = load_model(self._spec.model)
        body = render_error(model, code, message, fault.status, request_id)
        return Fault(fault.status, {}, body)


def _timed(model: Model, shape: Shape, value: Any) -> Any:
    """`value` with its moments marked, and its numbers of the kind that the model says."""
    if value is None:
        return None
    if shape.kind == "structure":
        return {
            name: _timed(model, model.shape(about.shape), value[name])
            for name, about in shape.members.items()
            if name in value
        }
    if shape.kind == "list":
        element = model.shape(shape.element)
        return [_timed(model, element, one) for one in value]
    if shape.kind == "map":
        element = model.shape(shape.element)
        return {name: _timed(model, element, one) for name, one in value.items()}
    if shape.kind == "timestamp":
        return Moment(value)
    return float(value) if shape.kind in ("double", "float") else value
