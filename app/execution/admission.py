"""Admits an operation by its estimate, before anything is allocated for it."""

from ..schemas.errors import check_limit
from ..services.operation import Operation
from ..settings import Settings


def admit(operation: Operation[object], settings: Settings) -> None:
    """Let an operation in if its estimate is within the limits.

    Raises
    ------
    RequestError
        Naming the limit that its memory, its longest part or all of it exceeds.
    """
    work, field = operation.work, operation.field
    longest = work.cost if operation.longest is None else operation.longest
    check_limit(settings, "max_memory_bytes", field, "the estimated memory in bytes", work.peak)
    check_limit(settings, "max_multiply_adds", field, "the number of multiply-adds that cannot be interrupted", longest)
    most = "max_training_multiply_adds" if operation.streamed else "max_unstreamed_multiply_adds"
    check_limit(settings, most, operation.total_field or field, "the number of multiply-adds", work.cost)
