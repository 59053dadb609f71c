"""Rule files: what is read, and that every mistake names file, line and the nearest word."""

from __future__ import annotations

import pytest

from mailcore.conditions import Group, Not
from mailcore.detector import Lifecycle
from mailcore.errors import ConfigurationError
from mailcore.fields.words import hidden_letters, split_words
from mailcore.rule_fields import FIELDS, find_field
from mailcore.rules import Comparison, Operator, parse_rules
from mailcore.view import TYPED_LISTS

RULE = """\
category: fraud
rules:
  - id: first-rule
    title: First
    summary: It is the first.
    description: Detects the first.
    weight: 2
    conditions:
      subject|contains: [win, prize]
    examples:
      match: [{name: yes, text: win}]
      no_match: [{name: no, text: lose}]
"""


def conditions(yaml: str) -> str:
    return RULE.replace("      subject|contains: [win, prize]\n", yaml)


def test_a_rule_with_its_defaults() -> None:
    (rule,) = parse_rules(RULE.replace("{name: yes", "{name: 'yes'").replace("{name: no", "{name: 'no'"), "f.yaml")
    assert (rule.id, rule.category, rule.weight, rule.status) == ("first-rule", "fraud", 2.0, Lifecycle.EXPERIMENTAL)
    assert (rule.version, rule.place) == (1, "f.yaml:3")
    assert isinstance(rule.condition, Comparison)
    assert (rule.condition.operator, rule.condition.texts) == (Operator.CONTAINS, ("win", "prize"))
    assert [example.name for example in (*rule.match, *rule.no_match)] == ["yes", "no"]


GOOD = RULE.replace("{name: yes", "{name: good").replace("{name: no", "{name: bad")


def test_conditions_nest() -> None:
    text = """\
      subject: win
      any:
        - text|contains: a
        - not: {message.is_list: true}
      at_least: 2
      of:
        - links.count|gt: 1
        - from.domain|in: free_mail
        - reply_to.domain|same_as: from.domain
"""
    (rule,) = parse_rules(conditions(text).replace("name: yes", "name: good").replace("name: no,", "name: bad,"), "f")
    assert isinstance(rule.condition, Group)
    subject, some, two = rule.condition.conditions
    assert isinstance(subject, Comparison)
    assert subject.operator is Operator.EQUALS
    assert isinstance(some, Group)
    assert some.least == 1
    assert isinstance(some.conditions[1], Not)
    assert isinstance(two, Group)
    assert (two.least, len(two.conditions)) == (2, 3)


