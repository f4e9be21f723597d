"""The five operations on mappings: answers, states, refusals, lists.

Source: key set, states and error texts recorded, where a test does not say otherwise.
"""

import asyncio

import pytest

from headwater.arns import Scope
from headwater.clock import ManualClock
from headwater.errors import (
    AwsError,
    InvalidParameterValue,
    NotSupported,
    ResourceConflict,
    ResourceInUse,
    ResourceNotFound,
)

SCOPE = Scope("111122223333", "us-east-1")
OTHER_STREAM = "arn:aws:dynamodb:us-east-1:111122223333:table/Orders/stream/2020-01-01T00:00:00.000"


def test_the_answer_of_create_has_awss_members(play):
    async def story(world):
        answer = await world.create()
        uuid = answer["UUID"]
        assert answer == {
            "UUID": uuid,
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": 100,
            "MaximumBatchingWindowInSeconds": 0,
            "ParallelizationFactor": 1,
            "EventSourceArn": world.arn,
            "FunctionArn": "arn:aws:lambda:us-east-1:111122223333:function:on-order",
            "LastModified": world.clock.now_ms() / 1000,
            "LastProcessingResult": "No records processed",
            "State": "Creating",
            "StateTransitionReason": "User action",
            "DestinationConfig": {"OnFailure": {}},
            "MaximumRecordAgeInSeconds": -1,
            "BisectBatchOnFunctionError": False,
            "MaximumRetryAttempts": -1,
            "TumblingWindowInSeconds": 0,
            "FunctionResponseTypes": [],
            "EventSourceMappingArn": (
                f"arn:aws:lambda:us-east-1:111122223333:event-source-mapping:{uuid}"
            ),
        }

    play(story)


def test_states_go_through_their_transitions(play):
    async def story(world):
        answer = await world.create()
        uuid = answer["UUID"]

        async def becomes(state):
            await world.settle()
            assert (await world.get(uuid))["State"] == state

        assert answer["State"] == "Creating"
        await becomes("Enabled")
        assert (await world.update(uuid, BatchSize=7))["State"] == "Updating"
        await becomes("Enabled")
        assert (await world.update(uuid, Enabled=False))["State"] == "Disabling"
        await becomes("Disabled")
        assert (await world.update(uuid, BatchSize=8))["State"] == "Updating"
        await becomes("Disabled")
        assert (await world.update(uuid, Enabled=True))["State"] == "Enabling"
        await becomes("Enabled")
        assert (await world.get(uuid))["BatchSize"] == 8
        assert (await world.delete(uuid))["State"] == "Deleting"
        await world.settle()
        with pytest.raises(ResourceNotFound, match=r"The resource you requested does not exist\."):
            await world.get(uuid)

    play(story)


def test_a_mapping_created_disabled_becomes_disabled(play):
    async def story(world):
        await world.write("a")
        uuid = await world.mapped(Enabled=False)
        assert (await world.get(uuid))["State"] == "Disabled"
        assert world.functions.events == []

    play(story)


def test_a_transition_that_a_crash_cut_off_is_ended_at_the_next_start(play):
    async def story(world):
        uuid = (await world.create())["UUID"]
        await world.crash()
        assert (await world.get(uuid))["State"] == "Enabled"
        await world.update(uuid, Enabled=False)
        await world.crash()
        assert (await world.get(uuid))["State"] == "Disabled"
        await world.delete(uuid)
        await world.crash()
        with pytest.raises(ResourceNotFound):
            await world.get(uuid)

    play(story)


@pytest.mark.parametrize("verb", ["update", "delete"])
def test_a_mapping_in_transition_is_in_use(play, verb):
    async def story(world):
        never = asyncio.get_running_loop().create_future()
        world.functions.behave = lambda records: never
        uuid = await world.mapped()
        await world.write("a")
        await world.settle()
        await world.update(uuid, Enabled=False)
        with pytest.raises(ResourceInUse, match=f"Cannot {verb} the event source mapping"):
            await getattr(world, verb)(uuid)

    play(story)


def test_a_disabled_mapping_invokes_no_more_and_goes_on_where_it_was(play):
    async def story(world):
        uuid = await world.mapped()
        await world.write("a")
        await world.settle()
        await world.update(uuid, Enabled=False)
        await world.settle()
        await world.write("b")
        await world.settle()
        assert world.functions.seen == [["a"]]
        await world.update(uuid, Enabled=True)
        await world.settle()
        assert world.functions.seen == [["a"], ["b"]]

    play(story)


