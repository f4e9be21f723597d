"""Which operation a request is for. Paths and statuses: the Lambda service model."""

import pytest

from headwater.errors import UnknownOperation
from headwater.wire.models import load_model
from headwater.wire.protocols import SERVICES
from headwater.wire.rest_json import Binding
from headwater.wire.routing import Route, route_path, route_target

FUNCTIONS = "/2015-03-31/functions"
ARN = "arn:aws:lambda:eu-west-1:000000000000:function:f:live"
ENCODED_ARN = "arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Af%3Alive"
F = {"FunctionName": "f"}
CONCURRENCY = "/functions/f/concurrency"
MAPPINGS = "/2015-03-31/event-source-mappings"


@pytest.mark.parametrize(
    ("target", "service", "operation"),
    [
        ("DynamoDB_20120810.PutItem", "dynamodb", "PutItem"),
        ("DynamoDB_20120810.TransactWriteItems", "dynamodb", "TransactWriteItems"),
        ("DynamoDBStreams_20120810.GetRecords", "streams", "GetRecords"),
    ],
)
def test_a_target_names_service_and_operation(target, service, operation):
    assert route_target(target) == Route(service, operation, {})


@pytest.mark.parametrize(
    "target",
    [
        "",
        ".",
        "PutItem",
        "DynamoDB_20120810",
        "DynamoDB_20120810.",
        "DynamoDB_20120810.putItem",
        "DynamoDB_20120810.GetRecords",
        "DynamoDB_20120810.PutItem.x",
        "DynamoDBStreams_20120810.PutItem",
        ".Invoke",
    ],
)
def test_a_target_that_names_nothing_is_an_unknown_operation(target):
    with pytest.raises(UnknownOperation):
        route_target(target)


@pytest.mark.parametrize("slash", ["", "/"], ids=["no slash", "trailing slash"])
@pytest.mark.parametrize(
    ("method", "path", "operation", "labels", "status"),
    [
        ("POST", FUNCTIONS, "CreateFunction", {}, 201),
        ("GET", FUNCTIONS, "ListFunctions", {}, 200),
        ("GET", f"{FUNCTIONS}/f", "GetFunction", F, 200),
        ("GET", f"{FUNCTIONS}/f/configuration", "GetFunctionConfiguration", F, 200),
        ("PUT", f"{FUNCTIONS}/f/code", "UpdateFunctionCode", F, 200),
        ("PUT", f"{FUNCTIONS}/f/configuration", "UpdateFunctionConfiguration", F, 200),
        # The model says 200 and a status of the answer's own; AWS answers 204.
        ("DELETE", f"{FUNCTIONS}/f", "DeleteFunction", F, 204),
        ("POST", f"{FUNCTIONS}/f/invocations", "Invoke", F, 200),
        ("POST", f"{FUNCTIONS}/f/versions", "PublishVersion", F, 201),
        ("GET", f"{FUNCTIONS}/f/versions", "ListVersionsByFunction", F, 200),
        ("POST", f"{FUNCTIONS}/f/aliases", "CreateAlias", F, 201),
        ("GET", f"{FUNCTIONS}/f/aliases", "ListAliases", F, 200),
        ("GET", f"{FUNCTIONS}/f/aliases/live", "GetAlias", F | {"Name": "live"}, 200),
        ("PUT", f"{FUNCTIONS}/f/aliases/live", "UpdateAlias", F | {"Name": "live"}, 200),
        ("DELETE", f"{FUNCTIONS}/f/aliases/live", "DeleteAlias", F | {"Name": "live"}, 204),
        ("POST", f"/2017-03-31/tags/{ENCODED_ARN}", "TagResource", {"Resource": ARN}, 204),
        ("DELETE", f"/2017-03-31/tags/{ENCODED_ARN}", "UntagResource", {"Resource": ARN}, 204),
        ("GET", f"/2017-03-31/tags/{ENCODED_ARN}", "ListTags", {"Resource": ARN}, 200),
        ("PUT", f"/2017-10-31{CONCURRENCY}", "PutFunctionConcurrency", F, 200),
        ("GET", f"/2019-09-30{CONCURRENCY}", "GetFunctionConcurrency", F, 200),
        ("DELETE", f"/2017-10-31{CONCURRENCY}", "DeleteFunctionConcurrency", F, 204),
        (
            "PUT",
            "/2019-09-25/functions/f/event-invoke-config",
            "PutFunctionEventInvokeConfig",
            F,
            200,
        ),
        ("GET", "/2016-08-19/account-settings", "GetAccountSettings", {}, 200),
        ("POST", f"{FUNCTIONS}/f/policy", "AddPermission", F, 201),
        ("GET", f"{FUNCTIONS}/f/policy", "GetPolicy", F, 200),
        ("DELETE", f"{FUNCTIONS}/f/policy/s", "RemovePermission", F | {"StatementId": "s"}, 204),
        ("POST", MAPPINGS, "CreateEventSourceMapping", {}, 202),
        ("GET", MAPPINGS, "ListEventSourceMappings", {}, 200),
        ("GET", f"{MAPPINGS}/u-1", "GetEventSourceMapping", {"UUID": "u-1"}, 200),
        ("PUT", f"{MAPPINGS}/u-1", "UpdateEventSourceMapping", {"UUID": "u-1"}, 202),
        ("DELETE", f"{MAPPINGS}/u-1", "DeleteEventSourceMapping", {"UUID": "u-1"}, 202),
    ],
)
def test_a_path_names_an_operation_of_lambda(method, path, slash, operation, labels, status):
    assert route_path(method, path + slash, {}) == Route("lambda", operation, labels)
    assert Binding(load_model(SERVICES["lambda"].model), operation).status == status


def test_a_label_may_hold_anything_that_is_percent_encoded():
    route = route_path("GET", f"{FUNCTIONS}/a%2Fb%20%C3%A9", {})
    assert route == Route("lambda", "GetFunction", {"FunctionName": "a/b é"})


def test_two_operations_on_one_path_are_told_apart_by_the_query():
    """The model: GetLayerVersionByArn is /2018-10-31/layers?find=LayerVersion."""
    path = "/2018-10-31/layers"
    by_arn = Route("lambda", "GetLayerVersionByArn", {})
    assert route_path("GET", path, {"find": "LayerVersion", "Arn": "a"}) == by_arn
    assert route_path("GET", path, {"find": "x"}) == Route("lambda", "ListLayers", {})
    assert route_path("GET", path, {}) == Route("lambda", "ListLayers", {})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("PATCH", FUNCTIONS),
        ("GET", "/2015-03-31"),
        ("GET", f"{FUNCTIONS}/f/nonsense"),
        ("GET", f"{FUNCTIONS}/f/aliases/live/more"),
    ],
)
def test_a_path_that_names_nothing_has_no_route(method, path):
    assert route_path(method, path, {}) is None


def test_every_operation_of_lambda_s_model_is_found_by_its_own_path():
    for operation in load_model(SERVICES["lambda"].model).operations.values():
        path, _, query = operation.path.partition("?")
        name, _, value = query.partition("=")
        route = route_path(operation.method, path.replace("{", "%7B"), {name: value})
        assert route is not None
        assert route.operation == operation.name
