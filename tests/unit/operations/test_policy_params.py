"""What is no policy is a caller's mistake, whatever kind of value stands where.

Source: PutResourcePolicy's texts in tests/api/dynamodb/test_recorded_texts.py; what AWS says of a
Statement that is no statement is not on record, and is taken for the same as of a policy that is
none.
"""

import json
from typing import Any

import pytest

from headwater.errors import Validation
from headwater.operations.dynamodb.policy_params import check_policy

ODD: list[Any] = [None, True, False, 0, 5, -1.5, "", "text"]
ODD += [[], [[]], [5], [None], {}, {"x": {}}]
STATEMENT = {"Sid": "one", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
POLICY = {"Version": "2012-10-17", "Id": "policy", "Statement": [STATEMENT]}


def trouble_with(text: str) -> str:
    with pytest.raises(Validation) as refused:
        check_policy(text)
    return refused.value.message.partition("Invalid policy document: ")[2]


@pytest.mark.parametrize("odd", [True, False, 0, 5, -1.5, "", "text", [5], ["x"], [[]], [None]])
def test_a_statement_is_an_object_or_a_list_of_objects(odd):
    assert trouble_with(json.dumps({"Statement": odd})) == "This policy contains invalid Json"


@pytest.mark.parametrize("odd", [True, 0, 5, "", "text", [5], [[]]])
def test_a_policy_is_an_object(odd):
    assert trouble_with(json.dumps(odd)) == "This policy contains invalid Json"


@pytest.mark.parametrize("member", [*POLICY, *STATEMENT])
@pytest.mark.parametrize("odd", ODD)
def test_no_value_of_any_member_is_more_than_a_callers_mistake(member, odd):
    if member in POLICY:
        documents = [POLICY | {member: odd}]
    else:
        changed = STATEMENT | {member: odd}
        documents = [POLICY | {"Statement": found} for found in (changed, [STATEMENT, changed])]
    for document in documents:
        try:
            check_policy(json.dumps(document))
        except Validation as fault:
            assert "Invalid policy document: " in fault.message