def test_disabling_waits_for_the_batch_in_flight(play, failed):
    async def story(world):
        answer = asyncio.get_running_loop().create_future()
        world.functions.behave = lambda records: answer
        uuid = await world.mapped()
        await world.write("a")
        await world.settle()
        await world.update(uuid, Enabled=False)
        await world.settle()
        assert (await world.get(uuid))["State"] == "Disabling"
        answer.set_result(type(failed)())
        await world.settle()
        assert (await world.get(uuid))["State"] == "Disabled"
        await world.update(uuid, Enabled=True)
        await world.settle()
        assert world.functions.seen == [["a"]]

    play(story)


def test_a_deleted_mapping_is_gone_at_once_and_leaves_no_position(play, failed):
    async def story(world):
        answer = asyncio.get_running_loop().create_future()
        world.functions.behave = lambda records: answer
        uuid = await world.mapped()
        await world.write("a")
        await world.settle()
        await world.delete(uuid)
        await world.settle()
        with pytest.raises(ResourceNotFound):
            await world.get(uuid)
        answer.set_result(type(failed)())
        await world.settle()
        assert await world.engine.run(lambda tx: tx.range(b"c", b"d")) == []

    play(story)


def test_new_settings_take_hold_without_losing_records(play):
    async def story(world):
        uuid = await world.mapped(MaximumBatchingWindowInSeconds=300)
        await world.write("a", "b")
        await world.settle()
        await world.update(uuid, MaximumBatchingWindowInSeconds=0, BatchSize=1)
        await world.settle()
        assert world.functions.seen == [["a"], ["b"]]

    play(story)


def test_new_settings_end_a_pause_before_a_retry(play, failed):
    async def story(world):
        world.functions.behave = lambda records: failed
        uuid = await world.mapped()
        await world.write("a")
        await world.pass_time(seconds=100)
        await world.engine.run(lambda tx: tx.put(b"f111122223333/us-east-1/mended", b"{}"))
        tries = len(world.functions.seen)
        world.functions.behave = lambda records: type(failed)()
        await world.update(uuid, FunctionName="mended")
        await world.settle()
        assert world.functions.names[tries:] == ["mended"]

    play(story)


def test_filters_are_shown_as_they_were_given_and_can_be_cleared(play):
    async def story(world):
        criteria = {"Filters": [{"Pattern": '{"eventName":["INSERT"]}'}]}
        answer = await world.create(FilterCriteria=criteria)
        assert answer["FilterCriteria"] == criteria
        await world.settle()
        cleared = await world.update(answer["UUID"], FilterCriteria={})
        assert "FilterCriteria" not in cleared
        await world.write("a", kind="REMOVE")
        await world.settle()
        assert world.functions.seen == [["a"]]

    play(story)


@pytest.mark.parametrize(
    ("params", "error", "text"),
    [
        ({"EventSourceArn": ""}, InvalidParameterValue, r"Unrecognized event source\."),
        (
            {"EventSourceArn": "arn:aws:dynamodb:us-east-1:111122223333:table/Orders"},
            InvalidParameterValue,
            r"Unrecognized event source\.",
        ),
        ({"EventSourceArn": "arn:aws:sqs:us-east-1:111122223333:q"}, NotSupported, "not to sqs"),
        (
            {"EventSourceArn": OTHER_STREAM},
            InvalidParameterValue,
            f"Stream not found: {OTHER_STREAM}",
        ),
        ({"FunctionName": "nobody"}, InvalidParameterValue, "Function does not exist"),
        ({"FunctionName": "on-order:live"}, InvalidParameterValue, "Function does not exist"),
        ({"FunctionName": "on-order:1"}, InvalidParameterValue, "Function does not exist"),
        (
            {"StartingPosition": None},
            InvalidParameterValue,
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy "
            r"constraint: Member must not be null\.",
        ),
        (
            {"StartingPosition": "AT_TIMESTAMP"},
            InvalidParameterValue,
            "Unsupported starting position for arn type: arn:aws:dynamodb:",
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": "plain text"}]}},
            InvalidParameterValue,
            r"Invalid filter pattern definition\.",
        ),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:sqs:::q"}}},
            InvalidParameterValue,
            "Unsupported DestinationConfig parameter for given event source mapping type",
        ),
    ],
)
def test_wrong_parameters_are_refused_in_awss_words(play, params, error, text):
    async def story(world):
        with pytest.raises(error, match=text):
            await world.create(**params)
        assert (await world.page())["EventSourceMappings"] == []

    play(story)


