"""Lists of senders that ask for proof, special places, kinds of mail, policies on trial, explanations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult
from mailcore.decide import after_attempts, decide
from mailcore.identity import NOBODY, Identity
from mailcore.message import Direction
from mailcore.policy import (
    Allow,
    Block,
    KindPolicy,
    Override,
    OwnThresholds,
    Policy,
    Proof,
    SenderPolicy,
    SpecialPolicy,
    Thresholds,
)
from mailcore.sender_lists import ALLOWED, BLOCKED, UNPROVEN
from mailcore.verdict import Action, Finding, PoolReport, PoolStatus, Verdict

ACCEPT, TAG, TEMPFAIL, QUARANTINE, REJECT, DISCARD = Action


def finding(name: str = "urgent-words", weight: float = 1.0, category: str = "text") -> Finding:
    return Finding(id=name, pool="content", category=category, weight=weight, summary=f"It has {name}.")


def judged(
    policy: Policy,
    *findings: Finding,
    identity: Identity = NOBODY,
    recipients: tuple[str, ...] = (),
    lists: dict[str, frozenset[str]] | None = None,
) -> Verdict:
    report = PoolReport(pool="content", status=PoolStatus.OK, findings=findings)
    return decide(
        [report],
        ["content"],
        policy,
        message_id="m1",
        recipients=recipients,
        identity=identity,
        sender_lists=lists or {},
    )


def ids(verdict: Verdict) -> set[str]:
    return {each.id for each in verdict.findings}


def sender(
    address: str = "jane@example.com",
    *,
    dmarc: AuthResult = AuthResult.NONE,
    spf: str = "",
    dkim: str = "",
    client: str = "",
    known: bool = True,
    **fields: object,
) -> Identity:
    """Who writes; `spf` and `dkim` are the domains that passed."""
    auth = AuthFacts(
        source=AuthSource.VERIFIED if known else AuthSource.NONE,
        from_domain=address.rpartition("@")[2],
        dmarc=dmarc,
        spf=AuthResult.PASS if spf else AuthResult.NONE,
        spf_domain=spf,
        dkim=(DkimResult(domain=dkim, result=AuthResult.PASS),) if dkim else (),
    )
    return Identity(from_addresses=(address,), client_address=client, auth=auth, **fields)  # type: ignore[arg-type]


PROVEN = sender(dmarc=AuthResult.PASS)

# --- allow -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "identity", "applies"),
    [
        pytest.param(Allow(from_="example.com"), PROVEN, True, id="domain, any proof"),
        pytest.param(Allow(from_="jane@example.com"), PROVEN, True, id="address"),
        pytest.param(Allow(from_="JANE@Example.COM"), PROVEN, True, id="case does not matter"),
        pytest.param(Allow(from_="*@example.com"), PROVEN, True, id="everybody of the domain"),
        pytest.param(Allow(from_="*.example.com"), PROVEN, True, id="the domain and all below it: itself"),
        pytest.param(
            Allow(from_="*.example.com"), sender("a@b.example.com", dkim="example.com"), True, id="a domain below"
        ),
        pytest.param(Allow(from_="example.com", requires=Proof.DKIM), sender(dkim="example.com"), True, id="dkim"),
        pytest.param(Allow(from_="example.com", requires=Proof.SPF), sender(spf="m.example.com"), True, id="spf"),
        pytest.param(Allow(from_="example.com", requires=Proof.ANY), sender(spf="example.com"), True, id="any"),
        pytest.param(Allow(from_list="vip"), PROVEN, True, id="by list"),
        pytest.param(
            Allow(networks=("192.0.2.0/24",), requires=Proof.NONE), sender(client="192.0.2.7"), True, id="network"
        ),
        pytest.param(
            Allow(networks=("192.0.2.0/24",), requires=Proof.NONE),
            sender(client="::ffff:192.0.2.7"),
            True,
            id="network, address mapped into IPv6",
        ),
        pytest.param(Allow(from_="example.com"), sender(), False, id="nothing passed"),
        pytest.param(Allow(from_="example.com"), sender(dmarc=AuthResult.FAIL), False, id="dmarc failed"),
        pytest.param(Allow(from_="example.com"), sender(known=False), False, id="nobody checked"),
        pytest.param(Allow(from_="example.com"), sender(dkim="example.net"), False, id="signed by somebody else"),
        pytest.param(Allow(from_="example.com"), sender(spf="example.net"), False, id="spf of somebody else"),
        pytest.param(
            Allow(from_="example.com", requires=Proof.DMARC), sender(dkim="example.com"), False, id="dkim is not dmarc"
        ),
        pytest.param(
            Allow(from_="example.com", requires=Proof.DKIM), sender(spf="example.com"), False, id="spf is not dkim"
        ),
        pytest.param(
            Allow(from_="example.com"), sender("a@b.example.com", dmarc=AuthResult.PASS), False, id="not a subdomain"
        ),
        pytest.param(
            Allow(from_="example.com"), sender("a@badexample.com", dmarc=AuthResult.PASS), False, id="not ending alike"
        ),
        pytest.param(
            Allow(from_="*.example.com"), sender("a@badexample.com", dmarc=AuthResult.PASS), False, id="nor below it"
        ),
        pytest.param(Allow(from_="joe@example.com"), PROVEN, False, id="not somebody else there"),
        pytest.param(Allow(from_list="other"), PROVEN, False, id="another list"),
        pytest.param(Allow(from_="example.com", networks=("192.0.2.0/24",)), PROVEN, False, id="no client known"),
        pytest.param(
            Allow(from_="example.com", networks=("192.0.2.0/24",)),
            sender(dmarc=AuthResult.PASS, client="198.51.100.1"),
            False,
            id="proven, but from elsewhere",
        ),
        pytest.param(
            Allow(from_="example.com"),
            Identity(from_addresses=("jane@example.com", "x@example.net"), auth=PROVEN.auth),
            False,
            id="two senders: which one was proven is not what the reader sees",
        ),
        pytest.param(Allow(from_="example.com"), Identity(auth=PROVEN.auth), False, id="no sender"),
    ],
)
def test_an_allow_entry_needs_proof(entry: Allow, identity: Identity, applies: bool) -> None:
    lists = {"vip": frozenset({"example.com"}), "other": frozenset({"example.org"})}

    verdict = judged(Policy(allow=(entry,)), finding(weight=20.0), identity=identity, lists=lists)

    assert verdict.action is (ACCEPT if applies else REJECT)
    assert (ALLOWED in ids(verdict)) is applies


def test_listed_but_not_authenticated_is_told() -> None:
    verdict = judged(Policy(allow=(Allow(from_="example.com"),)), finding(weight=6.0), identity=sender(known=False))
    told = next(each for each in verdict.findings if each.id == UNPROVEN)

    assert "listed, but not authenticated" in told.summary
    assert told.detail == "policy.allow: from example.com; requires any; authentication is not known"
    assert (told.score, verdict.action) == (0.0, TAG)


@pytest.mark.parametrize(
    ("entry", "weight", "category", "action"),
    [
        pytest.param(Allow(from_="example.com"), 20.0, "malware", REJECT, id="malware is not allowed"),
        pytest.param(Allow(from_="example.com"), 6.0, "malware", TAG, id="nor a little of it"),
        pytest.param(Allow(from_="example.com", score=-50), 20.0, "malware", REJECT, id="nor by a score"),
        pytest.param(Allow(from_="example.com", score=-4), 6.0, "text", ACCEPT, id="a score speaks for it"),
        pytest.param(Allow(from_="example.com", score=-4), 20.0, "text", REJECT, id="and may be too little"),
        pytest.param(Allow(from_="example.com", action=TAG), 20.0, "text", TAG, id="at most a mark"),
    ],
)
def test_how_far_an_allow_entry_goes(entry: Allow, weight: float, category: str, action: Action) -> None:
    verdict = judged(Policy(allow=(entry,)), finding("x", weight, category), identity=PROVEN)

    assert verdict.action is action


def test_malware_counts_alone_beside_other_findings_of_allowed_mail() -> None:
    policy = Policy(allow=(Allow(from_="example.com"),))

    verdict = judged(policy, finding("words", 14.0), finding("macro", 5.5, "malware"), identity=PROVEN)

    assert verdict.action is TAG


def test_an_override_holds_against_an_allow_entry() -> None:
    policy = Policy(allow=(Allow(from_="example.com"),), overrides=(Override(finding="x", action=QUARANTINE),))

    assert judged(policy, finding("x", 1.0), identity=PROVEN).action is QUARANTINE


# --- block -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "identity", "action"),
    [
        pytest.param(Block(from_="example.com"), sender(known=False), REJECT, id="needs no proof"),
        pytest.param(Block(from_="example.com", action=DISCARD), PROVEN, DISCARD, id="other action"),
        pytest.param(Block(from_="example.com", score=6.0), PROVEN, TAG, id="a score"),
        pytest.param(Block(from_list="bad"), PROVEN, REJECT, id="list"),
        pytest.param(
            Block(from_="example.com"),
            Identity(from_addresses=("x@example.net", "jane@example.com")),
            REJECT,
            id="one of several senders",
        ),
        pytest.param(
            Block(envelope_from="example.com"), Identity(envelope_sender="a@example.com"), REJECT, id="envelope"
        ),
        pytest.param(Block(networks=("192.0.2.0/24",)), sender(client="192.0.2.9"), REJECT, id="network"),
        pytest.param(Block(helo="*.example.com"), Identity(helo="mx.example.com"), REJECT, id="helo"),
        pytest.param(Block(from_="example.org"), PROVEN, ACCEPT, id="somebody else"),
        pytest.param(Block(envelope_from="example.com"), PROVEN, ACCEPT, id="the header is not the envelope"),
        pytest.param(Block(networks=("192.0.2.0/24",)), sender(client="garbage"), ACCEPT, id="no address"),
        pytest.param(Block(helo="mx.example.com"), Identity(helo="example.com"), ACCEPT, id="another name"),
        pytest.param(Block(from_="example.com", helo="x.example"), PROVEN, ACCEPT, id="everything named must hold"),
        pytest.param(Block(from_="example.com", envelope_from="example.org"), PROVEN, ACCEPT, id="header and envelope"),
    ],
)
def test_block(entry: Block, identity: Identity, action: Action) -> None:
    verdict = judged(Policy(block=(entry,)), identity=identity, lists={"bad": frozenset({"*.example.com"})})

    assert verdict.action is action
    assert (BLOCKED in ids(verdict)) is (action is not ACCEPT)


@pytest.mark.parametrize(
    ("allowed", "blocked", "action"),
    [
        pytest.param("jane@example.com", "example.com", ACCEPT, id="one address of a blocked domain"),
        pytest.param("example.com", "jane@example.com", REJECT, id="one address of an allowed domain"),
        pytest.param("example.com", "*.example.com", ACCEPT, id="the domain is closer than all below it"),
        pytest.param("example.com", "example.com", REJECT, id="of equal entries the block"),
    ],
)
def test_the_closer_entry_counts(allowed: str, blocked: str, action: Action) -> None:
    policy = Policy(allow=(Allow(from_=allowed),), block=(Block(from_=blocked),))

    assert judged(policy, identity=PROVEN).action is action


def test_a_block_explains_itself() -> None:
    verdict = judged(Policy(block=(Block(from_="example.com", reason="wrote 90 times"),)), identity=PROVEN)

    assert verdict.category == "blocked"
    assert verdict.findings[0].detail == "policy.block: from example.com; wrote 90 times"
    assert verdict.reasons[0].startswith("The sender jane@example.com is on the list")
    assert verdict.basis == f"reject is asked for by {BLOCKED}"
    assert verdict.counterfactuals[0].without == (BLOCKED,)
    assert verdict.counterfactuals[0].action is ACCEPT


# --- special places ----------------------------------------------------------------------------------------------

PLACES = Policy(
    directions={"outbound": SpecialPolicy(thresholds=OwnThresholds(tag=100, quarantine=100), at_most=QUARANTINE)},
    senders={
        "*.example.com": SenderPolicy(thresholds=OwnThresholds(tag=8)),
        "example.com": SenderPolicy(thresholds=OwnThresholds(tag=7)),
        "loud.example": SenderPolicy(requires=Proof.NONE, thresholds=OwnThresholds(tag=1)),
    },
    recipients={
        "example.org": SpecialPolicy(thresholds=OwnThresholds(tag=3), overrides=(Override(finding="x*", action=TAG),)),
        "boss@example.org": SpecialPolicy(thresholds=OwnThresholds(quarantine=4)),
    },
    overrides=(Override(finding="x1", action=REJECT),),
)


@pytest.mark.parametrize(
    ("identity", "recipient", "weight", "action"),
    [
        pytest.param(NOBODY, "a@example.net", 6.0, TAG, id="general"),
        pytest.param(Identity(direction=Direction.OUTBOUND), "a@example.net", 6.0, ACCEPT, id="direction"),
        pytest.param(Identity(direction=Direction.OUTBOUND), "a@example.net", 16.0, QUARANTINE, id="at most there"),
        pytest.param(PROVEN, "a@example.net", 6.0, ACCEPT, id="sender domain"),
        pytest.param(PROVEN, "a@example.net", 7.0, TAG, id="the domain itself goes before all below it"),
        pytest.param(sender("a@b.example.com", dkim="example.com"), "a@example.net", 7.5, ACCEPT, id="a domain below"),
        pytest.param(sender(), "a@example.net", 6.0, TAG, id="sender domain that is not proven"),
        pytest.param(sender("a@loud.example"), "a@example.net", 1.0, TAG, id="stricter needs no proof"),
        pytest.param(NOBODY, "a@example.org", 3.0, TAG, id="recipient domain"),
        pytest.param(PROVEN, "a@example.org", 3.0, TAG, id="recipient before sender"),
        pytest.param(
            Identity(direction=Direction.OUTBOUND), "a@example.org", 3.0, TAG, id="recipient before direction"
        ),
        pytest.param(NOBODY, "boss@example.org", 3.0, TAG, id="an address has what its domain has"),
        pytest.param(NOBODY, "boss@example.org", 4.0, QUARANTINE, id="and its own"),
        pytest.param(NOBODY, "boss@example.org", 15.0, REJECT, id="and what is general"),
    ],
)
def test_the_more_special_place_goes_first(identity: Identity, recipient: str, weight: float, action: Action) -> None:
    verdict = judged(PLACES, finding(weight=weight), identity=identity, recipients=(recipient,))

    assert verdict.recipients[0].action is action


def test_an_override_of_a_special_place_replaces_the_general_one() -> None:
    verdict = judged(PLACES, finding("x1"), recipients=("a@example.org", "a@example.net"))

    assert [entry.action for entry in verdict.recipients] == [TAG, REJECT]


def test_discard_has_a_threshold_only_where_one_is_given() -> None:
    assert judged(Policy(), finding(weight=900.0)).action is REJECT
    assert judged(Policy(thresholds=Thresholds(discard=30.0)), finding(weight=30.0)).action is DISCARD
    assert judged(Policy(thresholds=Thresholds(discard=30.0)), finding(weight=29.9)).action is REJECT


# --- kinds -------------------------------------------------------------------------------------------------------

LIST = Identity(is_list=True)
BOUNCE = Identity(is_bounce=True)


@pytest.mark.parametrize(
    ("policy", "identity", "findings", "action"),
    [
        pytest.param(Policy(), LIST, (finding(weight=20),), QUARANTINE, id="a list is held, not refused"),
        pytest.param(Policy(), BOUNCE, (finding(weight=20),), QUARANTINE, id="a bounce is held, not refused"),
        pytest.param(Policy(), LIST, (finding(weight=6),), TAG, id="milder answers stay"),
        pytest.param(Policy(), LIST, (finding("m", 20, "malware"),), REJECT, id="malware is refused in any coat"),
        pytest.param(Policy(), BOUNCE, (finding("m", 20, "malware"),), REJECT, id="as a bounce too"),
        pytest.param(
            Policy(),
            Identity(is_bounce=True, envelope_sender="a@x.example"),
            (finding(weight=20),),
            REJECT,
            id="a bounce with a sender can be bounced",
        ),
        pytest.param(Policy(lists=KindPolicy(at_most=None)), LIST, (finding(weight=20),), REJECT, id="no limit"),
        pytest.param(
            Policy(lists=KindPolicy(at_most=TAG)),
            LIST,
            (finding("m", 9, "malware"), finding(weight=9)),
            QUARANTINE,
            id="malware by itself counts",
        ),
        pytest.param(
            Policy(lists=KindPolicy(at_most=TAG)),
            LIST,
            (finding("m", 4, "malware"), finding(weight=20)),
            TAG,
            id="not together with the rest",
        ),
        pytest.param(
            Policy(block=(Block(helo="x.example"),)),
            Identity(is_list=True, helo="x.example"),
            (),
            REJECT,
            id="a block holds for lists",
        ),
        pytest.param(
            Policy(overrides=(Override(finding="m", action=REJECT),)),
            LIST,
            (finding("m", 0, "malware"),),
            REJECT,
            id="an override for malware holds",
        ),
        pytest.param(
            Policy(overrides=(Override(finding="m", action=REJECT),)),
            LIST,
            (finding("m", 0),),
            QUARANTINE,
            id="another override does not",
        ),
    ],
)
def test_kinds_of_mail(policy: Policy, identity: Identity, findings: tuple[Finding, ...], action: Action) -> None:
    assert judged(policy, *findings, identity=identity).action is action


def test_a_limit_explains_itself() -> None:
    assert judged(Policy(), finding(weight=20), identity=LIST).basis == "policy.lists.at_most: quarantine"


# --- trials ------------------------------------------------------------------------------------------------------


def test_policies_on_trial_are_recorded_and_change_nothing() -> None:
    policy = Policy(
        shadows={
            "stricter": Policy(thresholds=Thresholds(tag=2, quarantine=4, reject=6)),
            "the same": Policy(),
            "for one": Policy(recipients={"bob@example.org": SpecialPolicy(at_most=ACCEPT)}),
            "other caps": Policy(group_caps={"text": 1.0}),
        }
    )
    recipients = ("ann@example.org", "bob@example.org")
    live = judged(Policy(), finding(weight=6.0), recipients=recipients)

    verdict = judged(policy, finding(weight=6.0), recipients=recipients)

    assert [(each.name, each.action, each.score, each.differs) for each in verdict.shadows] == [
        ("stricter", REJECT, 6.0, True),
        ("the same", TAG, 6.0, False),
        ("for one", TAG, 6.0, True),
        ("other caps", ACCEPT, 1.0, True),
    ]
    assert (verdict.action, verdict.recipients, verdict.reasons) == (live.action, live.recipients, live.reasons)


# --- explanations ------------------------------------------------------------------------------------------------


def without(verdict: Verdict) -> list[tuple[tuple[str, ...], float, Action, bool]]:
    return [(each.without, each.score, each.action, each.smallest) for each in verdict.counterfactuals]


def test_what_would_have_been_without_a_finding() -> None:
    verdict = judged(Policy(), finding("a", 4.0), finding("b", 3.0), finding("c", 2.5))

    assert without(verdict) == [
        (("b",), 6.5, TAG, False),
        (("c",), 7.0, TAG, False),
        (("a",), 5.5, TAG, True),
    ]


def test_the_fewest_without_which_it_is_milder() -> None:
    verdict = judged(Policy(), *(finding(name, 3.0) for name in "abcdef"))

    assert without(verdict)[-1] == (("a", "b"), 12.0, QUARANTINE, True)


def test_a_message_that_passes_has_nothing_to_lose() -> None:
    assert judged(Policy(), finding("a", 4.0)).counterfactuals == ()
    assert judged(Policy(), finding("a", 4.0), finding("good", -1.0)).counterfactuals == ()


def test_what_speaks_for_a_message_is_told_where_it_decides() -> None:
    assert without(judged(Policy(), finding("a", 6.0), finding("good", -2.0))) == [(("good",), 6.0, TAG, False)]
    allowed = judged(Policy(allow=(Allow(from_="example.com"),)), finding("a", 6.0), identity=PROVEN)
    assert without(allowed) == [((ALLOWED,), 6.0, TAG, False)]


def test_caps_and_overrides_are_thought_of() -> None:
    capped = judged(Policy(group_caps={"text": 5.0}), finding("a", 4.0), finding("b", 4.0))
    forced = judged(Policy(overrides=(Override(finding="a", action=REJECT),)), finding("a", 0.0), finding("b", 6.0))

    assert without(capped) == [(("b",), 4.0, ACCEPT, False), (("a",), 4.0, ACCEPT, True)]
    assert without(forced)[-1] == (("a",), 6.0, TAG, True)


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        pytest.param(judged(Policy()), "Nothing was found that speaks against this message.", id="nothing"),
        pytest.param(judged(Policy(), finding("a", 2.0)), "Little speaks against this message: it has a.", id="little"),
        pytest.param(
            judged(Policy(), finding("a", 9.0, "phishing")),
            "This message was held as probable phishing: it has a.",
            id="held",
        ),
        pytest.param(judged(Policy(), finding("a", 15.0)), "This message was refused: it has a.", id="refused"),
        pytest.param(
            judged(Policy(allow=(Allow(from_="example.com"),)), finding("a", 15.0), identity=PROVEN),
            "This message was delivered because the policy lets it pass.",
            id="allowed",
        ),
        pytest.param(
            decide([], ["content"], Policy(), message_id="m1"),
            "This message could not be checked completely, so its sender's server was asked to try again later.",
            id="deferred",
        ),
        pytest.param(
            decide(
                [PoolReport(pool="content", status=PoolStatus.OK)],
                ["content", "urls"],
                Policy(missing_pools={"urls": QUARANTINE}),
                message_id="m1",
            ),
            "This message was held because not all of it could be looked at.",
            id="held for what nobody saw",
        ),
    ],
)
def test_the_sentence_for_the_recipient(verdict: Verdict, sentence: str) -> None:
    assert verdict.sentence == sentence


def test_what_was_not_looked_at() -> None:
    verdict = decide(
        [PoolReport(pool="content", status=PoolStatus.OK)],
        ["content", "urls"],
        Policy(),
        message_id="m1",
        skipped={"ocr": "switched off", "ml": "nothing to look at"},
    )

    assert verdict.not_looked_at == (
        "The urls pool did not finish in time, so the links were not looked at.",
        "The ocr pool is switched off, so text in pictures was not read.",
    )


# --- properties --------------------------------------------------------------------------------------------------

weights = st.floats(-20, 40) | st.floats()
found = st.lists(st.builds(finding, st.sampled_from("abcd"), weights, st.sampled_from(["text", "malware"])), max_size=6)
identities = st.sampled_from(
    [NOBODY, LIST, BOUNCE, PROVEN, sender(), sender(known=False), Identity(direction=Direction.OUTBOUND)]
)
WHOLE = Policy(
    allow=(Allow(from_="example.com"), Allow(from_="*.example", score=-3)),
    block=(Block(helo="bad.example"),),
    directions={"outbound": SpecialPolicy(at_most=TAG)},
    senders={"example.com": SenderPolicy(thresholds=OwnThresholds(tag=8))},
    overrides=(Override(finding="a", action=TEMPFAIL), Override(finding="b", action=ACCEPT)),
    shadows={"tried": Policy(thresholds=Thresholds(tag=1))},
)


@given(found, identities, st.sampled_from([Policy(), WHOLE]), st.integers(0, 6))
def test_it_never_raises_and_always_adds_up(
    findings: list[Finding], identity: Identity, policy: Policy, attempts: int
) -> None:
    verdict = judged(policy, *findings, identity=identity, recipients=("a@example.org",))

    assert sum(round(each.score * 100) for each in verdict.findings) == round(verdict.score * 100)
    for each in verdict.counterfactuals:
        kept = [one for one in findings if one.id not in each.without]
        if not set(each.without) & {ALLOWED, BLOCKED, UNPROVEN}:
            again = judged(policy, *kept, identity=identity)
            assert (again.score, again.action) == (each.score, each.action)
    if attempts >= policy.attempts:
        after = after_attempts(verdict, attempts, policy)
        assert TEMPFAIL not in (after.action, after.recipients[0].action)


@given(found, identities)
def test_no_coat_gets_malware_through(findings: list[Finding], identity: Identity) -> None:
    policy = Policy(
        allow=(Allow(from_="example.com", score=-40),),
        lists=KindPolicy(at_most=ACCEPT),
        bounces=KindPolicy(at_most=ACCEPT),
    )
    alone = judged(Policy(), *(each for each in findings if each.category == "malware"), identity=NOBODY)
    with_all = judged(Policy(), *findings)

    verdict = judged(policy, *findings, identity=identity)

    least = min(alone.action.severity, with_all.action.severity)
    assert verdict.action.severity >= least


def test_who_sends_never_refuses_alone() -> None:
    """Names of the client, DNS lists and reputation say nothing of the message itself."""
    shipped = Policy()
    about_the_client = sum(shipped.group_caps[category] for category in ("client", "dns-list", "reputation"))
    assert shipped.thresholds.quarantine <= about_the_client < shipped.thresholds.reject
    found = [
        finding(f"{category}{number}", 9.0, category)
        for category in ("client", "dns-list", "reputation")
        for number in range(3)
    ]
    assert judged(shipped, *found).action is Action.QUARANTINE
