"""What is set is what is read back; what is omitted stays; what is emptied is cleared.

Source: key set of the answer recorded; update semantics from the Lambda API reference.
"""

import pytest

PATTERN = '{"eventName":["INSERT"]}'

OPTIONS = [
    ("BatchSize", 100, 7),
    ("MaximumBatchingWindowInSeconds", 0, 30),
    ("ParallelizationFactor", 1, 3),
    ("MaximumRecordAgeInSeconds", -1, 60),
    ("MaximumRetryAttempts", -1, 0),
    ("BisectBatchOnFunctionError", False, True),
    ("TumblingWindowInSeconds", 0, 900),
    ("FunctionResponseTypes", [], ["ReportBatchItemFailures"]),
]
KEYS = {name for name, _, _ in OPTIONS} | {
    "UUID",
    "StartingPosition",
    "EventSourceArn",
    "FunctionArn",
    "LastModified",
    "LastProcessingResult",
    "State",
    "StateTransitionReason",
    "DestinationConfig",
    "EventSourceMappingArn",
}


def test_a_new_mapping_has_awss_members_and_defaults(desk):
    answer = desk.create()
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 202
    assert set(answer) == KEYS
    assert {name: answer[name] for name, _, _ in OPTIONS} == {n: d for n, d, _ in OPTIONS}
    assert answer["State"] == "Creating"
    assert answer["StateTransitionReason"] == "User action"
    assert answer["LastProcessingResult"] == "No records processed"
    assert answer["DestinationConfig"] == {"OnFailure": {}}
    assert answer["EventSourceMappingArn"].endswith(f":event-source-mapping:{desk.uuid}")


@pytest.mark.parametrize(("name", "default", "wanted"), OPTIONS)
def test_an_option_is_read_back_and_kept_by_updates_of_others(desk, name, default, wanted):
    desk.map(**{name: wanted})
    assert desk.get()[name] == wanted
    other = {"BatchSize": 8} if name != "BatchSize" else {"MaximumRetryAttempts": 8}
    desk.update(**other)
    desk.settle()
    assert desk.get()[name] == wanted
    desk.update(**{name: default})
    desk.settle()
    assert desk.get()[name] == default


def test_everything_at_once_is_read_back(desk):
    wanted = {name: value for name, _, value in OPTIONS if name != "TumblingWindowInSeconds"}
    wanted |= {
        "DestinationConfig": desk.to_queue(),
        "FilterCriteria": {"Filters": [{"Pattern": PATTERN}]},
        "MetricsConfig": {"Metrics": ["EventCount"]},
    }
    desk.map(**wanted, Enabled=False)
    found = desk.get()
    assert {name: found[name] for name in wanted} == wanted
    assert found["State"] == "Disabled"


def test_filters_are_cleared_by_nothing_in_their_place(desk):
    desk.map(FilterCriteria={"Filters": [{"Pattern": PATTERN}]})
    desk.update(FilterCriteria={})
    desk.settle()
    assert "FilterCriteria" not in desk.get()


@pytest.mark.parametrize("empty", [{}, {"OnFailure": {}}, {"OnFailure": {"Destination": ""}}])
def test_a_destination_is_cleared_by_nothing_in_its_place(desk, empty):
    config = desk.to_queue()
    desk.map(DestinationConfig=config)
    assert desk.get()["DestinationConfig"] == config
    desk.update(DestinationConfig=empty)
    desk.settle()
    assert desk.get()["DestinationConfig"] == {"OnFailure": {}}


def test_metrics_are_cleared_by_an_empty_list(desk):
    desk.map(MetricsConfig={"Metrics": ["EventCount"]})
    desk.update(MetricsConfig={"Metrics": []})
    desk.settle()
    assert "MetricsConfig" not in desk.get()


def test_an_update_moves_last_modified(desk):
    before = desk.map()["LastModified"]
    desk.pass_time(5)
    assert (desk.update(BatchSize=5)["LastModified"] - before).total_seconds() == 5


def test_the_function_can_be_changed(desk, house):
    other = f"other-{desk.table}"
    house.make_function(other)
    desk.map()
    answer = desk.update(FunctionName=other)
    assert answer["FunctionArn"].endswith(f":function:{other}")
    desk.settle()
    desk.put("a")
    desk.settle()
    assert desk.seen() == [["a"]]