@pytest.mark.parametrize(
    ("name", "default", "wanted"),
    [
        ("KMSKeyArn", "", "arn:aws:kms:us-east-1:111122223333:key/k"),
        ("ScalingConfig", {}, {"MaximumConcurrency": 2}),
        ("Queues", [], ["q"]),
    ],
)
def test_what_is_not_supported_yet_is_refused_by_name_unless_it_is_the_default(
    play, name, default, wanted
):
    async def story(world):
        with pytest.raises(AwsError, match=name):
            await world.create(**{name: wanted})
        uuid = await world.mapped(**{name: default})
        with pytest.raises(AwsError, match=name):
            await world.update(uuid, **{name: wanted})

    play(story)


def test_a_qualifier_is_kept_and_invoked(play):
    async def story(world):
        alias = b"a111122223333/us-east-1/on-order\0live"
        await world.engine.run(lambda tx: tx.put(alias, b"{}"))
        answer = await world.create(FunctionName="on-order:live")
        assert answer["FunctionArn"].endswith(":function:on-order:live")
        await world.create()
        await world.settle()
        await world.write("a")
        await world.settle()
        calls = zip(world.functions.names, world.functions.qualifiers, strict=True)
        assert sorted(calls, key=str) == [("on-order", "live"), ("on-order", None)]
        assert len((await world.page(FunctionName="on-order:live"))["EventSourceMappings"]) == 1

    play(story)


def test_the_same_stream_and_function_are_mapped_once(play):
    async def story(world):
        uuid = await world.mapped()
        text = (
            f'The event source arn (" {world.arn} ") and function (" on-order ") provided mapping '
            f"already exists. Please update or delete the existing mapping with UUID {uuid}"
        )
        with pytest.raises(ResourceConflict) as refused:
            await world.create(
                FunctionName="arn:aws:lambda:us-east-1:111122223333:function:on-order"
            )
        assert refused.value.message == text

    play(story)


def test_lists_go_by_function_and_by_source_and_in_pages(play):
    async def story(world):
        names = [f"function-{number}" for number in range(7)]
        for name in names:
            key = f"f111122223333/us-east-1/{name}".encode()
            await world.engine.run(lambda tx, key=key: tx.put(key, b"{}"))
        uuids = {name: await world.mapped(FunctionName=name) for name in names}
        assert len((await world.page())["EventSourceMappings"]) == 7
        assert len((await world.page(EventSourceArn=world.arn))["EventSourceMappings"]) == 7
        assert (await world.page(EventSourceArn=OTHER_STREAM))["EventSourceMappings"] == []
        (found,) = (await world.page(FunctionName="function-3"))["EventSourceMappings"]
        assert found["UUID"] == uuids["function-3"]
        seen: list[str] = []
        marker: dict[str, str] = {}
        for size in (3, 3, 1):
            answer = await world.page(MaxItems=3, **marker)
            assert len(answer["EventSourceMappings"]) == size
            seen += [mapping["UUID"] for mapping in answer["EventSourceMappings"]]
            marker = {"Marker": answer.get("NextMarker")}
        assert marker == {"Marker": None}
        assert sorted(seen) == sorted(uuids.values())

    play(story)


def test_hundreds_of_idle_mappings_set_no_timers(play, monkeypatch):
    async def story(world):
        for number in range(200):
            key = f"f111122223333/us-east-1/function-{number}".encode()
            await world.engine.run(lambda tx, key=key: tx.put(key, b"{}"))
            await world.create(FunctionName=f"function-{number}")
        await world.settle()
        timers = []
        monkeypatch.setattr(ManualClock, "call_at", lambda *given: timers.append(given))
        await world.settle()
        assert (len(world.mappings.status()), timers) == (200, [])
        assert world.mappings.idle

    play(story)


def test_a_transition_under_way_is_not_idle(play):
    async def story(world):
        uuid = await world.mapped()
        idle = []

        def disable(tx):
            world.mappings.update(tx, SCOPE, uuid, {"Enabled": False})
            tx.after_commit(lambda: idle.append(world.mappings.idle))

        await world.engine.run(disable)
        await world.settle()
        assert (idle, world.mappings.idle) == ([False], True)

    play(story)
