"""What AWS does beyond its own models when it checks a request: a table of exceptions.

Enum sets are printed in an order of AWS's own, some members carry texts of an earlier validator,
some operations stop at the first fault. This file is data and tiny predicates; `constraints.py`
applies it. Source: recorded answers of AWS, 2023 to 2026.
"""

import re
from typing import Final

OPAQUE_SHAPES: Final = frozenset({"AttributeValue"})
"""Not walked here: `values/` reads them. Here they only have to be JSON objects."""

TOLD_ELSEWHERE: Final = frozenset(
    {
        ("DynamoDB", "BackupArn"),
        ("DynamoDB", "ResourcePolicy"),
        ("DynamoDB", "TableClass"),
        ("DynamoDB", "TagKeyList"),
        ("DynamoDB", "TagList"),
    }
)
"""Shapes, by service, whose faults have words of their own where they are used."""

NOT_FINITE_TOLD: Final = frozenset({("CloudWatch", "DatapointValue"), ("CloudWatch", "Threshold")})
"""Numbers, by service, whose operations say themselves that NaN and the infinities are none."""

MEMBER_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "AttributeDefinition": ("AttributeType", "AttributeName"),
    "ProvisionedThroughput": ("WriteCapacityUnits", "ReadCapacityUnits"),
    "TimeToLiveSpecification": ("AttributeName", "Enabled"),
}
"""Structure -> its members in the order in which their faults are told, where it is not the
model's (recorded, October 2026)."""

TABLE_REFERENCE_SHAPE: Final = "TableArn"
"""A table's name or its ARN. The model gives 1..1024 for both; a name is held to 255."""

TABLE_REFERENCE: Final = re.compile(r"[a-zA-Z0-9_.-]{1,255}|arn:.{1,1020}", re.ASCII)
TABLE_NAME_LENGTH_MAX: Final = 255
TABLE_NAME_PATTERN: Final = "[a-zA-Z0-9_.-]+"

ENUM_ORDER: Final[dict[str, tuple[str, ...]]] = {
    "ReturnValue": ("ALL_NEW", "UPDATED_OLD", "ALL_OLD", "NONE", "UPDATED_NEW"),
    "ReturnConsumedCapacity": ("INDEXES", "TOTAL", "NONE"),
    "ReturnItemCollectionMetrics": ("SIZE", "NONE"),
    "EventSourcePosition": ("LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"),
    "Select": ("SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"),
    "KeyType": ("HASH", "RANGE"),
    "ScalarAttributeType": ("B", "N", "S"),
    "ProjectionType": ("ALL", "INCLUDE", "KEYS_ONLY"),
    "StateValue": ("INSUFFICIENT_DATA", "ALARM", "OK"),
    "StreamViewType": ("OLD_IMAGE", "KEYS_ONLY", "NEW_AND_OLD_IMAGES", "NEW_IMAGE"),
    "ContributorInsightsMode": ("THROTTLED_KEYS", "ACCESSED_AND_THROTTLED_KEYS"),
    "ComparisonOperator": (
        "IN",
        "NULL",
        "BETWEEN",
        "LT",
        "NOT_CONTAINS",
        "EQ",
        "GT",
        "NOT_NULL",
        "NE",
        "LE",
        "BEGINS_WITH",
        "GE",
        "CONTAINS",
    ),
}

OPEN_ENUMS: Final = frozenset(
    {
        "Runtime",
        "QueueAttributeName",
        "MessageSystemAttributeName",
        "MessageSystemAttributeNameForSends",
    }
)
"""Shapes whose words are not checked here: Lambda answers a runtime it does not know, and SQS an
attribute, in another error's words."""

MEMBER_SHAPES: Final[dict[tuple[str, str], str]] = {
    # The model takes an ARN wherever a table is named; a table that is made needs a name.
    ("CreateTable", "TableName"): "TableName",
}
"""(operation, top-level member) -> the shape it is really held to."""

MISSING_TEXTS: Final[dict[tuple[str, str], str]] = {
    ("CreateTable", "TableName"): (
        "The parameter 'TableName' is required but was not present in the request"
    ),
    ("BatchGetItem", "RequestItems"): "The requestItems parameter is required for BatchGetItem",
    ("BatchWriteItem", "RequestItems"): "The requestItems parameter is required for BatchWriteItem",
}
"""(operation, top-level member) -> the whole text when it is absent; told alone."""

MISSING_IF_EMPTY: Final = frozenset({("BatchWriteItem", "RequestItems")})
"""Of those, members told as absent when they are empty. BatchGetItem's was one until 2026."""

UNVALUED_PATHS: Final[dict[str, re.Pattern[str]]] = {
    "Query": re.compile(r"limit"),
    "BatchGetItem": re.compile(r"requestItems(\..*\.member\.keys)?"),
}
"""Operation -> paths whose faults read "Value at 'Limit'": no value, and names as in the model."""

ALONE: Final = frozenset({"TableName"})
"""Top-level members whose faults are told before, and without, those of any other member."""

FIRST_FAULT_ONLY: Final = frozenset({"UpdateItem"})

FAULTS_MAX: Final = 10
