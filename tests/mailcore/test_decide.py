"""What the decision must hold for every set of reports, and what it says in the cases administrators ask about."""

from __future__ import annotations

import itertools
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.decide import after_attempts, decide
from mailcore.identity import Identity
from mailcore.policy import Allow, Block, Override, OwnThresholds, Policy, Proof, SpecialPolicy, Thresholds
from mailcore.scoring import total
from mailcore.verdict import POOLS, Action, Finding, PoolReport, PoolStatus, Verdict, Where

EXPECTED = ("content", "urls")


def finding(name: str = "urgent_words", weight: float = 1.0, category: str = "text", summary: str = "") -> Finding:
    return Finding(id=name, pool="content", category=category, weight=weight, summary=summary or f"It has {name}.")


def report(pool: str, *findings: Finding, status: PoolStatus = PoolStatus.OK, reason: str = "") -> PoolReport:
    return PoolReport(pool=pool, status=status, reason=reason, findings=findings)


DEFAULT = Policy()


def judged(*findings: Finding, policy: Policy = DEFAULT, recipients: tuple[str, ...] = ()) -> Verdict:
    """The verdict where every pool completed and these findings were made."""
    reports = [report("content", *findings), report("urls")]
    return decide(reports, EXPECTED, policy, message_id="m1", recipients=recipients)


# --- scores and thresholds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weights", "action", "score"),
    [
        pytest.param((), Action.ACCEPT, 0.0, id="nothing found"),
        pytest.param((4.99,), Action.ACCEPT, 4.99, id="just below tag"),
        pytest.param((4.994,), Action.ACCEPT, 4.99, id="rounded below tag"),
        pytest.param((5.0,), Action.TAG, 5.0, id="exactly tag"),
        pytest.param((0.1,) * 50, Action.TAG, 5.0, id="fifty tenths are exactly five"),
        pytest.param((9.0,), Action.QUARANTINE, 9.0, id="quarantine"),
        pytest.param((15.0,), Action.REJECT, 15.0, id="reject"),
        pytest.param((6.0, -2.0), Action.ACCEPT, 4.0, id="what speaks for the mail counts"),
        pytest.param((math.nan, 2.0), Action.ACCEPT, 2.0, id="no number weighs nothing"),
        pytest.param((math.inf, -math.inf), Action.ACCEPT, 0.0, id="endless weighs nothing"),
        pytest.param((1e300,), Action.REJECT, 1000.0, id="huge weights are cut"),
    ],
)
def test_thresholds(weights: tuple[float, ...], action: Action, score: float) -> None:
    verdict = judged(*(finding(f"f{place}", weight) for place, weight in enumerate(weights)))

    assert (verdict.action, verdict.score) == (action, score)


def test_a_group_cap_limits_its_category_only() -> None:
    policy = Policy(group_caps={"text": 3.0})

    verdict = judged(
        finding("a", 2.5), finding("b", 2.0), finding("c", 1.0), finding("d", 4.0, category="link"), policy=policy
    )

    assert {each.id: each.score for each in verdict.findings} == {"a": 2.5, "b": 0.5, "c": 0.0, "d": 4.0}
    assert verdict.score == 7.0
    assert verdict.category == "link"


def in_file(pool: str, weight: float = 2.0, *, file: str = "a.js", quote: str = "http://192.0.2.7/") -> Finding:
    """A link in a file, as every pool that reads the file finds it."""
    where = Where(part="2", file=file, quote=quote)
    return Finding(id="address", pool=pool, category="link", weight=weight, summary="A bare address.", where=where)


