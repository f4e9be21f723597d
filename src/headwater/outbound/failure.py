"""Why a call to another endpoint came to nothing, whatever went wrong, and what can be done."""

from typing import Any

NOT_CONFIGURED = "NotConfigured"
NO_CREDENTIALS = "NoCredentials"
UNREACHABLE = "Unreachable"
BAD_PARAMETERS = "BadParameters"


class CallFailed(Exception):
    """A call that was not answered with a result.

    code      the AWS error code that was answered, or one of the four words above
    text      what happened, and what can be done
    answered  True if the endpoint itself refused; False if it was never asked or never answered,
              in which case the call may have had its effect all the same
    """

    def __init__(self, code: str, text: str, *, answered: bool = False) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.answered = answered


def not_configured(service: str, setting: str) -> CallFailed:
    """There is nobody to call."""
    flag = "--" + setting.replace("_", "-")
    return CallFailed(
        NOT_CONFIGURED,
        f"this node knows no endpoint for {service}. Start it with {flag} URL (or `{setting}` in "
        f"its settings file, or HEADWATER_{setting.upper()}).",
    )


def explained(trouble: Exception, service: str, url: str) -> CallFailed:
    """What an exception of botocore's means to who made the call.

    The exceptions are told apart by their form and name, so that this module need not load
    botocore.
    """
    answer: Any = getattr(trouble, "response", None)
    if isinstance(answer, dict) and "Error" in answer:
        error = answer["Error"]
        text = error.get("Message") or "no reason was given"
        return CallFailed(
            str(error.get("Code", "Unknown")), f"{service} at {url}: {text}", answered=True
        )
    name = type(trouble).__name__
    if name in ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"):
        return CallFailed(
            NO_CREDENTIALS,
            f"no credentials to sign calls to {service} with. Set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY in the node's environment; any two words will do for a server "
            "that checks none.",
        )
    if name in ("ParamValidationError", "InvalidRegionError", "ValidationError"):
        return CallFailed(BAD_PARAMETERS, str(trouble))
    return CallFailed(
        UNREACHABLE,
        f"{service} at {url} did not answer: {trouble}. Check that it runs and that this node "
        "can reach it.",
    )
