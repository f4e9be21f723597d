"""Many environments: reused, bounded, replaced when their function changes, all gone at the end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from headwater.clock import ManualClock
from headwater.errors import ResourceNotFound, ServiceUnavailable, TooManyRequests
from headwater.loops import run

MINUTE_MS = 60_000

# Answers with its process and its event, after as many seconds as the event says and when the
# file that it names is there.
SLOW = """
import os, time
def handler(event, context):
    print("working", flush=True)
    time.sleep(event.get("s", 0))
    while not os.path.exists(event.get("gate", "/")):
        time.sleep(0.01)
    return [os.getpid(), event.get("n")]
"""
OLD = "def handler(event, context):\n    return 'old'\n"
NEW = "def handler(event, context):\n    return 'new'\n"


def test_invocations_at_once_have_a_process_each_and_their_own_answers(workbench):
    async def main():
        async with workbench() as bench:
            await bench.make(SLOW, Timeout=10)
            calls = [bench.call(json.dumps({"s": 0.3, "n": n}).encode()) for n in range(4)]
            first = [json.loads(done.payload) for done in await asyncio.gather(*calls)]
            second = json.loads((await bench.call()).payload)
            return first, second, bench.functions.process_ids()

    first, second, pids = run(main())
    assert [n for _, n in first] == [0, 1, 2, 3]
    assert len({pid for pid, _ in first}) == 4
    assert second[0] in pids and len(pids) == 4


def test_beyond_the_bound_callers_are_told_to_come_back(workbench, tmp_path):
    gate = tmp_path / "gate"
    held = json.dumps({"gate": str(gate)}).encode()

    async def main():
        async with workbench(environments_max=2) as bench:
            await bench.make(SLOW, Timeout=60)
            busy = [asyncio.ensure_future(bench.call(held)) for _ in range(2)]
            await bench.until(lambda: len(bench.functions.process_ids()) == 2)
            with pytest.raises(TooManyRequests) as refused:
                await bench.call()
            gate.touch()
            await asyncio.gather(*busy)
            assert (await bench.call()).error is None
            return refused.value

    refused = run(main())
    assert refused.message == "Rate Exceeded."
    assert refused.fields == {"Reason": "ConcurrentInvocationLimitExceeded"}


def test_who_was_refused_is_told_in_order_when_a_process_is_free(workbench, tmp_path):
    gates = [tmp_path / "first", tmp_path / "second"]

    async def main():
        told = []

        def hope(name, *, of_use):
            def call():
                told.append(name)
                return of_use

            return call

        async with workbench(environments_max=2) as bench:
            await bench.make(SLOW, Timeout=60)
            held = [json.dumps({"gate": str(gate)}).encode() for gate in gates]
            busy = [asyncio.ensure_future(bench.call(event)) for event in held]
            await bench.until(lambda: len(bench.functions.process_ids()) == 2)
            for name, of_use in (("gone", False), ("early", True), ("late", True)):
                with pytest.raises(TooManyRequests) as refused:
                    await bench.call()
                assert refused.value.when_free is not None
                refused.value.when_free(hope(name, of_use=of_use))
            assert told == []
            gates[0].touch()
            await bench.until(lambda: told)
            assert told == ["gone", "early"]
            gates[1].touch()
            await asyncio.gather(*busy)
            await bench.until(lambda: len(told) == 3)
            assert told[2] == "late"

    run(main())


def test_an_event_that_found_no_process_is_tried_when_one_is_free(workbench, tmp_path, lambda_):
    gate = tmp_path / "gate"
    held = json.dumps({"gate": str(gate)}).encode()

    async def main():
        clock = ManualClock(1_772_600_800_000)
        async with workbench(environments_max=1, clock=clock) as bench:
            await bench.make(SLOW, Timeout=60)
            busy = asyncio.ensure_future(bench.call(held))
            await bench.until(bench.functions.process_ids)
            done = tmp_path / "done"
            await bench.make(f"def handler(event, context):\n    open({str(done)!r}, 'w')\n", "b")
            await bench.functions.start_events()
            await bench.functions.events.send(lambda_.SCOPE, "b", None, b"{}", request_id="r-1")
            standing = bench.functions.standing
            while not any(one["throttles"] for one in await standing()):
                await asyncio.wait([busy], timeout=0.01)
            gate.touch()
            await busy
            await bench.until(done.exists)  # on a clock that stands still

    run(main())


def test_an_idle_process_of_another_function_makes_room(workbench):
    async def main():
        async with workbench(environments_max=1) as bench:
            for name in ("a", "b"):
                await bench.make(SLOW, name)
            first = json.loads((await bench.call(name="a")).payload)[0]
            second = json.loads((await bench.call(name="b")).payload)[0]
            await bench.until(lambda: bench.functions.process_ids() == [second])
            return first, second

    first, second = run(main())
    assert first != second


def test_an_idle_process_ends_after_ten_minutes_of_the_nodes_clock(workbench):
    async def main():
        clock = ManualClock(1_772_600_800_000)
        async with workbench(clock=clock) as bench:
            await bench.make(SLOW)
            await bench.call()
            clock.move(minutes=6)
            await bench.call()
            clock.move(minutes=6)
            assert len(bench.functions.process_ids()) == 1  # 6 minutes idle
            clock.move(minutes=4)
            await bench.until(lambda: not bench.functions.process_ids())
            assert (await bench.call()).error is None

    run(main())


def test_a_clock_moved_by_days_does_not_time_out_a_handler_at_work(workbench):
    async def main():
        clock = ManualClock(1_772_600_800_000)
        async with workbench(clock=clock) as bench:
            await bench.make(SLOW)
            working = asyncio.ensure_future(bench.call(b'{"s": 0.3}'))
            await bench.until(bench.functions.process_ids)
            clock.move(hours=48)
            return await working

    assert run(main()).error is None


def test_new_code_serves_the_next_event_while_the_old_finishes_its_own(workbench, tmp_path):
    gate = tmp_path / "gate"
    held = json.dumps({"gate": str(gate), "n": 7}).encode()

    async def main():
        async with workbench() as bench:
            await bench.make(SLOW, Timeout=60)
            working = asyncio.ensure_future(bench.call(held))
            await bench.until(bench.functions.process_ids)
            await bench.recode(NEW)
            after = await bench.call()
            assert not working.done()
            gate.touch()
            before = await working
            await bench.until(lambda: len(bench.functions.process_ids()) == 1)
            return json.loads(before.payload)[1], after.payload

    assert run(main()) == (7, b'"new"')


def test_a_warm_process_does_not_outlive_its_code_or_its_settings(workbench, lambda_):
    source = "import os\ndef handler(e, c):\n    return os.environ.get('A', 'none')\n"

    async def main():
        async with workbench() as bench:
            await bench.make(OLD)
            answers = [(await bench.call()).payload]
            await bench.recode(source)
            answers.append((await bench.call()).payload)
            await bench.functions.registry.update_configuration(
                lambda_.SCOPE, "f", {"Environment": {"Variables": {"A": "b"}}}
            )
            answers.append((await bench.call()).payload)
            return answers

    assert run(main()) == [b'"old"', b'"none"', b'"b"']


def test_the_code_of_an_older_revision_is_removed_when_nobody_runs_it(workbench, tmp_path, lambda_):
    async def main():
        async with workbench(data_dir=tmp_path) as bench:
            await bench.make(OLD)
            await bench.call()
            await bench.recode(NEW)
            await bench.until(lambda: len(list(tmp_path.glob("functions/code/*/f/*"))) == 1)
            assert (await bench.call()).payload == b'"new"'
            await bench.functions.registry.delete(lambda_.SCOPE, "f")
            await bench.until(lambda: not list(tmp_path.glob("functions/code/*")))

    run(main())


def test_the_code_of_an_event_at_work_stays_until_it_is_done(workbench, lambda_):
    source = (
        "import time\ndef handler(e, c):\n    time.sleep(0.5)\n    import late\n    return late.x\n"
    )
    package = lambda_.zipped({"app.py": source, "late.py": "x = 'there'\n"})

    async def main():
        async with workbench() as bench:
            await bench.make("", Code={"ZipFile": package})
            working = asyncio.ensure_future(bench.call())
            await bench.until(bench.functions.process_ids)
            # Another revision of the same code, then other code: both leave the first at work.
            await bench.functions.registry.update_configuration(lambda_.SCOPE, "f", {"Timeout": 9})
            await bench.recode(NEW)
            assert (await bench.call()).payload == b'"new"'
            return (await working).payload

    assert run(main()) == b'"there"'


def test_nothing_is_left_open_after_many_processes_came_and_went(workbench):
    async def main():
        async with workbench() as bench:
            await bench.make("import os\ndef handler(e, c):\n    os._exit(1)\n")
            await bench.call()
            await bench.until(lambda: not bench.functions.process_ids())
            before = sorted(os.listdir("/proc/self/fd"))
            for _ in range(5):
                await bench.call()
            await bench.until(lambda: not bench.functions.process_ids())
            assert sorted(os.listdir("/proc/self/fd")) == before

    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("descriptors cannot be counted here")
    run(main())


def test_deleting_a_function_lets_it_finish_its_event_and_then_ends_it(workbench, lambda_):
    async def main():
        async with workbench() as bench:
            await bench.make(SLOW)
            working = asyncio.ensure_future(bench.call(b'{"s": 0.3}'))
            await bench.until(bench.functions.process_ids)
            await bench.functions.registry.delete(lambda_.SCOPE, "f")
            with pytest.raises(ResourceNotFound):
                await bench.call()
            assert (await working).error is None
            await bench.until(lambda: not bench.functions.process_ids())

    run(main())


def test_a_caller_that_goes_away_does_not_end_the_invocation(workbench, lambda_):
    async def main():
        async with workbench() as bench:
            await bench.make(SLOW)
            gone = asyncio.ensure_future(bench.call(b'{"s": 0.3}'))
            await bench.until(bench.functions.process_ids)
            pids = bench.functions.process_ids()
            gone.cancel()
            await bench.until_logged("END RequestId")
            assert json.loads((await bench.call()).payload)[0] == pids[0]

    run(main())


def test_closing_leaves_no_process_and_answers_who_waits(workbench, lambda_):
    source = """