@pytest.mark.parametrize(
    ("found", "score"),
    [
        pytest.param([in_file("attachments"), in_file("sandbox")], 2.0, id="told by two pools"),
        pytest.param([in_file("attachments"), in_file("ocr"), in_file("sandbox")], 2.0, id="by three"),
        pytest.param([in_file("attachments", 1.0), in_file("sandbox", 3.0)], 3.0, id="the heavier one counts"),
        pytest.param([in_file("attachments"), in_file("sandbox"), in_file("sandbox")], 4.0, id="twice in one pool"),
        pytest.param([in_file("attachments"), in_file("attachments")], 4.0, id="one pool alone"),
        pytest.param([in_file("attachments"), in_file("sandbox", file="b.js")], 4.0, id="in two files"),
        pytest.param([in_file("attachments"), in_file("sandbox", quote="http://192.0.2.8/")], 4.0, id="two links"),
        pytest.param([in_file("attachments", -1.0), in_file("sandbox", -1.0)], -2.0, id="what speaks for the mail"),
    ],
)
def test_the_same_evidence_counts_once_however_many_pools_tell_it(found: list[Finding], score: float) -> None:
    pools = sorted({each.pool for each in found})
    reports = [report(pool, *(each for each in found if each.pool == pool)) for pool in pools]

    verdict = decide(reports, pools, DEFAULT, message_id="m1")

    assert verdict.score == score
    assert len(verdict.findings) == len(found)


def test_what_speaks_for_the_mail_counts_before_the_cap() -> None:
    verdict = judged(finding("a", 4.0), finding("b", -1.0), policy=Policy(group_caps={"text": 5.0}))

    assert verdict.score == 3.0


@pytest.mark.parametrize(
    ("cap", "score"),
    [
        pytest.param(0.0, 0.0, id="nothing counts"),
        pytest.param(-3.0, 0.0, id="below zero means zero"),
        pytest.param(math.nan, 4.0, id="no number caps nothing"),
        pytest.param(math.inf, 4.0, id="endless caps nothing"),
        pytest.param(-math.inf, 0.0, id="endlessly below zero means zero"),
        pytest.param(5000.0, 4.0, id="a cap above every weight"),
    ],
)
def test_odd_caps(cap: float, score: float) -> None:
    assert judged(finding(weight=4.0), policy=Policy(group_caps={"text": cap})).score == score


@pytest.mark.parametrize(
    ("policy", "score"),
    [
        pytest.param(Policy(block=(Block(from_="example.com", score=math.inf),)), 4.0, id="endless block"),
        pytest.param(Policy(block=(Block(from_="EXAMPLE.com.", score=1e300),)), 1004.0, id="huge block"),
        pytest.param(Policy(block=(Block(from_="example.com", score=math.nan),)), 4.0, id="block of no number"),
        pytest.param(
            Policy(allow=(Allow(from_="example.com", requires=Proof.NONE, score=-math.inf),)), 4.0, id="endless allow"
        ),
    ],
)
def test_odd_scores_of_listed_senders_do_not_raise(policy: Policy, score: float) -> None:
    identity = Identity(from_addresses=("jane@example.com",))

    verdict = decide([report("content", finding(weight=4.0))], (), policy, message_id="m1", identity=identity)

    assert verdict.score == score


def test_category_is_the_one_that_counts_most() -> None:
    verdict = judged(finding("a", 2.0, "spam"), finding("b", 1.5, "phishing"), finding("c", 1.0, "phishing"))

    assert verdict.category == "phishing"


@pytest.mark.parametrize("weights", [(), (-2.0,), (0.0,)], ids=["no findings", "only good ones", "weightless"])
def test_no_category_where_nothing_speaks_against_the_mail(weights: tuple[float, ...]) -> None:
    assert judged(*(finding(weight=weight) for weight in weights)).category == ""


# --- overrides ---------------------------------------------------------------------------------------------------

MALWARE = Override(finding="yara_*", action=Action.REJECT)
KNOWN = Override(finding="known_sender", action=Action.ACCEPT)
HELD = Override(finding="macro", action=Action.QUARANTINE)


