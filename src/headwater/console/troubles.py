"""What is told when something does not work: what happened, why, and what to do now."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from aiohttp import web


class Trouble(NamedTuple):
    """status: of HTTP, towards the browser. code: AWS's name of the error, where it has one."""

    status: int
    what: str
    why: str
    now: str
    code: str = ""

    def response(self) -> web.Response:
        return web.json_response({"error": self.shown()}, status=self.status)

    def shown(self) -> dict[str, str]:
        return {"what": self.what, "why": self.why, "now": self.now, "code": self.code}


class Refused(Exception):
    """A request of a page ends here, with this trouble."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.why)
        self.trouble = trouble


_CREDENTIALS: Final = frozenset(
    (
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "IncompleteSignatureException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "ExpiredTokenException",
    )
)
_NOW: Final[Mapping[str, str]] = {
    "ConditionalCheckFailedException": "Somebody changed the item meanwhile. Load it anew, then "
    "make your change again.",
    "ResourceNotFoundException": "Look whether the name, the region and the account (top right) "
    "are right, and whether it has been deleted.",
    "ResourceInUseException": "It is being changed. Try again in a moment.",
    "ResourceConflictException": "It is being changed. Try again in a moment.",
    "ProvisionedThroughputExceededException": "Too much at once. Try again in a moment.",
    "ThrottlingException": "Too much at once. Try again in a moment.",
    "ValidationException": "Change what the text names, and try again.",
    "TrimmedDataAccessException": "These records have left the stream. Begin at a later place.",
    "ExpiredIteratorException": "Begin to read anew.",
    "AccessDeniedException": "Log in with a key that may do this.",
}


def from_aws(operation: str, status: int, body: Any) -> Trouble:
    """The trouble behind an error that an AWS API answered. body: its JSON, or anything.

    >>> from_aws("GetItem", 400, {"__type": "a#ResourceNotFoundException", "message": "gone"}).why
    'ResourceNotFoundException: gone'
    """
    told = body if isinstance(body, dict) else {}
    code = str(told.get("__type") or told.get("code") or "").rpartition("#")[2].partition(":")[0]
    message = told.get("message") or told.get("Message") or told.get("error") or ""
    if code in _CREDENTIALS:
        return Trouble(401, f"{operation} was refused", f"{code}: {message}", LOG_IN, code)
    why = f"{code}: {message}" if code and message else code or message or f"HTTP {status}"
    now = _NOW.get(code, "Try again; if it stays so, look into the log of the endpoint.")
    return Trouble(502 if status >= 500 else 400, f"{operation} was refused", why, now, code)


LOG_IN: Final = "Log in with an access key of this endpoint and its secret."


def unreachable(endpoint: str, why: str) -> Trouble:
    return Trouble(
        503,
        f"nothing answers at {endpoint}",
        why,
        "Start the node there (`headwater serve`), or start the console with the right --endpoint. "
        "This page goes on by itself when it answers.",
        "Unreachable",
    )


def wants_login() -> Trouble:
    return Trouble(
        401, "you are not logged in", "this endpoint answers only known keys", LOG_IN, "Login"
    )


def read_only(what: str) -> Trouble:
    return Trouble(
        403,
        f"{what} was not sent",
        "this console only reads: it was started with --read-only",
        "Start one without --read-only to change things.",
        "ReadOnly",
    )


def bad_request(why: str) -> Trouble:
    return Trouble(
        400, "the console was asked in a way it does not know", why, "Load the page anew."
    )
