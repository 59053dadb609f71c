"""Rules against a simple reading of the same conditions: the index may skip no rule that holds, and nothing raises."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailcore.errors import ConfigurationError
from mailcore.message import Envelope, Header, Message
from mailcore.rules import OPERATORS, RULE_KEYS, parse_rules
from mailcore.view import Lists, MailView
from workers.content import RuleSet, compile_rules

Tree = dict[str, Any]

WORDS = ["alpha", "beta", "gamma", "delta"]
COMPARISONS: list[Tree] = [
    *({"text|contains": word} for word in WORDS),
    *({"text.own|contains": word} for word in WORDS[:2]),
    *({"subject|contains": word} for word in WORDS[:2]),
    {"subject|contains|raw|cased": "alpha"},
    *({"subject.length|gt": count} for count in (0, 5, 6, 11)),
    *({"subject.length|lt": count} for count in (0, 5, 6, 11)),
    *({"subject.length": count} for count in (0, 5)),
    {"message.is_list": True},
    {"message.is_list": False},
    {"from.domain|in": "free_mail"},
    {"from.domain|exists": True},
    {"from.domain|same_as": "to.domain"},
]


def trees() -> st.SearchStrategy[Tree]:
    def grown(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        some = st.lists(inner, min_size=1, max_size=4)
        counted = some.flatmap(
            lambda members: st.integers(1, len(members)).map(lambda least: {"at_least": least, "of": members})
        )
        return st.one_of(
            some.map(lambda members: {"all": members}),
            some.map(lambda members: {"any": members}),
            inner.map(lambda member: {"not": member}),
            counted,
        )

    return st.recursive(st.sampled_from(COMPARISONS), grown, max_leaves=8)


def rule(number: int, conditions: object) -> Tree:
    example = [{"name": "a", "text": "a"}]
    texts = {"title": "T", "summary": "S.", "description": "D."}
    examples = {"match": example, "no_match": example}
    return {"id": f"rule-{number}", **texts, "weight": 1, "conditions": conditions, "examples": examples}


def compiled(conditions: list[Tree]) -> RuleSet:
    rules = [rule(number, tree) for number, tree in enumerate(conditions)]
    return compile_rules(parse_rules(json.dumps({"category": "c", "rules": rules}), "f.yaml"))


def mail(words: list[str], subject: str, *, is_list: bool, sender: str) -> MailView:
    headers = [Header("Subject", subject), Header("To", "b@b.example")]
    headers += [Header("From", sender)] if sender else []
    headers += [Header("List-Id", "<l.example>")] if is_list else []
    message = Message(id="m", headers=tuple(headers), text=" ".join(words))
    return MailView(envelope=Envelope(), message=message, lists=Lists(free_mail=frozenset({"free.example"})))


MAILS = st.builds(
    mail,
    st.lists(st.sampled_from(WORDS), max_size=3),
    st.sampled_from(["", "alpha", "Alpha beta", "gamma  alpha"]),
    is_list=st.booleans(),
    sender=st.sampled_from(["", "a@free.example", "a@b.example"]),
)


def simply_holds(tree: Tree, view: MailView) -> bool:
    """What the conditions mean, told one by one."""
    ((key, value),) = [item for item in tree.items() if item[0] != "of"]
    if key in ("all", "any"):
        return (all if key == "all" else any)(simply_holds(member, view) for member in value)
    if key == "not":
        return not simply_holds(value, view)
    if key == "at_least":
        return sum(simply_holds(member, view) for member in tree["of"]) >= value
    message, sender = view.message, view.message.header("from").rpartition("@")[2]
    match key:
        case "text|contains" | "text.own|contains":
            return value in message.text
        case "subject|contains":
            return value in message.subject.lower()
        case "subject|contains|raw|cased":
            return value in message.subject
        case "subject.length|gt":
            return len(message.subject) > value
        case "subject.length|lt":
            return len(message.subject) < value
        case "subject.length":
            return len(message.subject) == value
        case "message.is_list":
            return bool(message.header("list-id")) is value
        case "from.domain|in":
            return sender == "free.example"
        case "from.domain|exists":
            return bool(sender)
    assert key == "from.domain|same_as"
    return sender == "b.example"


@settings(max_examples=150, deadline=None)
@given(st.lists(trees(), min_size=1, max_size=12), st.lists(MAILS, min_size=1, max_size=4))
def test_every_rule_that_holds_is_found_and_no_other(conditions: list[Tree], views: list[MailView]) -> None:
    rules = compiled(conditions)
    for view in views:
        found = [hit.rule.id for hit in rules.hits(view)]
        assert found == [f"rule-{number}" for number, tree in enumerate(conditions) if simply_holds(tree, view)]


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=20), st.sampled_from(WORDS)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from([*RULE_KEYS, "all", "any", "not", "at_least", "of"]),
                st.builds(
                    "|".join,
                    st.lists(
                        st.sampled_from(
                            ["subject", "text", "links.count", "message.is_list", "cased", "raw", *OPERATORS]
                        ),
                        min_size=1,
                        max_size=3,
                    ),
                ),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_reading_rules_raises_nothing_but_configuration_errors(conditions: object) -> None:
    text = json.dumps({"category": "c", "rules": [rule(0, conditions)]})
    with contextlib.suppress(ConfigurationError):
        compile_rules(parse_rules(text, "f.yaml"))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), VALUES.map(json.dumps)))
def test_reading_any_file_raises_nothing_but_configuration_errors(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        parse_rules(text, "f.yaml")


@settings(max_examples=200, deadline=5_000)
@given(st.text(alphabet="ab(|)[]{}^$.*+?\\01,<!=:", min_size=1, max_size=25))
@example("\\0:00")  # a NUL ended the expression
def test_expressions_are_refused_or_run_in_bounded_time(regex: str) -> None:
    with contextlib.suppress(ConfigurationError):
        rules = compiled([{"text|regex": regex}])
        began = time.process_time()
        rules.hits(mail(["ab" * 20_000], "", is_list=False, sender=""))
        assert time.process_time() - began < 2.0


def test_a_text_of_ten_megabytes() -> None:
    rules = compiled([{"text|contains": "needle"}, {"text.own|contains": "needle"}, {"text|regex": "(x+x+)+y"}])
    view = mail(["xxxx xxxx " * 1_000_000, "needle"], "", is_list=False, sender="")
    began = time.process_time()
    assert [hit.rule.id for hit in rules.hits(view)] == ["rule-0", "rule-1"]
    assert time.process_time() - began < 5.0


@pytest.mark.parametrize("regex", [r"(\w{1,60} ){1,90}z", "x{5000}", r"(?:(?:ab|cd){1,60}x){10,40}y"])
def test_patterns_that_would_be_huge_are_refused(regex: str) -> None:
    with pytest.raises(ConfigurationError, match=r"f\.yaml:1: this pattern has [\d,]+ positions"):
        compiled([{"text|regex": regex}])