@pytest.mark.parametrize(
    ("overrides", "findings", "action"),
    [
        pytest.param((MALWARE,), {"yara_eicar": 0.5}, Action.REJECT, id="pattern forces"),
        pytest.param((MALWARE,), {"yara_eicar": 0.0}, Action.REJECT, id="a weightless finding forces too"),
        pytest.param((MALWARE,), {"yar": 0.5, "an_yara_x": 0.5}, Action.ACCEPT, id="pattern is anchored"),
        pytest.param((HELD,), {"macro": 1.0}, Action.QUARANTINE, id="exact id forces"),
        pytest.param((HELD,), {"macro_free": 1.0}, Action.ACCEPT, id="without a star the id is whole"),
        pytest.param((HELD,), {"macro": 20.0}, Action.REJECT, id="the score may ask for more"),
        pytest.param((HELD, MALWARE), {"macro": 0.1, "yara_x": 0.1}, Action.REJECT, id="the strictest counts"),
        pytest.param((KNOWN,), {"known_sender": 0.0, "spam": 30.0}, Action.ACCEPT, id="accept makes milder"),
        pytest.param(
            (KNOWN, HELD), {"known_sender": 0.0, "macro": 1.0}, Action.QUARANTINE, id="unless one is stricter"
        ),
        pytest.param((KNOWN,), {"spam": 30.0}, Action.REJECT, id="accept only with its finding"),
    ],
)
def test_overrides(overrides: tuple[Override, ...], findings: dict[str, float], action: Action) -> None:
    verdict = judged(*(finding(*each) for each in findings.items()), policy=Policy(overrides=overrides))

    assert verdict.action is action


def test_an_override_explains_itself_and_names_the_category() -> None:
    verdict = judged(finding("yara_eicar", 0.0, "malware"), finding("b", -1.0), policy=Policy(overrides=(MALWARE,)))

    assert verdict.reasons == (
        "It has yara_eicar.",
        "The policy asks for at least reject when there is the finding yara_eicar.",
    )
    assert verdict.category == "malware"


def test_an_accept_override_does_not_replace_a_missing_scan() -> None:
    verdict = decide(
        [report("content", finding("known_sender", 0.0))], EXPECTED, Policy(overrides=(KNOWN,)), message_id="m1"
    )

    assert verdict.action is Action.TEMPFAIL


# --- missing pools -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pool", "status", "action"),
    [
        pytest.param("attachments", PoolStatus.OK, Action.ACCEPT, id="complete"),
        pytest.param("attachments", PoolStatus.SKIPPED, Action.ACCEPT, id="no work"),
        pytest.param("attachments", PoolStatus.PARTIAL, Action.QUARANTINE, id="partial"),
        pytest.param("urls", PoolStatus.PARTIAL, Action.ACCEPT, id="partial, and policy does not name it"),
        pytest.param("attachments", PoolStatus.TIMED_OUT, Action.TEMPFAIL, id="timed out"),
        pytest.param("attachments", PoolStatus.FAILED, Action.TEMPFAIL, id="failed"),
        pytest.param("ocr", PoolStatus.TIMED_OUT, Action.ACCEPT, id="policy goes on without"),
        pytest.param("sandbox", PoolStatus.TIMED_OUT, Action.TEMPFAIL, id="a pool that policy does not name"),
        pytest.param("ml", PoolStatus.FAILED, Action.QUARANTINE, id="policy is stricter than a deferral"),
    ],
)
def test_a_pool_that_did_not_complete(pool: str, status: PoolStatus, action: Action) -> None:
    policy = Policy(missing_pools={"attachments": Action.TEMPFAIL, "ocr": Action.ACCEPT, "ml": Action.QUARANTINE})

    verdict = decide([report("content"), report(pool, status=status)], ["content", pool], policy, message_id="m1")

    assert verdict.action is action
    assert verdict.partial is not status.is_complete


@pytest.mark.parametrize(
    ("weight", "action"),
    [(0.0, Action.TEMPFAIL), (5.0, Action.TEMPFAIL), (9.0, Action.QUARANTINE), (15.0, Action.REJECT)],
    ids=["over accept", "over tag", "not over quarantine", "not over reject"],
)
def test_a_deferral_wins_only_over_what_is_milder(weight: float, action: Action) -> None:
    verdict = decide([report("content", finding(weight=weight))], EXPECTED, Policy(), message_id="m1")

    assert verdict.action is action


def test_an_expected_pool_without_a_report_is_timed_out_and_says_so() -> None:
    verdict = decide([report("content")], ["attachments", "content"], Policy(), message_id="m1")

    assert [(pool.pool, pool.status) for pool in verdict.pools] == [
        ("content", PoolStatus.OK),
        ("attachments", PoolStatus.TIMED_OUT),
    ]
    assert verdict.reasons == ("The attachments pool did not finish in time, so the files were not looked at.",)


