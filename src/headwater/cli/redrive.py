"""`headwater redrive`: records that were given up, delivered once more, and their messages removed.

What a mapping tells its OnFailure destination is enough: the node fetches the records and calls
the function. Messages come from a queue, a file or standard input. This module reads and removes
messages; the delivery is the node's (POST /_headwater/redrive).
"""

import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from headwater.cli.endpoint import DEFAULT, Endpoint, asking
from headwater.remote import Refused, Remote

# Told whether a message's records have been dealt with.
Settle = Callable[[bool], None]

_VISIBILITY_S = 960  # the longest a function may take, and a minute


def redrive(
    file: Annotated[
        str | None,
        typer.Argument(metavar="[FILE]", help="Messages as JSON; - reads them from stdin."),
    ] = None,
    queue: Annotated[
        str | None, typer.Option("--queue", metavar="NAME", help="Queue to take messages from.")
    ] = None,
    region: Annotated[str, typer.Option(help="Region of the queue.")] = "us-east-1",
    account: Annotated[str, typer.Option(help="Account of the queue.")] = "000000000000",
    most: Annotated[
        int | None, typer.Option("--max", min=1, help="Stop after so many messages.")
    ] = None,
    endpoint: Endpoint = DEFAULT,
) -> None:
    """Deliver records once more that a mapping gave up, as its OnFailure messages tell.

    A message leaves its queue when the function has dealt with its records.

    Exits with 1 if any failed; those stay where they are.
    """
    if (file is None) == (queue is None):
        print("headwater: give either --queue NAME, or a FILE (- for stdin).", file=sys.stderr)
        raise typer.Exit(2)
    failed = done = 0
    with asking(endpoint) as node:
        if queue is not None:
            messages = _from_queue(endpoint, queue, region, account, most)
        else:
            messages = ((text, _leave) for text in _from_file(str(file))[:most])
        for text, settle in messages:
            is_done = _redriven(node, text)
            settle(is_done)
            done, failed = done + is_done, failed + (not is_done)
    print(f"{done} message{'' if done == 1 else 's'} redriven, {failed} failed")
    if failed:
        raise typer.Exit(1)


def _redriven(node: Remote, text: str) -> bool:
    """Whether everything that a message tells of has been dealt with; and say what happened."""
    try:
        message = json.loads(text)
        if isinstance(message, dict) and isinstance(message.get("Message"), str):
            message = json.loads(message["Message"])  # as SNS wraps it for a queue
        if not isinstance(message, dict):
            raise ValueError
    except ValueError:
        print(f"not a message: {text[:80]!r} is no JSON object", file=sys.stderr)
        return False
    try:
        answer = node.post("redrive", **message)
    except Refused as trouble:
        if not trouble.status:
            raise
        print(f"{_where(message)}: {trouble}", file=sys.stderr)
        return False
    told = f"{answer['delivered']} of {answer['records']} records delivered"
    function = answer["function"].rpartition(":function:")[2]
    print(f"{_where(message)}: {told} to {function}")
    if answer["trouble"] is not None:
        print(f"  {function} failed: {_in_short(answer['trouble'])}", file=sys.stderr)
    return bool(answer["trouble"] is None)


def _in_short(trouble: str) -> str:
    """What a function's error comes to; whatever else went wrong, as it is.

    >>> _in_short('{"errorMessage": "no stock", "errorType": "ValueError", "stackTrace": []}')
    'ValueError: no stock'
    """
    try:
        error = json.loads(trouble)
        return f"{error['errorType']}: {error['errorMessage']}"
    except (ValueError, TypeError, KeyError):
        return trouble


def _leave(is_done: bool) -> None:
    """A file is not ours to change."""


def _where(message: dict[str, Any]) -> str:
    batch = message.get("DDBStreamBatchInfo")
    if not isinstance(batch, dict):
        return "message"
    return f"{batch.get('shardId')} from {batch.get('startSequenceNumber')}"


def _from_file(name: str) -> list[str]:
    """Messages in a file: one JSON object, several one after another, or a list of them."""
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, ValueError) as trouble:
        why = trouble.strerror if isinstance(trouble, OSError) else "it is not text"
        raise Refused(f"cannot read {name}: {why}") from None
    decoder, at = json.JSONDecoder(), 0
    found: list[str] = []
    text = text.strip()
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            found.append(text[at:])
            break
        found += [json.dumps(one) for one in (value if isinstance(value, list) else [value])]
        while at < len(text) and text[at].isspace():
            at += 1
    return found


def _from_queue(
    endpoint: str, queue: str, region: str, account: str, most: int | None
) -> Iterator[tuple[str, Settle]]:
    """Messages of a queue until it has no more. One that failed is shown to others again when all
    have been looked at."""
    client = _sqs(endpoint, region, account)
    failed: list[str] = []
    url, seen = "", 0

    def settle(receipt: str, is_done: bool) -> None:
        if is_done:
            client.delete_message(QueueUrl=url, ReceiptHandle=receipt)
        else:
            failed.append(receipt)

    try:
        url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        while most is None or seen < most:
            answer = client.receive_message(
                QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=_VISIBILITY_S
            )
            if not answer.get("Messages"):
                break
            (message,) = answer["Messages"]
            yield message["Body"], partial(settle, message["ReceiptHandle"])
            seen += 1
        for receipt in failed:
            client.change_message_visibility(
                QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0
            )
    except importlib.import_module("botocore.exceptions").ClientError as trouble:
        raise Refused(f"queue {queue}: {trouble}") from None
    finally:
        client.close()


def _sqs(endpoint: str, region: str, account: str) -> Any:
    """A client of the node's queues; with the surroundings' credentials, if there are any."""
    named: dict[str, str] = {}
    if not os.environ.get("AWS_ACCESS_KEY_ID"):
        # Twelve digits as an access key are the account.
        named = {"aws_access_key_id": account, "aws_secret_access_key": "headwater"}
    session = importlib.import_module("botocore.session").Session()
    return session.create_client("sqs", endpoint_url=endpoint, region_name=region, **named)
