"""Every error a caller can meet, by AWS's name for it; and the two that only an operator meets.

    Exception
      AwsError             answered to the caller: a code, AWS's words, further members of the body
        Validation, ResourceNotFound, ...
      OperatorError        told to whoever runs the node: what, why, what to do now
        StartupError, CorruptionError

This file knows names and texts. HTTP statuses, `__type` prefixes and body keys are known to
`wire/fault.py` alone, so that the domain can raise without knowing which protocol is asking.
"""

from collections.abc import Callable
from typing import ClassVar


class AwsError(Exception):
    """An answer in AWS's words.

    message  text of the body's message member; "" leaves the member out
    fields   further members of the body, by their wire names (CancellationReasons, Item, ...)
    """

    code: ClassVar[str] = "InternalServerError"

    def __init__(self, message: str = "", **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields


# --- the front door: what every service may answer -------------------------------------------


class InternalServer(AwsError):
    code = "InternalServerError"


class Serialization(AwsError):
    code = "SerializationException"


class UnknownOperation(AwsError):
    code = "UnknownOperationException"


class Validation(AwsError):
    code = "ValidationException"


class MissingAuthenticationToken(AwsError):
    code = "MissingAuthenticationTokenException"


class IncompleteSignature(AwsError):
    code = "IncompleteSignatureException"


class InvalidSignature(AwsError):
    code = "InvalidSignatureException"


class UnrecognizedClient(AwsError):
    code = "UnrecognizedClientException"


class AccessDenied(AwsError):
    code = "AccessDeniedException"


class Throttling(AwsError):
    code = "ThrottlingException"


class RequestTooLarge(AwsError):
    """A body over the door's limit: HTTP 413."""

    code = "RequestTooLargeException"


class ServiceUnavailable(AwsError):
    """The node is draining, or its disk has failed: HTTP 503, clients retry elsewhere or later."""

    code = "ServiceUnavailableException"


class NotSupported(Validation):
    """AWS has it and Headwater does not (yet): refused by name, never accepted and ignored."""


# --- DynamoDB and DynamoDB Streams -------------------------------------------------------------


class ResourceNotFound(AwsError):
    code = "ResourceNotFoundException"


class ResourceInUse(AwsError):
    code = "ResourceInUseException"


class PolicyNotFound(AwsError):
    code = "PolicyNotFoundException"


class LimitExceeded(AwsError):
    code = "LimitExceededException"


class ConditionalCheckFailed(AwsError):
    """Carries Item when ReturnValuesOnConditionCheckFailure asked for it and there was one.

    bytes_found  what its condition was checked against, which is paid for
    """

    bytes_found = 0

    code = "ConditionalCheckFailedException"

    def __init__(self, message: str = "The conditional request failed", **fields: object) -> None:
        super().__init__(message, **fields)


class DuplicateItem(ConditionalCheckFailed):
    """INSERT met an item: the condition that there is none has failed."""

    code = "DuplicateItemException"

    def __init__(self, message: str = "Duplicate primary key exists in table") -> None:
        super().__init__(message)


class ItemCollectionSizeLimitExceeded(AwsError):
    code = "ItemCollectionSizeLimitExceededException"


class ProvisionedThroughputExceeded(AwsError):
    code = "ProvisionedThroughputExceededException"


class TransactionCanceled(AwsError):
    """Carries CancellationReasons, one for each action, in the order of the request."""

    code = "TransactionCanceledException"


class TransactionConflict(AwsError):
    code = "TransactionConflictException"

    def __init__(self, message: str = "Transaction is ongoing for the item") -> None:
        super().__init__(message)


class TransactionInProgress(AwsError):
    code = "TransactionInProgressException"


class IdempotentParameterMismatch(AwsError):
    code = "IdempotentParameterMismatchException"


class ExpiredIterator(AwsError):
    code = "ExpiredIteratorException"

    def __init__(
        self, message: str = "The provided iterator exceeds the maximum age allowed."
    ) -> None:
        super().__init__(message)


class TrimmedDataAccess(AwsError):
    code = "TrimmedDataAccessException"

    def __init__(self, message: str = "The data you are trying to access has been trimmed") -> None:
        super().__init__(message)


class TableNotFound(AwsError):
    """The word of the calls that back up and restore, where others say ResourceNotFound."""

    code = "TableNotFoundException"


class TableAlreadyExists(AwsError):
    code = "TableAlreadyExistsException"


class TableInUse(AwsError):
    code = "TableInUseException"


class ContinuousBackupsUnavailable(AwsError):
    """The table is still being made."""

    code = "ContinuousBackupsUnavailableException"


class BackupNotFound(AwsError):
    code = "BackupNotFoundException"


class BackupInUse(AwsError):
    code = "BackupInUseException"


class PointInTimeRecoveryUnavailable(AwsError):
    code = "PointInTimeRecoveryUnavailableException"


class InvalidRestoreTime(AwsError):
    code = "InvalidRestoreTimeException"


class InvalidExportTime(AwsError):
    code = "InvalidExportTimeException"


class ExportNotFound(AwsError):
    code = "ExportNotFoundException"


class ExportConflict(AwsError):
    code = "ExportConflictException"


class ImportNotFound(AwsError):
    code = "ImportNotFoundException"


class ImportConflict(AwsError):
    code = "ImportConflictException"


# --- Lambda ------------------------------------------------------------------------------------


class InvalidParameterValue(AwsError):
    code = "InvalidParameterValueException"


class InvalidRequestContent(AwsError):
    code = "InvalidRequestContentException"


class ResourceConflict(AwsError):
    code = "ResourceConflictException"


class PreconditionFailed(AwsError):
    code = "PreconditionFailedException"


class TooManyRequests(AwsError):
    """Carries Reason, AWS's word: ReservedFunctionConcurrentInvocationLimitExceeded, ...

    when_free  has a call made each time it is worth to try again, in line with others, until it
               returns False (then the next one is made) or what `when_free` returned is called;
               None: nobody can tell
    """

    code = "TooManyRequestsException"

    def __init__(
        self,
        message: str = "",
        *,
        when_free: Callable[[Callable[[], bool]], Callable[[], None]] | None = None,
        **fields: object,
    ) -> None:
        super().__init__(message, **fields)
        self.when_free = when_free


class InvalidZipFile(AwsError):
    code = "InvalidZipFileException"


class ResourceNotReady(AwsError):
    code = "ResourceNotReadyException"


class Service(AwsError):
    """Lambda's own word for an internal error."""

    code = "ServiceException"


# --- SQS ---------------------------------------------------------------------------------------


class QueueDoesNotExist(AwsError):
    code = "QueueDoesNotExist"

    def __init__(self, message: str = "The specified queue does not exist.") -> None:
        super().__init__(message)


class QueueNameExists(AwsError):
    code = "QueueNameExists"


class InvalidAddress(AwsError):
    code = "InvalidAddress"


class InvalidAttributeName(AwsError):
    code = "InvalidAttributeName"


class InvalidAttributeValue(AwsError):
    code = "InvalidAttributeValue"


class MissingParameter(AwsError):
    code = "MissingParameter"


class InvalidMessageContents(AwsError):
    code = "InvalidMessageContents"


class ReceiptHandleIsInvalid(AwsError):
    code = "ReceiptHandleIsInvalid"


class OverLimit(AwsError):
    """More messages in flight than a queue may have."""

    code = "OverLimit"


class PurgeQueueInProgress(AwsError):
    code = "PurgeQueueInProgress"


class EmptyBatchRequest(AwsError):
    code = "EmptyBatchRequest"


class TooManyEntriesInBatchRequest(AwsError):
    code = "TooManyEntriesInBatchRequest"


class BatchEntryIdsNotDistinct(AwsError):
    code = "BatchEntryIdsNotDistinct"


class InvalidBatchEntryId(AwsError):
    code = "InvalidBatchEntryId"


class BatchRequestTooLong(AwsError):
    code = "BatchRequestTooLong"


# --- CloudWatch ---------------------------------------------------------------------------------


class InvalidParameterCombination(AwsError):
    code = "InvalidParameterCombinationException"


class MissingRequiredParameter(AwsError):
    code = "MissingRequiredParameterException"


class NoSuchResource(AwsError):
    """CloudWatch's own word for what is not there."""

    code = "ResourceNotFound"


class InvalidNextToken(AwsError):
    code = "InvalidNextToken"


# --- CloudWatch Logs ---------------------------------------------------------------------------


class ResourceAlreadyExists(AwsError):
    code = "ResourceAlreadyExistsException"


class InvalidParameter(AwsError):
    code = "InvalidParameterException"


# --- the operator ------------------------------------------------------------------------------


class OperatorError(Exception):
    """Told to whoever runs the node, in three parts: what happened, why, what to do now."""


class StartupError(OperatorError):
    """The node cannot start. Nothing was changed on disk."""


class CorruptionError(OperatorError):
    """Stored bytes are not what this build wrote. The node stops rather than guess."""
