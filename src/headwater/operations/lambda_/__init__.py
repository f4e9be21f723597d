"""The Lambda operations: one file each, named as AWS names it."""

from headwater.operations.call import Handler
from headwater.operations.lambda_.create_function import create_function
from headwater.operations.lambda_.delete_function import delete_function
from headwater.operations.lambda_.get_function import get_function
from headwater.operations.lambda_.get_function_configuration import get_function_configuration
from headwater.operations.lambda_.invoke import invoke
from headwater.operations.lambda_.list_functions import list_functions
from headwater.operations.lambda_.update_function_code import update_function_code
from headwater.operations.lambda_.update_function_configuration import (
    update_function_configuration,
)

OPERATIONS: dict[str, Handler] = {
    "CreateFunction": create_function,
    "DeleteFunction": delete_function,
    "GetFunction": get_function,
    "GetFunctionConfiguration": get_function_configuration,
    "Invoke": invoke,
    "ListFunctions": list_functions,
    "UpdateFunctionCode": update_function_code,
    "UpdateFunctionConfiguration": update_function_configuration,
}