import subprocess, sys, time
def handler(event, context):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print("child", child.pid, flush=True)
    time.sleep(60)
"""

    async def main():
        async with workbench() as bench:
            await bench.make(source, Timeout=60)
            await bench.make(SLOW, "idle")
            await bench.call(name="idle")
            working = asyncio.ensure_future(bench.call())

            child = await bench.until_logged(r"child (\d+)\n")
            pids = [*bench.functions.process_ids(), int(child[1])]
            await bench.functions.close()
            with pytest.raises(ServiceUnavailable):
                await bench.call(name="idle")
            return (await working).payload, pids

    payload, pids = run(main())
    assert json.loads(payload)["errorType"] == "Runtime.ExitError"
    assert len(pids) == 3
    assert not [pid for pid in pids if lambda_.alive(pid)]


def test_a_node_that_is_killed_takes_its_processes_with_it(lambda_, eventually, tmp_path):
    """The kernel ends them, on Linux: nobody else is left to do it."""
    if not sys.platform.startswith("linux"):
        pytest.skip("there is no such promise of the kernel here")
    here = Path(__file__).parent
    script = f"""
import asyncio, importlib.util, sys
sys.path.insert(0, {str(here.parents[2] / "src")!r})
spec = importlib.util.spec_from_file_location("bench", {str(here / "conftest.py")!r})
bench_module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench_module)
from headwater.loops import run
async def main():
    async with bench_module._workbench() as bench:
        await bench.make({SLOW!r}, Timeout=60)
        await bench.call()
        working = asyncio.ensure_future(bench.call(b'{{"s": 60}}'))
        await asyncio.sleep(0.05)
        starting = asyncio.ensure_future(bench.call())
        while len(bench.functions.process_ids()) < 2:
            await asyncio.sleep(0.001)
        print(*bench.functions.process_ids(), flush=True)
        await asyncio.sleep(60)
run(main())
"""
    # It cannot remove its temporary files; pytest does.
    given = os.environ | {"TMPDIR": str(tmp_path)}
    node = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=given
    )
    assert node.stdout is not None
    pids = [int(pid) for pid in node.stdout.readline().split()]
    node.send_signal(signal.SIGKILL)
    node.wait()
    node.stdout.close()
    assert len(pids) == 2
    eventually(lambda: not [pid for pid in pids if lambda_.alive(pid)])
