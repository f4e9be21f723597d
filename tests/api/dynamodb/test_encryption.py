"""SSESpecification: the key that a table names is described, and is AWS's own again without it.

Source: AWS, API reference, SSESpecification and SSEDescription: KMS is the only supported type; a
table that AWS encrypts with its own key has no SSEDescription.
"""

import pytest
from botocore.exceptions import ClientError

KEY = "arn:aws:kms:us-east-1:111122223333:key/0c9a3c5e-6d3b-4a51-8a11-9a1f4f0c7d21"


@pytest.fixture
def make(dynamodb, table_name):
    def make_table(**specification):
        extra = {"SSESpecification": specification} if specification else {}
        return dynamodb.create_table(
            TableName=table_name,
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            **extra,
        )["TableDescription"]

    yield make_table
    dynamodb.delete_table(TableName=table_name)


@pytest.fixture
def described(dynamodb, table_name):
    def described_table():
        table = dynamodb.describe_table(TableName=table_name)["Table"]
        return table.get("SSEDescription")

    return described_table


def test_a_table_is_made_with_the_key_of_a_customer(make, described):
    expected = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": KEY}
    made = make(Enabled=True, SSEType="KMS", KMSMasterKeyId=KEY)
    assert made["SSEDescription"] == expected
    assert described() == expected


def test_a_key_is_named_by_its_id(make, described):
    make(Enabled=True, SSEType="KMS", KMSMasterKeyId="0c9a3c5e-6d3b-4a51-8a11-9a1f4f0c7d21")
    arn = described()["KMSMasterKeyArn"]
    assert arn.endswith(":key/0c9a3c5e-6d3b-4a51-8a11-9a1f4f0c7d21")
    assert arn.startswith("arn:aws:kms:")


def test_update_table_turns_it_on_and_off(dynamodb, table_name, make, described):
    make()
    assert described() is None
    answer = dynamodb.update_table(TableName=table_name, SSESpecification={"Enabled": True})
    assert answer["TableDescription"]["SSEDescription"]["Status"] == "UPDATING"
    on = described()
    assert (on["Status"], on["SSEType"]) == ("ENABLED", "KMS")
    assert ":key/" in on["KMSMasterKeyArn"]
    dynamodb.update_table(TableName=table_name, SSESpecification={"Enabled": True})
    assert described() == on
    dynamodb.update_table(TableName=table_name, SSESpecification={"Enabled": False})
    assert described() is None


@pytest.mark.parametrize(
    "specification",
    [
        {"Enabled": True, "SSEType": "AES256"},
        {"Enabled": False, "SSEType": "KMS"},
        {"Enabled": False, "KMSMasterKeyId": KEY},
        {"KMSMasterKeyId": KEY},
    ],
)
def test_what_does_not_go_together_is_refused(dynamodb, table_name, make, specification):
    make()
    with pytest.raises(ClientError, match="One or more parameter values were invalid"):
        dynamodb.update_table(TableName=table_name, SSESpecification=specification)
