"""The durable position of one shard for one mapping, of one lane or of several.

A lane hands in where it stands and what else must be true from the same moment on (a message
about records that were given up): both are stored in one transaction. Lanes store side by side;
each changes its own place and leaves the others' as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from headwater.consumers.checkpoint import (
    Checkpoint,
    Place,
    load_checkpoint,
    save_checkpoint,
)
from headwater.consumers.mappings.context import Context
from headwater.consumers.mappings.document import Mapping
from headwater.consumers.mappings.share import divided
from headwater.storage.engine import Transaction


class Ledger:
    """checkpoint: as it was stored last, as far as this process knows."""

    def __init__(self, context: Context, shard_id: str, checkpoint: Checkpoint) -> None:
        self._context = context
        self._shard_id = shard_id
        self.checkpoint = checkpoint

    async def divide(self, lanes: int) -> Checkpoint:
        """Have so many lanes from now on. No lane may be at work."""
        if len(self.checkpoint.places) != lanes:
            await self._store(divided(self.checkpoint, lanes))
        return self.checkpoint

    async def finish(self, after: int) -> None:
        """The shard has ended, and all of it up to `after`, its end, is dealt with."""
        await self._store(Checkpoint(after, finished=True))

    async def save(
        self,
        number: int,
        place: Place,
        result: str | None = None,
        also: Sequence[Callable[[Transaction], None]] = (),
    ) -> None:
        """Make the place of lane `number` durable, and LastProcessingResult if it has changed.

        also  what else happens in the same transaction
        """
        context = self._context
        mapping = context.mapping
        is_news = result is not None and result != context.result

        def store(tx: Transaction) -> Checkpoint | None:
            stored = tx.get(mapping.key)
            if stored is None:
                return None  # deleted meanwhile, and its positions with it
            checkpoint = self._current(tx).with_place(number, place)
            save_checkpoint(tx, mapping.owner, self._shard_id, checkpoint)
            if result is not None and is_news:
                tx.put(mapping.key, replace(Mapping.decode(stored), last_result=result).encode())
            for work in also:
                work(tx)
            return checkpoint

        checkpoint = await context.engine.run(store)
        if checkpoint is not None and len(checkpoint.places) == 1:
            self.checkpoint = checkpoint
        if result is not None:
            context.result = result

    def _current(self, tx: Transaction) -> Checkpoint:
        """As it stands in this transaction. A lane alone need not look: nobody else writes it."""
        if not self.checkpoint.lanes:
            return self.checkpoint
        stored = load_checkpoint(tx, self._context.mapping.owner, self._shard_id)
        return stored or self.checkpoint

    async def reload(self) -> None:
        """After several lanes have stored: see what they left."""
        self.checkpoint = await self._context.engine.run(self._current)

    async def _store(self, checkpoint: Checkpoint) -> None:
        mapping = self._context.mapping

        def store(tx: Transaction) -> None:
            if tx.get(mapping.key) is not None:
                save_checkpoint(tx, mapping.owner, self._shard_id, checkpoint)

        await self._context.engine.run(store)
        self.checkpoint = checkpoint
