"""What black-box tests of DynamoDB's operations share: tables in one line, refusals as values."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config


@pytest.fixture
def bare(node) -> Any:
    """A client that sends whatever it is given: botocore checks nothing."""
    return node.client("dynamodb", config=Config(parameter_validation=False))


@pytest.fixture
def invalid(refusal) -> Callable[..., str]:
    """invalid(call, **params): the message of the ValidationException a call must end in."""

    def message(call: Callable[..., Any], **params: Any) -> str:
        code, text = refusal(call, **params)
        assert code == "ValidationException", (code, text)
        return str(text)

    return message


@pytest.fixture
def make_table(dynamodb, table_name, eventually) -> Callable[..., str]:
    """make_table("pk", "sk:N", local={"loc": "x"}, indexes={"glo": ("a", "b:N")}): a table's name.

    Keys are names with their type behind a colon; S if there is none. An index may name its
    projection last: {"glo": ("a", "b", {"ProjectionType": "KEYS_ONLY"})}.
    """
    made: list[str] = []

    def make(*keys: str, local: Any = None, indexes: Any = None, **more: Any) -> str:
        name = f"{table_name}.{len(made)}"
        types: dict[str, str] = {}
        request: dict[str, Any] = {
            "TableName": name,
            "KeySchema": _schema(keys, types),
            "BillingMode": "PAY_PER_REQUEST",
        }
        if local:
            request["LocalSecondaryIndexes"] = [
                _index(index, (keys[0], *_parts(about)), types) for index, about in local.items()
            ]
        if indexes:
            request["GlobalSecondaryIndexes"] = [
                _index(index, _parts(about), types) for index, about in indexes.items()
            ]
        request["AttributeDefinitions"] = [
            {"AttributeName": key, "AttributeType": kind} for key, kind in types.items()
        ]
        dynamodb.create_table(**{**request, **more})
        made.append(name)
        eventually(
            lambda: dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE"
        )
        return name

    return make


@pytest.fixture
def run(dynamodb) -> Callable[..., Any]:
    """run("SELECT ...", {"S": "a"}, Limit=1): ExecuteStatement with its parameters."""

    def call(statement: str, *parameters: Any, **more: Any) -> Any:
        if parameters:
            more["Parameters"] = list(parameters)
        return dynamodb.execute_statement(Statement=statement, **more)

    return call


@pytest.fixture
def items(run) -> Callable[..., Any]:
    """items("SELECT ..."): the items alone, in the order of the answer."""
    return lambda *args, **more: run(*args, **more)["Items"]


@pytest.fixture
def statement_rows(make_table, dynamodb) -> str:
    """A table of three items that statements find by number, list, map and set."""
    name = make_table("pk")
    rows: dict[str, dict[str, Any]] = {
        "a": {"n": {"N": "1"}, "tags": {"L": [{"S": "x"}, {"S": "y"}, {"S": "z"}]}},
        "b": {"n": {"N": "2"}, "m": {"M": {"in": {"S": "deep"}, "by": {"S": "side"}}}},
        "c": {"s": {"SS": ["p", "q"]}},
    }
    for pk, more in rows.items():
        dynamodb.put_item(TableName=name, Item={"pk": {"S": pk}, **more})
    return str(name)


@pytest.fixture
def indexed(make_table, dynamodb) -> str:
    """Four items of one partition; the third is in no index, `loose` is kept by none."""
    keys = {"ProjectionType": "KEYS_ONLY"}
    name = make_table(
        "pk",
        "sk",
        local={"lsi": ("loc", keys)},
        indexes={
            "gsi": ("glo",),
            "inc": ("glo2", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["kept"]}),
        },
    )
    for number in "1234":
        item = {"pk": "p", "sk": number, "loose": f"l{number}"}
        if number != "3":
            item |= {"loc": f"k{number}", "glo2": "y", "kept": f"k{number}"}
            item["glo"] = "z" if number == "2" else "x"
        dynamodb.put_item(TableName=name, Item={key: {"S": text} for key, text in item.items()})
    return str(name)


def _parts(about: Any) -> tuple[Any, ...]:
    return about if isinstance(about, tuple) else (about,)


def _schema(keys: tuple[str, ...], types: dict[str, str]) -> list[dict[str, str]]:
    schema = []
    for key, role in zip(keys, ("HASH", "RANGE"), strict=False):
        name, _, kind = key.partition(":")
        types[name] = kind or types.get(name, "S")
        schema.append({"AttributeName": name, "KeyType": role})
    return schema


def _index(name: str, parts: tuple[Any, ...], types: dict[str, str]) -> dict[str, Any]:
    projection = {"ProjectionType": "ALL"}
    if isinstance(parts[-1], dict):
        *keys, projection = parts
    else:
        keys = list(parts)
    return {
        "IndexName": name,
        "KeySchema": _schema(tuple(keys), types),
        "Projection": projection,
    }
