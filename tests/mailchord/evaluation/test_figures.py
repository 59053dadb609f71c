"""What is counted: by source and label, by rule, over all thresholds, in time."""

from __future__ import annotations

import pytest
from msgspec import structs

from mailchord.evaluation.figures import Outcome, RuleRow, Scores, count, curve_of, mistakes_of, rule_rows, times_of
from mailchord.evaluation.labelled import Kind
from mailchord.evaluation.needed import outcome_of
from mailcore.combine import Composites
from mailcore.composite_nodes import parse_composites
from mailcore.policy import Override, Policy, Thresholds
from mailcore.policy_files import PolicyFiles
from mailcore.verdict import Action, Verdict
from tests.mailchord.evaluation.synthetic import CORPUS, deciding, judged, labelled

THRESHOLDS = Thresholds()


def outcome(findings: str, label: str, *, source: str = "one", part: str = "") -> Outcome:
    return outcome_of(judged(findings, label, source=source, part=part), deciding())


COMPOSITE = """
composites:
  - id: a-and-b
    title: Both
    summary: Both were found.
    description: Both were found.
    category: test
    weight: 4
    status: stable
    conditions:
      all:
        - finding: a
        - finding: b
    examples:
      match: [[a, b]]
      no_match: [[a], [b]]
"""


def corpus() -> list[Outcome]:
    return [outcome(findings, label, source=source) for label, source, findings in CORPUS]


def test_sources_are_counted_by_label_with_the_stricter_actions_in_the_milder() -> None:
    figures = count("test", corpus(), THRESHOLDS)
    rows = {(row.source, row.label): row for row in figures.sources}
    bank = rows["bank", "phish"]
    assert (bank.kind, bank.messages, bank.tagged.hits, bank.held.hits, bank.refused.hits) == (Kind.BAD, 5, 4, 4, 0)
    assert (rows["newsletter", "ham"].tagged.hits, rows["newsletter", "ham"].messages) == (1, 7)
    assert rows["shop", "spam"].held.hits == 0
    assert [row.kind for row in figures.sources] == sorted((row.kind for row in figures.sources), key=list(Kind).index)


def test_labels_and_kinds_are_counted_in_all_and_backscatter_apart() -> None:
    figures = count("test", corpus(), THRESHOLDS)
    assert {row.label: row.messages for row in figures.labels} == {
        "ham": 12,
        "bounce": 1,
        "spam": 4,
        "phish": 5,
        "backscatter": 1,
    }
    assert {row.label: (row.tagged.hits, row.messages) for row in figures.totals} == {
        "all good": (1, 13),
        "all bad": (8, 9),
        "all apart": (0, 1),
    }


def test_deferred_mail_counts_neither_way() -> None:
    deferred = Outcome(mail=labelled(""), verdict=Verdict(id="x", action=Action.TEMPFAIL))
    (row,) = count("test", [deferred, outcome("", "ham")], THRESHOLDS).sources
    assert (row.messages, row.deferred, row.tagged.total) == (2, 1, 1)


def rules(*outcomes: Outcome) -> dict[str, RuleRow]:
    return {row.id: row for row in rule_rows(outcomes)}


@pytest.mark.parametrize(
    ("findings", "alone"),
    [
        ("content:a=5", {"a"}),
        ("content:a=5 content:b=1", {"a"}),
        ("content:a=3 content:b=3", {"a", "b"}),
        ("content:a=6 content:b=6", set()),
        ("content:a=4 content:b=0.99", set()),
        ("content:a=2.5 content:a=2.5 content:b=1", {"a"}),
        ("content:a=4.9 content:b=0.1", {"a", "b"}),
    ],
    ids=["one", "one of two", "both needed", "either would do", "not reached", "twice the same", "hundredths"],
)
def test_alone_responsible_is_what_the_threshold_needs(findings: str, alone: set[str]) -> None:
    rows = rules(outcome(findings, "spam"))
    assert {name for name, row in rows.items() if row.alone_bad} == alone


def test_composites_fall_with_what_they_stand_on() -> None:
    composite = parse_composites(COMPOSITE, "test.yaml")
    with_composite = structs.replace(deciding(), files=PolicyFiles(composites=Composites(composite)))
    record = judged("content:a=2 content:b=1 content:c=1", "spam")
    found = outcome_of(record, with_composite)
    assert found.verdict.score == 8.0
    assert found.needed == {"a", "b", "a-and-b"}
    harmless = outcome_of(judged("content:a=2 content:c=1", "spam"), with_composite)
    assert harmless.needed == frozenset()


def test_an_override_is_needed_too() -> None:
    policy = Policy(overrides=(Override(finding="a", action=Action.REJECT),))
    assert outcome_of(judged("content:a=0.5 content:b=1", "spam"), deciding(policy)).needed == {"a"}


def test_hits_are_counted_by_kind_and_once_a_message() -> None:
    row = rules(
        outcome("content:a=5 content:a=5", "spam"),
        outcome("content:a=5", "ham"),
        outcome("content:a=5", "backscatter"),
    )["a"]
    assert (row.hits_bad, row.hits_good, row.alone_bad, row.alone_good, row.pool) == (1, 1, 1, 1, "content")


@pytest.mark.parametrize(
    ("good", "bad", "area"),
    [((0, 1), (5, 6), 1.0), ((5, 6), (0, 1), 0.0), ((1, 1), (1, 1), 0.5), ((0, 4), (2, 6), 0.75)],
    ids=["apart", "upside down", "all equal", "mixed"],
)
def test_the_area_is_the_chance_that_bad_scores_above_good(
    good: tuple[float, ...], bad: tuple[float, ...], area: float
) -> None:
    curve = curve_of(Scores(part="", good=good, bad=bad))
    assert curve is not None
    assert curve.area == area
    assert (curve.false_positives[-1], curve.recall[-1], curve.precision[-1]) == (1.0, 1.0, 0.5)


def test_a_curve_needs_both_kinds() -> None:
    assert curve_of(Scores(part="", good=(1.0,), bad=())) is None


def test_curves_are_bounded() -> None:
    curve = curve_of(Scores(part="", good=tuple(range(5_000)), bad=tuple(range(5_000))))
    assert curve is not None
    assert len(curve.thresholds) <= 501
    assert curve.recall[-1] == 1.0


def test_percentiles_of_each_step_and_of_the_whole() -> None:
    times = {each.step: each for each in times_of([{"parse": 1.0, "ocr": float(n)} for n in range(1, 101)])}
    assert (times["parse"].p50, times["ocr"].p50, times["ocr"].p95, times["ocr"].p99) == (1.0, 50.0, 95.0, 99.0)
    assert (times["whole message"].most, times["whole message"].messages) == (101.0, 100)


def test_mistakes_are_good_mail_that_was_tagged_and_bad_mail_that_was_not() -> None:
    found = mistakes_of(
        [
            outcome("content:a=6", "ham"),
            outcome("content:a=1", "ham"),
            outcome("content:a=6", "spam"),
            outcome("", "phish"),
            outcome("content:a=4 content:b=0", "spam"),
            outcome("content:a=6", "backscatter"),
            outcome("content:a=9", "ham", part="modern check"),
        ]
    )
    assert [(each.label, each.score, each.findings) for each in found] == [
        ("ham", 6.0, (("a", 6.0),)),
        ("spam", 4.0, (("a", 4.0),)),
        ("phish", 0.0, ()),
    ]
