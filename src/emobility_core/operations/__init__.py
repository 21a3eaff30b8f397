"""Long-running work as a resource that can be watched."""

from emobility_core.operations._operation import (
    Operation,
    OperationStatus,
    Progress,
    UnknownOperation,
    operation_completed,
)

__all__ = ["Operation", "OperationStatus", "Progress", "UnknownOperation", "operation_completed"]
