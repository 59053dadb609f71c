"""Libraries that parse hostile formats raise anything: here that becomes a problem of one file, not of the pool."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from mailcore.errors import ScanInterrupted
from workers.attachments.budget import Budget

T = TypeVar("T")


@contextmanager
def errors_are_problems(budget: Budget, words: str, *, passing: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """An error in the block leaves `words` and its name among the problems. What is `passing` goes through.

    Raises ScanInterrupted, and whatever comes when all time has ended: that is how time limits are told.
    """
    try:
        yield
    except ScanInterrupted:
        raise
    except passing:
        raise
    except Exception as error:  # see above
        if budget.is_past:
            raise
        budget.problem(f"{words} broke off: {type(error).__name__}")


def result_or_none(budget: Budget, attempt: Callable[[], T], *, passing: tuple[type[Exception], ...] = ()) -> T | None:
    """What `attempt` returns; None where it raises, as libraries do for a wrong password.

    What is `passing` goes through. Raises as `errors_are_problems` does.
    """
    try:
        return attempt()
    except ScanInterrupted:
        raise
    except passing:
        raise
    except Exception:  # see above
        if budget.is_past:
            raise
        return None
