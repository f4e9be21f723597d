"""Alerts of views, from the rule to the call, on a clock that is moved."""

import pytest
from tests.doorless import SCOPE

from headwater.arns import Scope
from headwater.consumers.views.alert import ALARM, OK, Target, alert_of, target_of
from headwater.consumers.views.definition import definition_of
from headwater.consumers.views.notices import TRIES
from headwater.errors import OperatorError

HOOK = "webhook:http://127.0.0.1:1/hook"


def states(world):
    return [call["state"] for _, call in world.told.calls]


def catch_up_and_tell(world):
    world.catch_up()
    world.tell()


def put(world, key, number, group="a"):
    world.put(key, n={"N": str(number)}, g={"S": group})


def test_an_alert_calls_when_its_rule_begins_to_hold_and_when_it_ends(world):
    world.table()
    world.view(sum="n")
    world.alert(when="value > 10", call="function:page-me:live")
    catch_up_and_tell(world)
    put(world, 1, 10)
    catch_up_and_tell(world)
    assert states(world) == []
    put(world, 2, 1)
    put(world, 3, 5)
    catch_up_and_tell(world)
    put(world, 3, 6)
    catch_up_and_tell(world)
    assert states(world) == [ALARM]
    world.delete(1)
    catch_up_and_tell(world)
    assert states(world) == [ALARM, OK]
    (whom, told), _ = world.told.calls
    assert whom == "us-east-1 page-me live"
    assert told["groups"] == [{"group": [], "value": 16}]
    assert (told["view"], told["table"], told["when"]) == ("v", "Orders", "sum(n) > 10")


def test_a_rule_without_a_group_holds_while_it_holds_for_one_of_all(world):
    world.table()
    put(world, 1, 20, "a")
    world.view(sum="n", by="g")
    world.alert(when="sum(n) > 10", call=HOOK)
    catch_up_and_tell(world)
    put(world, 2, 20, "b")
    world.delete(1)
    catch_up_and_tell(world)
    assert states(world) == [ALARM]
    put(world, 2, 3, "b")
    catch_up_and_tell(world)
    assert states(world) == [ALARM, OK]


def test_a_rule_of_one_group_is_about_nothing_while_that_is_not_there(world):
    world.table()
    world.view(sum="n", by="g")
    world.alert(when="sum(n) < 5", call=HOOK, group="b")
    put(world, 1, 20, "a")
    catch_up_and_tell(world)
    assert states(world) == [ALARM]
    put(world, 2, 20, "b")
    catch_up_and_tell(world)
    world.delete(2)
    catch_up_and_tell(world)
    assert states(world) == [ALARM, OK, ALARM]


def test_a_rule_has_to_hold_for_as_long_as_it_says(world):
    world.table()
    world.view(sum="n")
    world.alert(when="value > 10", call=HOOK, **{"for": "30s"})
    put(world, 1, 11)
    catch_up_and_tell(world)
    worker = world.worker()
    assert worker._due_ms() == world.clock.now_ms() + 30_000
    world.clock.move(seconds=29)
    put(world, 1, 1)
    catch_up_and_tell(world)
    put(world, 1, 12)
    catch_up_and_tell(world)
    world.clock.move(seconds=29)
    catch_up_and_tell(world)
    assert states(world) == []
    world.clock.move(seconds=1)
    catch_up_and_tell(world)
    assert states(world) == [ALARM]


def test_in_windows_a_rule_is_about_the_last_that_is_closed(world):
    world.table()
    world.clock.move(ms=60_000 - world.clock.now_ms() % 60_000)
    world.view(count=True, window="1m")
    world.alert(when="count < 2", call=HOOK)
    put(world, 1, 1)
    catch_up_and_tell(world)
    assert states(world) == [ALARM]  # there was nothing in the minute before
    put(world, 2, 1)
    world.clock.move(minutes=1)
    catch_up_and_tell(world)
    assert states(world) == [ALARM, OK]
    put(world, 3, 1)
    catch_up_and_tell(world)
    world.clock.move(minutes=1)
    catch_up_and_tell(world)
    assert states(world) == [ALARM, OK, ALARM]