def test_findings_of_a_pool_that_did_not_finish_count() -> None:
    partial = report("urls", finding("bad_link", 15.0), status=PoolStatus.TIMED_OUT)

    verdict = decide([report("content"), partial], EXPECTED, Policy(), message_id="m1")

    assert verdict.action is Action.REJECT
    assert verdict.reasons[0] == "It has bad_link."


GO_ON = Policy(missing_pools=dict.fromkeys(POOLS, Action.ACCEPT))


@pytest.mark.parametrize("unjudged", [Action.ACCEPT, Action.TEMPFAIL, Action.QUARANTINE])
def test_what_nobody_saw_is_answered_as_policy_says(unjudged: Action) -> None:
    verdict = decide([], ["content"], Policy(unjudged=unjudged), message_id="m1", recipients=("a@x.example",))

    assert (verdict.action, verdict.recipients[0].action) == (unjudged, unjudged)
    assert verdict.partial


@pytest.mark.parametrize(
    ("reports", "expected", "skipped", "action"),
    [
        pytest.param([], [], {}, Action.TEMPFAIL, id="nothing is known at all"),
        pytest.param([], ["content"], {}, Action.TEMPFAIL, id="no report"),
        pytest.param([], ["content"], {"ocr": "no picture"}, Action.TEMPFAIL, id="a skipped pool has seen nothing"),
        pytest.param([report("content", status=PoolStatus.FAILED)], ["content"], {}, Action.TEMPFAIL, id="all failed"),
        pytest.param(
            [report("content", status=PoolStatus.PARTIAL)], ["content"], {}, Action.ACCEPT, id="one saw a part"
        ),
        pytest.param([report("content")], ["content", "urls"], {}, Action.ACCEPT, id="one saw all of its own"),
        pytest.param([], [], {"ocr": "no picture"}, Action.ACCEPT, id="there was nothing to see"),
    ],
)
def test_going_on_without_every_pool_still_needs_one(
    reports: list[PoolReport], expected: list[str], skipped: dict[str, str], action: Action
) -> None:
    verdict = decide(reports, expected, GO_ON, message_id="m1", skipped=skipped)

    assert verdict.action is action


def test_skipped_pools_are_listed_with_their_reason() -> None:
    verdict = decide([report("content")], ["content"], Policy(), message_id="m1", skipped={"ocr": "no picture"})

    assert [(pool.pool, pool.status, pool.reason) for pool in verdict.pools] == [
        ("content", PoolStatus.OK, ""),
        ("ocr", PoolStatus.SKIPPED, "no picture"),
    ]
    assert not verdict.partial


# --- reasons -----------------------------------------------------------------------------------------------------


def test_reasons_are_weightiest_first_without_repetition_and_few() -> None:
    many = [finding(f"f{place:02}", 0.1 * place) for place in range(1, 20)]

    verdict = judged(*many, finding("f19", 0.3))

    assert verdict.reasons == tuple(f"It has f{place:02}." for place in range(19, 9, -1))


def test_reasons_that_decide_stand_first() -> None:
    verdict = decide([report("content", finding(weight=6.0))], EXPECTED, Policy(), message_id="m1")

    assert verdict.reasons == (
        "The urls pool did not finish in time, so the links were not looked at.",
        "It has urgent_words.",
    )


def test_a_missing_pool_is_named_however_many_findings_there_are() -> None:
    many = [finding(f"f{place:02}", 2.0) for place in range(20)]

    verdict = decide([report("content", *many)], EXPECTED, Policy(), message_id="m1")

    assert len(verdict.reasons) == 10
    assert verdict.reasons[-1] == "The urls pool did not finish in time, so the links were not looked at."


def test_reasons_are_single_short_lines() -> None:
    verdict = judged(finding(summary="It says\r\nX-Forged: yes" + "!" * 9000))

    assert verdict.reasons[0].startswith("It says X-Forged: yes!!!")
    assert len(verdict.reasons[0]) == 300


