"""Runs checks that need the DNS side by side: each round asks what all of them need now, in one call."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mailcore.dns import NOT_ASKED, Answer, Lookup, Question
from mailcore.errors import ScanInterrupted
from mailcore.ports import Resolver

# One message: SPF for two identities takes up to 20 terms, each with up to 10 hosts, and some 25 rounds.
ROUNDS = 64
QUESTIONS = 512

# Shares of the time. A stranger names servers of his own (for the key of a signature, the names of a client) and keeps
# them silent: after `PATIENCE` those go on who have all their answers, and `GIVE_UP` leaves time for what comes behind.
PATIENCE, GIVE_UP = 0.1, 0.7


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


class _Asking:
    """The questions of all checks, and what is known of them. Nothing is left open once the time is over."""

    def __init__(self, resolver: Resolver, *, seconds: float, give_up: float) -> None:
        self._resolver = resolver
        self._seconds = seconds
        self._longest = give_up * seconds
        self._deadline = time.monotonic() + seconds
        self._since: dict[Question, float] = {}
        self._known: dict[Question, Answer] = {}

    def ask(self, questions: Iterable[Question]) -> None:
        """Asks for what is not known, in one call; returns once all is answered, or when others should go on."""
        began = time.monotonic()
        left = self._deadline - began
        wanted = [question for question in dict.fromkeys(questions) if question not in self._known]
        for question in wanted:
            if question not in self._since and len(self._since) < QUESTIONS:
                self._since[question] = began
        asked = [question for question in wanted if question in self._since]
        patience = min(left, PATIENCE * self._seconds)
        found = self._resolver.resolve(asked, seconds=patience) if asked and left > 0 else {}
        now = time.monotonic()
        # A resolver that comes back before its time knows no more.
        is_final = now - began < 0.9 * patience or now >= self._deadline
        for question in wanted:
            answer = found.get(question, NOT_ASKED)
            since = self._since.get(question)
            if answer is not NOT_ASKED or is_final or since is None or now - since >= self._longest:
                self._known[question] = answer

    def answers(self, questions: Iterable[Question]) -> dict[Question, Answer] | None:
        """The answers to these, None where one is still open."""
        found = {question: self._known.get(question) for question in questions}
        answers = {question: answer for question, answer in found.items() if answer is not None}
        return answers if len(answers) == len(found) else None


def run_lookups(
    checks: Mapping[str, Lookup[Any]], resolver: Resolver, *, seconds: float, give_up: float = GIVE_UP
) -> dict[str, Any]:
    """The result of each check by its name.

    After `seconds`, `ROUNDS` rounds or `QUESTIONS` questions every further question is answered with `NOT_ASKED`, so
    that each check ends with what is known by then; so is a question that was open for `give_up` of that time. No check
    waits for the questions of another one much longer than `PATIENCE`. A question that several checks ask, or one asks
    again, goes to the resolver once, or again while it is open. What a check raises comes out with a note that names
    the check; the others are closed then.
    """
    asking = _Asking(resolver, seconds=seconds, give_up=give_up)
    results: dict[str, Any] = {}
    waiting: dict[str, tuple[Question, ...]] = {}
    try:
        for name in checks:
            _advance(name, checks[name], None, waiting, results)
        for turn in range(2 * ROUNDS):
            if not waiting:
                return results
            if turn < ROUNDS:
                asking.ask(question for asked in waiting.values() for question in asked)
            for name, questions in tuple(waiting.items()):
                answers = asking.answers(questions)
                if answers is None and turn >= ROUNDS:
                    answers = dict.fromkeys(questions, NOT_ASKED)
                if answers is not None:
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
