"""Fitted weights: they follow the mail, never change direction, and leave alone what is not theirs to change."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailchord.evaluation.judging import Judged
from mailchord.evaluation.weights import Case, Fit, Sign, fit, grouped, reweighed, rounded, tunable
from mailcore.errors import ConfigurationError
from tests.mailchord.evaluation.synthetic import judged

# Not imported here: collecting tests should not load it.
pytestmark = pytest.mark.skipif(find_spec("scipy") is None, reason="the `train` extra is not installed")

TAG = 5.0
PLENTY = 40


def case(number: int, *, is_bad: bool, **shares: float) -> Case:
    names = {name.replace("_", "-"): share for name, share in shares.items()}
    return Case(
        is_bad=is_bad,
        source=("own", "bad" if is_bad else "good", "x"),
        campaign=f"sender{number}.example",
        score=sum(names.values()),
        shares=names,
    )


def many(count: int, *, is_bad: bool, **shares: float) -> list[Case]:
    return [case(number, is_bad=is_bad, **shares) for number in range(count)]


def fitted(cases: list[Case], **weights: float) -> Fit:
    signs = {name.replace("_", "-"): Sign(id=name.replace("_", "-"), weight=w) for name, w in weights.items()}
    return fit(cases, signs, tag=TAG, good_counts=10.0, regularisation=1.0)


def test_a_sign_of_bad_mail_only_weighs_more_but_is_not_enough_alone() -> None:
    found = fitted(many(PLENTY, is_bad=True, lure=3.0) + many(PLENTY, is_bad=False), lure=3.0)
    assert 3.0 < found.weights["lure"] < TAG


def test_a_sign_that_honest_mail_has_weighs_less_and_never_below_nothing() -> None:
    cases = many(PLENTY, is_bad=False, lure=6.0) + many(3, is_bad=True, lure=6.0) + many(PLENTY, is_bad=True)
    assert 0.0 <= fitted(cases, lure=6.0).weights["lure"] < TAG


def test_a_sign_of_good_mail_that_bad_mail_has_weighs_less_and_never_above_nothing() -> None:
    cases = many(PLENTY, is_bad=True, lure=6.0, paper=-3.0) + many(PLENTY, is_bad=False)
    assert -3.0 < fitted(cases, lure=6.0, paper=-3.0).weights["paper"] <= 0.0


def test_a_sign_that_is_enough_alone_grows_no_more() -> None:
    cases = many(PLENTY, is_bad=True, lure=6.0, paper=-4.0) + many(PLENTY, is_bad=False)
    assert fitted(cases, lure=6.0).weights == {}


@pytest.mark.parametrize("count", [1, 4])
def test_a_few_messages_say_nothing(count: int) -> None:
    cases = many(count, is_bad=True, lure=3.0) + many(PLENTY, is_bad=False) + many(PLENTY, is_bad=True)
    assert fitted(cases, lure=3.0).weights == {}


def test_many_messages_of_one_sender_say_nothing() -> None:
    cases = [case(1, is_bad=True, lure=3.0) for _ in range(PLENTY)] + many(PLENTY, is_bad=False)
    assert fitted(cases, lure=3.0).weights == {}


def test_signs_that_come_together_are_tuned_together() -> None:
    cases = many(PLENTY, is_bad=True, lure=2.0, bait=1.0, other=1.0) + many(PLENTY, is_bad=True, other=1.0)
    found = fitted(cases + many(PLENTY, is_bad=False), lure=2.0, bait=1.0, other=1.0)
    assert found.groups == (("bait", "lure"),)
    assert found.weights["lure"] == 2 * found.weights["bait"]


def test_signs_of_opposite_directions_are_never_one() -> None:
    assert grouped(many(9, is_bad=True, lure=2.0, paper=-1.0), {"lure": 2.0, "paper": -1.0}) == [("lure",), ("paper",)]


def test_both_kinds_of_mail_are_needed() -> None:
    with pytest.raises(ConfigurationError, match="both good and bad"):
        fitted(many(PLENTY, is_bad=True, lure=3.0), lure=3.0)


NAMES = ("a", "b", "c", "d")
WEIGHTS = {"a": 3.0, "b": 1.5, "c": -2.0, "d": 8.0}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.booleans(), st.frozensets(st.sampled_from(NAMES)), st.integers(0, 9)), min_size=12, max_size=60
    )
)
def test_whatever_the_mail_says_no_sign_turns_round(rows: list[tuple[bool, frozenset[str], int]]) -> None:
    cases = [case(number, is_bad=is_bad, **{name: WEIGHTS[name] for name in names}) for is_bad, names, number in rows]
    cases += [case(0, is_bad=True), case(1, is_bad=False)]
    for name, weight in fitted(cases, **WEIGHTS).weights.items():
        assert weight * WEIGHTS[name] >= 0
        assert abs(weight) <= 2 * abs(WEIGHTS[name])
        assert not (0 < WEIGHTS[name] < TAG <= weight)


@pytest.mark.parametrize(
    ("weight", "multiplier", "new"),
    [(2.0, 1.5, 3.0), (2.0, 1.05, 2.0), (2.1, 1.01, 2.1), (3.0, 2.0, 4.75), (-1.0, 1.5, -1.5), (2.0, 0.01, 0.0)],
    ids=["a step", "less than a step", "an odd weight stays", "below the threshold", "good sign", "nothing"],
)
def test_weights_are_round(weight: float, multiplier: float, new: float) -> None:
    assert rounded(weight, multiplier, TAG) == new


SIGNS = {
    "wallet": Sign(id="wallet", weight=3.0),
    "gtube": Sign(id="gtube", weight=1000.0, fixed=True),
    "by_case": Sign(id="by_case", weight=4.0, weighs_by_case=True),
    "no_weight": Sign(id="no_weight", weight=0.0, weighs_by_case=True),
}


@pytest.mark.parametrize(
    ("findings", "why"),
    [
        ("content:wallet=3", ""),
        ("content:by_case=2", ""),
        ("content:gtube=1000", "fixed"),
        ("content:composite=3", "no rule or detector"),
        ("content:wallet=0", "weighs nothing"),
        ("content:wallet=2.5", "has changed"),
        ("content:no_weight=2", "by case"),
    ],
    ids=["rule", "detector", "fixed", "composite", "experimental", "changed since", "only by case"],
)
def test_what_may_be_tuned(findings: str, why: str) -> None:
    (obstacle,) = tunable([judged(findings, "spam")], SIGNS).values()
    assert obstacle == why or (why and why in obstacle)


def weights_in(record: Judged) -> dict[str, float]:
    return {finding.id: finding.weight for report in record.reports for finding in report.findings}


def test_mail_is_weighed_anew_without_being_scanned() -> None:
    record = judged("content:wallet=3 content:by_case=2 content:gtube=1000", "spam")
    changed = reweighed(record, {"wallet": 4.0, "by_case": 6.0}, SIGNS)
    assert weights_in(changed) == {"wallet": 4.0, "by_case": 3.0, "gtube": 1000.0}
    assert reweighed(record, {}, SIGNS) == record
