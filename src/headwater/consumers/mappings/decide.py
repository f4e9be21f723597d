"""What to do with a batch: a pure function from what happened to the next step.

Nothing here waits, invokes or stores; a lane carries the steps out. That makes this file the one
place to read why a batch was retried, split, given up or dropped, and a table can test it.

Source: AWS, Lambda guide, "Configuring error handling controls", "Configuring partial batch
response", and recorded answers: a hopeless batch is invoked MaximumRetryAttempts + 1 times;
throttles and service errors are retried but not counted; splitting uses no retry, so that a batch
is split down to the records that fail alone even where none may be retried.
"""

from typing import NamedTuple

INVOKE = "invoke"
ADVANCE = "advance"
RETRY = "retry"
BISECT = "bisect"
REPORT = "report"
EXPIRE = "expire"

ENDLESS = -1


class Policy(NamedTuple):
    """What a mapping asks for, in the terms of a decision.

    retries_max  tries after the first that may fail; ENDLESS: until the records expire
    age_ms_max   records older than this are dropped; ENDLESS: only the stream's own horizon
    bisect       split a failed batch instead of trying it again whole
    report       the function's answer may say which record failed first
    windowed     the function's answer must carry the state of a window
    """

    retries_max: int = ENDLESS
    age_ms_max: int = ENDLESS
    bisect: bool = False
    report: bool = False
    windowed: bool = False


class Facts(NamedTuple):
    """A batch, as far as a decision needs it.

    records   how many it holds, at least 1
    attempts  counted failures of it so far, the outcome at hand not included
    expired   how many, from its start, are older than the policy's age by now
    """

    records: int
    attempts: int = 0
    expired: int = 0


class Outcome(NamedTuple):
    """What an invocation came to.

    failed_at  index of the first record that is not done; None: all are done
    counted    False if the function was not to blame: throttled, missing, the service failed
    reported   the function named `failed_at` itself, so the records before it are done
    result     the mapping's LastProcessingResult from now on
    state      of the window, JSON text; None: the answer had none
    """

    failed_at: int | None
    counted: bool = True
    reported: bool = False
    result: str = ""
    state: str | None = None


class Step(NamedTuple):
    """What a lane does next.

    do        INVOKE   hand the batch to the function
              ADVANCE  all records are done
              RETRY    try the records from `upto` on again, after a pause
              BISECT   try those from `upto` to `split` again, then those from `split` on
              REPORT   give up the records from `upto` on: their retries are used up
              EXPIRE   give up the records from `upto` to `split`: they are too old
    upto      records, from the batch's start, that are done
    split     see `do`
    attempts  what the records that are tried again have used up
    """

    do: str
    upto: int
    split: int = 0
    attempts: int = 0


def decide(outcome: Outcome | None, batch: Facts, policy: Policy) -> Step:
    """The next step for `batch`. outcome: of the invocation just made; None before the first.

    >>> decide(Outcome(None), Facts(10), Policy()).do
    'advance'
    >>> decide(Outcome(0), Facts(10, attempts=1), Policy(retries_max=1)).do
    'report'
    """
    assert batch.records > 0, "a batch holds records"
    if outcome is None:
        return _before(batch)
    if outcome.failed_at is None:
        return Step(ADVANCE, batch.records)
    failed_at = outcome.failed_at
    attempts = batch.attempts + outcome.counted
    left = batch.records - failed_at
    splits = policy.bisect and outcome.counted and not outcome.reported and left > 1
    is_last = outcome.counted and policy.retries_max != ENDLESS and attempts > policy.retries_max
    if is_last and not splits:
        return Step(REPORT, failed_at, attempts=attempts)
    if batch.expired > failed_at:
        return Step(EXPIRE, failed_at, batch.expired, attempts)
    if splits:
        return Step(BISECT, failed_at, failed_at + (left + 1) // 2, batch.attempts)
    return Step(RETRY, failed_at, attempts=attempts)


def skip(batch: Facts) -> Step:
    """The step for a batch that somebody wants given up, whatever tries it has left.

    >>> skip(Facts(3, attempts=7))
    Step(do='report', upto=0, split=0, attempts=7)
    """
    return Step(REPORT, 0, attempts=batch.attempts)


def _before(batch: Facts) -> Step:
    """Too-old records are dropped before they are tried, too."""
    if batch.expired:
        return Step(EXPIRE, 0, batch.expired, batch.attempts)
    return Step(INVOKE, 0, attempts=batch.attempts)


# --- how long to wait before a retry -------------------------------------------------------------

RETRY_FIRST_MS = 250
RETRY_LONGEST_MS = 60_000


def pause_ms(failures: int, fraction: float) -> int:
    """How long to wait after `failures` (from 1) in a row, in milliseconds.

    fraction  a throw of the dice in [0, 1): shards that failed together do not retry together

    It doubles from 250 ms to a minute; half of it is left to the dice. AWS gives no figures, so
    these are ours: short enough for a hiccup, long enough not to hammer what is down.

    >>> [pause_ms(failures, 0.5) for failures in (1, 2, 3, 20)]
    [187, 375, 750, 45000]
    """
    assert failures >= 1
    longest = min(RETRY_LONGEST_MS, RETRY_FIRST_MS << min(failures - 1, 16))
    return int(longest * (0.5 + fraction / 2))