def test_an_empty_file_has_no_rules() -> None:
    assert parse_rules("", "f.yaml") == ()
    assert parse_rules("# only a comment\n", "f.yaml") == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("subject|", "subjct|", "f.yaml:9: unknown field 'subjct', did you mean 'subject'?", id="field"),
        pytest.param(
            "|contains", "|contans", "f.yaml:9: unknown operator 'contans', did you mean 'contains'?", id="operator"
        ),
        pytest.param("|contains", "|contains|casd", "unknown modifier 'casd', did you mean 'cased'?", id="modifier"),
        pytest.param("title:", "titel:", "f.yaml:4: unknown key 'titel', did you mean 'title'?", id="key"),
        pytest.param("category:", "categry:", "f.yaml:1: unknown key 'categry'", id="key of the file"),
        pytest.param("    title: First\n", "", "f.yaml:3: the rule has no 'title'", id="missing key"),
        pytest.param("category: fraud\n", "", "the rule has no 'category', and the file sets none", id="no category"),
        pytest.param("first-rule", "First_Rule", "an id has lower case letters", id="id"),
        pytest.param("weight: 2", "weight: heavy", "f.yaml:7: expected a number, got str 'heavy'", id="weight is text"),
        pytest.param("weight: 2", "weight: 2000", "a weight lies between -1000 and 1000", id="weight too large"),
        pytest.param("weight: 2", "weight: .nan", "expected a plain decimal number", id="weight is no number"),
        pytest.param(
            "weight: 2", "weight: 2\n    status: stabel", "unknown status 'stabel', did you mean 'stable'?", id="status"
        ),
        pytest.param("weight: 2", "weight: 2\n    attack: X1", "is no MITRE", id="attack"),
        pytest.param("[win, prize]", "[win, 419]", "expected text, got int '419'", id="number for text"),
        pytest.param("[win, prize]", "true", "expected text, got bool 'true'", id="flag for text"),
        pytest.param("[win, prize]", "['']", "an empty one is in everything", id="empty text"),
        pytest.param("[win, prize]", "[]", "needs text to look for", id="no text"),
        pytest.param(
            "subject|contains: [win, prize]", "subject|regex: 'a('", "f.yaml:9: not a regular expression", id="regex"
        ),
        pytest.param(
            "subject|contains", "subject|gt", "'gt' does not fit 'subject', which is text", id="operator for numbers"
        ),
        pytest.param(
            "subject|contains", "links.count|contains", "which is number; equals, gt, lt do", id="operator for text"
        ),
        pytest.param(
            "subject|contains: [win, prize]", "links.count|gt: many", "expected a number", id="text for number"
        ),
        pytest.param(
            "subject|contains: [win, prize]", "message.is_list: maybe", "expected true or false", id="text for flag"
        ),
        pytest.param(
            "subject|contains: [win, prize]",
            "from.domain|in: freemail",
            "unknown list 'freemail', did you mean 'free_mail'?",
            id="list",
        ),
        pytest.param(
            "subject|contains: [win, prize]",
            "from.domain|same_as: to.domian",
            "unknown field 'to.domian'",
            id="other field",
        ),
        pytest.param(
            "subject|contains: [win, prize]",
            "from.domain|same_as: links.count",
            "same_as compares texts",
            id="other is number",
        ),
        pytest.param(
            "subject|contains", "subject|exists|cased", "'cased' does not go with 'exists'", id="cased exists"
        ),
        pytest.param("subject|contains: [win, prize]", "{}", "there is no condition here", id="no condition"),
        pytest.param("subject|contains: [win, prize]", "any: []", "the list of conditions is empty", id="empty any"),
        pytest.param(
            "subject|contains: [win, prize]", "at_least: 2", "`at_least` needs a list `of`", id="at_least alone"
        ),
        pytest.param("subject|contains: [win, prize]", "of: []", "`of` needs `at_least: N`", id="of alone"),
        pytest.param(
            "subject|contains: [win, prize]",
            "at_least: 3\n      of: [{subject: a}]",
            "a whole number from 1 to 1",
            id="at_least too many",
        ),
        pytest.param(
            "subject|contains: [win, prize]",
            "all: {subject: a}",
            "expected a list, got keys and values",
            id="all is a mapping",
        ),
        pytest.param(
            "      no_match: [{name: bad, text: lose}]\n", "", "the examples have no 'no_match'", id="no negatives"
        ),
        pytest.param("{name: bad, text: lose}", "{text: lose}", "the example has no 'name'", id="example without name"),
        pytest.param("{name: bad, text: lose}", "{name: bad}", "neither headers nor text nor html", id="empty example"),
        pytest.param(
            "{name: bad, text: lose}",
            "{name: bad, txt: lose}",
            "unknown key 'txt', did you mean 'text'?",
            id="key of an example",
        ),
        pytest.param("rules:", "rules: 5\nx:", "unknown key 'x'", id="second key"),
        pytest.param("    weight: 2\n", "    weight: 2\n    weight: 3\n", "'weight' stands here twice", id="key twice"),
        pytest.param("category: fraud", "category: [", "is not valid YAML", id="no YAML"),
    ],
)
def test_every_mistake_names_its_line(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError) as raised:
        parse_rules(GOOD.replace(old, new, 1), "f.yaml", TYPED_LISTS)
    assert str(raised.value).startswith("f.yaml:")
    assert message in str(raised.value)


def test_an_id_is_taken_once() -> None:
    second = GOOD.partition("rules:\n")[2]
    with pytest.raises(ConfigurationError, match=r"f\.yaml:13: the id 'first-rule' is taken by the rule at f\.yaml:3"):
        parse_rules(GOOD + second, "f.yaml")


