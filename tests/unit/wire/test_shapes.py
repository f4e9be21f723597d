"""Which requests pass, and what AWS says of those that do not.

Expected texts are recorded answers of AWS, by the families they belong to; bounds and enums are
those of the service models.
"""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.errors import AwsError, Serialization, Validation
from headwater.wire.models import Model, Shape, load_model
from headwater.wire.protocols import SERVICES
from headwater.wire.rules import OPAQUE_SHAPES
from headwater.wire.shapes import _Compiler, compile_check, full_check

ONE = "1 validation error detected: "
NULL = "failed to satisfy constraint: Member must not be null"
ITEM = {"pk": {"S": "a"}}
RETURN_VALUES = (
    "Value 'X' at 'returnValues' failed to satisfy constraint: Member must satisfy enum value set: "
    "[ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW]"
)
RETURN_CAPACITY = (
    "Value 'Y' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum "
    "value set: [INDEXES, TOTAL, NONE]"
)


def check(operation, params, service="dynamodb"):
    return compile_check(load_model(SERVICES[service].model), operation)(params)


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("PutItem", {"TableName": "orders", "Item": ITEM}),
        ("PutItem", {"TableName": "o", "Item": {}, "ReturnValues": "ALL_OLD"}),
        ("GetItem", {"TableName": "a" * 255, "Key": ITEM, "ConsistentRead": True}),
        ("GetItem", {"TableName": "arn:aws:dynamodb:eu-west-1:0:table/x", "Key": ITEM}),
        ("Query", {"TableName": "orders", "Limit": 1, "ExclusiveStartKey": ITEM}),
        ("Scan", {"TableName": "orders", "Segment": 0, "TotalSegments": 1_000_000}),
        ("BatchGetItem", {"RequestItems": {"orders": {"Keys": [ITEM]}}}),
        ("BatchWriteItem", {"RequestItems": {"orders": [{"PutRequest": {"Item": ITEM}}]}}),
        ("ListTables", {}),
        ("PutItem", {"TableName": "orders", "Item": ITEM, "NoMemberOfThisName": {"a": [1]}}),
    ],
)
def test_a_valid_request_passes_as_it_is(operation, params):
    assert check(operation, params) is params


@pytest.mark.parametrize(
    ("operation", "params", "text"),
    [
        ("PutItem", {"TableName": 23}, "NUMBER_VALUE cannot be converted to String"),
        ("PutItem", {"TableName": True}, "TRUE_VALUE cannot be converted to String"),
        ("PutItem", {"TableName": False}, "FALSE_VALUE cannot be converted to String"),
        ("PutItem", {"TableName": {}}, "Start of structure or map found where not expected"),
        # Seen in a public report: pynamodb issue 945.
        ("PutItem", {"TableName": []}, "Unrecognized collection type class java.lang.String"),
        ("PutItem", {"Item": "text"}, "Unexpected field type"),
        ("PutItem", {"Item": {"pk": "text"}}, "Unexpected value type in payload"),
        ("PutItem", {"Item": {"pk": 1}}, "Unexpected value type in payload"),
        ("Query", {"Limit": "1"}, "STRING_VALUE cannot be converted to Integer"),
        ("Query", {"Limit": True}, "TRUE_VALUE cannot be converted to Integer"),
        ("Query", {"Limit": 1 << 31}, "NUMBER_VALUE cannot be converted to Integer"),
        ("Query", {"ConsistentRead": "true"}, "STRING_VALUE cannot be converted to Boolean"),
        ("Query", {"AttributesToGet": "pk"}, "Unexpected field type"),
        ("Query", {"AttributesToGet": {}}, "Start of structure or map found where not expected"),
        ("BatchGetItem", {"RequestItems": {"t": {"Keys": [[]]}}}, "Unrecognized collection type"),
    ],
)
def test_a_wrong_json_type_is_told_before_anything_else(operation, params, text):
    """The other members are missing or wrong too, which is not told."""
    with pytest.raises(Serialization) as caught:
        check(operation, params)
    assert caught.value.message.startswith(text)


def test_json_types_are_met_in_the_order_of_the_document():
    with pytest.raises(Serialization, match="converted to Boolean"):
        check("GetItem", {"ConsistentRead": 1, "TableName": 2})
    with pytest.raises(Serialization, match="converted to String"):
        check("GetItem", {"TableName": 2, "ConsistentRead": 1})


