"""Two ways of judging the same mail, message by message."""

from __future__ import annotations

from mailchord.evaluation.comparison import Comparison, compare
from mailchord.evaluation.figures import Outcome
from mailchord.evaluation.judging import verdict_on
from mailcore.policy import Policy, Thresholds
from mailcore.verdict import Action
from tests.mailchord.evaluation.synthetic import deciding, judged

STRICT = Policy(thresholds=Thresholds(tag=2.0))


def outcomes(policy: Policy, *findings: tuple[str, str]) -> list[Outcome]:
    records = [judged(text, label) for text, label in findings]
    return [Outcome(mail=each.mail, verdict=verdict_on(each, deciding(policy))) for each in records]


def compared(before: list[Outcome], after: list[Outcome]) -> Comparison:
    return compare(("old", "new"), before, after)


MAIL = (("content:a=3", "ham"), ("content:a=6", "spam"), ("", "ham"))


def test_the_same_changes_nothing() -> None:
    found = compared(outcomes(Policy(), *MAIL), outcomes(Policy(), *MAIL))
    assert found.changes == ()
    assert sum(move.messages for move in found.moves) == 3


def test_other_thresholds_move_mail() -> None:
    found = compared(outcomes(Policy(), *MAIL), outcomes(STRICT, *MAIL))
    (change,) = found.changes
    assert (change.action_before, change.action_after, change.findings) == (Action.ACCEPT, Action.TAG, ())
    assert (change.score_before, change.score_after) == (3.0, 3.0)
    moved = {(move.kind.value, move.before.value, move.after.value): move.messages for move in found.moves}
    assert moved == {
        ("good", "accept", "accept"): 1,
        ("good", "accept", "tag"): 1,
        ("bad", "tag", "tag"): 1,
    }


def test_findings_that_came_went_or_count_differently_are_named() -> None:
    before = outcomes(Policy(), ("content:stays=1 content:goes=2 content:grows=1", "spam"))
    after = outcomes(Policy(), ("content:stays=1 content:comes=4 content:grows=2", "spam"))
    (change,) = compared(before, after).changes
    assert [(each.id, each.before, each.after) for each in change.findings] == [
        ("comes", None, 4.0),
        ("goes", 2.0, None),
        ("grows", 1.0, 2.0),
    ]


def test_other_actions_stand_first_and_good_mail_before_bad() -> None:
    before = outcomes(Policy(), ("", "spam"), ("", "spam"), ("", "ham"))
    after = outcomes(Policy(), ("content:a=4", "spam"), ("content:a=6", "spam"), ("content:a=5", "ham"))
    changes = compared(before, after).changes
    assert [(change.label, change.score_after) for change in changes] == [("ham", 5.0), ("spam", 6.0), ("spam", 4.0)]
