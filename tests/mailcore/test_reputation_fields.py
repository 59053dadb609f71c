"""Reputation as rules and learned models see it."""

from __future__ import annotations

import pytest

from mailcore.authentication import AuthFacts, AuthResult, AuthSource, DkimResult
from mailcore.errors import ConfigurationError
from mailcore.fields.reputation import PREFIX, reputation_features
from mailcore.message import Envelope, Message
from mailcore.reputation import Reputation, Role, Standing, Subject
from mailcore.rule_fields import FIELDS, Kind, Value, find_field
from mailcore.rules import parse_rules
from mailcore.view import MailView
from mailcore.wire import decode, encode

GOOD_ONE = Standing(score=0.5, confidence=0.8, volume=12.5, first_seen_days=40)
PASSED = AuthFacts(
    source=AuthSource.VERIFIED,
    from_domain="x.example",
    dmarc=AuthResult.PASS,
    spf=AuthResult.PASS,
    spf_domain="x.example",
    dkim=(DkimResult(domain="x.example", result=AuthResult.PASS),),
)
EVERYBODY = Reputation(is_known=True, standings=tuple((Subject(role, "x.example"), GOOD_ONE) for role in Role))


def view(reputation: Reputation, auth: AuthFacts = PASSED) -> MailView:
    return MailView(envelope=Envelope(), message=Message(id="m1"), reputation=reputation, auth=auth)


def value(name: str, seen: MailView) -> Value:
    field = find_field(name)
    assert field is not None, name
    return field.read(seen)


@pytest.mark.parametrize("role", Role)
def test_each_role_has_its_fields(role: Role) -> None:
    names = ("score", "confidence", "volume", "first_seen_days")
    assert [value(f"{PREFIX}{role}.{name}", view(EVERYBODY)) for name in names] == [0.5, 0.8, 12.5, 40.0]
    assert [value(f"{PREFIX}{role}.{name}", view(Reputation())) for name in names] == [0.0] * 4


def test_good_scores_of_who_is_not_proven_are_nothing() -> None:
    seen = view(EVERYBODY, AuthFacts())
    scores = {role: value(f"{PREFIX}{role}.score", seen) for role in Role}
    assert {role for role, score in scores.items() if score} == {Role.IP, Role.NETWORK}


def test_whether_anything_is_known() -> None:
    assert value("reputation.known", view(EVERYBODY)) is True
    assert value("reputation.known", view(Reputation())) is False


def test_fields_are_all_typed() -> None:
    found = [field for name, field in FIELDS.items() if name.startswith(PREFIX)]
    assert len(found) == 1 + 4 * len(Role)
    assert {field.kind for field in found} == {Kind.NUMBER, Kind.FLAG}


def test_features_for_a_model_are_numbers_of_fixed_names() -> None:
    known, unknown = reputation_features(view(EVERYBODY)), reputation_features(view(Reputation()))
    assert [name for name, _ in known] == [name for name, _ in unknown] == [f"reputation.{role}" for role in Role]
    assert {number for _, number in known} == {0.4}
    assert {number for _, number in unknown} == {0.0}


def test_reputation_travels_with_the_message() -> None:
    assert decode(encode(EVERYBODY), Reputation) == EVERYBODY


RULE = """
rules:
  - id: new-domain
    title: t
    summary: s
    description: d
    category: {category}
    weight: 1
    conditions: {conditions}
    examples:
      match: [{{name: a, text: a}}]
      no_match: [{{name: b, text: b}}]
"""
ASKS = [
    pytest.param("{reputation.domain.volume|lt: 1}", id="alone"),
    pytest.param("{all: [{subject|contains: a}, {any: [{not: {reputation.known: false}}]}]}", id="deep inside"),
]


@pytest.mark.parametrize("conditions", ASKS)
def test_rule_on_reputation_is_of_its_category(conditions: str) -> None:
    """Or its findings would be learned from."""
    [rule] = parse_rules(RULE.format(category="reputation", conditions=conditions), "rules.yaml")
    assert rule.category == "reputation"
    with pytest.raises(ConfigurationError, match=r"rules.yaml:3: .* is of the category 'reputation'"):
        parse_rules(RULE.format(category="fraud", conditions=conditions), "rules.yaml")


def test_other_rules_are_of_any_category() -> None:
    [rule] = parse_rules(RULE.format(category="fraud", conditions="{subject|contains: reputation.ip}"), "rules.yaml")
    assert rule.category == "fraud"


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        pytest.param("ipp=1", r"unknown sender 'ipp', did you mean 'ip'\?", id="role"),
        pytest.param("ip=2", "from -1 to 1, got '2'", id="too much"),
        pytest.param("ip", "from -1 to 1, got ''", id="none"),
        pytest.param("ip=nan", "from -1 to 1, got 'nan'", id="no number"),
    ],
)
def test_wrong_scores_of_examples_are_named_with_their_line(scores: str, expected: str) -> None:
    text = RULE.format(category="reputation", conditions="{reputation.known: true}").replace(
        "{name: a, text: a}", f"{{name: a, text: a, reputation: '{scores}'}}"
    )
    with pytest.raises(ConfigurationError, match=rf"rules.yaml:\d+: .*{expected}"):
        parse_rules(text, "rules.yaml")
