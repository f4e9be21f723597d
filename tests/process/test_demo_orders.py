"""The shop, played small; and the play's own judgement, seen to fail.

Source of every expectation: examples/orders/README.md.
"""

import re
import subprocess
import sys

import pytest

from play import Books, verdict


def books(*orders):
    kept = Books()
    for order in orders:
        kept.note("INSERT", order)
    return kept


def test_the_shop_keeps_its_promises_through_a_crash():
    line = [sys.executable, "-m", "headwater.cli", "demo", "orders", "--orders", "60"]
    played = subprocess.run(line, capture_output=True, text=True, timeout=240, check=False)
    assert played.returncode == 0, played.stdout + played.stderr
    assert "SIGKILL to the node" in played.stdout
    assert re.search(r"orders acknowledged +60\b", played.stdout)
    assert re.search(r"missing +0\b", played.stdout)


def test_all_is_well_when_every_order_has_its_mail_and_its_record():
    assert verdict(books("a", "b"), ["a", "b"], {"INSERT": 2}) == []


@pytest.mark.parametrize(
    ("mails", "records", "said"),
    [
        (("a",), 2, "1 acknowledged orders without mail: b"),
        (("a", "b", "c"), 2, "1 mails for orders nobody placed: c"),
        (("a", "b"), 1, "the stream holds 1 INSERT records, 2 were acknowledged"),
        (("a", "b"), 3, "the stream holds 3 INSERT records, 2 were acknowledged"),
    ],
)
def test_what_is_not_as_promised_is_named(mails, records, said):
    assert verdict(books("a", "b"), mails, {"INSERT": records}) == [said]