def test_a_null_is_an_absent_member():
    params = {"TableName": "orders", "Item": ITEM, "ReturnValues": None, "Expected": None}
    assert check("PutItem", params) == {"TableName": "orders", "Item": ITEM}
    with pytest.raises(Validation, match=r"^1 .*Value null at 'item'"):
        check("PutItem", {"TableName": "orders", "Item": None})


def test_a_null_attribute_value_sets_no_type():
    params = {"TableName": "orders", "Item": {"pk": None}}
    assert check("PutItem", params)["Item"] == {"pk": {}}


def test_a_fraction_is_cut_off_where_a_whole_number_is_asked_for():
    assert check("Query", {"TableName": "orders", "Limit": 5.9})["Limit"] == 5


@pytest.mark.parametrize(
    ("operation", "params", "text"),
    [
        # --- the table's name is told alone
        ("PutItem", {}, f"{ONE}Value null at 'tableName' {NULL}"),
        ("PutItem", {"ReturnValues": "X"}, f"{ONE}Value null at 'tableName' {NULL}"),
        (
            "GetItem",
            {"TableName": "", "Key": {}},
            f"{ONE}Value '' at 'tableName' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1",
        ),
        (
            "GetItem",
            {"TableName": "a" * 256, "Key": {}, "ReturnConsumedCapacity": "Y"},
            f"{ONE}Value '{'a' * 256}' at 'tableName' failed to satisfy constraint: Member must "
            "have length less than or equal to 255",
        ),
        (
            "DeleteItem",
            {"TableName": "a;b", "Key": {}},
            f"{ONE}Value 'a;b' at 'tableName' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        (
            "CreateTable",
            {"TableName": "ab"},
            f"{ONE}Value 'ab' at 'tableName' failed to satisfy constraint: Member must have length "
            "greater than or equal to 3",
        ),
        (
            "CreateTable",
            {"TableName": ";"},
            "2 validation errors detected: Value ';' at 'tableName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value ';' at "
            "'tableName' failed to satisfy constraint: Member must have length greater than or "
            "equal to 3",
        ),
        # --- texts of an earlier validator
        (
            "CreateTable",
            {},
            "The parameter 'TableName' is required but was not present in the request",
        ),
        ("BatchGetItem", {}, "The requestItems parameter is required for BatchGetItem"),
        ("BatchWriteItem", {}, "The requestItems parameter is required for BatchWriteItem"),
        (
            "Query",
            {"TableName": "orders", "Limit": 0},
            f"{ONE}Value at 'Limit' failed to satisfy constraint: Member must have value greater "
            "than or equal to 1",
        ),
        (
            "Scan",
            {"TableName": "orders", "Limit": 0},
            f"{ONE}Value '0' at 'limit' failed to satisfy constraint: Member must have value "
            "greater than or equal to 1",
        ),
        (
            "BatchGetItem",
            {"RequestItems": {}},
            f"{ONE}Value at 'RequestItems' failed to satisfy constraint: Member must have length "
            "greater than or equal to 1",
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"my.orders": {"Keys": [ITEM] * 101}}},
            f"{ONE}Value at 'RequestItems.my.orders.member.Keys' failed to satisfy constraint: "
            "Member must have length less than or equal to 100",
        ),
        # --- enums: all of PutItem's and DeleteItem's, the first of UpdateItem's
        (
            "PutItem",
            {"TableName": "orders", "Item": {}, "ReturnConsumedCapacity": "Y", "ReturnValues": "X"},
            f"2 validation errors detected: {RETURN_VALUES}; {RETURN_CAPACITY}",
        ),
        (
            "UpdateItem",
            {"TableName": "orders", "Key": {}, "ReturnConsumedCapacity": "Y", "ReturnValues": "X"},
            f"{ONE}{RETURN_VALUES}",
        ),
        (
            "Query",
            {"TableName": "orders", "Select": "X"},
            f"{ONE}Value 'X' at 'select' failed to satisfy constraint: Member must satisfy enum "
            "value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
        ),
        (
            "Query",
            {"TableName": "orders", "KeyConditions": {"pk": {"ComparisonOperator": "X"}}},
            f"{ONE}Value 'X' at 'keyConditions.pk.member.comparisonOperator' failed to satisfy "
            "constraint: Member must satisfy enum value set: [IN, NULL, BETWEEN, LT, NOT_CONTAINS, "
            "EQ, GT, NOT_NULL, NE, LE, BEGINS_WITH, GE, CONTAINS]",
        ),
        # --- paths into lists, maps and structures
        (
            "CreateTable",
            {
                "TableName": "orders",
                "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "X"}],
                "KeySchema": [{"AttributeName": "a"}, {"AttributeName": "b", "KeyType": "R"}],
            },
            "3 validation errors detected: Value 'X' at "
            "'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member "
            "must satisfy enum value set: [B, N, S]; Value null at 'keySchema.1.member.keyType' "
            f"{NULL}; Value 'R' at 'keySchema.2.member.keyType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [HASH, RANGE]",
        ),
        (
            "TransactWriteItems",
            {"TransactItems": []},
            f"{ONE}Value '[]' at 'transactItems' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1",
        ),
        (
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "orders"}}]},
            f"{ONE}Value null at 'transactItems.1.member.put.item' {NULL}",
        ),
        # --- bounds of a map's values are told of the whole map, in the manner of Java's toString
        (
            "BatchWriteItem",
            {"RequestItems": {"T": []}},
            f"{ONE}Value '{{T=[]}}' at 'requestItems' failed to satisfy constraint: Map value must "
            "satisfy constraint: [Member must have length less than or equal to 25, Member must "
            "have length greater than or equal to 1]",
        ),
        (
            "BatchWriteItem",
            {"RequestItems": {"T": [{"DeleteRequest": {}}]}},
            f"{ONE}Value null at 'requestItems.T.member.1.member.deleteRequest.key' {NULL}",
        ),
    ],
)
def test_a_constraint_that_is_not_met_is_told_in_aws_s_words(operation, params, text):
    with pytest.raises(Validation) as caught:
        check(operation, params)
    assert caught.value.message == text