def test_what_speaks_for_a_mail_is_a_reason_only_where_it_is_accepted() -> None:
    bad, good = finding("bad", 12.0), finding("good", -1.0)

    assert "It has good." not in judged(bad, good).reasons
    assert "It has good." in judged(finding("bad", 2.0), good).reasons


# --- recipients --------------------------------------------------------------------------------------------------

RECIPIENTS = Policy(
    recipients={
        "abuse@example.org": SpecialPolicy(at_most=Action.TAG),
        "Example.Net": SpecialPolicy(thresholds=OwnThresholds(tag=2.0, quarantine=4.0, reject=6.0)),
        "boss@example.net": SpecialPolicy(thresholds=OwnThresholds(tag=20.0, quarantine=30.0, reject=40.0)),
    }
)


@pytest.mark.parametrize(
    ("recipient", "weight", "action"),
    [
        pytest.param("bob@example.org", 16.0, Action.REJECT, id="the general policy"),
        pytest.param("abuse@example.org", 16.0, Action.TAG, id="at most"),
        pytest.param("ABUSE@EXAMPLE.ORG", 16.0, Action.TAG, id="case does not matter"),
        pytest.param("abuse@example.org", 1.0, Action.ACCEPT, id="at most is not at least"),
        pytest.param("bob@example.net", 6.0, Action.REJECT, id="thresholds of the domain"),
        pytest.param("boss@example.net", 16.0, Action.ACCEPT, id="the address goes before its domain"),
        pytest.param("bob@sub.example.net", 4.0, Action.ACCEPT, id="not the subdomain"),
        pytest.param("bob@badexample.net", 4.0, Action.ACCEPT, id="not a domain that ends alike"),
        pytest.param("example.net@example.com", 4.0, Action.ACCEPT, id="not a local part that looks like it"),
        pytest.param('"a@example.net"@example.com', 4.0, Action.ACCEPT, id="not a quoted local part"),
        pytest.param("", 4.0, Action.ACCEPT, id="empty"),
    ],
)
def test_recipients(recipient: str, weight: float, action: Action) -> None:
    verdict = judged(finding(weight=weight), policy=RECIPIENTS, recipients=(recipient,))

    assert [(entry.recipient, entry.action) for entry in verdict.recipients] == [(recipient, action)]


def test_recipients_keep_the_order_of_the_envelope_and_say_why_they_differ() -> None:
    recipients = ("carol@example.com", "abuse@example.org", "bob@example.net", "carol@example.com")

    verdict = judged(finding(weight=9.0), policy=RECIPIENTS, recipients=recipients)

    assert [(entry.recipient, entry.action, entry.reason) for entry in verdict.recipients] == [
        ("carol@example.com", Action.QUARANTINE, ""),
        ("abuse@example.org", Action.TAG, "The policy allows at most tag for this recipient."),
        ("bob@example.net", Action.REJECT, "The policy has other thresholds for this recipient."),
        ("carol@example.com", Action.QUARANTINE, ""),
    ]
    assert verdict.action is Action.QUARANTINE


def test_a_deferral_holds_for_every_recipient() -> None:
    verdict = decide(
        [report("content")], EXPECTED, RECIPIENTS, message_id="m1", recipients=("abuse@example.org", "a@example.com")
    )

    assert [(entry.action, entry.reason) for entry in verdict.recipients] == [(Action.TEMPFAIL, "")] * 2


# --- attempts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempts", "action"),
    [(0, Action.TEMPFAIL), (4, Action.TEMPFAIL), (5, Action.QUARANTINE), (6, Action.QUARANTINE)],
)
def test_a_message_is_not_deferred_for_ever(attempts: int, action: Action) -> None:
    verdict = decide([report("content")], EXPECTED, RECIPIENTS, message_id="m1", recipients=("a@example.com",))

    after = after_attempts(verdict, attempts, RECIPIENTS)

    assert after.action is action
    assert [entry.action for entry in after.recipients] == [action]


