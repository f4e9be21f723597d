"""What a view does when its table, its log or the clock does something unusual."""

from headwater.consumers.views import worker as worker_module
from headwater.consumers.views.document import BUILDING, LIVE, WAITING


def total(world):
    (group,) = world.ask()["groups"]
    return int(group["values"]["sum(n)"])


def put(world, key, number):
    world.put(key, n={"N": str(number)})


def test_a_view_that_was_off_for_longer_than_changes_are_kept_is_built_anew(world):
    world.table()
    put(world, 1, 1)
    world.view(sum="n")
    world.catch_up()
    for key in range(20):
        put(world, key, 2)
    world.clock.move(hours=30)
    put(world, 0, 7)
    world.sweep()
    world.restart()
    world.catch_up()
    worker = world.worker()
    assert (worker.view.status, worker.view.lost_ms) == (LIVE, world.clock.now_ms())
    assert total(world) == 19 * 2 + 7


def test_windows_that_have_lost_changes_say_so_and_go_on(world):
    world.table()
    world.view(sum="n", window="1h", keep="50h")
    put(world, 1, 1)
    world.catch_up()
    for key in range(20):
        put(world, key, 2)
    world.clock.move(hours=30)
    world.sweep()
    world.restart()
    world.catch_up()
    put(world, 1, 7)
    world.catch_up()
    assert world.worker().view.lost_ms is not None
    windows = world.ask(windows=40)["windows"]
    sums = [int(window["groups"][0]["values"]["sum(n)"]) for window in windows]
    assert sum(sums) == 7 + 1  # what had counted before stays


def test_nothing_is_lost_to_a_sweep_that_a_view_has_kept_up_with(world):
    world.table()
    world.view(sum="n")
    for hour in range(60):
        put(world, hour % 7, hour)
        world.catch_up()
        world.clock.move(hours=1)
        world.sweep()
    world.restart()
    world.catch_up()
    assert world.worker().view.lost_ms is None
    assert total(world) == sum(range(53, 60))


def test_a_view_waits_for_a_table_that_is_not_there_yet(world):
    world.view(sum="n", waits=True)
    assert not world.step()
    assert world.worker().view.status == WAITING
    world.table()
    put(world, 1, 5)
    world.catch_up()
    assert (world.worker().view.status, total(world)) == (LIVE, 5)


def test_a_change_ahead_of_the_frontier_is_met_as_an_item(world, monkeypatch):
    """Each key is written again between any two steps of the build: it counts once."""
    monkeypatch.setattr(worker_module, "STEP_ITEMS", 2)
    world.table()
    for key in range(20):
        put(world, key, 1)
    world.view(sum="n")
    rounds = 1
    while world.worker().view.status == BUILDING:
        rounds += 1
        for key in range(20):
            put(world, key, rounds)
        world.step()
    assert rounds >= 10
    world.catch_up()
    assert total(world) == 20 * rounds


def test_panes_that_no_kept_window_needs_are_forgotten(world):
    world.table()
    world.view(sum="n", window="1m", every="10s", keep="10m")
    worker = world.worker()
    put(world, 1, 1)
    world.catch_up()
    first = world.do(worker.store.oldest_pane)
    due_ms = worker._due_ms()
    assert first + 11 * 60_000 < due_ms <= first + 13 * 60_000
    world.clock.move(ms=due_ms - world.clock.now_ms())
    world.catch_up()
    assert world.do(worker.store.oldest_pane) is None
    assert worker._due_ms() is None


def test_a_change_can_say_itself_when_it_happened(world):
    world.table()
    world.clock.move(ms=60_000 - world.clock.now_ms() % 60_000)
    world.view(count=True, window="1m", time="at.t", keep="1h")
    now_s = world.clock.now_ms() // 1000

    def at(key, value):
        world.put(key, at={"M": {"t": value}})

    at(1, {"N": str(now_s - 120)})  # seconds
    at(2, {"N": str((now_s - 60) * 1000)})  # milliseconds
    at(3, {"S": "2026-03-04T05:06:30Z"})
    assert now_s == 1_772_600_820  # 05:07:00
    at(4, {"N": str(now_s - 4000)})  # no such window is kept
    at(5, {"N": str(now_s + 90_000)})  # more than a day ahead
    at(6, {"S": "soon"})
    world.put(7)
    world.catch_up()
    windows = world.ask(windows=4)["windows"]
    counts = [int(window["groups"][0]["items"]) for window in windows]
    assert counts == [0, 2, 1, 0]
    assert world.worker().skipped == 4


def test_what_is_taken_back_has_all_the_digits_that_were_given(world):
    """A number of DynamoDB has 38 digits; Python's own minus before a Decimal keeps 28."""
    world.table()
    world.view(sum="n")
    world.put(1, n={"N": "1.2345678901234567890123456789012345678"})
    world.put(2, n={"N": "2.5"})
    world.catch_up()
    world.delete(1)
    world.catch_up()
    (group,) = world.ask()["groups"]
    assert group["values"]["sum(n)"] == "2.5"