def test_too_many_requests_for_a_table_are_printed_as_java_prints_them():
    """ "Value '{T=[WriteRequest(...)...]}' at 'requestItems' ... Map value must satisfy ..." """
    params = {"RequestItems": {"T": [{"DeleteRequest": {"Key": ITEM}}] * 26}}
    with pytest.raises(Validation) as caught:
        check("BatchWriteItem", params)
    start = "Value '{T=[WriteRequest(deleteRequest=DeleteRequest(key={pk=AttributeValue(s=a)})), "
    assert start in caught.value.message
    assert "}' at 'requestItems' failed to satisfy constraint: Map value" in caught.value.message


def test_at_most_ten_faults_are_told():
    schema = [{"AttributeName": "a", "KeyType": "X"}] * 12
    with pytest.raises(Validation) as caught:
        check("CreateTable", {"TableName": "orders", "KeySchema": schema})
    assert caught.value.message.startswith("10 validation errors detected: ")
    assert caught.value.message.count("failed to satisfy constraint") == 10


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (
            {"StreamArn": "a" * 36},
            f"{ONE}Value '{'a' * 36}' at 'streamArn' failed to satisfy constraint: Member must "
            "have length greater than or equal to 37",
        ),
        (
            {"StreamArn": "a" * 37, "ShardFilter": {"Type": "X"}},
            f"{ONE}Value 'X' at 'shardFilter.type' failed to satisfy constraint: Member must "
            "satisfy enum value set: [CHILD_SHARDS]",
        ),
    ],
)
def test_a_stream_s_parameters_are_checked_alike(params, text):
    with pytest.raises(Validation) as caught:
        check("DescribeStream", params, "streams")
    assert caught.value.message == text


