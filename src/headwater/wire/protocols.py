"""The services that answer on the one port: how each is addressed, and which model describes it.

A further service that speaks one of these protocols is one more entry of `SERVICES`. This file is
a table of facts; how a protocol reads and writes is in `json_rpc.py` and `rest_json.py`.
Source: `metadata` of each service-2.json that botocore ships.
"""

from typing import Final, NamedTuple

JSON_RPC: Final = "json"
REST_JSON: Final = "rest-json"


class ServiceSpec(NamedTuple):
    """One service as its callers address it."""

    name: str  # our name: the key of its OPERATIONS table
    title: str  # as AWS writes it, for texts
    model: str  # directory of its model under botocore's data
    protocol: str  # JSON_RPC or REST_JSON
    target_prefix: str  # what X-Amz-Target begins with; "" for REST-JSON
    error_prefix: str  # namespace of the model's own errors in `__type`; "" for REST-JSON
    crc32: bool  # whether replies carry x-amz-crc32
    query_errors: bool = False  # whether errors carry their older names: query_errors.py
    errors_by_model: bool = False  # whether their statuses and older names are the model's
    signs_as: str = ""  # the service in a signature's scope, where it is not `name`

    @property
    def signing_name(self) -> str:
        return self.signs_as or self.name


_DYNAMODB_ERRORS = "com.amazonaws.dynamodb.v20120810#"

SERVICES: Final[dict[str, ServiceSpec]] = {
    spec.name: spec
    for spec in (
        ServiceSpec(
            name="dynamodb",
            title="DynamoDB",
            model="dynamodb/2012-08-10",
            protocol=JSON_RPC,
            target_prefix="DynamoDB_20120810",
            error_prefix=_DYNAMODB_ERRORS,
            crc32=True,
        ),
        ServiceSpec(
            name="streams",
            title="DynamoDB Streams",
            model="dynamodbstreams/2012-08-10",
            protocol=JSON_RPC,
            target_prefix="DynamoDBStreams_20120810",
            error_prefix=_DYNAMODB_ERRORS,
            crc32=True,
            signs_as="dynamodb",
        ),
        ServiceSpec(
            name="sqs",
            title="SQS",
            model="sqs/2012-11-05",
            protocol=JSON_RPC,
            target_prefix="AmazonSQS",
            error_prefix="com.amazonaws.sqs#",
            crc32=False,
            query_errors=True,
        ),
        ServiceSpec(
            name="lambda",
            title="Lambda",
            model="lambda/2015-03-31",
            protocol=REST_JSON,
            target_prefix="",
            error_prefix="",
            crc32=False,
        ),
        ServiceSpec(
            name="logs",
            title="CloudWatch Logs",
            model="logs/2014-03-28",
            protocol=JSON_RPC,
            target_prefix="Logs_20140328",
            error_prefix="",
            crc32=False,
        ),
        ServiceSpec(
            name="monitoring",
            title="CloudWatch",
            model="cloudwatch/2010-08-01",
            protocol=JSON_RPC,
            target_prefix="GraniteServiceVersion20100801",
            error_prefix="com.amazonaws.cloudwatch.v2010_08_01#",
            crc32=False,
            query_errors=True,
            errors_by_model=True,
        ),
        # Its callers send forms (dialects.py), which are turned into calls by target.
        ServiceSpec(
            name="sts",
            title="STS",
            model="sts/2011-06-15",
            protocol=JSON_RPC,
            target_prefix="AWSSecurityTokenServiceV20110615",
            error_prefix="",
            crc32=False,
            query_errors=True,
            errors_by_model=True,
        ),
    )
}
