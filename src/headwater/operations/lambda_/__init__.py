"""The Lambda operations: one file each, named as AWS names it."""

from headwater.operations.call import Handler
from headwater.operations.lambda_.create_event_source_mapping import create_event_source_mapping
from headwater.operations.lambda_.create_function import create_function
from headwater.operations.lambda_.delete_event_source_mapping import delete_event_source_mapping
from headwater.operations.lambda_.delete_function import delete_function
from headwater.operations.lambda_.get_event_source_mapping import get_event_source_mapping
from headwater.operations.lambda_.get_function import get_function
from headwater.operations.lambda_.get_function_configuration import get_function_configuration
from headwater.operations.lambda_.invoke import invoke
from headwater.operations.lambda_.list_event_source_mappings import list_event_source_mappings
from headwater.operations.lambda_.list_functions import list_functions
from headwater.operations.lambda_.update_event_source_mapping import update_event_source_mapping
from headwater.operations.lambda_.update_function_code import update_function_code
from headwater.operations.lambda_.update_function_configuration import (
    update_function_configuration,
)

OPERATIONS: dict[str, Handler] = {
    "CreateEventSourceMapping": create_event_source_mapping,
    "CreateFunction": create_function,
    "DeleteEventSourceMapping": delete_event_source_mapping,
    "DeleteFunction": delete_function,
    "GetEventSourceMapping": get_event_source_mapping,
    "GetFunction": get_function,
    "GetFunctionConfiguration": get_function_configuration,
    "Invoke": invoke,
    "ListEventSourceMappings": list_event_source_mappings,
    "ListFunctions": list_functions,
    "UpdateEventSourceMapping": update_event_source_mapping,
    "UpdateFunctionCode": update_function_code,
    "UpdateFunctionConfiguration": update_function_configuration,
}
