"""The STS operations: one file each, named as AWS names it."""

from headwater.operations.call import Handler
from headwater.operations.sts.get_caller_identity import get_caller_identity

OPERATIONS: dict[str, Handler] = {"GetCallerIdentity": get_caller_identity}
