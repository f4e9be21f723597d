"""SET and REMOVE of an UPDATE statement, as the update that tables/write.py applies.

The right side of SET is a value, an attribute, a sum or difference of two, or one of list_append,
set_add and set_delete. The latter two change a set in place, as ADD and DELETE of UpdateItem do.
Source: AWS, developer guide, "PartiQL update statements for DynamoDB".
"""

from headwater.errors import NotSupported, Validation
from headwater.expressions.comparison import kind_of
from headwater.expressions.paths import DocumentPath, check_apart, getter
from headwater.expressions.update import Evaluator, Update, content_of
from headwater.partiql.constants import Constants
from headwater.partiql.faults import bare, incorrect_count, incorrect_type, unknown_function
from headwater.partiql.syntax import Arithmetic, Call, Node, Path
from headwater.partiql.syntax import Update as UpdateStatement
from headwater.values.number import add, subtract
from headwater.values.size import Item, Value

_SETS = frozenset({"SS", "NS", "BS"})
_SET_FUNCTIONS = ("set_add", "set_delete")
_COMBINE = {"+": add, "-": subtract}


def bind_update(statement: UpdateStatement, constants: Constants) -> Update:
    """What the statement does to an item. Raises Validation for what can be done to none."""
    try:
        check_apart([path.parts for path in statement.paths], "UpdateExpression")
    except Validation as fault:
        raise bare(fault) from None
    sets: list[tuple[DocumentPath, Evaluator]] = []
    in_place: dict[str, list[tuple[DocumentPath, Value]]] = {name: [] for name in _SET_FUNCTIONS}
    for path, node in statement.sets:
        if isinstance(node, Call) and node.name in _SET_FUNCTIONS:
            in_place[node.name].append((path.parts, _elements(path, node, constants)))
        else:
            sets.append((path.parts, _evaluator(node, constants)))
    removes = [path.parts for path in statement.removes]
    return Update(sets, removes, in_place["set_add"], in_place["set_delete"])


def _elements(path: Path, node: Call, constants: Constants) -> Value:
    """The set that set_add adds, or set_delete takes away."""
    if len(node.arguments) != 2:
        raise incorrect_count(node.name, len(node.arguments))
    subject, elements = node.arguments
    value = constants.value(elements)
    if value is None:
        raise NotSupported(f"The second operand of {node.name} has to be a set")
    if kind_of(value) not in _SETS:
        raise incorrect_type(node.name, kind_of(value))
    if subject != path:
        raise NotSupported(f"{node.name} has to change the attribute it is assigned to")
    return value


def _evaluator(node: Node, constants: Constants) -> Evaluator:
    if isinstance(node, Arithmetic):
        return _arithmetic(node, constants)
    if isinstance(node, Call):
        return _append(node, constants)
    return _operand(node, constants)


def _operand(node: Node, constants: Constants) -> Evaluator:
    if isinstance(node, Path):
        return getter(node.parts)
    value = constants.value(node)
    if value is None:
        raise NotSupported("SET takes a value, an attribute, one + or - of two, or a function")
    return lambda _: value


def _arithmetic(node: Arithmetic, constants: Constants) -> Evaluator:
    combine = _COMBINE.get(node.operator)
    if combine is None:
        raise NotSupported(f"The operator {node.operator} is not supported")
    _check_constants(node.operator, "N", (node.left, node.right), constants)
    left, right = _operand(node.left, constants), _operand(node.right, constants)

    def calculate(item: Item) -> Value:
        return {"N": combine(content_of(left(item), "N"), content_of(right(item), "N"))}

    return calculate


def _append(node: Call, constants: Constants) -> Evaluator:
    if node.name != "list_append":
        raise unknown_function(node.name)
    if len(node.arguments) != 2:
        raise incorrect_count(node.name, len(node.arguments))
    _check_constants(node.name, "L", node.arguments, constants)
    left, right = (_operand(argument, constants) for argument in node.arguments)

    def append(item: Item) -> Value:
        return {"L": [*content_of(left(item), "L"), *content_of(right(item), "L")]}

    return append


def _check_constants(
    operator: str, kind: str, operands: tuple[Node, ...], constants: Constants
) -> None:
    for operand in operands:
        value = constants.value(operand)
        if value is not None and kind not in value:
            raise incorrect_type(operator, kind_of(value))
