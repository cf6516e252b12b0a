"""Memory that clients share: no client holds all of it, and nothing is counted twice."""

import pytest

from app.execution.concurrency import BusyError
from app.execution.response_memory import MemoryBudget


def refused(budget: MemoryBudget, client: str, besides: int = 0) -> bool:
    try:
        budget.check(client, besides)
    except BusyError:
        return True
    return False


def test_a_client_alone_can_hold_half_and_the_next_one_half_of_the_rest() -> None:
    budget = MemoryBudget(90, "bodies")
    budget.reserve("a", 44)
    assert not refused(budget, "a")
    budget.reserve("a", 1)
    assert refused(budget, "a")
    budget.reserve("b", 22)
    assert not refused(budget, "b")
    budget.reserve("b", 1)
    assert refused(budget, "b")
    assert not refused(budget, "c")
    budget.release("b", 23)
    budget.release("a", 1)
    assert not refused(budget, "a")


def test_a_client_that_holds_nothing_is_refused_only_when_nothing_is_free() -> None:
    budget = MemoryBudget(90, "bodies")
    budget.reserve("a", 89)
    assert not refused(budget, "b")
    budget.reserve("a", 1)
    with pytest.raises(BusyError, match="bodies hold 90 of 90 bytes, 0 of them yours"):
        budget.check("b")


def test_a_request_may_become_longer_than_half_by_itself() -> None:
    budget = MemoryBudget(90, "bodies")
    budget.reserve("a", 80)
    assert not refused(budget, "a", besides=80)
    assert refused(budget, "a", besides=60)


def test_clients_without_sharing_can_hold_the_whole_budget() -> None:
    budget = MemoryBudget(90, "bodies")
    budget.reserve("", 89)
    assert not refused(budget, "")
    budget.reserve("", 1)
    assert refused(budget, "")
