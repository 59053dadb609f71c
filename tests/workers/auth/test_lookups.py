"""Checks side by side: what goes to the resolver, and how everything ends when there is no answer or no time."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from mailcore.dns import NOT_ASKED, Answer, DnsStatus, Lookup, Question, RecordType
from mailcore.errors import ScanInterrupted
from tests.fakes import FakeResolver
from workers.auth.lookups import QUESTIONS, ROUNDS, EndlessCheck, OnlyRemembered, run_lookups

ZONE: dict[str, tuple[str, ...] | DnsStatus] = {
    "one.example TXT": ("two.example",),
    "two.example TXT": ("end",),
    "slow.example TXT": DnsStatus.TIMEOUT,
}


def text(name: str) -> Question:
    return Question(name, RecordType.TXT)


def follow(name: str) -> Lookup[list[str]]:
    """The names that are passed when each record names the next."""
    passed = []
    while True:
        passed.append(name)
        answer = (yield (text(name),))[text(name)]
        if not answer.records:
            return [*passed, answer.status.value]
        (name,) = answer.records


def ask(*names: str) -> Lookup[dict[str, DnsStatus]]:
    answers = yield tuple(text(name) for name in names)
    return {question.name: answer.status for question, answer in answers.items()}


def know() -> Lookup[str]:
    yield from ()
    return "known"


def loop() -> Lookup[None]:
    number = 0
    while True:
        number += 1
        yield (text(f"n{number}.example"),)


def count(most: int, *, at_once: int = 1) -> Lookup[int]:
    """How many of that many questions are answered, asked some at a time."""
    answered = 0
    for start in range(0, most, at_once):
        answers = yield tuple(text(f"n{number}.example") for number in range(start, start + at_once))
        answered += sum(answer is not NOT_ASKED for answer in answers.values())
    return answered


class Slow(FakeResolver):
    """Takes all the time that it is given."""

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
        super().resolve(questions, seconds=seconds)
        time.sleep(seconds)
        return dict.fromkeys(questions, NOT_ASKED)


def test_each_round_is_one_call() -> None:
    resolver = FakeResolver(ZONE)
    results = run_lookups({"a": follow("one.example"), "b": follow("two.example"), "c": know()}, resolver, seconds=5)
    assert results == {
        "a": ["one.example", "two.example", "end", "no such name"],
        "b": ["two.example", "end", "no such name"],
        "c": "known",
    }
    assert resolver.asked == [(text("one.example"), text("two.example")), (text("end"),)]
    assert all(0 < seconds <= 5 for seconds in resolver.seconds)


def test_without_checks_nothing_is_asked() -> None:
    resolver = FakeResolver()
    assert run_lookups({}, resolver, seconds=5) == {}
    assert run_lookups({"c": know()}, resolver, seconds=5) == {"c": "known"}
    assert resolver.asked == []


def test_each_check_gets_its_own_answers_alone() -> None:
    checks = {"a": ask("one.example", "slow.example"), "b": ask("no.example")}
    assert run_lookups(checks, FakeResolver(ZONE), seconds=5) == {
        "a": {"one.example": DnsStatus.OK, "slow.example": DnsStatus.TIMEOUT},
        "b": {"no.example": DnsStatus.NO_SUCH_NAME},
    }


def test_one_who_asks_nothing_is_asked_again() -> None:
    def wait() -> Lookup[int]:
        return len((yield ()))

    resolver = FakeResolver()
    assert run_lookups({"a": wait()}, resolver, seconds=5) == {"a": 0}
    assert resolver.asked == []


@pytest.mark.parametrize("seconds", [0, -1.0], ids=["no time", "less than none"])
def test_without_time_nothing_is_asked_and_all_end(seconds: float) -> None:
    resolver = FakeResolver(ZONE)
    assert run_lookups({"a": follow("one.example")}, resolver, seconds=seconds) == {"a": ["one.example", "timeout"]}
    assert resolver.asked == []


def test_a_slow_resolver_uses_the_budget_up_once() -> None:
    resolver = Slow(ZONE)
    began = time.monotonic()
    assert run_lookups({"a": count(30)}, resolver, seconds=0.05) == {"a": 0}
    assert time.monotonic() - began < 1
    assert len(resolver.asked) < 20


class OneSilent(FakeResolver):
    """Knows everything at once but what the servers of a stranger would have to say."""

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
        found = dict(super().resolve(questions, seconds=seconds))
        silent = [question for question in questions if question.name.startswith("silent")]
        if silent:
            time.sleep(seconds)
        return found | dict.fromkeys(silent, NOT_ASKED)


def test_servers_of_a_stranger_take_no_time_of_other_checks() -> None:
    """Or whoever signs with a key on a silent server would escape the policy of the domain that he forges."""
    checks = {"forged": follow("one.example"), "silent": ask("silent.example"), "more": ask("silent2.example")}
    began = time.monotonic()
    results = run_lookups(checks, OneSilent(ZONE), seconds=0.5)
    assert results["forged"] == ["one.example", "two.example", "end", "no such name"]
    assert results["silent"] == {"silent.example": DnsStatus.TIMEOUT}
    assert time.monotonic() - began < 0.95  # not half a second for each of the two


def test_behind_a_silent_server_there_is_time_for_other_questions() -> None:
    """As where SPF asks for the names of the client first, and reads the rest of the record then."""

    def both() -> Lookup[tuple[DnsStatus, DnsStatus]]:
        first = (yield (text("silent.example"),))[text("silent.example")]
        second = (yield (text("one.example"),))[text("one.example")]
        return first.status, second.status

    assert run_lookups({"a": both()}, OneSilent(ZONE), seconds=0.3) == {"a": (DnsStatus.TIMEOUT, DnsStatus.OK)}


def test_an_answer_that_comes_late_still_counts() -> None:
    class Late(FakeResolver):
        def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
            answers = super().resolve(questions, seconds=seconds)
            if len(self.asked) > 3:
                return answers
            time.sleep(seconds)
            return dict.fromkeys(questions, NOT_ASKED)

    assert run_lookups({"a": ask("one.example")}, Late(ZONE), seconds=1) == {"a": {"one.example": DnsStatus.OK}}


def test_what_a_resolver_leaves_out_was_not_asked() -> None:
    class Forgetful(FakeResolver):
        def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
            return {}

    assert run_lookups({"a": ask("one.example")}, Forgetful(), seconds=5) == {"a": {"one.example": DnsStatus.TIMEOUT}}


def test_rounds_are_bounded() -> None:
    resolver = FakeResolver()
    assert run_lookups({"a": count(ROUNDS + 9)}, resolver, seconds=5) == {"a": ROUNDS}
    assert len(resolver.asked) == ROUNDS


@pytest.mark.parametrize("at_once", [100, 10 * QUESTIONS], ids=["some at a time", "all at once"])
def test_questions_are_bounded(at_once: int) -> None:
    resolver = FakeResolver()
    assert run_lookups({"a": count(10 * QUESTIONS, at_once=at_once)}, resolver, seconds=5) == {"a": QUESTIONS}
    assert sum(map(len, resolver.asked)) == QUESTIONS


def test_a_check_that_never_ends_is_named() -> None:
    with pytest.raises(EndlessCheck, match="this one"):
        run_lookups({"this one": loop(), "another": know()}, FakeResolver(), seconds=5)


def test_what_a_check_raises_comes_out_with_its_name() -> None:
    def broken() -> Lookup[None]:
        yield (text("one.example"),)
        raise ZeroDivisionError

    checks: dict[str, Lookup[Any]] = {"broken one": broken(), "other": loop()}
    with pytest.raises(ZeroDivisionError) as raised:
        run_lookups(checks, FakeResolver(), seconds=5)
    assert raised.value.__notes__ == ["in the check broken one"]
    with pytest.raises(StopIteration):
        next(checks["other"])


class Warm(FakeResolver):
    """Remembers some answers; asks for others only where it may wait."""

    def __init__(self, remembered: Collection[str]) -> None:
        super().__init__(ZONE)
        self.remembered = set(remembered)

    def resolve(self, questions: Collection[Question], *, seconds: float) -> Mapping[Question, Answer]:
        answers = super().resolve(questions, seconds=seconds)
        if seconds > 0:
            return answers
        return {
            question: answer if question.name in self.remembered else NOT_ASKED for question, answer in answers.items()
        }


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("one.example",), id="its answer leads on"),
        pytest.param(("slow.example",), id="that nobody answered is remembered too"),
        pytest.param(("no-such.example", "one.example"), id="that there is nothing is remembered too"),
        pytest.param((), id="nothing is asked"),
    ],
)
def test_what_is_remembered_waits_for_nobody(names: tuple[str, ...]) -> None:
    remembered = Warm({"one.example", "two.example", "end", "slow.example", "no-such.example"})
    checks = {name: follow(name) for name in names} | {"known": know()}
    at_once = run_lookups(checks, OnlyRemembered(remembered), seconds=5)
    assert at_once == run_lookups({name: follow(name) for name in names} | {"known": know()}, remembered, seconds=5)


@pytest.mark.parametrize(
    "remembered",
    [
        pytest.param((), id="nothing"),
        pytest.param(("one.example",), id="the first step only"),
        pytest.param(("one.example", "slow.example"), id="not the last step"),
    ],
)
def test_as_soon_as_somebody_must_be_asked_others_take_over(remembered: tuple[str, ...]) -> None:
    checks = {"follow": follow("one.example"), "slow": ask("slow.example")}
    with pytest.raises(ScanInterrupted, match="has to be asked"):
        run_lookups(checks, OnlyRemembered(Warm(remembered)), seconds=5)
