"""Frees the disk of messages that are too old, in queues that nobody looks at.

A receive, and a look at the counts, drop such messages before they are seen; so this only has to
come by now and then.
"""

import logging
from functools import partial
from typing import Final

from headwater.clock import sleep_ms
from headwater.queues import delivery
from headwater.queues.document import Queue, decode_queue
from headwater.queues.queues import Queues
from headwater.storage import keyspace, queue_keys
from headwater.storage.engine import Transaction

log = logging.getLogger("headwater.queues")

INTERVAL_MS: Final = 60 * 60 * 1000


async def sweep_for_ever(queues: Queues) -> None:
    """Sweep now, and every hour of the node's clock."""
    while True:
        try:
            await sweep(queues)
        except Exception:
            # One sweep that fails must not be the last one.
            log.exception("sweeping the queues failed")
        await sleep_ms(queues.clock, INTERVAL_MS)


async def sweep(queues: Queues) -> None:
    """Drop all that is too old from every queue."""
    for queue in await queues.engine.run(_every_queue):
        while await queues.engine.run(partial(_step, queues=queues, queue=queue)):
            # In memory a step comes back without a turn of the loop.
            await sleep_ms(queues.clock, 0)


def _every_queue(tx: Transaction) -> list[Queue]:
    prefix = queue_keys.all_queues_prefix()
    return [decode_queue(data) for _, data in tx.range(prefix, keyspace.successor(prefix))]


def _step(tx: Transaction, queues: Queues, queue: Queue) -> bool:
    """Drop some; False if there was nothing to drop."""
    stored = tx.get(queue_keys.queue_key(queue.scope, queue.name))
    if stored is None or (current := decode_queue(stored)).number != queue.number:
        return False
    box = queues.box(tx, current)
    before = sum(box.counts())
    delivery.settle(box, current, queues.clock.now_ms())
    return sum(box.counts()) < before
