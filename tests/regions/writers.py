"""Random writers: whoever asks for anything at all in one region, as fast as it is answered."""

import itertools
import random
import threading
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

KEYS = [f"k{number}" for number in range(40)]
KINDS = ("put", "put", "put", "update", "update", "delete", "transact", "expiring")


class Writer(threading.Thread):
    """Changes keys that others change too. A request that is not answered may have been done.

    acknowledged  what every answered put and update wrote: (key, value)
    troubles      answers that nobody expects
    """

    numbers = itertools.count(1)

    def __init__(self, client: Any, table: str, region: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.table = table
        self.region = region
        self.dice = random.Random(seed)
        self.acknowledged: list[tuple[str, str]] = []
        self.troubles: list[Exception] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            kind = self.dice.choice(KINDS)
            keys = self.dice.sample(KEYS, 3 if kind == "transact" else 1)
            value = f"{self.region}/{next(self.numbers)}"
            try:
                self.send(kind, keys, value)
            except ClientError as error:
                self.troubles.append(error)
            except (BotoCoreError, OSError):
                threading.Event().wait(0.05)  # the node is dead; it comes back
            else:
                if kind != "delete":
                    self.acknowledged += [(key, value) for key in keys]

    def send(self, kind: str, keys: list[str], value: str) -> None:
        key = {"pk": {"S": keys[0]}}
        attributes: dict[str, Any] = {
            "v": {"S": value},
            "pad": {"S": "x" * self.dice.randrange(500)},
        }
        if kind == "put":
            self.client.put_item(TableName=self.table, Item=key | attributes)
        elif kind == "update":
            self.client.update_item(
                TableName=self.table,
                Key=key,
                UpdateExpression="SET v = :v REMOVE ends",
                ExpressionAttributeValues={":v": {"S": value}},
            )
        elif kind == "delete":
            self.client.delete_item(TableName=self.table, Key=key)
        elif kind == "expiring":
            ends = {"ends": {"N": str(int(time.time()) + self.dice.randrange(3))}}
            self.client.put_item(TableName=self.table, Item=key | attributes | ends)
        else:
            puts = [
                {"Put": {"TableName": self.table, "Item": {"pk": {"S": one}} | attributes}}
                for one in keys
            ]
            self.client.transact_write_items(TransactItems=puts)