def test_conditions_that_nest_too_deeply_are_refused() -> None:
    deep = "      " + "{not: " * 30 + "{subject: a}" + "}" * 30
    with pytest.raises(ConfigurationError, match="nested deeper than 16"):
        parse_rules(GOOD.replace("      subject|contains: [win, prize]", deep), "f.yaml")


def test_a_yaml_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailcore.rule_nodes.MAX_NODES", 10_000)
    levels = [f"&a{n} {{any: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 9)]
    listed = "".join(f"        - {level}\n" for level in levels)
    text = GOOD.replace("      subject|contains: [win, prize]\n", f"      any:\n        - &a0 {{subject: a}}\n{listed}")
    with pytest.raises(ConfigurationError, match="too many nodes"):
        parse_rules(text, "f.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("rules:\n  - &a [*a]", "f.yaml:2: the anchor refers to itself", id="anchor in itself"),
        pytest.param("[" * 200_000, "f.yaml:1: is nested deeper than 100 levels", id="lists in lists"),
        pytest.param("{a: " * 50_000, "is nested deeper than 100 levels", id="mappings in mappings"),
        pytest.param("- " * 50_000 + "a", "is nested deeper than 100 levels", id="block lists"),
        pytest.param("".join(f"{' ' * n}a:\n" for n in range(200)), "f.yaml:101: is nested", id="indentation"),
    ],
)
def test_yaml_that_would_overflow_the_stack_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_rules(text, "f.yaml")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("subject|raw", "'raw' stands behind an operator, as in `contains|raw`"),
        ("subject|contains|rau", "unknown modifier 'rau', did you mean 'raw'?"),
        ("subject|exists|raw", "'raw' does not go with 'exists'"),
        ("auth.dmark", "unknown field 'auth.dmark', did you mean 'auth.dmarc'?"),
    ],
)
def test_mistakes_in_modifiers(key: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_rules(GOOD.replace("subject|contains", key), "f.yaml")
    assert message in str(raised.value)


@pytest.mark.parametrize("name", ["subject", "header[X-Mailer]", "links.count", "from.domain"])
def test_fields_are_found(name: str) -> None:
    assert find_field(name) is not None


@pytest.mark.parametrize("name", ["header[]", "header[X", "Subject", "", "links", "header"])
def test_what_is_no_field_is_not_found(name: str) -> None:
    assert find_field(name) is None


def test_every_field_is_documented() -> None:
    assert all(field.description.endswith(".") for field in FIELDS.values())


@pytest.mark.parametrize(
    ("text", "count"),
    [
        pytest.param("W\u200bi\u200bn", 2, id="without width"),
        pytest.param("\U0001d5db\U0001d5fc", 2, id="mathematical"),
        pytest.param("Tot\u0251l", 1, id="phonetic"),
        pytest.param("P\u0430ypal", 2, id="Cyrillic among Latin"),
        pytest.param("Plain subject", 0, id="ASCII"),
        pytest.param("Grüße aus Köln – „bald“", 0, id="German"),  # noqa: RUF001
        pytest.param("Привет, Bob!", 0, id="Russian"),
        pytest.param("\U0001f468\u200d\U0001f469 \u2764\ufe0f", 0, id="emoji"),
        pytest.param("ＡＢＣ 株式会社", 0, id="Japanese"),  # noqa: RUF001
        pytest.param("می\u200cخواهم", 0, id="Persian"),  # noqa: RUF001
    ],
)
def test_letters_that_hide_words(text: str, count: int) -> None:
    assert hidden_letters(text) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [("acc\u2069ount ver\u200bify", 2), ("preview \u200c \u200c \u200c", 0), ("Schiff\u00adfahrt", 0), ("plain", 0)],
    ids=["split", "padding", "soft hyphen", "plain"],
)
def test_words_that_are_split(text: str, count: int) -> None:
    assert split_words(text) == count


def test_an_example_is_a_mail() -> None:
    (rule,) = parse_rules(GOOD, "f.yaml")
    raw = rule.match[0].raw()
    assert raw.endswith(b"\r\n\r\nwin")
    assert b"from: Alice Example <alice@example.com>\r\n" in raw
