"""The life of a message: sent, received, hidden for a while, given back or deleted, moved to a
dead-letter queue, forgotten.

Each function is one step within a transaction. Time comes in as `now_ms`; what a queue is told to
do comes from its document; the lists are `mailbox.py`'s.
"""

from collections.abc import Callable

from headwater.errors import InvalidParameterValue, OverLimit
from headwater.limits import IN_FLIGHT_MAX, VISIBILITY_S_MAX
from headwater.queues.document import MS, Queue
from headwater.queues.mailbox import DELAYED, FLYING, FRESH, READY, Mailbox, Standing
from headwater.queues.message import Delivery, Message, decode_message
from headwater.queues.receipts import Receipt, from_handle, to_handle

MOVES_MAX = 100  # to the dead-letter queue, by one receive


def settle(box: Mailbox, queue: Queue, now_ms: int) -> int | None:
    """Let time take its effect: what is due becomes ready, what is too old goes.

    Returns when that happens next, or an earlier moment; None: not by itself.
    """
    retention_ms = queue.number_of("MessageRetentionPeriod") * MS
    return box.settle(now_ms, max(0, now_ms - retention_ms))


def send(box: Mailbox, message: Message, now_ms: int, delay_s: int) -> None:
    """Put a message into the queue and wake who waits for one."""
    standing = Standing(DELAYED, now_ms + delay_s * MS) if delay_s else FRESH
    box.add(box.tx.sequence(), message.encode(), standing)
    box.tx.touch(box.number)


def receive(
    box: Mailbox,
    queue: Queue,
    now_ms: int,
    count: int,
    visibility_s: int,
    dead_letters: Callable[[], Mailbox | None],
) -> list[Delivery]:
    """Up to `count` messages, hidden from others for a while. To be called after `settle`.

    dead_letters  the mailbox of the queue's dead-letter queue; None if that is gone, and then
                  messages stay
    Raises OverLimit.
    """
    if box.counts()[1] >= IN_FLIGHT_MAX:
        raise OverLimit(
            f"The maximum number of in flight messages ({IN_FLIGHT_MAX}) is reached: delete "
            "messages that have been processed"
        )
    chosen: list[tuple[int, Standing]] = []
    first, moves_left = 0, MOVES_MAX
    while len(chosen) < count and moves_left > 0:
        wanted = min(count - len(chosen), moves_left)
        found = box.first_ready(wanted, first)
        for sequence, standing in found:
            first = sequence + 1
            target = dead_letters() if _is_given_up(queue, standing) else None
            if target is None:
                chosen.append((sequence, standing))
            else:
                _move(box, target, sequence, standing, queue.arn)
                moves_left -= 1
        if len(found) < wanted:
            break
    if not moves_left:
        box.tx.touch(box.number)  # there may be more: who waits looks again
    return [_deliver(box, *each, now_ms, visibility_s) for each in chosen]


def _is_given_up(queue: Queue, standing: Standing) -> bool:
    return queue.redrive is not None and standing.receives >= queue.redrive.receives_max


def _deliver(
    box: Mailbox, sequence: int, old: Standing, now_ms: int, visibility_s: int
) -> Delivery:
    due_ms = now_ms + visibility_s * MS if visibility_s else 0
    new = Standing(
        FLYING if visibility_s else READY,
        due_ms,
        old.receives + 1,
        old.receives_ever + 1,
        old.first_ms or now_ms,
        now_ms,
    )
    # Who waits for messages waits for this one too, and may not know of so early a moment.
    if not visibility_s or box.bounds.fixed or due_ms < box.bounds.flying.value:
        box.tx.touch(box.number)
    box.move(sequence, old, new)
    data = box.message(sequence)
    assert data is not None, "a message on a list is there"
    handle = to_handle(Receipt(box.number, sequence, new.receives_ever))
    return Delivery(decode_message(data), handle, new.receives_ever, new.first_ms)


def _move(box: Mailbox, target: Mailbox, sequence: int, old: Standing, source_arn: str) -> None:
    """To the dead-letter queue, with the time it was sent: retention goes on from there."""
    data = box.message(sequence)
    assert data is not None, "a message on a list is there"
    message = decode_message(data)._replace(source=source_arn)
    box.remove(sequence, old)
    target.add(sequence, message.encode(), old._replace(place=READY, due_ms=0, receives=0))
    target.tx.touch(target.number)


def delete(box: Mailbox, handle: str) -> None:
    """Forget a message. With the handle of an earlier receive, or a second time, nothing happens
    and nobody is told, as in AWS. Raises ReceiptHandleIsInvalid."""
    receipt = from_handle(handle, box.number)
    standing = box.standing(receipt.sequence)
    if standing is not None and standing.receives_ever == receipt.receive:
        box.remove(receipt.sequence, standing)


def change_visibility(box: Mailbox, handle: str, now_ms: int, visibility_s: int) -> None:
    """Hide a message for so long from now on; 0 gives it back.

    With the handle of a receive that is over, nothing happens, as in AWS.
    Raises ReceiptHandleIsInvalid, InvalidParameterValue.
    """
    receipt = from_handle(handle, box.number)
    if not 0 <= visibility_s <= VISIBILITY_S_MAX:
        raise InvalidParameterValue(
            f"Value {visibility_s} for parameter VisibilityTimeout is invalid. Reason: "
            f"VisibilityTimeout must be an integer between 0 and {VISIBILITY_S_MAX}."
        )
    old = box.standing(receipt.sequence)
    if old is None:
        raise InvalidParameterValue(
            f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not "
            "exist or is not available for visibility timeout change."
        )
    if old.receives_ever != receipt.receive or old.place != FLYING or old.due_ms <= now_ms:
        return
    due_ms = now_ms + visibility_s * MS
    if due_ms - old.received_ms > VISIBILITY_S_MAX * MS:
        raise InvalidParameterValue(
            f"Value {visibility_s} for parameter VisibilityTimeout is invalid. Reason: Total "
            f"VisibilityTimeout for the message is beyond the limit [{VISIBILITY_S_MAX} seconds]"
        )
    if visibility_s:
        box.move(receipt.sequence, old, old._replace(due_ms=due_ms))
    else:
        box.move(receipt.sequence, old, old._replace(place=READY, due_ms=0))
    box.tx.touch(box.number)
