"""Runs checks that need the DNS side by side: each round asks what all of them need now, in one call."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from mailcore.dns import NOT_ASKED, Answer, Lookup, Question
from mailcore.errors import ScanInterrupted
from mailcore.ports import Resolver

# One message: SPF for two identities takes up to 20 terms, each with up to 10 hosts, and some 25 rounds.
ROUNDS = 64
QUESTIONS = 512


class OnlyRemembered:
    """A resolver that waits for nobody: what `resolver` does not know at once is for whoever may wait."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:  # noqa: ARG002
        """See `mailcore.ports.Resolver`, but raises ScanInterrupted where a server has to be asked."""
        answers = self._resolver.resolve(questions, seconds=0.0)
        # By identity: that a server did not answer is remembered as well, and looks the same.
        if any(answer is NOT_ASKED for answer in answers.values()):
            raise ScanInterrupted("the DNS has to be asked")
        return answers


class EndlessCheck(RuntimeError):
    """A check goes on asking though it gets no more answers; a defect of that check."""


def run_lookups(checks: Mapping[str, Lookup[Any]], resolver: Resolver, *, seconds: float) -> dict[str, Any]:
    """The result of each check by its name.

    After `seconds`, `ROUNDS` rounds or `QUESTIONS` questions every further question is answered with `NOT_ASKED`, so
    that each check ends with what is known by then. A question that several checks ask, or one asks again, goes to
    the resolver once. What a check raises comes out with a note that names the check; the others are closed then.
    """
    deadline = time.monotonic() + seconds
    results: dict[str, Any] = {}
    known: dict[Question, Answer] = {}
    waiting: dict[str, tuple[Question, ...]] = {}
    try:
        for name in checks:
            _advance(name, checks[name], None, waiting, results)
        for turn in range(2 * ROUNDS):
            if not waiting:
                return results
            needed = dict.fromkeys(question for asked in waiting.values() for question in asked)
            new = [question for question in needed if question not in known]
            left = deadline - time.monotonic()
            if new and turn < ROUNDS and left > 0:
                asked_now = new[: max(0, QUESTIONS - len(known))]
                found = resolver.resolve(asked_now, seconds=left) if asked_now else {}
                known.update((question, found.get(question, NOT_ASKED)) for question in asked_now)
            for name, questions in tuple(waiting.items()):
                answers = {question: known.get(question, NOT_ASKED) for question in questions}
                _advance(name, checks[name], answers, waiting, results)
    finally:
        for name in checks:
            checks[name].close()
    if waiting:
        raise EndlessCheck(f"these checks do not end: {', '.join(waiting)}")
    return results


def _advance(
    name: str,
    check: Lookup[Any],
    answers: Mapping[Question, Answer] | None,
    waiting: dict[str, tuple[Question, ...]],
    results: dict[str, Any],
) -> None:
    """One step of one check: afterwards it waits for its next questions or its result is there."""
    try:
        waiting[name] = next(check) if answers is None else check.send(answers)
    except StopIteration as ended:
        results[name] = ended.value
        waiting.pop(name, None)
    except Exception as error:
        error.add_note(f"in the check {name}")
        raise