def test_the_last_answer_explains_itself_and_respects_what_a_recipient_allows() -> None:
    verdict = decide([report("content")], EXPECTED, RECIPIENTS, message_id="m1", recipients=("abuse@example.org",))

    after = after_attempts(verdict, 5, RECIPIENTS)

    assert (
        after.reasons[0] == "The message was deferred 5 times already, so the policy's last answer applies: quarantine."
    )
    assert after.reasons[1:] == verdict.reasons
    assert [entry.action for entry in after.recipients] == [Action.TAG]


def test_the_last_answer_does_not_undercut_the_evidence() -> None:
    policy = Policy(terminal_action=Action.ACCEPT, attempts=1)
    verdict = decide([report("content", finding(weight=6.0))], EXPECTED, policy, message_id="m1")

    assert after_attempts(verdict, 1, policy).action is Action.TAG


@pytest.mark.parametrize("weight", [0.0, 6.0, 10.0, 20.0])
def test_attempts_change_only_deferrals(weight: float) -> None:
    verdict = judged(finding(weight=weight))

    assert after_attempts(verdict, 99, Policy()) == verdict


def test_a_policy_may_defer_for_ever() -> None:
    policy = Policy(terminal_action=Action.TEMPFAIL)
    verdict = decide([], EXPECTED, policy, message_id="m1")

    assert after_attempts(verdict, 99, policy) == verdict


# --- properties --------------------------------------------------------------------------------------------------

words = st.sampled_from(["a", "ab", "abc", "b", "known", "yara_x"])
weights = st.one_of(st.floats(), st.floats(-20, 20), st.sampled_from([0.005, 0.1, 0.015, 2.675, -0.0]))
findings = st.builds(
    Finding,
    id=words,
    pool=st.sampled_from(POOLS),
    category=st.sampled_from(["text", "link", ""]),
    weight=weights,
    summary=st.one_of(st.just("A bare address."), st.text(max_size=20)),
    where=st.sampled_from([Where(), Where(part="2", file="a.js")]),
    score=weights,
)
pool_names = st.sampled_from([*POOLS, "sandbox", ""])
reports = st.builds(
    PoolReport,
    pool=pool_names,
    status=st.sampled_from(PoolStatus),
    reason=st.text(max_size=10),
    findings=st.lists(findings, max_size=6).map(tuple),
    errors=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)
thresholds = st.builds(Thresholds, tag=weights, quarantine=weights, reject=weights)
own_thresholds = st.builds(
    OwnThresholds, tag=st.none() | weights, quarantine=st.none() | weights, reject=st.none() | weights
)
actions = st.sampled_from(Action)
overrides = st.builds(Override, finding=st.sampled_from(["a*", "ab", "*", "", "known"]), action=actions)
addresses = st.sampled_from(["a@x.example", "b@x.example", "@", "", "A@X.EXAMPLE", "ü@y.example"])
policies = st.builds(
    Policy,
    thresholds=thresholds,
    group_caps=st.dictionaries(st.sampled_from(["text", "link", ""]), weights),
    overrides=st.lists(overrides, max_size=3).map(tuple),
    unjudged=actions,
    missing_pools=st.dictionaries(pool_names, actions),
    partial_pools=st.dictionaries(pool_names, actions),
    recipients=st.dictionaries(
        addresses,
        st.builds(SpecialPolicy, thresholds=st.none() | own_thresholds, at_most=st.none() | actions),
        max_size=2,
    ),
    attempts=st.integers(1, 6),
    terminal_action=actions,
)
# Without `accept` overrides more evidence is never good news; with them one more finding may well be.
strict_policies = policies.map(
    lambda policy: msgspec.structs.replace(
        policy, overrides=tuple(each for each in policy.overrides if each.action is not Action.ACCEPT)
    )
)


@given(st.lists(reports, max_size=6), st.sets(pool_names), policies, st.lists(addresses, max_size=3).map(tuple))
def test_scores_add_up_and_every_recipient_has_an_answer(
    given_reports: list[PoolReport], expected: set[str], policy: Policy, recipients: tuple[str, ...]
) -> None:
    verdict = decide(given_reports, expected, policy, message_id="m1", recipients=recipients)

    assert total(verdict.findings) == verdict.score
    assert round(math.fsum(each.score for each in verdict.findings), 2) == verdict.score
    assert all(math.isfinite(each.weight) and math.isfinite(each.score) for each in verdict.findings)
    assert [each.score for each in verdict.findings] == sorted((each.score for each in verdict.findings), reverse=True)
    assert tuple(entry.recipient for entry in verdict.recipients) == recipients
    assert len(verdict.reasons) <= 10
    assert {pool.pool for pool in verdict.pools} == {each.pool for each in given_reports} | expected


