"""Proposals: fitted to some mail, measured on other mail."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from mailchord.evaluation.figures import Outcome
from mailchord.evaluation.judging import Judged, verdict_on
from mailchord.evaluation.labelled import LabelledMail
from mailchord.evaluation.tuning import (
    Tuning,
    campaigns,
    check_enough,
    difference,
    propose,
    propose_thresholds,
)
from mailchord.evaluation.weights import Sign
from mailcore.errors import ConfigurationError
from mailcore.policy import Thresholds
from tests.mailchord.evaluation.synthetic import deciding, judged

# Not imported here: collecting tests should not load it.
pytestmark = pytest.mark.skipif(find_spec("scipy") is None, reason="the `train` extra is not installed")

SIGNS = {
    "lure": Sign(id="lure", weight=3.0),
    "bait": Sign(id="bait", weight=1.0),
    "gtube": Sign(id="gtube", weight=1000.0, fixed=True),
}
BAD, GOOD = "content:lure=3 content:bait=1", "content:bait=1"


def mails(findings: str, label: str, count: int, **names: str) -> list[Judged]:
    return [
        judged(
            findings, label, path=f"{label}-{names.get('source', '')}-{number}", campaign=f"s{number}.example", **names
        )
        for number in range(count)
    ]


def corpus() -> list[Judged]:
    return [
        *mails(BAD, "spam", 40, source="shop"),
        *mails(GOOD, "ham", 40, source="news"),
        *mails("content:gtube=1000", "spam", 10, source="tests"),
        *mails("", "backscatter", 5, source="bounces"),
    ]


def test_a_better_weight_is_found_and_its_gain_measured_on_unseen_mail() -> None:
    proposal = propose(corpus(), deciding(), SIGNS, Tuning())
    (lure,) = [each for each in proposal.weights if each.id == "lure"]
    assert (lure.before, lure.hits_bad, lure.hits_good) == (3.0, 40, 0)
    assert 3.0 < lure.after < 5.0
    assert "gtube" not in {each.id for each in proposal.weights}
    assert proposal.untouched == {"gtube": "fixed"}
    shop = next(gain for gain in proposal.gains if gain.source == "shop")
    assert (shop.before.hits, shop.after.hits, shop.gained, shop.lost) == (0, 40, 40, 0)
    assert shop.low > 0.8
    news = next(gain for gain in proposal.gains if gain.source == "news")
    assert (news.after.hits, news.was_left_out) == (0, False)
    assert {gain.source for gain in proposal.gains} == {"shop", "news", "tests"}


def test_mail_that_is_not_learned_from_is_measured() -> None:
    records = [*corpus(), *mails(BAD, "phish", 8, source="pot"), *mails(BAD, "spam", 8, part="modern check")]
    proposal = propose(records, deciding(), SIGNS, Tuning(not_from=frozenset({"pot"})))
    left_out = {(gain.source, gain.after.hits) for gain in proposal.gains if gain.was_left_out}
    assert left_out == {("pot", 8), ("one", 8)}


def test_weights_that_are_good_stay() -> None:
    records = [*mails("content:lure=9", "spam", 40), *mails("", "ham", 40, source="news")]
    proposal = propose(records, deciding(), {"lure": Sign(id="lure", weight=9.0)}, Tuning())
    assert (proposal.weights, proposal.thresholds) == ((), ())


def test_weights_that_gain_nothing_on_unseen_mail_are_not_proposed() -> None:
    """The fit would rather have less of a sign that stands in good mail; but that unmarks bad mail and spares none."""
    records = [
        *mails("content:lure=3 content:bait=2.5", "spam", 40, source="shop"),
        *mails("content:bait=2.5", "ham", 40, source="news"),
    ]
    signs = {"bait": Sign(id="bait", weight=2.5)}
    proposal = propose(records, deciding(), signs, Tuning(good_counts=200.0))
    assert (proposal.weights, proposal.thresholds) == ((), ())
    assert "they were not fitted to" in proposal.withheld
    assert all(gain.before == gain.after for gain in proposal.gains)


def test_learning_needs_both_kinds() -> None:
    with pytest.raises(ConfigurationError, match="good and bad"):
        check_enough(mails(BAD, "spam", 10), Tuning())
    with pytest.raises(ConfigurationError, match="good and bad"):
        check_enough(corpus(), Tuning(not_from=frozenset({"news"})))


def mail(campaign: str, cluster: str, label: str = "ham") -> LabelledMail:
    return LabelledMail(path=f"{campaign}{cluster}{label}", label=label, source="s", campaign=campaign, cluster=cluster)


def test_mail_of_one_sender_or_one_cluster_is_one_campaign() -> None:
    padding = [mail(f"other{number}.example", f"x{number}") for number in range(80)]
    one, two, three, alone = campaigns(
        [mail("a.example", "1"), mail("a.example", "2"), mail("b.example", "2"), mail("c.example", "3"), *padding]
    )[:4]
    assert one == two == three
    assert alone != one


def test_a_domain_that_everybody_writes_from_joins_nothing() -> None:
    mixed = [mail("free.example", "1", "ham"), mail("free.example", "2", "spam")]
    assert len(set(campaigns(mixed))) == 2
    frequent = [mail("big.example", f"{number}") for number in range(50)]
    assert len(set(campaigns(frequent))) == 50


def outcomes(*scores: tuple[float, str]) -> list[Outcome]:
    records = [judged(f"content:a={score}", label, path=f"{number}") for number, (score, label) in enumerate(scores)]
    return [Outcome(mail=each.mail, verdict=verdict_on(each, deciding())) for each in records]


@pytest.mark.parametrize(
    ("good", "bad", "proposed"),
    [
        ((0.0, 1.0), (6.0, 7.0), {}),
        ((0.0, 1.0), (4.0, 6.0), {"tag": 4.0}),
        ((0.0, 5.5), (6.0, 7.0), {"tag": 6.0}),
        ((0.0, 4.2), (4.0, 6.0), {}),
        ((0.0, 9.5), (6.0, 20.0), {"quarantine": 10.0}),
        ((0.0,), (), {}),
    ],
    ids=["good as it is", "lower", "higher", "no lower than good mail", "held good mail", "one kind only"],
)
def test_thresholds_follow_good_mail(
    good: tuple[float, ...], bad: tuple[float, ...], proposed: dict[str, float]
) -> None:
    found = outcomes(*((score, "ham") for score in good), *((score, "spam") for score in bad))
    assert {each.name: each.after for each in propose_thresholds(found, Thresholds(), 0.001)} == proposed


def test_the_difference_has_an_interval() -> None:
    low, high = difference(10, 0, 100)
    assert 0.03 < low < 0.1 < high < 0.17
    assert difference(0, 0, 0) == (-1.0, 1.0)
    balanced = difference(5, 5, 100)
    assert balanced[0] < 0 < balanced[1]
