"""botocore's models as data: found without importing botocore, and expressible in Python."""

import subprocess
import sys
import warnings

import pytest

from headwater.errors import StartupError
from headwater.wire.models import compile_pattern, load_model
from headwater.wire.protocols import SERVICES
from headwater.wire.rules import ENUM_ORDER, MEMBER_SHAPES, MISSING_TEXTS, OPAQUE_SHAPES


def test_a_model_is_read_without_importing_botocore():
    code = (
        "import sys; from headwater.wire.models import load_model; "
        "load_model('dynamodb/2012-08-10'); print('botocore' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_a_model_that_is_not_there_is_the_operator_s_trouble():
    with pytest.raises(StartupError, match="no service model nonsense/2000-01-01"):
        load_model("nonsense/2000-01-01")


# Of an operation that is not served: it lists halves of surrogate pairs, which Java's texts have.
NOT_EXPRESSIBLE = {"AutoScalingRoleArn"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_pattern_of_a_request_can_be_checked(service):
    model = load_model(SERVICES[service].model)
    seen: set[str] = set()
    waiting = [about.input for about in model.operations.values() if about.input]
    while waiting:
        name = waiting.pop()
        if name in seen or name in OPAQUE_SHAPES:
            continue
        seen.add(name)
        shape = model.shape(name)
        waiting += [member.shape for member in shape.members.values()]
        waiting += [inner for inner in (shape.key, shape.element) if inner]
        if shape.pattern is not None and name not in NOT_EXPRESSIBLE:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                assert compile_pattern(shape.pattern) is not None, shape.pattern


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("team a/b:c=d+e-f@g_1", True),
        ("größe", True),
        ("名前", True),
        ("½", True),
        ("a\u00a0b", True),
        ("a\nb", False),
        ("a\tb", False),
        ("a*b", False),
        ("a€b", False),
    ],
)
def test_java_s_classes_of_characters_keep_their_meaning(text, matches):
    """Source: java.util.regex.Pattern; L letters, N numbers, Z separators of Unicode."""
    compiled = compile_pattern(r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)")
    assert compiled is not None
    assert (compiled.fullmatch(text) is not None) == matches


ELSEWHERE = {"EventSourcePosition": "lambda", "StateValue": "monitoring"}


def test_the_exceptions_name_things_that_exist():
    """A newer model may rename a shape; an exception for one that is gone would do nothing."""
    model = load_model(SERVICES["dynamodb"].model)
    for name, words in ENUM_ORDER.items():
        holder = load_model(SERVICES[ELSEWHERE.get(name, "dynamodb")].model)
        assert set(holder.shape(name).enum) == set(words), name
    for operation, member in [*MEMBER_SHAPES, *MISSING_TEXTS]:
        assert member in model.shape(model.operations[operation].input).members