@given(st.lists(reports, max_size=6), policies)
def test_no_category_counts_more_than_its_cap(given_reports: list[PoolReport], policy: Policy) -> None:
    verdict = decide(given_reports, [], policy, message_id="m1")

    for category, cap in policy.group_caps.items():
        counted = total(each for each in verdict.findings if each.category == category)
        assert math.isnan(cap) or counted <= max(cap, 0.0) + 1e-6


@given(st.lists(reports, max_size=4), st.sets(pool_names), policies, st.randoms(use_true_random=False))
def test_order_and_copies_of_reports_do_not_matter(
    given_reports: list[PoolReport], expected: set[str], policy: Policy, random: object
) -> None:
    verdict = decide(given_reports, expected, policy, message_id="m1")
    shuffled = given_reports * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert decide(shuffled, sorted(expected, reverse=True), policy, message_id="m1") == verdict


@given(st.lists(findings, max_size=6), findings, st.floats(0, 50), strict_policies)
def test_more_evidence_against_a_mail_never_makes_it_milder(
    before: list[Finding], extra: Finding, weight: float, policy: Policy
) -> None:
    one_more = msgspec.structs.replace(extra, weight=weight)
    address = ("a@x.example",)

    less = decide([report("content", *before)], ["content"], policy, message_id="m1", recipients=address)
    more = decide([report("content", *before, one_more)], ["content"], policy, message_id="m1", recipients=address)

    assert more.score >= less.score
    assert more.action.severity >= less.action.severity
    assert more.recipients[0].action.severity >= less.recipients[0].action.severity


@given(st.lists(findings, max_size=6), st.sampled_from(POOLS), st.sampled_from(PoolStatus), policies)
def test_a_pool_that_is_missing_is_never_milder_than_one_that_found_nothing(
    found: list[Finding], pool: str, status: PoolStatus, policy: Policy
) -> None:
    content = report("first", *found)
    clean = decide([content, report(pool)], ["first", pool], policy, message_id="m1")
    without_status = decide([content], ["first", pool], policy, message_id="m1")
    with_status = decide([content, report(pool, status=status)], ["first", pool], policy, message_id="m1")

    assert without_status.action.severity >= clean.action.severity
    assert with_status.action.severity >= clean.action.severity


@given(st.lists(reports, max_size=4), st.sets(pool_names), policies, st.integers(-1, 9))
def test_after_enough_attempts_nothing_is_deferred(
    given_reports: list[PoolReport], expected: set[str], policy: Policy, attempts: int
) -> None:
    verdict = decide(given_reports, expected, policy, message_id="m1", recipients=("a@x.example",))
    after = after_attempts(verdict, attempts, policy)

    if attempts < policy.attempts or policy.terminal_action is Action.TEMPFAIL:
        assert after == verdict
    else:
        assert Action.TEMPFAIL not in (after.action, after.recipients[0].action)
    assert after_attempts(after, attempts, policy).action is after.action


def test_every_combination_of_statuses_has_an_answer() -> None:
    for statuses in itertools.product([None, *PoolStatus], repeat=3):
        there = [
            report(pool, status=status)
            for pool, status in zip(("content", "urls", "ocr"), statuses, strict=True)
            if status
        ]
        verdict = decide(there, ("content", "urls", "ocr"), Policy(), message_id="m1")
        complete = all(
            status is not None and (status.is_complete or status is PoolStatus.PARTIAL) for status in statuses[:2]
        )
        looked = any(status in (PoolStatus.OK, PoolStatus.PARTIAL) for status in statuses)
        nothing_to_see = all(status is PoolStatus.SKIPPED for status in statuses)
        expected = Action.ACCEPT if complete and (looked or nothing_to_see) else Action.TEMPFAIL
        assert verdict.action is expected, statuses