def test_lambda_s_constraints_are_told_in_the_same_words():
    params = {"FunctionName": "f", "Role": "r1", "Code": {}}
    with pytest.raises(Validation) as caught:
        check("CreateFunction", params, "lambda")
    assert caught.value.message == (
        f"{ONE}Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular "
        r"expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("abc", "Base64 encoded length is expected a multiple of 4 bytes but found: 3"),
        ("ab!=", "only base-64-encoded strings are convertible to bytes"),
        (7, "only base-64-encoded strings are convertible to bytes"),
        ({}, "Start of structure or map found where not expected"),
    ],
)
def test_a_blob_must_be_base64(text, fault):
    params = {"FunctionName": "f", "ZipFile": text}
    with pytest.raises(Serialization) as caught:
        check("UpdateFunctionCode", params, "lambda")
    assert caught.value.message == fault
    params["ZipFile"] = "UEsDBA=="
    assert check("UpdateFunctionCode", params, "lambda") is params


def test_an_unknown_runtime_is_left_to_the_operation():
    """Lambda tells it with InvalidParameterValueException, not with ValidationException."""
    role = "arn:aws:iam::000000000000:role/r"
    params = {"FunctionName": "f", "Role": role, "Code": {}, "Runtime": "cobol60"}
    assert check("CreateFunction", params, "lambda") == params


# --- the quick test and the full check agree --------------------------------------------------

JUNK = st.sampled_from([None, True, 0, -1, 2.5, "", "x", "a;b", [], {}, [None], {"k": None}])


@st.composite
def requests(draw: st.DrawFn, model: Model, shape: Shape, depth: int = 0) -> object:
    """Something like a request: mostly of the right form, here and there of the wrong one."""
    if draw(st.integers(0, 15)) == 0 or depth > 6:
        return draw(JUNK)
    if shape.name in OPAQUE_SHAPES:
        return draw(st.sampled_from([{"S": "a"}, {}, {"nonsense": 1}]))
    if shape.kind == "structure":
        found = {}
        for name, member in shape.members.items():
            if name in shape.required or draw(st.integers(0, 2)) == 0:
                found[name] = draw(requests(model, model.shape(member.shape), depth + 1))
        return found
    if shape.kind in ("list", "map"):
        element = requests(model, model.shape(shape.element), depth + 1)
        entries = draw(st.lists(element, min_size=draw(st.integers(0, 1)), max_size=2))
        if shape.kind == "list":
            return entries
        return {f"key{number}": entry for number, entry in enumerate(entries)}
    if shape.enum:
        return draw(st.sampled_from(shape.enum))
    if shape.kind in ("string", "blob"):
        return draw(st.sampled_from(["abcd", "a" * 37, "arn:aws:iam::000000000000:role/r"]))
    if shape.kind == "boolean":
        return draw(st.booleans())
    return draw(st.sampled_from([1, 3, 60, 128, 1 << 40]))


OPERATIONS = [
    (service, operation)
    for service, spec in SERVICES.items()
    for operation, about in sorted(load_model(spec.model).operations.items())
    if about.input
]


@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_what_the_quick_test_lets_through_the_full_check_lets_through_unchanged(data):
    service, operation = data.draw(st.sampled_from(OPERATIONS))
    model = load_model(SERVICES[service].model)
    shape = model.shape(model.operations[operation].input)
    params = data.draw(requests(model, shape))
    before = copy.deepcopy(params)
    try:
        exact: object = full_check(model, operation, shape, params)
    except AwsError:
        exact = None
    assert params == before, "a check does not change what it looks at"
    if _Compiler(model).top(operation, shape)(params):
        assert exact == params


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_of_every_model_can_be_checked(service):
    model = load_model(SERVICES[service].model)
    for operation in model.operations:
        with pytest.raises(Serialization):
            compile_check(model, operation)([])


def test_a_moment_beyond_the_calendar_is_no_date():
    params = {"SourceTableName": "orders", "TargetTableName": "copy", "RestoreDateTime": 1e308}
    with pytest.raises(Serialization, match="NUMBER_VALUE cannot be converted to Date"):
        check("RestoreTableToPointInTime", params)
    assert check("RestoreTableToPointInTime", {**params, "RestoreDateTime": 1.5})


def test_a_text_far_too_long_is_told_its_length_alone():
    """To hold it to S3Bucket's pattern would take minutes."""
    params = {"TableArn": "a" * 40, "S3Bucket": "a" * 5000 + "!"}
    with pytest.raises(Validation) as refused:
        check("ExportTableToPointInTime", params)
    assert "length less than or equal to 255" in refused.value.message
    assert "regular expression" not in refused.value.message