# --- versions and aliases ------------------------------------------------------------------------


def test_a_version_and_an_alias_are_kept_in_the_arn_and_invoked(desk, house):
    name = f"versioned-{desk.table}"
    house.make_function(name)
    version = house.functions.publish_version(FunctionName=name)["Version"]
    house.functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    for qualifier in (version, "live"):
        answer = desk.map(FunctionName=f"{name}:{qualifier}")
        assert answer["FunctionArn"].endswith(f":function:{name}:{qualifier}")
        listed = house.functions.list_event_source_mappings(FunctionName=f"{name}:{qualifier}")
        assert [one["UUID"] for one in listed["EventSourceMappings"]] == [desk.uuid]
        desk.functions.delete_event_source_mapping(UUID=desk.uuid)
        desk.settle()
    desk.map(FunctionName=f"{name}:live", StartingPosition="LATEST")
    desk.put("a")
    desk.settle()
    assert desk.seen() == [["a"]]


@pytest.mark.parametrize(
    "form",
    [
        "actor",
        "000000000000:function:actor",
        "arn:aws:lambda:us-east-1:000000000000:function:actor",
    ],
)
def test_a_function_may_be_named_in_any_form(desk, form):
    assert desk.create(FunctionName=form)["FunctionArn"].endswith(":function:actor")


# --- lists and tags ------------------------------------------------------------------------------


def test_mappings_are_listed_by_source_and_by_function(desk, house):
    desk.map()
    other = f"listed-{desk.table}"
    house.make_function(other)
    second = house.functions.create_event_source_mapping(
        EventSourceArn=desk.arn, FunctionName=other, StartingPosition="LATEST"
    )["UUID"]

    def uuids(**given):
        pages = house.functions.get_paginator("list_event_source_mappings")
        found = pages.paginate(**given, PaginationConfig={"PageSize": 1})
        return sorted(one["UUID"] for page in found for one in page["EventSourceMappings"])

    assert uuids(EventSourceArn=desk.arn) == sorted([desk.uuid, second])
    assert uuids(EventSourceArn=desk.arn, FunctionName=other) == [second]
    assert uuids(FunctionName=other) == [second]
    assert uuids(EventSourceArn=desk.arn.replace("desk", "task")) == []


def test_a_page_says_where_the_next_begins(desk, house):
    desk.map()
    answer = house.functions.list_event_source_mappings(EventSourceArn=desk.arn, MaxItems=1)
    assert "NextMarker" not in answer
    assert [one["UUID"] for one in answer["EventSourceMappings"]] == [desk.uuid]


def test_tags_are_set_with_the_mapping_changed_and_removed(desk):
    arn = desk.map(Tags={"team": "orders"})["EventSourceMappingArn"]
    tags = desk.functions.list_tags
    assert tags(Resource=arn)["Tags"] == {"team": "orders"}
    desk.functions.tag_resource(Resource=arn, Tags={"stage": "test", "team": "mail"})
    assert tags(Resource=arn)["Tags"] == {"team": "mail", "stage": "test"}
    desk.functions.untag_resource(Resource=arn, TagKeys=["team", "nobody"])
    assert tags(Resource=arn)["Tags"] == {"stage": "test"}
    desk.update(BatchSize=5)
    desk.settle()
    assert tags(Resource=arn)["Tags"] == {"stage": "test"}


def test_tags_of_an_unknown_mapping_are_not_found(desk):
    nobody = "0c9a3c5e-6d3b-4a51-8a11-9a1f4f0c7d21"
    arn = f"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:{nobody}"
    for call, more in (
        ("list_tags", {}),
        ("tag_resource", {"Tags": {"a": "b"}}),
        ("untag_resource", {"TagKeys": ["a"]}),
    ):
        found = desk.refusal(getattr(desk.functions, call), Resource=arn, **more)
        assert found == (
            "ResourceNotFoundException",
            404,
            f"Event source mapping not found: {arn}",
        )


def test_more_than_50_tags_are_refused(desk):
    many = {f"k{number}": "v" for number in range(51)}
    code, _, text = desk.refusal(desk.create, Tags=many)
    assert code == "InvalidParameterValueException"
    assert text == "Number of tags exceeds resource tag limit."
