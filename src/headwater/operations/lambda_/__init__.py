"""The Lambda operations: one file each, named as AWS names it."""

from headwater.operations.call import Handler
from headwater.operations.lambda_.add_permission import add_permission
from headwater.operations.lambda_.create_alias import create_alias
from headwater.operations.lambda_.create_event_source_mapping import create_event_source_mapping
from headwater.operations.lambda_.create_function import create_function
from headwater.operations.lambda_.delete_alias import delete_alias
from headwater.operations.lambda_.delete_event_source_mapping import delete_event_source_mapping
from headwater.operations.lambda_.delete_function import delete_function
from headwater.operations.lambda_.delete_function_concurrency import delete_function_concurrency
from headwater.operations.lambda_.delete_function_event_invoke_config import (
    delete_function_event_invoke_config,
)
from headwater.operations.lambda_.delete_layer_version import delete_layer_version
from headwater.operations.lambda_.get_account_settings import get_account_settings
from headwater.operations.lambda_.get_alias import get_alias
from headwater.operations.lambda_.get_event_source_mapping import get_event_source_mapping
from headwater.operations.lambda_.get_function import get_function
from headwater.operations.lambda_.get_function_concurrency import get_function_concurrency
from headwater.operations.lambda_.get_function_configuration import get_function_configuration
from headwater.operations.lambda_.get_function_event_invoke_config import (
    get_function_event_invoke_config,
)
from headwater.operations.lambda_.get_layer_version import get_layer_version
from headwater.operations.lambda_.get_layer_version_by_arn import get_layer_version_by_arn
from headwater.operations.lambda_.get_policy import get_policy
from headwater.operations.lambda_.invoke import invoke
from headwater.operations.lambda_.list_aliases import list_aliases
from headwater.operations.lambda_.list_event_source_mappings import list_event_source_mappings
from headwater.operations.lambda_.list_function_event_invoke_configs import (
    list_function_event_invoke_configs,
)
from headwater.operations.lambda_.list_functions import list_functions
from headwater.operations.lambda_.list_layer_versions import list_layer_versions
from headwater.operations.lambda_.list_layers import list_layers
from headwater.operations.lambda_.list_tags import list_tags
from headwater.operations.lambda_.list_versions_by_function import list_versions_by_function
from headwater.operations.lambda_.publish_layer_version import publish_layer_version
from headwater.operations.lambda_.publish_version import publish_version
from headwater.operations.lambda_.put_function_concurrency import put_function_concurrency
from headwater.operations.lambda_.put_function_event_invoke_config import (
    put_function_event_invoke_config,
)
from headwater.operations.lambda_.remove_permission import remove_permission
from headwater.operations.lambda_.tag_resource import tag_resource
from headwater.operations.lambda_.untag_resource import untag_resource
from headwater.operations.lambda_.update_alias import update_alias
from headwater.operations.lambda_.update_event_source_mapping import update_event_source_mapping
from headwater.operations.lambda_.update_function_code import update_function_code
from headwater.operations.lambda_.update_function_configuration import update_function_configuration
from headwater.operations.lambda_.update_function_event_invoke_config import (
    update_function_event_invoke_config,
)
from headwater.operations.lambda_.waking import waking

_OPERATIONS: dict[str, Handler] = {
    "AddPermission": add_permission,
    "CreateAlias": create_alias,
    "CreateEventSourceMapping": create_event_source_mapping,
    "CreateFunction": create_function,
    "DeleteAlias": delete_alias,
    "DeleteEventSourceMapping": delete_event_source_mapping,
    "DeleteFunction": delete_function,
    "DeleteFunctionConcurrency": delete_function_concurrency,
    "DeleteFunctionEventInvokeConfig": delete_function_event_invoke_config,
    "DeleteLayerVersion": delete_layer_version,
    "GetAccountSettings": get_account_settings,
    "GetAlias": get_alias,
    "GetEventSourceMapping": get_event_source_mapping,
    "GetFunction": get_function,
    "GetFunctionConcurrency": get_function_concurrency,
    "GetFunctionConfiguration": get_function_configuration,
    "GetFunctionEventInvokeConfig": get_function_event_invoke_config,
    "GetLayerVersion": get_layer_version,
    "GetLayerVersionByArn": get_layer_version_by_arn,
    "GetPolicy": get_policy,
    "Invoke": invoke,
    "ListAliases": list_aliases,
    "ListEventSourceMappings": list_event_source_mappings,
    "ListFunctionEventInvokeConfigs": list_function_event_invoke_configs,
    "ListFunctions": list_functions,
    "ListLayerVersions": list_layer_versions,
    "ListLayers": list_layers,
    "ListTags": list_tags,
    "ListVersionsByFunction": list_versions_by_function,
    "PublishLayerVersion": publish_layer_version,
    "PublishVersion": publish_version,
    "PutFunctionConcurrency": put_function_concurrency,
    "PutFunctionEventInvokeConfig": put_function_event_invoke_config,
    "RemovePermission": remove_permission,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "UpdateAlias": update_alias,
    "UpdateEventSourceMapping": update_event_source_mapping,
    "UpdateFunctionCode": update_function_code,
    "UpdateFunctionConfiguration": update_function_configuration,
    "UpdateFunctionEventInvokeConfig": update_function_event_invoke_config,
}

OPERATIONS = waking(_OPERATIONS)
