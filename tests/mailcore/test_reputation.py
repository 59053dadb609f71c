"""The history of a sender as numbers: what is learned, how it fades, what follows, and for whom it counts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult
from mailcore.reputation import (
    ACTIVE_DAYS,
    BAD,
    DAY,
    GOOD,
    MOST_A_DAY,
    NEUTRAL,
    SETTLED_DAYS,
    Evidence,
    Record,
    Reputation,
    Role,
    Standing,
    Subject,
    learned,
    standing_of,
)

NOW = 20_000 * DAY + 3_600  # an hour after midnight
HALF_LIFE = 30 * DAY
ONE_GOOD = Evidence(good=GOOD, messages=1)
ONE_BAD = Evidence(bad=BAD, messages=1)


def after(*days: list[Evidence], began: float = NOW) -> tuple[Record | None, float]:
    """The record after days with these messages, and when the last one came."""
    record, now = None, began
    for number, day in enumerate(days):
        now = began + number * DAY
        for evidence in day:
            record = learned(record, evidence, now, half_life=HALF_LIFE)
    return record, now


def judged(*days: list[Evidence], later: float = 0.0) -> Standing:
    record, now = after(*days)
    return standing_of(record, now + later, half_life=HALF_LIFE)


@pytest.mark.parametrize(
    ("days", "score", "confidence"),
    [
        pytest.param([], 0.0, 0.0, id="a stranger is neutral"),
        pytest.param([[Evidence(messages=1)]], 0.0, 0.0, id="mail that says nothing"),
        pytest.param([[ONE_BAD]], -1 / 3, 1 / 3, id="one bad message is a beginning"),
        pytest.param([[ONE_BAD] * 3], -0.6, 0.6, id="three bad messages"),
        pytest.param([[ONE_BAD] * 100], -4 / 6, 4 / 6, id="a day weighs no more than a day"),
        pytest.param([[ONE_GOOD]], 0.5 / 2.5, 0.0, id="one good message is no name"),
        pytest.param([[ONE_GOOD] * 100], 4 / 6, 0.0, id="nor a hundred of one day"),
        pytest.param([[ONE_GOOD] * 2 + [ONE_BAD]], 0.0, 0.5, id="one of three is bad: even"),
        pytest.param([[ONE_GOOD] * 200 + [ONE_BAD] * 100], 0.0, 4 / 6, id="and so it is with many"),
    ],
)
def test_first_days(days: list[list[Evidence]], score: float, confidence: float) -> None:
    standing = judged(*days)
    assert standing.score == pytest.approx(score, abs=1e-6)
    assert standing.confidence == pytest.approx(confidence, abs=1e-6)


def test_good_name_takes_weeks_and_a_bad_one_a_day() -> None:
    good = [judged(*[[ONE_GOOD] * 40] * days).confidence for days in (1, 2, 8, 15, 30)]
    assert good[0] == 0
    assert good[1] < 0.1
    assert good[2] < 0.6
    assert good == sorted(good)
    assert good[-1] > 0.9
    assert judged([ONE_BAD] * 4).confidence > 0.6


def test_age_alone_makes_no_good_name() -> None:
    """One message, a month of silence, and then a burst of harmless ones: the name of two days."""
    record, now = after([ONE_GOOD])
    for _ in range(100):
        record = learned(record, ONE_GOOD, now + 30 * DAY, half_life=HALF_LIFE)
    standing = standing_of(record, now + 30 * DAY, half_life=HALF_LIFE)
    assert standing.first_seen_days == 30
    assert standing.confidence < 1 / ACTIVE_DAYS


def test_poisoner_gets_little_and_loses_it_at_once() -> None:
    """A hundred harmless messages in each of three days, then crime."""
    harmless = [[ONE_GOOD] * 100] * 3
    earned = judged(*harmless)
    assert earned.strength < 0.2
    assert judged(*harmless, [ONE_BAD] * 10).score < 0.6 * earned.score
    assert judged(*harmless, *[[ONE_BAD] * 10] * 6).score < 0


def test_what_was_learned_fades_by_half_in_each_half_life() -> None:
    days = [[ONE_BAD] * 10] * 5
    fresh, later, forgotten = (judged(*days, later=after * HALF_LIFE) for after in (0, 1, 10))
    evidence = [2 * each.confidence / (1 - each.confidence) for each in (fresh, later)]
    assert evidence[1] == pytest.approx(evidence[0] / 2)
    assert later.volume == pytest.approx(fresh.volume / 2)
    assert forgotten.strength == pytest.approx(0, abs=1e-3)


def test_steady_bad_sender_does_not_grow_for_ever() -> None:
    """Whoever is cleaned up has a good name again in weeks, not in years."""
    days = [[ONE_BAD] * 50] * 200
    assert judged(*days).strength < -0.9
    record, now = after(*days)
    clean = 0
    while standing_of(record, now, half_life=HALF_LIFE).score < 0:
        clean += 1
        now += DAY
        for _ in range(50):
            record = learned(record, ONE_GOOD, now, half_life=HALF_LIFE)
    assert 20 < clean < 45


def test_clock_that_goes_back_stands_still() -> None:
    record, now = after([ONE_BAD] * 3)
    before = standing_of(record, now - 5 * DAY, half_life=HALF_LIFE)
    assert before == standing_of(record, now, half_life=HALF_LIFE)
    assert learned(record, ONE_BAD, now - 5 * DAY, half_life=HALF_LIFE).at == now


def test_person_who_releases_a_message_takes_back_what_was_learned_of_it() -> None:
    record, now = after([ONE_BAD])
    record = learned(record, Evidence(wanted=1), now, half_life=HALF_LIFE)
    assert record.bad + record.today_bad == 0
    assert standing_of(record, now, half_life=HALF_LIFE).score > 0
    record = learned(record, Evidence(unwanted=2), now, half_life=HALF_LIFE)
    assert standing_of(record, now, half_life=HALF_LIFE).score < 0


def test_released_the_next_day() -> None:
    record, now = after([ONE_BAD])
    record = learned(record, Evidence(wanted=1), now + DAY, half_life=HALF_LIFE)
    assert record.bad + record.today_bad == 0


EVIDENCE = st.builds(
    Evidence,
    good=st.floats(0, 1e6),
    bad=st.floats(0, 1e6),
    messages=st.integers(0, 10**6),
    wanted=st.integers(0, 1_000),
    unwanted=st.integers(0, 1_000),
)


@settings(deadline=None)
@given(steps=st.lists(st.tuples(EVIDENCE, st.floats(-DAY, 400 * DAY)), max_size=12), half_life=st.floats(1, 1e9))
def test_any_history_stays_in_its_bounds(steps: list[tuple[Evidence, float]], half_life: float) -> None:
    record, now = None, NOW
    for evidence, pause in steps:
        now += pause
        record = learned(record, evidence, now, half_life=half_life)
        assert min(record.good, record.bad, record.today_good, record.today_bad, record.volume) >= 0
        standing = standing_of(record, now, half_life=half_life)
        assert -1 < standing.score < 1
        assert 0 <= standing.confidence < 1


def test_evidence_adds_up() -> None:
    both = Evidence(good=1.0, messages=2, wanted=1) + Evidence(bad=0.5, messages=1, unwanted=3)
    assert both == Evidence(good=1.0, bad=0.5, messages=3, wanted=1, unwanted=3)


def test_constants_fit() -> None:
    assert SETTLED_DAYS > ACTIVE_DAYS
    assert MOST_A_DAY > BAD > GOOD


# For whom it counts

GOOD_ONE = Standing(score=0.8, confidence=0.9, volume=50)
BAD_ONE = Standing(score=-0.8, confidence=0.9, volume=50)
PASSED = AuthFacts(
    source=AuthSource.VERIFIED,
    from_domain="mail.example.com",
    spf=AuthResult.PASS,
    spf_domain="bounce.example.net",
    dkim=(
        DkimResult(domain="example.com", result=AuthResult.PASS),
        DkimResult(domain="x.example", result=AuthResult.FAIL),
    ),
    dmarc=AuthResult.PASS,
)
FAILED = AuthFacts(source=AuthSource.VERIFIED, from_domain="mail.example.com", dmarc=AuthResult.FAIL)
NOBODY_LOOKED = AuthFacts()


@pytest.mark.parametrize(
    ("role", "name", "standing", "auth", "expected"),
    [
        pytest.param(Role.IP, "192.0.2.1", GOOD_ONE, NOBODY_LOOKED, GOOD_ONE.strength, id="a client is who it is"),
        pytest.param(Role.DOMAIN, "example.com", GOOD_ONE, PASSED, GOOD_ONE.strength, id="proven domain"),
        pytest.param(Role.DOMAIN, "example.com", GOOD_ONE, FAILED, 0, id="forged domain"),
        pytest.param(Role.DOMAIN, "example.com", GOOD_ONE, NOBODY_LOOKED, 0, id="nobody looked"),
        pytest.param(
            Role.DOMAIN, "example.com", BAD_ONE, NOBODY_LOOKED, BAD_ONE.strength, id="nobody borrows a bad name"
        ),
        pytest.param(Role.ADDRESS, "a@example.com", GOOD_ONE, FAILED, 0, id="forged address"),
        pytest.param(Role.PAIR, "a@example.com b@example.org", GOOD_ONE, FAILED, 0, id="forged correspondence"),
        pytest.param(Role.ENVELOPE, "example.net", GOOD_ONE, PASSED, GOOD_ONE.strength, id="SPF passed"),
        pytest.param(Role.ENVELOPE, "example.org", GOOD_ONE, PASSED, 0, id="SPF passed for another"),
        pytest.param(Role.DKIM, "example.com", BAD_ONE, PASSED, BAD_ONE.strength, id="signature holds"),
        pytest.param(Role.DKIM, "x.example", BAD_ONE, PASSED, 0, id="a bad name in a signature that does not hold"),
        pytest.param(Role.DKIM, "x.example", GOOD_ONE, PASSED, 0, id="a good name in such a signature"),
    ],
)
def test_good_counts_only_where_it_is_proven_who_it_is(
    role: Role, name: str, standing: Standing, auth: AuthFacts, expected: float
) -> None:
    reputation = Reputation(standings=((Subject(role, name), standing),))
    assert reputation.of(role, auth).strength == expected
    others = [other for other in Role if other is not role]
    assert {reputation.of(other, auth) for other in others} == {NEUTRAL}


def test_worst_of_several_counts() -> None:
    """A sender whom one of the recipients knows is no friend of the others."""
    standings = tuple(
        (Subject(Role.PAIR, f"a@example.com {to}@example.org"), each)
        for to, each in (("b", GOOD_ONE), ("c", NEUTRAL), ("d", GOOD_ONE))
    )
    assert Reputation(standings=standings).of(Role.PAIR, PASSED) == NEUTRAL


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(Subject(Role.DOMAIN, "x.example"), Subject(Role.ENVELOPE, "x.example"), True, id="domain, twice"),
        pytest.param(Subject(Role.DOMAIN, "x.example"), Subject(Role.DKIM, "x.example"), False, id="signer"),
        pytest.param(Subject(Role.ADDRESS, "a b"), Subject(Role.PAIR, "a b"), False, id="address and pair"),
        pytest.param(Subject(Role.ADDRESS, "\x00\ud800"), Subject(Role.ADDRESS, "\x00?"), True, id="no UTF-8"),
    ],
)
def test_places_of_histories(one: Subject, other: Subject, same: bool) -> None:
    assert (one.digest == other.digest) is same
    assert len(one.digest) == 10
