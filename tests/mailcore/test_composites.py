"""Composites: what they say about findings of all pools, how they are refused, what they stand in place of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.authentication import AuthFacts, AuthResult, AuthSource
from mailcore.combine import Composites
from mailcore.composite_checks import check_composite_examples, unknown_names, weightless_names
from mailcore.composite_nodes import parse_composites
from mailcore.decide import decide
from mailcore.errors import ConfigurationError
from mailcore.identity import NOBODY, Identity
from mailcore.message import Direction
from mailcore.policy import Policy
from mailcore.verdict import Action, Finding, PoolReport, PoolStatus, Verdict, Where

PROVEN = Identity(auth=AuthFacts(source=AuthSource.VERIFIED, from_domain="example.com", dmarc=AuthResult.PASS))
LISTED = Identity(is_list=True)


def composite(conditions: str, *, name: str = "both-halves", weight: str = "3") -> str:
    return f"""
  - id: {name}
    title: Both halves
    summary: It has both halves.
    description: For tests.
    category: phishing
    weight: {weight}
    status: stable
    conditions: {conditions}
    examples: {{match: [[a]], no_match: [[b]]}}
"""


def built(*texts: str) -> Composites:
    return Composites(parse_composites("composites:" + "".join(texts), "test.yaml"))


def finding(
    name: str, weight: float = 2.0, *, category: str = "phishing", pool: str = "content", module: str = "letters"
) -> Finding:
    return Finding(
        id=name,
        pool=pool,
        category=category,
        weight=weight,
        summary=f"It has {name}.",
        module=module,
        where=Where(header="Subject", quote=f"quote of {name}"),
    )


def ids(composites: Composites, *findings: Finding, identity: Identity = NOBODY) -> set[str]:
    found = composites.combine(findings, identity)
    return {each.id for each in found} - {each.id for each in findings}


def judged(composites: Composites, *findings: Finding, policy: Policy | None = None) -> Verdict:
    reports = [
        PoolReport(pool=pool, status=PoolStatus.OK, findings=tuple(each for each in findings if each.pool == pool))
        for pool in ("content", "urls")
    ]
    return decide(reports, ("content", "urls"), policy or Policy(), message_id="m1", composites=composites)


A, B, LINK = finding("a"), finding("b"), finding("link-x", 1.0, category="link", pool="urls", module="")


@pytest.mark.parametrize(
    ("conditions", "findings", "hits"),
    [
        pytest.param("{all: [{finding: a}, {finding: b}]}", (A, B), True, id="all"),
        pytest.param("{all: [{finding: a}, {finding: b}]}", (A,), False, id="one of all is missing"),
        pytest.param("{any: [{finding: a}, {finding: b}]}", (B,), True, id="any"),
        pytest.param("{finding: [a, b]}", (B,), True, id="a list is any of them"),
        pytest.param("{finding: [a, b], count: 2}", (B,), False, id="count asks for different ones"),
        pytest.param("{finding: [a, b], count: 2}", (B, B), False, id="twice the same is one"),
        pytest.param("{finding: [a, b], count: 2}", (A, B), True, id="count"),
        pytest.param("{finding: link-*}", (LINK,), True, id="pattern"),
        pytest.param("{finding: link*x}", (LINK,), False, id="a star inside is a star"),
        pytest.param("{finding: link-*}", (finding("link-y", 0.0),), False, id="a pattern skips what weighs nothing"),
        pytest.param("{finding: link-y}", (finding("link-y", 0.0),), True, id="its whole name means it"),
        pytest.param("{category: link}", (LINK,), True, id="category"),
        pytest.param("{category: link}", (A,), False, id="other category"),
        pytest.param("{pool: urls}", (LINK,), True, id="pool"),
        pytest.param("{pool: urls, category: phishing}", (A, LINK), False, id="selectors speak of the same finding"),
        pytest.param("{module: letters}", (A,), True, id="module"),
        pytest.param("{category: phishing, weight: 4}", (A, B), True, id="weights together"),
        pytest.param("{category: phishing, weight: 4.01}", (A, B), False, id="weights together are not enough"),
        pytest.param("{all: [{finding: a}, {not: {finding: b}}]}", (A,), True, id="not"),
        pytest.param("{all: [{finding: a}, {not: {finding: b}}]}", (A, B), False, id="not, but there"),
        pytest.param("{at_least: 2, of: [{finding: a}, {finding: b}, {pool: urls}]}", (A, LINK), True, id="at least"),
        pytest.param("{at_least: 2, of: [{finding: a}, {finding: b}, {pool: urls}]}", (LINK,), False, id="too few"),
        pytest.param("{finding: a, message.is_discussion: false}", (A,), True, id="a fact"),
        pytest.param("{finding: a, auth.aligned: true}", (A,), False, id="a fact that is not so"),
        pytest.param("{finding: a, envelope.direction: [inbound, internal]}", (A,), True, id="words"),
    ],
)
def test_conditions(conditions: str, findings: tuple[Finding, ...], hits: bool) -> None:
    assert ids(built(composite(conditions)), *findings) == ({"both-halves"} if hits else set())


@pytest.mark.parametrize(
    ("fact", "identity", "hits"),
    [
        pytest.param("message.is_discussion: true", LISTED, True, id="list"),
        pytest.param("message.is_discussion: true", NOBODY, False, id="no list"),
        pytest.param("message.is_bounce: true", Identity(is_bounce=True), True, id="bounce"),
        pytest.param("auth.aligned: true", PROVEN, True, id="proven"),
        pytest.param("auth.known: false", PROVEN, False, id="known"),
        pytest.param("auth.known: false", NOBODY, True, id="not known"),
        pytest.param("auth.dmarc: fail", PROVEN, False, id="dmarc did not fail"),
        pytest.param("envelope.direction: outbound", Identity(direction=Direction.OUTBOUND), True, id="direction"),
        pytest.param("envelope.direction: outbound", NOBODY, False, id="other direction"),
    ],
)
def test_facts(fact: str, identity: Identity, hits: bool) -> None:
    assert bool(ids(built(composite(f"{{finding: a, {fact}}}")), A, identity=identity)) is hits


def test_a_composite_of_composites() -> None:
    composites = built(
        composite("{all: [{finding: first}, {finding: link-x}]}", name="second"),
        composite("{all: [{finding: a}, {finding: b}]}", name="first"),
    )

    assert ids(composites, A, B, LINK) == {"first", "second"}
    assert ids(composites, A, LINK) == set()


def test_a_circle_is_refused_with_the_places() -> None:
    with pytest.raises(ConfigurationError) as raised:
        built(
            composite("{any: [{finding: second}, {finding: a}]}", name="first"),
            composite("{any: [{finding: first}, {finding: a}]}", name="second"),
        )

    assert str(raised.value) == (
        "test.yaml:2: composites refer to each other in a circle: "
        "first (test.yaml:2) -> second (test.yaml:12) -> first (test.yaml:2)"
    )


def test_its_finding_names_its_parts_and_counts_beside_them() -> None:
    verdict = judged(built(composite("{all: [{finding: a}, {finding: b}]}")), A, B)
    made = verdict.findings[0]

    assert (made.id, made.pool, made.parts, made.score) == ("both-halves", "policy", ("a", "b"), 3.0)
    assert made.where.quote in ("quote of a", "quote of b")
    assert verdict.score == 7.0


def replacing(weight: str, replaces: str) -> Composites:
    text = composite("{all: [{finding: a}, {finding: b}]}", weight=weight)
    return built(text.replace("    examples:", f"    replaces: {replaces}\n    examples:"))


@pytest.mark.parametrize(
    ("weight", "replaces", "score", "counts"),
    [
        pytest.param("6", "parts", 7.0, {"both-halves": 6.0, "a": 0.0, "b": 0.0, "link-x": 1.0}, id="all parts"),
        pytest.param("6", "[a]", 9.0, {"both-halves": 6.0, "a": 0.0, "b": 2.0, "link-x": 1.0}, id="one part"),
        pytest.param(
            "6", "[a, link-*]", 8.0, {"both-halves": 6.0, "a": 0.0, "b": 2.0, "link-x": 0.0}, id="what is no part"
        ),
        pytest.param(
            "3", "parts", 5.0, {"both-halves": 4.0, "a": 0.0, "b": 0.0, "link-x": 1.0}, id="never milder than its parts"
        ),
    ],
)
def test_what_a_composite_stands_in_place_of(
    weight: str, replaces: str, score: float, counts: dict[str, float]
) -> None:
    verdict = judged(replacing(weight, replaces), A, B, LINK)

    assert verdict.score == score
    assert {each.id: each.score for each in verdict.findings} == counts
    replaced = {each.id for each in verdict.findings if each.replaced_by == "both-halves"}
    assert replaced == {name for name, count in counts.items() if not count}


def test_an_experimental_composite_is_recorded_and_changes_nothing() -> None:
    text = composite("{all: [{finding: a}, {finding: b}]}").replace("status: stable", "replaces: parts")
    verdict = judged(built(text), A, B)

    assert verdict.score == 4.0
    assert {each.id: each.score for each in verdict.findings}["both-halves"] == 0.0


def test_a_composite_may_make_mail_milder_only_where_the_sender_is_proven() -> None:
    conditions = "{all: [{finding: a}, {auth.aligned: true}]}"
    composites = built(composite(conditions, weight="-1.5"))

    assert ids(composites, A, identity=PROVEN) == {"both-halves"}
    for unproven in ("{finding: a}", "{any: [{finding: a}, {finding: a, auth.aligned: true}]}"):
        with pytest.raises(ConfigurationError, match=r"test\.yaml:7: .* needs `auth\.aligned: true`"):
            built(composite(unproven, weight="-1.5"))


def test_a_group_cap_holds_for_composites_too() -> None:
    composites = built(composite("{all: [{finding: a}, {finding: b}]}"))

    assert judged(composites, A, B, policy=Policy(group_caps={"phishing": 5.0})).score == 5.0


@pytest.mark.parametrize(
    ("conditions", "problem"),
    [
        pytest.param("{findings: a}", "unknown condition 'findings', did you mean 'finding'?", id="unknown key"),
        pytest.param("{pool: contents}", "unknown pool 'contents', did you mean 'content'?", id="unknown pool"),
        pytest.param("{}", "there is no condition here", id="nothing"),
        pytest.param("{not: {finding: a}}", "may hold where nothing was found", id="only a negation"),
        pytest.param("{message.is_discussion: true}", "may hold where nothing was found", id="only a fact"),
        pytest.param("{any: [{finding: a}, {auth.known: true}]}", "may hold where nothing was found", id="any fact"),
        pytest.param("{count: 2}", "need one of finding", id="count of nothing"),
        pytest.param("{finding: []}", "`finding` is empty", id="empty list"),
        pytest.param("{finding: ''}", "`finding` is empty", id="empty id"),
        pytest.param("{finding: a, count: 0}", "count is a whole number from 1", id="count of none"),
        pytest.param("{finding: a, weight: -1}", "a least weight lies above 0", id="least weight below zero"),
        pytest.param("{all: []}", "the list of conditions is empty", id="empty group"),
        pytest.param("{of: [{finding: a}]}", "`of` needs `at_least: N`", id="of alone"),
        pytest.param("{at_least: 3, of: [{finding: a}]}", "whole number from 1 to 1", id="more than there are"),
        pytest.param(
            "{finding: a, auth.dmarc: passed}",
            "unknown value of auth.dmarc 'passed', did you mean 'pass'?",
            id="unknown word",
        ),
        pytest.param("{finding: a, auth.aligned: maybe}", "expected true or false", id="no flag"),
        pytest.param("{all: " * 20 + "[{finding: a}]" + "}" * 20, "nested", id="nested deeply"),
    ],
)
def test_wrong_conditions_are_refused_with_their_line(conditions: str, problem: str) -> None:
    if "nested" in problem:
        conditions = "{all: [" * 20 + "{finding: a}" + "]}" * 20
    with pytest.raises(ConfigurationError) as raised:
        built(composite(conditions))

    assert problem in str(raised.value)
    assert str(raised.value).startswith("test.yaml:9: ")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param(
            "title: Both halves", "titel: x", "test.yaml:3: unknown key 'titel', did you mean 'title'?", id="key"
        ),
        pytest.param("weight: 3", "weight: 1001", "a weight lies between", id="weight"),
        pytest.param("status: stable", "status: stabel", "did you mean 'stable'?", id="status"),
        pytest.param("id: both-halves", "id: Both Halves", "lower case letters", id="id"),
        pytest.param("no_match: [[b]]", "no_match: []", "the examples have no 'no_match'", id="no negative example"),
        pytest.param("match: [[a]]", "match: [{facts: 1}]", "unknown key 'facts'", id="example"),
    ],
)
def test_wrong_composites_are_refused(old: str, new: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        built(composite("{finding: a}").replace(old, new, 1))

    assert problem in str(raised.value)


def test_one_id_twice_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"test\.yaml:12: the id 'both-halves' is taken .* test\.yaml:2"):
        built(composite("{finding: a}"), composite("{finding: b}"))


# --- checks against what can be found ----------------------------------------------------------------------------

KNOWN = {each.id: each for each in (A, B, LINK, finding("tried", 0.0))}


@pytest.mark.parametrize(
    ("conditions", "problem"),
    [
        pytest.param("{finding: link-y}", "nothing is called", id="id"),
        pytest.param("{finding: yara-*}", "begins with 'yara-'", id="pattern"),
        pytest.param("{category: phising}", "category 'phising', did you mean 'phishing'?", id="category"),
        pytest.param("{module: leters}", "module 'leters', did you mean 'letters'?", id="module"),
        pytest.param(
            "{finding: [a, b, link-*, sender-is-blocked, both-halves-*]}", "begins with 'both-halves-'", id="list"
        ),
    ],
)
def test_names_that_nothing_has(conditions: str, problem: str) -> None:
    problems = unknown_names(built(composite(conditions)), KNOWN)

    assert len(problems) == 1
    assert problem.replace("nothing is called", "no rule, detector or composite is called") in problems[0]
    assert problems[0].startswith("test.yaml:")


def test_names_that_are_known() -> None:
    composites = built(
        composite("{any: [{finding: [a, link-*]}, {category: link}, {module: letters}, {finding: sender-is-blocked}]}"),
        composite("{finding: both-halves}", name="whole"),
    )

    assert unknown_names(composites, KNOWN) == []
    assert weightless_names(composites, KNOWN) == []


def test_what_is_experimental_is_told() -> None:
    assert weightless_names(built(composite("{finding: tried}")), KNOWN) == [
        "test.yaml:2: both-halves relies on tried, which is experimental"
    ]


@pytest.mark.parametrize(
    ("examples", "problems"),
    [
        pytest.param("{match: [[a, b]], no_match: [[a], [b, link-x]]}", [], id="as they should"),
        pytest.param("{match: [[a]], no_match: [[b]]}", ["test.yaml:10: both-halves must hit"], id="misses"),
        pytest.param("{match: [[a, b]], no_match: [[b, a]]}", ["test.yaml:10: both-halves must not hit"], id="hits"),
        pytest.param(
            "{match: [[a, b]], no_match: [[c]]}", ["test.yaml:10: no rule or detector is called 'c'"], id="unknown"
        ),
        pytest.param(
            "{match: [{findings: [a, b], message.is_discussion: true}], no_match: [[{id: a, weight: 9}]]}",
            [],
            id="forms",
        ),
    ],
)
def test_examples(examples: str, problems: list[str]) -> None:
    text = composite("{all: [{finding: a}, {finding: b}]}")
    text = text.replace("{match: [[a]], no_match: [[b]]}", examples)

    found = check_composite_examples(built(text), KNOWN)

    assert len(found) == len(problems)
    assert all(line.startswith(problem) for line, problem in zip(found, problems, strict=True))


# --- properties --------------------------------------------------------------------------------------------------

names = st.sampled_from(["a", "b", "link-x", "link-y", "both-halves"])
findings = st.builds(
    finding,
    names,
    st.floats(-5, 5) | st.floats(),
    category=st.sampled_from(["phishing", "link"]),
    pool=st.sampled_from(["content", "urls"]),
)
WELL_KNOWN = built(
    composite("{all: [{finding: a}, {not: {finding: link-y}}]}").replace(
        "    examples:", "    replaces: parts\n    examples:"
    ),
    composite("{any: [{finding: link-*, weight: 2}, {category: phishing, count: 2}]}", name="loose"),
    composite("{all: [{finding: loose}, {finding: both-halves}]}", name="top"),
)


@given(st.lists(findings, max_size=8))
def test_scores_add_up_and_the_order_does_not_matter(found: list[Finding]) -> None:
    reports = [
        PoolReport(pool=pool, status=PoolStatus.OK, findings=tuple(each for each in found if each.pool == pool))
        for pool in ("content", "urls")
    ]
    verdict = decide(reports, ("content", "urls"), Policy(), message_id="m1", composites=WELL_KNOWN)

    assert decide(reports[::-1], ("urls", "content"), Policy(), message_id="m1", composites=WELL_KNOWN) == verdict
    assert sum(round(each.score * 100) for each in verdict.findings) == round(verdict.score * 100)
    assert all(not each.score for each in verdict.findings if each.replaced_by)


def test_a_composite_can_change_the_answer() -> None:
    composites = built(composite("{all: [{finding: a}, {finding: b}]}"))

    assert judged(Composites(), A, B).action is Action.ACCEPT
    assert judged(composites, A, B).action is Action.TAG
