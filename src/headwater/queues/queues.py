"""The queues of a node: made, found, changed, dropped; and the way in for the node's other rooms.

    queues.send(tx, scope, "arn:aws:sqs:us-east-1:000000000000:failed", body)

puts a message into the caller's own transaction: it is sent if, and only if, that takes effect.

Documents live in the store, one for each queue, and what a node remembers besides are bounds that
make reading cheap. Unlike AWS's, a queue is gone at once when it is deleted, and its name can be
taken again at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from headwater.arns import Scope
from headwater.changelog.wakeup import Wakeup
from headwater.clock import Clock
from headwater.errors import InvalidParameterValue, QueueDoesNotExist, QueueNameExists
from headwater.ids import Ids
from headwater.queues import delivery
from headwater.queues.attributes import first_difference, normal_attributes
from headwater.queues.contents import check_attributes, check_body, size_bytes
from headwater.queues.document import MS, Queue, decode_queue
from headwater.queues.mailbox import Bounds, Mailbox
from headwater.queues.message import Message
from headwater.queues.names import check_name, name_in_url, name_of
from headwater.queues.redrive import allows, refused_target
from headwater.storage import keyspace, queue_keys
from headwater.storage.engine import Engine, Transaction
from headwater.storage.identifiers import take_id

_NO_ATTRIBUTES: Mapping[str, Any] = {}


class Queues:
    """Built once by the node.

    alone  False: other nodes write the same store, so nothing is remembered between transactions
    """

    def __init__(
        self, engine: Engine, clock: Clock, ids: Ids, wakeup: Wakeup, *, alone: bool = True
    ) -> None:
        self.engine = engine
        self.clock = clock
        self.wakeup = wakeup
        self._ids = ids
        self._alone = alone
        self._bounds: dict[int, Bounds] = {}

    # --- for other rooms -----------------------------------------------------------------------

    def send(
        self,
        tx: Transaction,
        scope: Scope,
        queue: str,
        body: str,
        *,
        attributes: Mapping[str, Any] = _NO_ATTRIBUTES,
    ) -> str:
        """Send a message with `tx`; its id.

        queue       a name, or the ARN of a queue of this scope
        attributes  {"code": {"DataType": "Number", "StringValue": "500"}}
        Raises QueueDoesNotExist, and what `post` raises.
        """
        found = self.get(tx, scope, name_of(scope, queue))
        return self.post(tx, found, body, attributes=attributes).id

    def exists(self, tx: Transaction, scope: Scope, queue: str) -> bool:
        """Whether `send` would find `queue`, a name or an ARN."""
        try:
            self.get(tx, scope, name_of(scope, queue))
        except QueueDoesNotExist:
            return False
        return True

    # --- queues --------------------------------------------------------------------------------

    def get(self, tx: Transaction, scope: Scope, name: str) -> Queue:
        """Raises QueueDoesNotExist."""
        data = tx.get(queue_keys.queue_key(scope, name))
        if data is None:
            raise QueueDoesNotExist
        return decode_queue(data)

    def at(self, tx: Transaction, scope: Scope, url: str) -> Queue:
        """The queue a QueueUrl means. Raises QueueDoesNotExist, InvalidAddress."""
        return self.get(tx, scope, name_in_url(scope, url))

    def create(
        self,
        tx: Transaction,
        scope: Scope,
        name: str,
        attributes: Mapping[str, str],
        tags: Mapping[str, str],
    ) -> Queue:
        """The new queue; or the one there is, if it has all of `attributes`.

        Raises QueueNameExists, InvalidParameterValue, and what `normal_attributes` raises.
        """
        check_name(name)
        asked = normal_attributes(attributes)
        stored = tx.get(queue_keys.queue_key(scope, name))
        if stored is not None:
            queue = decode_queue(stored)
            different = first_difference(queue.attributes, asked)
            if different is not None:
                raise QueueNameExists(
                    "A queue already exists with the same name and a different value for "
                    f"attribute {different}"
                )
            return queue
        now_s = self.clock.now_ms() // MS
        bare = Queue(scope, name, take_id(tx), now_s, now_s, tags=dict(tags))
        queue = bare.changed(attributes=asked)
        self._check_target(tx, queue)
        self.save(tx, queue)
        return queue

    def change(self, tx: Transaction, queue: Queue, attributes: Mapping[str, str]) -> None:
        """Set some attributes. Raises as `create`."""
        asked = normal_attributes(attributes)
        now_s = self.clock.now_ms() // MS
        new = queue.changed(attributes={**queue.attributes, **asked}, modified_s=now_s)
        if asked.get("RedrivePolicy"):
            self._check_target(tx, new)
        self.save(tx, new)

    def save(self, tx: Transaction, queue: Queue) -> None:
        tx.put(queue_keys.queue_key(queue.scope, queue.name), queue.encode())

    def drop(self, tx: Transaction, queue: Queue) -> None:
        """Delete a queue and its messages. Who waits for one is woken, and told."""
        tx.delete(queue_keys.queue_key(queue.scope, queue.name))
        self.box(tx, queue).clear()
        tx.touch(queue.number)
        tx.after_commit(lambda: self._forget(queue.number))

    def purge(self, tx: Transaction, queue: Queue, now_ms: int) -> None:
        """Forget all messages."""
        self.save(tx, replace(queue, purged_ms=now_ms))
        self.box(tx, queue).clear()

    def page(
        self, tx: Transaction, scope: Scope, prefix: str, after: str, limit: int
    ) -> list[Queue]:
        """Up to `limit` queues whose names begin with `prefix`, above `after`, by name."""
        first = queue_keys.queue_key(scope, prefix)
        start = queue_keys.queue_key(scope, after) + b"\0" if after else first
        end = keyspace.successor(first)
        return [decode_queue(data) for _, data in tx.range(start, end, limit=limit)]

    def _check_target(self, tx: Transaction, queue: Queue) -> None:
        if queue.redrive is None:
            return
        text = queue.attributes["RedrivePolicy"]
        if queue.redrive.target_arn == queue.arn:
            raise refused_target(text, "A queue cannot be its own dead letter target.")
        target = self._target(tx, queue)
        if target is None:
            raise refused_target(text, "Dead letter target does not exist.")
        if not allows(target.attributes.get("RedriveAllowPolicy"), queue.arn):
            raise refused_target(text, "The dead letter target does not allow this queue.")

    def _target(self, tx: Transaction, queue: Queue) -> Queue | None:
        assert queue.redrive is not None
        try:
            return self.get(tx, queue.scope, name_of(queue.scope, queue.redrive.target_arn))
        except QueueDoesNotExist:
            return None

    # --- messages ------------------------------------------------------------------------------

    def box(self, tx: Transaction, queue: Queue) -> Mailbox:
        bounds = self._bounds.get(queue.number)
        if bounds is None:
            bounds = self._bounds[queue.number] = Bounds(fixed=not self._alone)
        return Mailbox(tx, queue.number, bounds)

    def dead_letters(self, tx: Transaction, queue: Queue) -> Callable[[], Mailbox | None]:
        """For `delivery.receive`: finds the mailbox of the dead-letter queue when it is needed."""

        def find() -> Mailbox | None:
            target = self._target(tx, queue)
            return None if target is None else self.box(tx, target)

        return find

    def post(
        self,
        tx: Transaction,
        queue: Queue,
        body: str,
        *,
        attributes: Mapping[str, Any] = _NO_ATTRIBUTES,
        trace: str = "",
        delay_s: int | None = None,
    ) -> Message:
        """Check a message and send it.

        delay_s  None: the queue's
        Raises MissingParameter, InvalidMessageContents, InvalidParameterValue.
        """
        check_body(body)
        if attributes:
            check_attributes(attributes)
        bytes_max = queue.number_of("MaximumMessageSize")
        if size_bytes(body, attributes) > bytes_max:
            raise InvalidParameterValue(
                "One or more parameters are invalid. Reason: Message must be shorter than "
                f"{bytes_max} bytes."
            )
        now_ms = self.clock.now_ms()
        message = Message(self._ids.uuid(), body, queue.scope.account, now_ms, attributes, trace)
        wait_s = queue.number_of("DelaySeconds") if delay_s is None else delay_s
        delivery.send(self.box(tx, queue), message, now_ms, wait_s)
        return message

    def _forget(self, number: int) -> None:
        self._bounds.pop(number, None)
