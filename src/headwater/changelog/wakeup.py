"""Who waits for which shard: a commit wakes its readers, nobody polls."""

from collections.abc import Callable, Collection

from headwater.storage.engine import Engine


class Wakeup:
    """Calls back, on the loop, when a log was appended to or its shard closed, once durable."""

    def __init__(self, engine: Engine) -> None:
        self._readers: dict[int, set[Callable[[], None]]] = {}
        engine.watch(self._appended)

    def subscribe(self, log: int, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` for each group that touched `log`; returns what ends the subscription."""
        self._readers.setdefault(log, set()).add(wake)

        def unsubscribe() -> None:
            readers = self._readers.get(log)
            if readers is not None:
                readers.discard(wake)
                if not readers:
                    del self._readers[log]

        return unsubscribe

    def _appended(self, logs: Collection[int]) -> None:
        readers = self._readers
        if not readers:
            return
        for log in logs:
            for wake in tuple(readers.get(log, ())):
                wake()
