"""The flags of DynamoDB Local, in the words of this program.

So that `-inMemory -sharedDb -port 8000` in somebody's compose file needs no edit. Flags that ask
for what is so anyway, or for what cannot be had, are answered with a note that says which.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.UsageNotes.html
"""

from collections.abc import Sequence
from typing import NamedTuple

_SAME_MEANING = {
    "-port": "--port",
    "-dbPath": "--data",
    "-cors": "--cors",
    "-inMemory": "--in-memory",
    "-sharedDb": "--shared-db",
    "-help": "--help",
}
# It names no time; AWS itself takes some seconds.
_DELAYED = ["--status-delay", "5s"]
_NOTHING_TO_DO = {
    "-disableTelemetry": "nothing is ever sent from here, so there is nothing to disable",
    "-optimizeDbBeforeStartup": "the storage tidies itself up while it runs",
}


class Translation(NamedTuple):
    """The line in our words, and what to tell the reader about flags that change nothing."""

    words: list[str]
    notes: list[str]


def translate(argv: Sequence[str]) -> Translation:
    """Our words for a command line that may hold DynamoDB Local's.

    >>> translate(["-inMemory", "-port", "9000"]).words
    ['--in-memory', '--port', '9000']
    >>> translate(["-jar", "DynamoDBLocal.jar", "-sharedDb"]).words
    ['--shared-db']
    """
    words: list[str] = []
    notes: list[str] = []
    rest = iter(argv)
    for word in rest:
        if word == "-jar" or word.startswith("-Djava.library.path"):
            # What stands before the flags where the line was written for a Java program.
            if word == "-jar":
                next(rest, None)
        elif word in _NOTHING_TO_DO:
            notes.append(f"{word} changes nothing here: {_NOTHING_TO_DO[word]}.")
        elif word == "-delayTransientStatuses":
            words += _DELAYED
        else:
            words.append(_SAME_MEANING.get(word, word))
    return Translation(words, notes)