def test_states_and_what_is_to_be_told_outlive_the_node(world):
    world.table()
    world.view(sum="n")
    world.alert(when="value > 10", call=HOOK)
    put(world, 1, 11)
    world.told.failing = 1
    catch_up_and_tell(world)
    (alert,) = world.alerts()
    assert (alert.state, alert.trouble is None) == (ALARM, False)
    assert states(world) == []
    world.restart()
    world.tell()
    assert states(world) == [ALARM]
    catch_up_and_tell(world)
    put(world, 1, 12)
    catch_up_and_tell(world)
    assert states(world) == [ALARM]  # it was in alarm already
    assert world.alerts()[0].trouble is None


def test_a_step_that_is_lost_tells_nothing_and_forgets_nothing(world):
    world.table()
    world.view(sum="n")
    world.alert(when="value > 10", call=HOOK)
    world.catch_up()
    put(world, 1, 11)
    world.discard_next_step()
    world.step()
    world.tell()
    assert states(world) == []
    catch_up_and_tell(world)
    assert states(world) == [ALARM]


def test_calls_are_tried_again_in_order_after_longer_pauses_and_given_up(world):
    world.table()
    world.view(sum="n")
    world.alert(when="value > 10", call=HOOK)
    world.told.failing = TRIES + 3
    put(world, 1, 11)
    catch_up_and_tell(world)
    put(world, 1, 1)
    catch_up_and_tell(world)
    pauses = []
    while not states(world):
        before_ms = world.clock.now_ms()
        assert world.clock.next_ms is not None, "nobody waits for the next try"
        world.clock.move(ms=world.clock.next_ms - before_ms)
        pauses.append(world.clock.now_ms() - before_ms)
        world.tell()
    assert states(world) == [OK]  # that it was in alarm could not be told
    assert pauses[:4] == [1000, 2000, 4000, 8000]
    assert pauses[-3:] == [1000, 2000, 4000]


def test_an_alert_that_is_deleted_has_nothing_more_to_tell(world):
    world.table()
    world.view(sum="n")
    world.alert(when="value > 10", call=HOOK)
    world.told.failing = 1
    put(world, 1, 11)
    catch_up_and_tell(world)
    view = world.worker().view
    world.do(lambda tx: world.views.delete_alert(tx, view, "alert"))
    world.clock.move(hours=1)
    catch_up_and_tell(world)
    assert (states(world), world.alerts()) == ([], [])


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"when": "much"}, "give an aggregate, a comparison and a number"),
        ({"when": "avg(n) > 1"}, "has numbers in: count, sum\\(n\\)."),
        ({"when": "top(n) > 1"}, "has numbers in"),
        ({"when": "value > lots"}, "compares with 'lots'"),
        ({"call": "page-me"}, "cannot be called"),
        ({"call": None}, "whom to call"),
        ({"for": "long"}, "give a duration"),
        ({"group": "a"}, "has no groups"),
        ({"name": ""}, "no name for an alert"),
        ({"whom": "me"}, "'whom', which is not known"),
    ],
)
def test_what_cannot_be_an_alert_is_refused_in_words(given, complaint):
    definition = definition_of(SCOPE, "v", {"table": "T", "sum": "n", "count": True, "top": "n"})
    with pytest.raises(OperatorError, match=complaint):
        alert_of(definition, {"when": "value > 1", "call": "function:f", **given})


def test_whom_an_alert_calls_can_be_said_in_several_ways():
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:f:live"
    assert target_of(SCOPE, "function:f") == Target(SCOPE, "f")
    assert target_of(SCOPE, arn) == Target(Scope("111122223333", "eu-west-1"), "f", "live")
    assert target_of(SCOPE, "https://x/y").url == target_of(SCOPE, "webhook:https://x/y").url
