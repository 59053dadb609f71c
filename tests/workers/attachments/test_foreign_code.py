"""Errors of libraries are problems of one file, also when the time to look at more has just ended."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mailcore.errors import ScanInterrupted
from workers.attachments import FileLimits
from workers.attachments import budget as budgets
from workers.attachments.budget import GATHER_SHARE, Budget
from workers.attachments.foreign_code import errors_are_problems, result_or_none

SECONDS = 10.0
# Seconds since the beginning.
EARLY, OVER, PAST = 1.0, SECONDS * (GATHER_SHARE + 1) / 2, SECONDS + 0.1


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Budget:
    now = [0.0]
    monkeypatch.setattr(budgets, "time", SimpleNamespace(monotonic=lambda: now[0]))
    found = Budget(FileLimits(), seconds=SECONDS)
    now[0] = request.param
    return found


def broken() -> bytes:
    raise EOFError("corrupt input")


@pytest.mark.parametrize("budget", [EARLY, OVER], indirect=True)
def test_an_error_is_a_problem_of_the_file(budget: Budget) -> None:
    with errors_are_problems(budget, "a.pdf: the reader"):
        broken()
    assert list(budget.problems) == ["a.pdf: the reader broke off: EOFError"]


@pytest.mark.parametrize("budget", [EARLY, OVER], indirect=True)
def test_a_wrong_password_is_none(budget: Budget) -> None:
    assert result_or_none(budget, broken) is None
    assert list(budget.problems) == []


@pytest.mark.parametrize("budget", [PAST], indirect=True)
def test_what_comes_when_all_time_has_ended_goes_through(budget: Budget) -> None:
    """The broker tells its time limits by exceptions of its own."""
    with pytest.raises(EOFError), errors_are_problems(budget, "a.pdf: the reader"):
        broken()
    with pytest.raises(EOFError):
        result_or_none(budget, broken)


@pytest.mark.parametrize("budget", [EARLY, OVER, PAST], indirect=True)
def test_a_scan_that_is_stopped_stops(budget: Budget) -> None:
    def stopped() -> None:
        raise ScanInterrupted("its 3 s ended")

    with pytest.raises(ScanInterrupted):
        result_or_none(budget, stopped)
    with pytest.raises(ScanInterrupted), errors_are_problems(budget, "a.pdf: the reader"):
        stopped()
